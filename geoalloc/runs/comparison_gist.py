"""A comparison in a few sentences: what is better, what is worse, what is not known."""

import math
import textwrap
from collections.abc import Mapping
from typing import Any

import pandas as pd

from geoalloc.runs import comparison_words as words
from geoalloc.runs.comparison import Comparison

__all__ = [
    "BASE",
    "PLANNED",
    "headline_rows",
    "headlines",
    "in_short",
    "seen",
    "standings",
]

PLANNED = "planned"
BASE = "the base"
BETTER, WORSE, MIXED = "better", "worse", "better and worse"
_NAMED = 6  # scenarios by name in a sentence
_WHY = 240  # letters of a reason


def headlines(comparison: Comparison) -> list[tuple[str, str]]:
    """List the measures that verdicts rest on, as pairs of measure and group."""
    rows = comparison.differences[comparison.differences["headline"].astype(bool)]
    pairs = zip(rows["measure"], rows["group"], strict=True)
    return list(dict.fromkeys(pairs))


def headline_rows(comparison: Comparison, measure: str, group: str) -> pd.DataFrame:
    """Take the differences in a measure, by scenario in the order asked for.

    Returns
    -------
    rows
        As of ``differences``, with the ``number`` of each scenario, 0 being the base.
    """
    rows = comparison.differences
    mine = rows[(rows["measure"] == measure) & (rows["group"] == group)]
    order = {name: i for i, name in enumerate(comparison.scenarios["scenario"])}
    number = mine["scenario"].map(order).astype("int64")
    return mine.assign(number=number).sort_values("number", kind="stable")


def standings(comparison: Comparison) -> dict[str, str]:
    """Say how each scenario stands to the base.

    Returns
    -------
    standings
        By scenario: "the base"; "better" if it is by a headline measure and worse by
        none, "worse" the other way round, "better and worse" where measures disagree,
        or "not distinguishable"; the status of a scenario that has no plan.
    """
    base = comparison.record["base"]
    rows = comparison.differences[comparison.differences["headline"].astype(bool)]
    verdicts = rows.groupby("scenario")["verdict"].agg(set).to_dict()
    result = {}
    for row in comparison.scenarios.to_dict("records"):
        name = row["scenario"]
        if row["status"] != PLANNED:
            result[name] = row["status"]
        else:
            result[name] = (
                BASE if name == base else _standing(verdicts.get(name, set()))
            )
    return result


def _standing(verdicts: set[str]) -> str:
    told = [word for word in (BETTER, WORSE) if word in verdicts]
    if len(told) == 2:
        return MIXED
    return told[0] if told else words.NOT_DISTINGUISHABLE


def in_short(comparison: Comparison) -> list[str]:
    """Sum up a comparison in a few sentences, those of the largest weight first."""
    stand = standings(comparison)
    others = [name for name, word in stand.items() if word != BASE]
    sentences = [_base(comparison)]
    for word, said in (
        (BETTER, "better than the base, by more than chance in the calls"),
        (WORSE, "worse than the base, by more than chance in the calls"),
        (MIXED, "better by one measure and worse by another"),
    ):
        named = [name for name in others if stand[name] == word]
        if named:
            one = _largest(comparison, named)
            sentences.append(
                f"{_many(named, len(others))} {said}: {_list(named)}.{one}"
            )
    same = [name for name in others if stand[name] == words.NOT_DISTINGUISHABLE]
    if same:
        sentences.append(
            f"{_many(same, len(others))} not distinguishable from the base: "
            f"{_list(same)}.{_unseen(comparison)}"
        )
    return [*sentences, *_lost(comparison)]


def _base(comparison: Comparison) -> str:
    name = comparison.record["base"]
    figures = comparison.figures[comparison.figures["scenario"] == name]
    known = figures.set_index(["measure", "group"])
    told = []
    for measure, group in headlines(comparison):
        if (measure, group) in known.index:
            row = known.loc[(measure, group)]
            ends = [words.figure(measure, row[end]) for end in ("low", "high")]
            value = words.figure(measure, row["value"])
            told.append(f"{words.phrase(measure, group)} {value} ({' to '.join(ends)})")
    shifts = comparison.record["settings"]["shifts"]
    begin = f"The base is {name}"
    if told:
        begin += f": {words.joined(told)}, over {shifts:,} simulated shifts"
    return f"{begin}."


def _many(named: list[str], of: int) -> str:
    return f"{len(named)} of {of} scenarios {'is' if len(named) == 1 else 'are'}"


def _list(named: list[str]) -> str:
    return words.joined(named, _NAMED)


def _largest(comparison: Comparison, named: list[str]) -> str:
    """Give the sentence of the scenario that differs most by the first measure."""
    rows = headline_rows(comparison, *headlines(comparison)[0])
    mine = rows[rows["scenario"].isin(named)]
    mine = mine[~mine["verdict"].isin([words.NOT_DISTINGUISHABLE, ""])]
    if mine.empty:
        return ""
    at = mine["difference"].abs().to_numpy().argmax()
    said = str(mine["sentence"].iloc[at])
    return f" {'Most' if len(named) > 1 else 'That'}: {said}"


def _unseen(comparison: Comparison) -> str:
    width = seen(comparison)
    if not math.isfinite(width):
        return ""
    measure, group = headlines(comparison)[0]
    of = words.unit(measure)
    text = words.difference(measure, width, _decimals(measure, width))
    return (
        " That does not say that they change nothing: a difference in "
        f"{words.phrase(measure, group)} of less than about {text.lstrip('+')}"
        f"{f' {of}' if of else ''} may well go unseen with so many shifts."
    )


def _decimals(measure: str, width: float) -> int:
    ends: Mapping[str, Any] = {
        "measure": measure,
        "low": -width,
        "high": width,
        "base_value": math.nan,
        "value": math.nan,
        "verdict": "",
    }
    return words.digits(ends)


def seen(comparison: Comparison) -> float:
    """Tell how large a difference by the first headline measure has to be to be seen.

    Returns
    -------
    width
        Median over scenarios of half the width of the simultaneous interval; nan of
        none.
    """
    pairs = headlines(comparison)
    if not pairs:
        return math.nan
    rows = headline_rows(comparison, *pairs[0])
    width = (rows["simultaneous_high"] - rows["simultaneous_low"]) / 2
    width = width[width > 0]
    return float(width.median()) if len(width) else math.nan


def _lost(comparison: Comparison) -> list[str]:
    rows = comparison.scenarios
    lost = rows[rows["status"] != PLANNED]
    if lost.empty:
        return []
    told = [
        f"{row['scenario']} ({row['status']}: {_cut(str(row['why']))})"
        for row in lost.to_dict("records")[:3]
    ]
    more = len(lost) - len(told)
    rest = f"; {more} more are in the table" if more else ""
    verb = "has" if len(lost) == 1 else "have"
    return [f"{len(lost)} of {len(rows) - 1} {verb} no plan: {'; '.join(told)}{rest}."]


def _cut(why: str) -> str:
    text = textwrap.shorten(why, _WHY, placeholder=" ...")
    return text.rstrip(".")
