"""What sets a scenario apart from its base, in words that say no more than is known."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = [
    "NOT_DISTINGUISHABLE",
    "difference",
    "digits",
    "figure",
    "interval",
    "joined",
    "label",
    "phrase",
    "resources",
    "scale",
    "sentences",
    "tight",
    "unit",
]

NOT_DISTINGUISHABLE = "not distinguishable"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
_MOST_DIGITS = 5
_SHARE, _MINUTES, _COUNT = "%", "min", ""
_MORE_WORK = 0.005  # of the incidents of the base: less is not worth a word


@dataclass(frozen=True, kw_only=True)
class _Measure:
    """How a measure is called: in a heading, within a sentence, and its unit."""

    title: str
    phrase: str
    unit: str = _COUNT
    per: str = ""


_A_SHIFT = " a shift"
_MEASURES: Mapping[str, _Measure] = {
    "late_share": _Measure(
        title="{Of} late{within}", phrase="{of} late{within}", unit=_SHARE
    ),
    "late": _Measure(
        title="{Of} late{within} a shift",
        phrase="the number of {of} late{within}",
        per=_A_SHIFT,
    ),
    "late_1_in_20": _Measure(
        title="{Of} late{within} on 1 shift in 20, or more",
        phrase="the number of {of} late{within} on the worst 1 shift in 20",
    ),
    "calls": _Measure(
        title="{Of}{within} a shift", phrase="the number of {of}{within}", per=_A_SHIFT
    ),
    "response_p90_min": _Measure(
        title="9 in 10 {of}{within} reached within",
        phrase="the time within which 9 in 10 {of}{within} are reached",
        unit=_MINUTES,
    ),
    "response_mean_min": _Measure(
        title="Mean response to {of}{within}",
        phrase="the mean response to {of}{within}",
        unit=_MINUTES,
    ),
    "wait_mean_min": _Measure(
        title="Mean wait of {of}{within} until a unit is sent",
        phrase="the mean wait of {of}{within} until a unit is sent",
        unit=_MINUTES,
    ),
    "wait_p90_min": _Measure(
        title="To 9 in 10 {of}{within} a unit is sent within",
        phrase="the time within which a unit is sent to 9 in 10 {of}{within}",
        unit=_MINUTES,
    ),
    "unanswered": _Measure(
        title="{Of}{within} that no unit was sent to, a shift",
        phrase="the number of {of}{within} that no unit was sent to",
        per=_A_SHIFT,
    ),
    "unmet": _Measure(
        title="Unmet demand{within} (late calls by weight)",
        phrase="unmet demand{within} (late calls, weighted by grade)",
        per=_A_SHIFT,
    ),
    "utilisation": _Measure(
        title="Share of time that {of} are at work",
        phrase="the share of time that {of} are at work",
        unit=_SHARE,
    ),
    "overtime_min": _Measure(
        title="Overtime of {of} a shift",
        phrase="the overtime of {of}",
        unit=_MINUTES,
        per=_A_SHIFT,
    ),
    "queue_mean": _Measure(title="Mean queue, calls", phrase="the mean queue of calls"),
    "queue_largest": _Measure(
        title="Longest queue, calls", phrase="the longest queue of calls"
    ),
}
_TALLIES = {
    "breaks": "breaks planned",
    "breaks_delayed": "breaks delayed",
    "breaks_missed": "breaks missed",
    "breaks_recalled": "breaks cut short by a recall",
    "diverted": "units diverted on their way",
    "interrupted": "jobs interrupted",
    "arrests": "arrests",
}
_GRADED = ("late", "calls", "response", "wait", "unanswered")


def label(measure: str, group: str) -> str:
    """Write a measure as a heading, as "Immediate calls late, %"."""
    known = _known(measure)
    of, within = _of(measure, group)
    title = known.title.format(Of=of[:1].upper() + of[1:], of=of, within=within)
    return f"{title}, {known.unit}" if known.unit else title


def phrase(measure: str, group: str) -> str:
    """Write a measure within a sentence, as "immediate calls late"."""
    of, within = _of(measure, group)
    return _known(measure).phrase.format(of=of, within=within)


def unit(measure: str) -> str:
    """Name the unit of a difference: points, min, or nothing of a count."""
    known = _known(measure).unit
    return "points" if known == _SHARE else known


def _known(measure: str) -> _Measure:
    if measure in _TALLIES:
        name = _TALLIES[measure]
        title = f"{name[:1].upper()}{name[1:]} a shift"
        return _Measure(title=title, phrase=f"the number of {name}", per=_A_SHIFT)
    # A measure of another part goes by its own name; braces in it are no fields.
    plain = measure.replace("_", " ").replace("{", "{{").replace("}", "}}")
    ends = _MINUTES if measure.endswith("_min") else _COUNT
    other = _Measure(title=plain + ", {of}", phrase=plain + " of {of}", unit=ends)
    if measure.endswith("_share"):
        other = _Measure(title=other.title, phrase=other.phrase, unit=_SHARE)
    return _MEASURES.get(measure, other)


def _of(measure: str, group: str) -> tuple[str, str]:
    """Say what a group is a group of, and where it is."""
    place, _, last = group.rpartition(", ")
    within = f" in {place}" if place else ""
    whole = last == "all"
    if measure.startswith(_GRADED):
        return "calls" if whole else f"{last} calls", within
    if measure in _MEASURES:
        return "units" if whole else f"{last} units", within
    return group, within


def figure(measure: str, value: float, digits: int = 1) -> str:
    """Write a value with its unit; a value that is missing is a dash."""
    if not math.isfinite(value):
        return DASH
    ends = _known(measure).unit
    text = _number(value * scale(measure), digits)
    return f"{text} {ends}" if ends else text


def difference(measure: str, value: float, digits: int = 1) -> str:
    """Write a difference with its sign, of percentages in points."""
    if not math.isfinite(value):
        return DASH
    return _number(value * scale(measure), digits, signed=True)


def interval(measure: str, low: float, high: float, digits: int = 1) -> str:
    """Write the ends of an interval of a difference, or a dash."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return DASH
    ends = (difference(measure, end, digits) for end in (low, high))
    return " to ".join(ends)


