"""Speeds from observed journeys, by robust least squares.

Logarithms of minutes are fitted, since errors grow with the
journey, under a Cauchy loss, so that a unit that stopped on the way counts for
little (Huber and Ronchetti, Robust Statistics, 2nd edition, 2009, chapters 3, 7).
The minutes found are therefore those of the middle journey, not of the mean.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.travel import fitting
from geoalloc.travel import observed as observations
from geoalloc.travel.fitting import Fitted, Guess, Parts, Plan
from geoalloc.travel.lattice import Lattice
from geoalloc.travel.observed import Observed
from geoalloc.travel.roadgraph import RoadGraph

_LEAST_ROWS = 30  # below which speeds, setting off and outliers cannot be told apart
_ROUNDS = 6  # paths are found anew this often at most
_SETTLED = 1e-3  # relative change of speeds at which they stop being found anew


@dataclass(frozen=True, kw_only=True, eq=False)
class Calibration:
    """Speeds that fit observed journeys, and how well.

    Attributes
    ----------
    times
        The source of travel times as given, with the speeds found.
    blue_light_factor
        Speed under blue lights over the routine speed.
    estimates
        Indexed by ``name``: ``before``, ``after``, ``standard_error`` (of
        ``after``; nan where a value is kept as given), ``n_rows`` that tell of it.
    errors
        Indexed by ``before`` and ``after``: ``median_abs_min``, ``p90_abs_min``
        and ``bias_min`` (the median of model less observed), over the rows used.
    refused
        The rows that were not used, as given, and their ``reason``.
    notes
        Sentences on values that the rows cannot tell.
    """

    times: Lattice | RoadGraph
    blue_light_factor: float
    estimates: pd.DataFrame
    errors: pd.DataFrame
    refused: pd.DataFrame
    notes: tuple[str, ...]


def calibrate(
    observed: pd.DataFrame,
    times: Fitted,
    grid: HexGrid,
    *,
    blue_light_factor: float = 1.0,
    keep_setting_off: bool = False,
) -> Calibration:
    """Fit speeds, setting off and time factors to observed journeys.

    Parameters
    ----------
    observed
        ``from_latitude``, ``from_longitude``, ``to_latitude``, ``to_longitude``,
        ``minutes`` from being sent to arrival; ``hour`` (local, 0 to 23) and
        ``blue_light`` (true, false) if they are known.
    times
        Of a lattice the urban and rural speed are sought, of a road graph the
        factor of all speeds; of both, setting off, and time factors of the hours
        with 10 rows or more. Time factors keep the mean that they have over those
        rows, since the speeds take up the rest.
    blue_light_factor
        As assumed so far; sought if 10 rows have blue lights and 10 have not.
    keep_setting_off
        Whether setting off is known, and is kept as ``times`` has it. If not, it
        takes up all that does not grow with distance, such as slow streets at
        either end.

    Raises
    ------
    DataError
        If a column is missing, or fewer than 30 rows can be used.
    """
    rows, reason = observations.checked(observed, grid)
    driving = fitting.driving(times, grid, rows)
    reason.iloc[rows.row[~np.isfinite(driving)]] = "no way leads there"
    rows = rows.at(np.isfinite(driving))
    _require_rows(rows, reason)
    before = Guess.of(times, blue_light_factor)
    plan = Plan.of(times, grid, rows, setting_off=not keep_setting_off)
    guess, error = before, np.empty(0)
    for _ in range(_ROUNDS):
        parts = fitting.parts(guess.put_into(times), grid, rows)
        last, (guess, error) = guess, fitting.fit(plan, parts, rows, guess)
        if np.abs(np.log(guess.kmh / last.kmh)).max() < _SETTLED:
            break
    fitted = guess.put_into(times)
    return Calibration(
        times=fitted,
        blue_light_factor=guess.blue,
        estimates=_estimates(plan, before, guess, error, rows),
        errors=pd.DataFrame(
            [
                _error(fitting.parts(times, grid, rows), rows, before),
                _error(fitting.parts(fitted, grid, rows), rows, guess),
            ],
            index=pd.Index(["before", "after"], name="speeds"),
        ),
        refused=observed.assign(reason=reason)[reason.notna().to_numpy()],
        notes=plan.notes,
    )


def _require_rows(rows: Observed, reason: pd.Series) -> None:
    if rows.row.size >= _LEAST_ROWS:
        return
    common = reason.value_counts()
    why = f", most often because {common.index[0]}" if len(common) else ""
    raise DataError(
        f"only {rows.row.size} of {len(reason)} observed times can be used{why}: give "
        f"at least {_LEAST_ROWS} journeys between hexes of the area"
    )


def _estimates(
    plan: Plan, before: Guess, after: Guess, covariance: FloatArray, rows: Observed
) -> pd.DataFrame:
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    n_speeds, n_hours = int(plan.seek.sum()), plan.contrast.shape[1]
    kmh_error = np.full(after.kmh.size, np.nan)
    kmh_error[plan.seek] = after.kmh[plan.seek] * deviation[1 : 1 + n_speeds]
    of_hours = slice(1 + n_speeds, 1 + n_speeds + n_hours)
    by_hour = plan.contrast @ covariance[of_hours, of_hours] @ plan.contrast.T
    factor_error = np.full(after.time_factor.size, np.nan)
    if n_hours:
        factor_error[plan.hours] = after.time_factor[plan.hours] * np.sqrt(
            np.diag(by_hour)
        )
    blue_error = after.blue * deviation[-1] if plan.blue else np.nan
    hours = np.flatnonzero(np.bincount(rows.hour[rows.hour >= 0], minlength=24))
    n_hour = np.bincount(rows.hour[rows.hour >= 0], minlength=24)[hours]
    n = rows.row.size
    return pd.DataFrame(
        {
            "before": [
                *before.kmh,
                before.setting_off_min,
                *before.time_factor[hours],
                before.blue,
            ],
            "after": [
                *after.kmh,
                after.setting_off_min,
                *after.time_factor[hours],
                after.blue,
            ],
            "standard_error": [
                *kmh_error,
                deviation[0] if plan.setting_off else np.nan,
                *factor_error[hours],
                blue_error,
            ],
            "n_rows": [*plan.speed_rows, n, *n_hour, int(rows.blue_light.sum())],
        },
        index=pd.Index(
            [
                *after.names,
                "setting_off_min",
                *(f"time_factor at {hour:02d}" for hour in hours),
                "blue_light_factor",
            ],
            name="name",
            dtype="str",
        ),
    )


def _error(parts: Parts, rows: Observed, at: Guess) -> dict[str, float]:
    apart = fitting.predicted(parts, rows, at, at) - rows.minutes
    return {
        "median_abs_min": float(np.median(np.abs(apart))),
        "p90_abs_min": float(np.quantile(np.abs(apart), 0.9)),
        "bias_min": float(np.median(apart)),
    }
