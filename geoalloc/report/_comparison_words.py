"""What the drawings of a comparison show, in frames and in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoalloc import evaluation
from geoalloc.runs import comparison_gist as gist
from geoalloc.runs import comparison_words as words
from geoalloc.runs.comparison import Comparison

UNMET = ("unmet", "all")
_NAMED = 8


@dataclass(frozen=True, kw_only=True)
class Price:
    """What less unmet demand may cost: a column of scenarios, and its names."""

    column: str
    title: str
    phrase: str


PRICES = (
    Price(column="officers", title="officers on duty", phrase="officers"),
    Price(column="moves", title="units posted away from their station", phrase="moves"),
    Price(
        column="equity",
        title="worst district over the force, late share",
        phrase="inequality between districts",
    ),
    Price(column="cost", title="cost of the shift", phrase="cost"),
)


def numbers(comparison: Comparison) -> dict[str, int]:
    """Give each scenario its number in the table, 0 to the base."""
    return {name: i for i, name in enumerate(comparison.scenarios["scenario"])}


def fronts(comparison: Comparison) -> list[tuple[Price, pd.DataFrame]]:
    """Find for each price which scenarios nothing beats on it and on unmet demand.

    Levers have no part: 1 % of something is no choice of a plan.

    Returns
    -------
    fronts
        For each price that at least two scenarios have: ``number, scenario, price,
        unmet, front``.
    """
    figures = comparison.figures
    mine = figures[(figures["measure"] == UNMET[0]) & (figures["group"] == UNMET[1])]
    unmet = mine.set_index("scenario")["value"]
    rows = comparison.scenarios
    result = []
    for price in PRICES:
        points = pd.DataFrame(
            {
                "number": np.arange(len(rows)),
                "scenario": rows["scenario"],
                "price": rows[price.column].astype("float64"),
                "unmet": rows["scenario"].map(unmet).astype("float64"),
            }
        )
        choices = (rows["status"] == gist.PLANNED) & (rows["lever"] == "")
        points = points[choices].dropna()
        if len(points) > 1:
            on = evaluation.pareto_front(points[["price", "unmet"]].to_numpy())
            result.append((price, points.assign(front=on)))
    return result


def front_sentence(price: Price, points: pd.DataFrame) -> str:
    """Say who is on a front."""
    best = points.loc[points["front"], "scenario"].tolist()
    if points["price"].min() == points["price"].max():
        verb = "has" if len(best) == 1 else "have"
        return (
            f"All have the same {price.phrase}; {words.joined(best, _NAMED)} {verb} "
            "the least unmet demand."
        )
    front = points[points["front"]].sort_values(["price", "unmet"])
    named = words.joined(front["scenario"].tolist(), _NAMED)
    verb = "is" if len(front) == 1 else "are"
    left = len(points) - len(front)
    rest = "1 other is" if left == 1 else f"{left} others are"
    return (
        f"Unmet demand and {price.phrase}: {named} {verb} on the front, where nothing "
        f"has less of one without more of the other; {rest} not."
    )


def levers(comparison: Comparison, measure: str, group: str) -> pd.DataFrame:
    """Take the differences made by levers, the largest by the headline first.

    Returns
    -------
    rows
        As differences, with ``lever``; empty if no scenario is a lever.
    """
    scenarios = comparison.scenarios
    lever = scenarios.set_index("scenario")["lever"]
    pulled = set(scenarios.loc[scenarios["lever"].astype(bool), "scenario"])
    known = gist.headlines(comparison)
    order = _levers_of(comparison, *known[0], pulled) if known else []
    rows = gist.headline_rows(comparison, measure, group)
    rows = rows[rows["scenario"].isin(pulled) & rows["difference"].notna()]
    rows = rows.assign(lever=rows["scenario"].map(lever).astype("str"))
    at = {name: i for i, name in enumerate(order)}
    return rows.sort_values("scenario", key=lambda s: s.map(at), kind="stable")


def _levers_of(
    comparison: Comparison, measure: str, group: str, pulled: set[str]
) -> list[str]:
    rows = gist.headline_rows(comparison, measure, group)
    mine = rows[rows["scenario"].isin(pulled)]
    order = mine["difference"].abs().sort_values(ascending=False, kind="stable").index
    return [str(name) for name in mine.loc[order, "scenario"]]


def lever_sentences(rows: pd.DataFrame) -> list[str]:
    """Say which lever does most by a measure, and which cannot be told from nothing."""
    measure, group = rows[["measure", "group"]].iloc[0]
    what = words.phrase(measure, group)
    told = rows[rows["verdict"] != words.NOT_DISTINGUISHABLE]
    same = rows.loc[rows["verdict"] == words.NOT_DISTINGUISHABLE, "lever"].tolist()
    said = []
    most = told["difference"].abs().sort_values(ascending=False, kind="stable")
    for row in told.loc[most.index].to_dict("records")[:1]:
        n, of = words.digits(row), words.unit(measure)
        said.append(
            f"By {what}, the lever that does most is {row['lever']}: "
            f"{words.difference(measure, row['difference'], n)}"
            f"{f' {of}' if of else ''} "
            f"({words.interval(measure, row['low'], row['high'], n)})."
        )
    if same:
        said.append(
            f"Not distinguishable from the base by {what}: {words.joined(same)}."
        )
    return said


def curve_sentence(comparison: Comparison) -> str:
    """Say where the curve of officers and service bends, or that it does not."""
    rows = comparison.curve.sort_values("officers")
    bend = rows[rows["elbow"].astype(bool)]
    if bend.empty:
        return (
            "There is no elbow: over this range no number of officers stands out as "
            "the one after which more of them do less."
        )
    at = float(bend["officers"].iloc[0])
    text = f"The curve bends at {at:,.0f} officers ({bend['scenario'].iloc[0]})"
    slopes = [
        _slope(rows[rows["officers"] <= at]),
        _slope(rows[rows["officers"] >= at]),
    ]
    if all(slope == slope for slope in slopes):
        below, above = (words.difference("unmet", -10 * s, 2) for s in slopes)
        text += (
            f": up to there ten officers more change unmet demand by {below} a shift, "
            f"beyond it by {above}"
        )
    return f"{text}."


def _slope(rows: pd.DataFrame) -> float:
    """Give what one officer more saves between the ends; nan of fewer than two."""
    if rows["officers"].nunique() < 2:
        return float("nan")
    first, last = rows.iloc[0], rows.iloc[-1]
    return float(
        (first["unmet"] - last["unmet"]) / (last["officers"] - first["officers"])
    )


def uncoupled(comparison: Comparison) -> list[str]:
    """Name the scenarios whose calls are not those of the base."""
    rows = comparison.scenarios
    mine = rows[(rows["status"] == gist.PLANNED) & ~rows["coupled"].astype(bool)]
    base = comparison.record["base"]
    return [name for name in mine["scenario"] if name != base]


def precision(comparison: Comparison) -> list[str]:
    """Say how the intervals were made, how wide they are, and what they allow for."""
    settings = comparison.record["settings"]
    confidence = f"{100 * settings['confidence']:g} %"
    told = [
        f"All scenarios meet the same calls wherever they can: {settings['shifts']:,} "
        f"simulated shifts each, in pairs with those of the base (seed "
        f"{settings['seed']}).",
        *_reached(settings),
        f"Verdicts allow for all {settings['contrasts']:,} headline comparisons at "
        f"once: with {confidence} confidence, every simultaneous interval holds its "
        "true difference. The interval in a sentence holds for that difference alone.",
        "An interval tells how far chance in the simulation could mislead. It does not "
        "tell whether demand, times and rules are as the model takes them to be.",
    ]
    alone = uncoupled(comparison)
    if alone:
        told.append(
            f"Not on the calls of the base, and so with wider intervals: "
            f"{words.joined(alone, _NAMED)}."
        )
    return told


def _reached(settings: Mapping[str, Any]) -> list[str]:
    """Say how narrow the intervals are, and whether that was asked for."""
    asked, reached = settings.get("half_width"), settings.get("reached")
    if reached is None or reached != reached:
        return []
    measure = settings["measure"]
    of = words.unit(measure)
    what = words.phrase(measure, settings["group"])
    wide = words.difference(measure, reached, 2).lstrip("+")
    text = (
        "The widest interval of a difference has a half-width of "
        f"{wide}{f' {of}' if of else ''} in {what}"
    )
    if asked is None:
        return [f"{text}; no width was asked for."]
    most = words.difference(measure, asked, 2).lstrip("+")
    verdict = "reached" if reached <= asked else "not reached"
    return [f"{text}; asked for was {most}, which is {verdict}."]
