"""From the scores of single windows to a leaderboard with intervals."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.evaluation import bootstrap
from geoalloc.evaluation.rolling import Rolling
from geoalloc.hexes import HexGrid

__all__ = ["NAIVE", "board", "calibrated", "curves", "rhythms", "stabilities", "valued"]

NAIVE = "naive"
_MORE = ("hit_rate_", "pai_", "pei_", "log_score")  # better
_LESS = ("deviance", "crps")  # better


def sign(measure: str) -> float:
    """Give 1 where more is better, -1 where less is, 0 where neither is."""
    if measure.startswith(_MORE):
        return 1.0
    return -1.0 if measure in _LESS else 0.0


def valued(scores: pd.DataFrame) -> pd.DataFrame:
    """Add the value of each score; nan where nothing was there to score."""
    value = scores["numerator"] / scores["denominator"].where(
        scores["denominator"] != 0
    )
    return scores.assign(value=value)


def board(scores: pd.DataFrame, rolling: Rolling) -> pd.DataFrame:
    """Make the rows of a group: value, interval, skill, and who is best.

    Parameters
    ----------
    scores
        ``forecaster, origin, measure, numerator, denominator`` of one group; every
        forecaster has the same origins.

    Returns
    -------
    leaderboard
        As in `Backtest`, without ``group``; forecasters and measures in the order in
        which they come.
    """
    rows: list[dict[str, Any]] = []
    for measure, mine in scores.groupby("measure", sort=False):
        wide = mine.pivot_table(
            index="origin",
            columns="forecaster",
            values=["numerator", "denominator"],
            sort=False,
        ).sort_index()
        times = _times(len(wide), rolling)
        names = list(dict.fromkeys(mine["forecaster"]))
        one = np.ones((1, len(wide)))
        above = {name: wide["numerator", name].to_numpy() for name in names}
        below = {name: wide["denominator", name].to_numpy() for name in names}
        value = {n: float(bootstrap.ratios(above[n], below[n], one)[0]) for n in names}
        again = {n: bootstrap.ratios(above[n], below[n], times) for n in names}
        rows += _rows(str(measure), value, again, rolling.confidence)
    frame = pd.DataFrame(rows)
    order = {name: k for k, name in enumerate(dict.fromkeys(scores["forecaster"]))}
    return frame.sort_values(
        "forecaster", key=lambda names: names.map(order), kind="stable"
    ).reset_index(drop=True)


def _times(n_origins: int, rolling: Rolling) -> FloatArray:
    """Draw origins again; of one alone nothing can be drawn that tells."""
    if n_origins < 2:
        return np.empty((0, n_origins))
    return bootstrap.drawn(
        n_origins,
        resamples=rolling.resamples,
        seed=rolling.seed,
        length=min(n_origins, rolling.block_origins),
    )


def _rows(
    measure: str,
    value: dict[str, float],
    again: dict[str, FloatArray],
    confidence: float,
) -> Iterator[dict[str, Any]]:
    way = sign(measure)
    best = _best(value, way)
    for name, mine in value.items():
        low, high = bootstrap.interval(again[name], confidence)
        skill = skill_low = skill_high = np.nan
        if way and name != NAIVE:
            skill = way * (mine - value[NAIVE])
            ahead = way * _difference(again[name], again[NAIVE])
            skill_low, skill_high = bootstrap.interval(ahead, confidence)
        level = name == best
        if best is not None and not level:
            behind = bootstrap.interval(
                _difference(again[best], again[name]), confidence
            )
            level = not (behind[0] > 0 or behind[1] < 0)
        yield {
            "forecaster": name,
            "measure": measure,
            "value": mine,
            "low": low,
            "high": high,
            "skill": skill,
            "skill_low": skill_low,
            "skill_high": skill_high,
            "best": name == best,
            "level_with_best": level,
        }


def _best(value: dict[str, float], way: float) -> str | None:
    """Name the best; of equals the first, None if the measure knows no better."""
    known = {name: one for name, one in value.items() if one == one}
    if not way or not known:
        return None
    return max(known, key=lambda name: way * known[name])


def _difference(one: FloatArray, other: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore"):  # of infinite scores
        return one - other


def stabilities(chosen: pd.DataFrame, grid: HexGrid, measure: str) -> pd.DataFrame:
    """Score how much of the chosen land was chosen at the origin before, too.

    Parameters
    ----------
    chosen
        ``forecaster, origin, position, part`` of the hexes that come first.
    """
    land = grid.land_km2
    rows = []
    for name, mine in chosen.groupby("forecaster", sort=False):
        before: FloatArray | None = None
        for origin, here in mine.groupby("origin", sort=True):
            now = np.zeros(land.size)
            now[here["position"].to_numpy()] = here["part"].to_numpy()
            if before is not None:
                both = float((np.minimum(before, now) * land).sum())
                either = float((np.maximum(before, now) * land).sum())
                rows.append((name, origin, measure, both, either))
            before = now
    columns = ["forecaster", "origin", "measure", "numerator", "denominator"]
    return pd.DataFrame(rows, columns=columns)


def curves(rows: pd.DataFrame) -> pd.DataFrame:
    """Pool the hit rates over origins by forecaster and area share."""
    sums = rows.groupby(["forecaster", "area_share"], sort=False)[
        ["captured", "incidents"]
    ].sum()
    rate = sums["captured"] / sums["incidents"].where(sums["incidents"] != 0)
    return rate.rename("hit_rate").reset_index()


def calibrated(rows: pd.DataFrame, rolling: Rolling) -> pd.DataFrame:
    """Pool the coverage of intervals over origins, with its own interval."""
    by = ["forecaster", "what", "nominal"]
    return _pooled(rows, by, "coverage", rolling)


def rhythms(rows: pd.DataFrame, rolling: Rolling) -> pd.DataFrame:
    """Pool the log scores of the hours of the week over origins."""
    made = _pooled(rows, ["model"], "log_score", rolling)
    incidents = rows.groupby("model", sort=False)["denominator"].sum()
    return made.assign(incidents=made["model"].map(incidents).astype("float64"))


def _pooled(
    rows: pd.DataFrame, by: list[str], value: str, rolling: Rolling
) -> pd.DataFrame:
    found = []
    for names, mine in rows.groupby(by, sort=False):
        mine = mine.sort_values("origin")
        above, below = mine["numerator"].to_numpy(), mine["denominator"].to_numpy()
        pooled = bootstrap.ratios(above, below, np.ones((1, len(mine))))[0]
        drawn = bootstrap.ratios(above, below, _times(len(mine), rolling))
        found.append(
            (*names, float(pooled), *bootstrap.interval(drawn, rolling.confidence))
        )
    return pd.DataFrame(found, columns=[*by, value, "low", "high"])