def digits(row: Mapping[str, Any]) -> int:
    """Find how many decimals a row of differences needs.

    Ends of an interval are told from each other and from 0; values are told from those
    of the base where the verdict is that they differ.
    """
    times = scale(row["measure"])
    low, high = row["low"] * times, row["high"] * times
    here, there = row["base_value"] * times, row["value"] * times
    told = row["verdict"] != NOT_DISTINGUISHABLE
    for n in range(1, _MOST_DIGITS):
        apart = _apart(low, high, n) and (_apart(here, there, n) or not told)
        if apart and all(_off_zero(end, n) for end in (low, high)):
            return n
    return _MOST_DIGITS


def _apart(one: float, other: float, n: int) -> bool:
    same = not (math.isfinite(one) and math.isfinite(other)) or one == other
    return same or round(one, n) != round(other, n)


def _off_zero(end: float, n: int) -> bool:
    return not math.isfinite(end) or end == 0 or round(end, n) != 0


def scale(measure: str) -> float:
    """Give what a value is multiplied by to be written: a share becomes percent."""
    return 100.0 if _known(measure).unit == _SHARE else 1.0


def _number(value: float, n: int, *, signed: bool = False) -> str:
    rounded = round(value, n) + 0.0  # no minus before nothing
    sign = "+" if signed and rounded > 0 else ""
    return sign + f"{rounded:,.{n}f}".replace("-", MINUS)


