"""What a backtest says, in words that do not say more than it does."""

import re
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from geoalloc.evaluation import Backtest

NAIVE = "naive"
MAIN = ("log_score", "hit_rate_1")
"""What the verdicts are about."""

MEASURES: Mapping[str, str] = {
    "log_score_hours": "The log score of places and hours together, by incidents whose "
    "hour is known: more is better.",
    "hit_rate_periods": "Share of incidents, of those whose hour is known, within the "
    "best of all hexes and periods, up to that share of them: more is better.",
    "log_score": "Mean log of how much more the places of incidents were expected than "
    "evenly over the land: more is better, 0 is no better than evenly.",
    "hit_rate": "Share of incidents within the hexes that come first, up to that share "
    "of the land: more is better.",
    "pai": "Hit rate over the share of the land, the predictive accuracy index: more "
    "is better.",
    "pei": "Hit rate over the best that could be had with so much land, the "
    "predictive efficiency index: more is better, 1 is the most.",
    "rri": "Incidents expected over incidents observed in those hexes: 1 is right, "
    "more is too many. It is not the recapture rate index, whose letters it shares.",
    "deviance": "Mean Poisson deviance by hex, which judges how many as well as where: "
    "less is better.",
    "crps": "Mean continuous ranked probability score by hex, which judges the "
    "interval too: less is better.",
    "stability": "Share of land chosen at one origin and at the next, of that chosen "
    "at either: neither more nor less is better, but officers notice.",
    "seconds": "Seconds of work to make a forecast, on the machine that ran this.",
}
"""By the start of their names, what measures say."""

_OF_LAND = re.compile(r"(\D+)_([\d.]+)(?:_(\w+))?")
_DIGITS = {"seconds": 2, "deviance": 4, "crps": 4, "pai": 1}
_MOST_DIGITS = 6
_NAMES = {"crps": "CRPS", "log_score_hours": "log score of hexes and hours"}


def label(measure: str) -> str:
    """Write the name of a measure: ``hit_rate_0.5`` is "hit rate at 0.5 %"."""
    found = _OF_LAND.fullmatch(measure)
    if found is None:
        return _NAMES.get(measure, measure.replace("_", " "))
    name, share, rest = found.groups()
    name = name.upper() if len(name) == 3 else name.replace("_", " ")
    return f"{name} at {share} %" + (f" of hexes and {rest}" if rest else "")


def kind(measure: str) -> str:
    """Write the name of a measure without its share of the land."""
    return re.sub(r" at [\d.]+ %", "", label(measure))


def meaning(measure: str) -> str:
    """Say what a measure says; empty if it is none of these."""
    found = _OF_LAND.fullmatch(measure)
    name = "_".join(part for part in found.group(1, 3) if part) if found else measure
    return MEASURES.get(name, "")


def figure(
    measure: str, value: float, *, signed: bool = False, more_digits: int = 0
) -> str:
    """Write a value with the digits that its measure deserves; nan is a dash."""
    if value != value:
        return "\N{EN DASH}"
    digits = _digits(measure) + more_digits
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}")


def interval(measure: str, low: float, high: float, *, signed: bool = False) -> str:
    """Write an interval, its ends apart if they are, and off 0; or a dash."""
    if low != low or high != high:
        return "\N{EN DASH}"
    least = _digits(measure)
    digits = least
    while digits < _MOST_DIGITS and not _told_apart(low, high, digits):
        digits += 1
    return " to ".join(
        figure(measure, end, signed=signed, more_digits=digits - least)
        for end in (low, high)
    )


def _told_apart(low: float, high: float, digits: int) -> bool:
    """Tell whether so many digits show which end is which, and which is not 0."""
    shown = [round(end, digits) for end in (low, high)]
    ends = zip((low, high), shown, strict=True)
    off_zero = all(end == 0 or rounded != 0 for end, rounded in ends)
    return off_zero and (low == high or shown[0] != shown[1])


def _digits(measure: str) -> int:
    return next((d for m, d in _DIGITS.items() if measure.startswith(m)), 3)


def standing(row: Mapping[str, Any]) -> str:
    """Say how a forecaster stands to the naive count, by the interval of the skill."""
    if row["forecaster"] == NAIVE:
        return "the baseline"
    low, high = row["skill_low"], row["skill_high"]
    if low != low or high != high:
        return "cannot be told"
    if low > 0:
        return "better"
    return "worse" if high < 0 else "level"


def ranked(row: Mapping[str, Any], most: int) -> str:
    """Write a forecaster, and whether it is best or cannot be told from the best."""
    name = short(str(row["forecaster"]), most)
    if row["best"]:
        return f"{name} (best)"
    return f"{name} (level with best)" if row["level_with_best"] else name


