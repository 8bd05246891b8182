"""Who is served how: figures and disparities by groups of places, not of people.

A group is a set of hexes: a district, town or country, areas of one decile of
deprivation, or of any other table of areas.
"""

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from geoalloc.evaluation.disparities import disparity
from geoalloc.evaluation.outcomes import Key, Measure, estimate
from geoalloc.evaluation.samples import Samples
from geoalloc.schemas import GRADES

__all__ = [
    "CAVEATS",
    "LEAST_CALLS",
    "UNKNOWN",
    "disparities",
    "group_figures",
    "in_order",
    "plain_disparities",
    "price_of_cap",
    "small_groups",
    "visible_hours",
]

UNKNOWN = "unknown"
"""The group of a hex of which a table of areas says nothing."""

LEAST_CALLS = 1.0
"""Expected calls a shift below which a group has no part in a disparity."""

CAVEATS = (
    "A group is made of places, not of people: what holds of the places of a group "
    "need not hold of those who live there or call from there (Robinson, 1950, "
    "American Sociological Review 15, 351-357).",
    "A table by deprivation or by district alone is not an equality analysis: the "
    "public sector equality duty (Equality Act 2010, section 149) is about protected "
    "characteristics, and is answered by those who decide.",
    "Late calls and waits are simulated on calls that are forecast from what was "
    "recorded: a group that reports less than it suffers seems to need less.",
    f"Groups with fewer than {LEAST_CALLS:g} expected immediate call a shift, and "
    f"hexes whose group is {UNKNOWN}, have no part in a ratio: it would be chance.",
    "What PCSOs and neighbourhood officers achieve by being there is not measured; "
    "their visible hours are counted.",
)
"""Sentences that go with every table by group."""

_SIMULATED = {"late_share": "late_share", "response_mean_min": "response_min"}
_URGENT = GRADES[0]
_LESS_IS_WORSE = (
    "covered_share",
    "patrol_min_per_1000_people",
    "patrol_min_per_incident",
)


def in_order(names: Iterable[str]) -> list[str]:
    """Sort names as people do: 2 before 10, and what is unknown last."""

    def parts(name: str) -> tuple[bool, list[tuple[int, int, str]]]:
        found = re.findall(r"\d+|\D+", name)
        return name == UNKNOWN, [
            (0, int(part), "") if part.isdigit() else (1, 0, part) for part in found
        ]

    return sorted(set(names), key=parts)


def group_figures(samples: Samples, groupings: Iterable[str]) -> pd.DataFrame:
    """Give what simulated shifts say of each group, of immediate calls.

    Parameters
    ----------
    groupings
        All that the samples hold, such as district: names of groups are told from
        theirs.

    Returns
    -------
    figures
        ``grouping, group, measure, value, low, high``, groups in natural order:
        ``late_share``, and ``response_min``, the mean from call to arrival, where the
        samples hold it; with 95 % intervals over shifts.
    """
    rows = [
        (grouping, group, _SIMULATED[key[0]], *_estimated(samples, key))
        for key, grouping, group in _keys(samples, groupings)
        if key[0] in _SIMULATED
    ]
    return _figures(rows, ["grouping", "group", "measure"], ["value", "low", "high"])


def _estimated(samples: Samples, key: Key) -> tuple[float, float, float]:
    return estimate(samples.measures[key], dependent=False)


def _keys(samples: Samples, groupings: Iterable[str]) -> Iterator[tuple[Key, str, str]]:
    """Give the keys of immediate calls by group, each with grouping and group."""
    # The longest that fits: one grouping may be named like another's start.
    names = sorted(groupings, key=len, reverse=True)
    for key in samples.measures:
        place, comma, grade = key[1].rpartition(", ")
        of = next((name for name in names if place.startswith(f"{name} ")), None)
        if comma and grade == _URGENT and of is not None:
            yield key, of, place.removeprefix(f"{of} ") or UNKNOWN


def _figures(
    rows: Iterable[tuple[Any, ...]], texts: list[str], figures: list[str]
) -> pd.DataFrame:
    """Lay rows out as a frame, groups of a grouping in natural order."""
    frame = pd.DataFrame(rows, columns=[*texts, *figures])
    types = dict.fromkeys(texts, "str") | dict.fromkeys(figures, "float64")
    frame = frame.astype(types)
    if "group" not in frame or frame.empty:
        return frame
    rank = {name: k for k, name in enumerate(in_order(frame["group"]))}
    first = {name: k for k, name in enumerate(frame["grouping"].unique())}
    order = np.lexsort((frame["group"].map(rank), frame["grouping"].map(first)))
    return frame.iloc[order].reset_index(drop=True)


def small_groups(samples: Samples, groupings: Iterable[str]) -> dict[str, list[str]]:
    """Name the groups that have no part in a ratio: too few calls, or unknown.

    Returns
    -------
    small
        By grouping, in natural order.
    """
    found: dict[str, set[str]] = {name: set() for name in groupings}
    for key, grouping, group in _keys(samples, found):
        few = key[0] == "calls" and samples.measures[key].value < LEAST_CALLS
        if few or group == UNKNOWN:
            found[grouping].add(group)
    return {grouping: in_order(names) for grouping, names in found.items()}