def sentences(
    differences: pd.DataFrame, scenarios: pd.DataFrame, record: Mapping[str, Any]
) -> pd.Series:
    """Say each difference in plain English.

    A scenario *cuts* or *raises* a measure only where its verdict says that it does;
    otherwise it cannot be told from the base. It does so *with the same units* only
    where units, officers and their hours are the same.

    Parameters
    ----------
    differences, scenarios, record
        As of a `Comparison`; the differences need no sentence yet.

    Returns
    -------
    sentences
        A sentence for each difference, by its index.
    """
    by = {row["scenario"]: row for row in scenarios.to_dict("records")}
    base = by[record["base"]]
    means = {name: resources(base, row) for name, row in by.items()}
    confidence = f"{100 * record['settings']['confidence']:g} %"
    told = [
        _sentence(row, means.get(row["scenario"], ""), confidence)
        for row in differences.to_dict("records")
    ]
    return pd.Series(told, index=differences.index, dtype="str")


def _sentence(row: Mapping[str, Any], means: str, confidence: str) -> str:
    name, measure = row["scenario"], row["measure"]
    what, verdict = phrase(measure, row["group"]), row["verdict"]
    if not math.isfinite(row["difference"]):
        return f"{name}: {what} cannot be compared, as one of the two has none."
    ends = f" {means}." if means else "."
    here, there = row["base_value"], row["value"]
    per = _known(measure).per
    if row["difference"] == 0 and row["low"] == row["high"]:
        return f"{name} leaves {what} at {figure(measure, here)}{per}{ends}"
    n = digits(row)
    first, last = figure(measure, here, n), figure(measure, there, n)
    range_ = _range(row, n, confidence)
    if verdict == NOT_DISTINGUISHABLE:
        return (
            f"{name} cannot be told from the base by {what}: {last}{per} against "
            f"{first} ({range_}){ends}"
        )
    if not verdict:
        return (
            f"{name}: {what} goes from {first} to {last}{per} ({range_}), neither "
            f"better nor worse by itself{',' if means else ''}{ends}"
        )
    verb = "cuts" if row["difference"] < 0 else "raises"
    return f"{name} {verb} {what} from {first} to {last}{per} ({range_}){ends}"


def _range(row: Mapping[str, Any], n: int, confidence: str) -> str:
    if not (math.isfinite(row["low"]) and math.isfinite(row["high"])):
        return "no interval is known"
    of = unit(row["measure"])
    said = interval(row["measure"], row["low"], row["high"], n)
    text = f"{confidence} interval of the difference {said}" + (f" {of}" if of else "")
    alone = row["low"] > 0 or row["high"] < 0
    if alone and row["verdict"] == NOT_DISTINGUISHABLE:
        text += "; alone that would tell, among so many comparisons it may be chance"
    return text


def resources(base: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Say with what a scenario does what it does, as "with 50 fewer officers".

    Parameters
    ----------
    base, row
        Of ``Comparison.scenarios``.
    """
    return f"with {_force(base, row)}{_work(base, row)}"


def _force(base: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    more = {
        key: row[key] - base[key]
        for key in ("units", "officers", "response_officers", "officer_hours")
    }
    if more["officers"]:
        return _more(more["officers"], "officer")
    if more["units"]:
        return f"{_more(more['units'], 'unit')} of the same officers"
    if more["response_officers"]:
        moved = _more(more["response_officers"], "response officer")
        return f"the same number of officers, {moved}"
    if round(more["officer_hours"], 1):
        return _more(more["officer_hours"], "officer-hour")
    return "the same units"


def _work(base: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    more = row["demand"] - base["demand"]
    if not math.isfinite(more) or abs(more) < _MORE_WORK * base["demand"]:
        return ""
    word = "more" if more > 0 else "fewer"
    share = f"{100 * abs(more) / base['demand']:.1f} %"
    return f" and {share} {word} incidents to go to"


def _more(n: float, noun: str) -> str:
    word = "more" if n > 0 else "fewer"
    many = f"{abs(n):,.1f}".removesuffix(".0")
    return f"{many} {word} {noun}{'' if many == '1' else 's'}"


def tight(text: str) -> str:
    """Keep percent signs with their numbers when the text is broken into lines."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def joined(names: list[str], most: int = 0) -> str:
    """Write names as ``a, b and c``; past ``most`` of them as ``a, b and 3 more``."""
    if most and len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return (
        f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
    )