def rows_of(result: Backtest, group: str, measure: str) -> pd.DataFrame:
    """Take the rows of the leaderboard of a group and a measure."""
    board = result.leaderboard
    return board[(board["group"] == group) & (board["measure"] == measure)]


def groups(result: Backtest) -> list[str]:
    """List the groups in their order."""
    return list(dict.fromkeys(result.leaderboard["group"]))


def forecasters(result: Backtest) -> list[str]:
    """List the forecasters in their order."""
    return list(dict.fromkeys(result.leaderboard["forecaster"]))


def verdict(result: Backtest, group: str, measure: str) -> str:
    """Say who is best in a group by a measure, and whether that can be told."""
    rows = rows_of(result, group, measure)
    best = rows[rows["best"]]
    if best.empty:
        return f"{group}: no {label(measure)} is known."
    first = best.iloc[0].to_dict()
    level = [
        name
        for name in rows.loc[rows["level_with_best"], "forecaster"]
        if name != first["forecaster"]
    ]
    value = figure(measure, first["value"])
    told = f"{group}: {first['forecaster']} has the best {label(measure)}, {value}"
    if first["forecaster"] == NAIVE:
        if level:
            return f"{told}; level with it: {joined(level)}. Nothing beats it here."
        return f"{told}; no other is level. The naive count wins here."
    if first["skill_low"] != first["skill_low"]:
        return f"{told}; of so few origins it cannot be told from the naive count."
    naive = rows.loc[rows["forecaster"] == NAIVE, "value"]
    told += f" against {figure(measure, float(naive.iloc[0]))} of the naive count"
    if NAIVE in level or first["skill_low"] <= 0:
        return f"{told}, but that is level with it: the interval of the gain holds 0."
    gain = interval(measure, first["skill_low"], first["skill_high"], signed=True)
    others = f"; level with it: {joined(level)}" if level else ""
    return f"{told}: better by {figure(measure, first['skill'])} ({gain}){others}."


def naive_wins(result: Backtest, *, behind: bool = True) -> list[str]:
    """Say where nothing is better than the naive count, and what is worse.

    Parameters
    ----------
    behind
        Name those that are worse by log score, too, where others are not.
    """
    told = []
    judged = result.leaderboard[result.leaderboard["skill"].notna()]
    for group in groups(result):
        mine = judged[judged["group"] == group].to_dict("records")
        by: dict[str, list[str]] = {}
        for row in mine:
            by.setdefault(row["measure"], []).append(standing(row))
        none = [m for m, each in by.items() if "better" not in each]
        lost = _named(m for m in none if set(by[m]) == {"worse"})
        open_ = _named(m for m in none if set(by[m]) != {"worse"})
        worse = [
            row["forecaster"]
            for row in mine
            if row["measure"] == "log_score" and standing(row) == "worse"
        ]
        if lost:
            told.append(f"{group}: the naive count beats all others by {lost}.")
        if open_:
            told.append(f"{group}: no other is better beyond doubt by {open_}.")
        if behind and worse and "log score" not in lost:
            told.append(f"{group}: by log score the naive count beats {joined(worse)}.")
    return told


def _named(measures: Iterable[str]) -> str:
    """Write measures; PAI and PEI rank as the hit rate does, and are left out."""
    kept = [m for m in measures if not m.startswith(("pai_", "pei_"))]
    rates: dict[str, list[str]] = {}
    for measure in kept:
        if found := re.fullmatch(r"hit_rate_([\d.]+)(_periods)?", measure):
            rates.setdefault(found[2] or "", []).append(f"{found[1]} %")
    others = [label(m) for m in kept if not m.startswith("hit_rate_")]
    of = {"": "", "_periods": " of hexes and periods"}
    told = (f"hit rate at {', '.join(each)}{of[end]}" for end, each in rates.items())
    return joined([*others, *told])


def joined(names: Iterable[str]) -> str:
    """Write names as ``a, b and c``."""
    listed = list(names)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} and {listed[-1]}"


def short(name: str, most: int) -> str:
    """Cut a name that is too long for where it stands."""
    return (
        textwrap.shorten(name, most, placeholder="...")
        if " " in name
        else (name if len(name) <= most else name[: most - 3] + "...")
    )


def period(result: Backtest) -> str:
    """Write the origins of a backtest, and what was forecast from each."""
    origins = list(result.settings["origins"])
    first, last = (str(origin)[:10] for origin in (origins[0], origins[-1]))
    n = len(origins)
    span = first if n == 1 else f"{first} to {last}"
    return (
        f"{n} origin{'s' * (n > 1)}, {span}, each for {result.settings['horizon']} "
        "ahead"
    )