def disparities(samples: Samples, groupings: Iterable[str]) -> pd.DataFrame:
    """Set the worst served group of each grouping against the best.

    Of immediate calls. Groups of ``small_groups`` are left out; a grouping with fewer
    than two others has no row.

    Parameters
    ----------
    groupings
        All that the samples hold, as of ``group_figures``.

    Returns
    -------
    disparities
        ``grouping, measure, worst, best, ratio, low, high``: the figure of the worst
        over that of the best, with an interval of 95 % that holds for every pair of
        groups at once (see ``evaluation.disparity``).
    """
    small = small_groups(samples, groupings)
    kept: dict[str, dict[Key, Measure]] = {name: {} for name in small}
    for key, grouping, group in _keys(samples, small):
        if group not in small[grouping]:
            kept[grouping][key] = samples.measures[key]
    rows = []
    for grouping, measures in kept.items():
        fit = dataclasses.replace(samples, measures=measures)
        for measure, name in _SIMULATED.items():
            known = [
                one.value == one.value
                for key, one in measures.items()
                if key[0] == measure
            ]
            if sum(known) >= 2:
                found = disparity(fit, grouping, measure=measure, grade=_URGENT)
                rows.append((grouping, name, *found))
    texts = ["grouping", "measure", "worst", "best"]
    return _figures(rows, texts, ["ratio", "low", "high"])


def plain_disparities(groups: pd.DataFrame) -> pd.DataFrame:
    """Set the worst off group against the best where nothing is simulated.

    Parameters
    ----------
    groups
        ``grouping, group, measure, value``. Groups with fewer than ``LEAST_CALLS``
        expected calls (``incidents``), or unknown, are left out.

    Returns
    -------
    disparities
        As ``disparities`` gives them, of ``covered_share`` and of the minutes of
        patrol, of which less is worse: the best over the worst, so that a ratio is
        always 1 or more. Undefined (nan) where the worst is 0; there is no interval.
    """
    wide = groups.pivot_table(
        index=["grouping", "group"], columns="measure", values="value", sort=False
    )
    rows = []
    for grouping, table in wide.groupby(level=0, sort=False):
        told = table.droplevel(0)
        told = told[
            (told["incidents"] >= LEAST_CALLS) & ~told.index.isin(["", UNKNOWN])
        ]
        for measure in _LESS_IS_WORSE:
            known = told[measure].dropna() if measure in told else told.index[:0]
            if len(known) >= 2:
                worst, best = known.idxmin(), known.idxmax()
                ratio = known[best] / known[worst] if known[worst] > 0 else np.nan
                rows.append((grouping, measure, worst, best, ratio, np.nan, np.nan))
    texts = ["grouping", "measure", "worst", "best"]
    return _figures(rows, texts, ["ratio", "low", "high"])


def visible_hours(groups: pd.DataFrame, base: pd.DataFrame) -> str:
    """Say how many hours officers on foot are to be seen, and how many are lost.

    Parameters
    ----------
    groups, base
        ``grouping, group, measure, value`` with the measure ``visible_h``, of a
        scenario and of its base.
    """
    hours, before = (_total(frame, "visible_h") for frame in (groups, base))
    if np.isnan([hours, before]).any():
        return ""
    lost = before - hours
    change = f"{abs(lost):.0f} {'lost' if lost > 0 else 'gained'}"
    told = "as in the base" if abs(lost) < 0.5 else f"{change} against the base"
    return (
        f"PCSOs and others who answer no immediate call stand by for {hours:.0f} "
        f"officer-hours, {told}; what they achieve by it is not measured."
    )


def _total(groups: pd.DataFrame, measure: str) -> float:
    """Sum a measure over one grouping: each holds every hex once."""
    rows = groups[groups["measure"] == measure]
    if rows.empty:
        return np.nan
    return float(rows[rows["grouping"] == rows["grouping"].iloc[0]]["value"].sum())


def price_of_cap(
    differences: pd.DataFrame,
    groups: pd.DataFrame,
    *,
    scenario: str,
    base: str,
    grouping: str,
) -> str:
    """Say what a cap on the unmet demand of groups costs all, and gives the worst.

    Parameters
    ----------
    differences
        ``scenario, measure, group, base_value, value, difference, low, high``: of
        ``unmet`` of all, and of ``late_share`` by "<grouping> <group>, immediate".
    groups
        ``scenario, grouping, group, measure, value``, the base among the scenarios.
    scenario, base
        Names: with the cap, and without.

    Returns
    -------
    sentence
        Empty where the scenario or the grouping is not told of.
    """
    worst = _worst(groups, base, grouping)
    key = ("late_share", f"{grouping} {worst}, {_URGENT}")
    mine = differences[differences["scenario"] == scenario]
    named = mine.set_index(["measure", "group"])
    if worst is None or key not in named.index or ("unmet", "all") not in named.index:
        return ""
    gain, cost = named.loc[key], named.loc["unmet", "all"]
    return (
        f"{scenario}: in {worst}, the worst served {grouping} of the base, "
        f"{gain['base_value']:.1%} of immediate calls are late without the cap and "
        f"{gain['value']:.1%} with it ({_apart(gain, 100)} percentage points); over "
        f"the whole force it costs {_apart(cost, 1)} late calls a shift, by the "
        f"weights of their grades."
    )


def _apart(row: pd.Series, by: float) -> str:
    values = [by * row[name] + 0.0 for name in ("difference", "low", "high")]
    return "{:+.1f}, 95 % interval {:+.1f} to {:+.1f}".format(*values)


def _worst(groups: pd.DataFrame, base: str, grouping: str) -> str | None:
    """Name the group of which most immediate calls are late in the base."""
    mine = groups[(groups["scenario"] == base) & (groups["grouping"] == grouping)]
    wide = mine.pivot_table(index="group", columns="measure", values="value")
    if not {"late_share", "incidents"} <= set(wide.columns):
        return None
    told = wide[(wide["incidents"] >= LEAST_CALLS) & ~wide.index.isin(["", UNKNOWN])]
    return None if told.empty else str(told["late_share"].idxmax())
