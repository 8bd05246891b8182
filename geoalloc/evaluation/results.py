"""What a backtest found: frames, ready to be written and shown."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["Backtest"]


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """Scores of forecasters on what they were not told.

    Attributes
    ----------
    scores
        Row per measure: ``group, forecaster, origin`` (UTC), ``measure, value,
        incidents`` (of the window), ``numerator, denominator`` of the value, whose
        sums over origins make the value of the leaderboard.
    leaderboard
        ``group, forecaster, measure, value, low, high``, by how much it is better
        than the naive count in the unit of the measure (``skill, skill_low,
        skill_high``; nan of the naive count itself, and of measures that say nothing
        of quality), ``best`` of its group and measure, and ``level_with_best``: the
        interval of the difference from the best holds 0. Intervals are of a paired
        block bootstrap over origins.
    curves
        ``group, forecaster, area_share, hit_rate``.
    calibration
        ``group, forecaster, what`` ("hex" or "total"), ``nominal, coverage, low,
        high``: how much of what happened the central intervals held; of hexes, in
        those that come first, up to the area share in focus.
    rhythm
        ``group, model, log_score, low, high, incidents``: mean log of how much more
        than evenly the hours of the week were expected; no row where hours are not
        known.
    explanations
        ``group, forecaster, of`` ("level", "surface", "rhythm"), ``sentence, part,
        weight``, as of the last origin.
    feedback
        As ``feedback`` gives it; None if it was not asked for.
    settings
        Of the backtest, ready for JSON.
    notes
        Sentences that a reader must know.
    """

    scores: pd.DataFrame
    leaderboard: pd.DataFrame
    curves: pd.DataFrame
    calibration: pd.DataFrame
    rhythm: pd.DataFrame
    explanations: pd.DataFrame
    settings: dict[str, Any]
    notes: tuple[str, ...]
    feedback: pd.DataFrame | None = None
