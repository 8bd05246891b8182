"""A short backtest of the forecaster that a plan is made with."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from geoalloc.demand import Forecaster, History, Horizon
from geoalloc.errors import DataError
from geoalloc.evaluation import rolling as windows
from geoalloc.evaluation.backtesting import backtest
from geoalloc.evaluation.leaderboard import NAIVE
from geoalloc.evaluation.results import Backtest
from geoalloc.evaluation.rolling import Rolling

__all__ = ["quick_backtest"]

_LEAST = 3  # origins, below which nothing is said
_LEAST_DIGITS, _MOST_DIGITS = 2, 6  # of a difference of log scores
_MONTH = pd.DateOffset(months=1)
_WEEK = pd.DateOffset(days=7)


def quick_backtest(
    history: History, forecaster: Forecaster, *, end: pd.Timestamp, origins: int = 8
) -> dict[str, Any]:
    """Score a forecaster against the naive count on the last windows before an end.

    Windows are calendar months; weeks where there are less than three months, but
    days are known.

    Parameters
    ----------
    end
        Such as the time that a plan is made: no window goes beyond it.
    origins
        Windows at the most: of fewer than eight an interval tells little.

    Returns
    -------
    found
        ``forecaster, origins, horizon, from, to, log_score, naive_log_score,
        difference, low, high`` (of the log scores, with its 95 % interval),
        ``hit_rate_1, naive_hit_rate_1`` and ``sentence``; ``sentence`` alone where it
        could not be backtested.
    """
    try:
        rolling = _rolling(history, end, origins)
        found = backtest({"all": history}, {forecaster.name: forecaster}, rolling)
    except DataError as error:
        return {"sentence": f"not backtested: {error}"}
    return _told(found, forecaster.name, rolling)


def _rolling(history: History, end: pd.Timestamp, n: int) -> Rolling:
    reasons = []
    for horizon in (_MONTH, _WEEK):
        try:
            found = windows.origins(history, horizon, n=n, end=end)
        except DataError as error:
            reasons.append(str(error))
            continue
        if len(found) >= min(n, _LEAST):
            return Rolling(
                origins=found, horizon=horizon, area_shares=(0.01,), hours=False
            )
        reasons.append(
            f"of windows of {windows.described(horizon)} with eight weeks before them "
            f"{len(found)} can be scored, and {_LEAST} are needed"
        )
    raise DataError(reasons[0])


def _told(found: Backtest, name: str, rolling: Rolling) -> dict[str, Any]:
    board = found.leaderboard.set_index(["forecaster", "measure"])
    mine, naive = board.loc[(name, "log_score")], board.loc[(NAIVE, "log_score")]
    hits = {who: board.loc[(who, "hit_rate_1"), "value"] for who in (name, NAIVE)}
    first, last = rolling.origins[0], rolling.window(rolling.origins[-1])[1]
    told = {
        "forecaster": name,
        "origins": len(rolling.origins),
        "horizon": windows.described(rolling.horizon),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "log_score": float(mine["value"]),
        "naive_log_score": float(naive["value"]),
        "hit_rate_1": float(hits[name]),
        "naive_hit_rate_1": float(hits[NAIVE]),
        "difference": _number(mine["skill"]),
        "low": _number(mine["skill_low"]),
        "high": _number(mine["skill_high"]),
    }
    return told | {"sentence": " ".join(_words(told, rolling.horizon))}


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def _words(told: dict[str, Any], horizon: Horizon) -> Iterator[str]:
    unit = "months" if horizon is _MONTH else "weeks"
    span = f"on the last {told['origins']} {unit} of these data"
    if told["forecaster"] == NAIVE:
        yield f"{NAIVE}: log score {told['log_score']:.2f} {span}, each forecast from"
        yield "what was known before it; it is the count that others must beat."
        return
    yield f"{told['forecaster']}: log score {told['log_score']:.2f} against"
    yield f"{told['naive_log_score']:.2f} of the naive count {span}, each forecast from"
    yield f"what was known before it: {_verdict(told)}."


def _verdict(told: dict[str, Any]) -> str:
    low, high = told["low"], told["high"]
    if low is None or high is None:
        return "too few to tell them apart"
    if low <= 0 <= high:
        return f"level with it (difference {_ends(low, high)})"
    word = "better" if low > 0 else "worse, so that the naive count wins"
    return f"{word} (difference {_ends(low, high)})"


def _ends(low: float, high: float) -> str:
    """Write the ends with digits enough to tell them from each other and from 0."""
    for digits in range(_LEAST_DIGITS, _MOST_DIGITS):
        one, other = round(low, digits), round(high, digits)
        off_zero = (one != 0 or low == 0) and (other != 0 or high == 0)
        if off_zero and (one != other or low == high):
            break
    return f"{low:+.{digits}f} to {high:+.{digits}f}"
