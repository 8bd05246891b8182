"""What is expected: incidents and work by hex, hour and grade."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from geoalloc._types import FloatArray
from geoalloc.hexes import HexGrid
from geoalloc.schemas import DEMAND, GRADES, check

BASES = ("observed", "scaled", "assumed")

_GRADE_OF_STREAM = (0, 1, 2, 2)
_INTERVAL = (0.05, 0.95)


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Expected incidents and work of a shift.

    Attributes
    ----------
    periods
        UTC starts of the hours of the shift.
    incidents, variance, harm : (n_streams, n_periods, n_hexes)
        Expected number, the variance of that expectation, and harm.
    workload_h : (n_bases, n_streams, n_periods, n_hexes)
        Unit-hours on scene, by basis.
    discovered_h : (n_periods,)
        Unit-hours taken by incidents that police discovered: lost capacity.
    """

    periods: pd.DatetimeIndex
    incidents: FloatArray
    variance: FloatArray
    harm: FloatArray
    workload_h: FloatArray
    discovered_h: FloatArray

    def workload_shares(self) -> dict[str, float]:
        """Share of all unit-hours on each basis."""
        hours = self.workload_h.sum(axis=(1, 2, 3))
        return dict(zip(BASES, (hours / hours.sum()).tolist(), strict=True))

    def on_scene_min(self, stream: int) -> float:
        """Mean unit-minutes on scene of an incident of a stream; 0 if there is none."""
        incidents = self.incidents[stream].sum()
        work = self.workload_h[:, stream].sum()
        return float(60.0 * work / incidents) if incidents > 0 else 0.0

    def frame(self, grid: HexGrid) -> pd.DataFrame:
        """Lay the demand out by hex, period and grade, as ``schemas.DEMAND``.

        ``low`` and ``high`` hold the middle 90 % of a gamma distribution of the
        *expected* number: they say how well the mean is known, not how much the
        count of one hour varies.
        """
        grades = _by_grade(self.incidents)
        low, high = _interval(grades, _by_grade(self.variance))
        work = np.stack([_by_grade(basis) for basis in self.workload_h])
        total = work.sum(axis=0)
        n_periods, n_hexes = grades.shape[1:]
        share = np.divide(work, total, out=np.zeros_like(work), where=total > 0)
        columns = {
            "hex_id": np.tile(grid.hex_id, len(GRADES) * n_periods),
            "period": np.tile(np.repeat(self.periods.as_unit("us"), n_hexes), 3),
            "grade": np.repeat(np.array(GRADES), n_periods * n_hexes),
            "incidents": grades.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "workload_h": total.ravel(),
            "harm": _by_grade(self.harm).ravel(),
        }
        columns |= {b: s.ravel() for b, s in zip(BASES, share, strict=True)}
        frame = pd.DataFrame(columns)
        frame["period"] = pd.DatetimeIndex(columns["period"])
        frame["grade"] = frame["grade"].astype("str")
        return check(frame, DEMAND)


def _by_grade(values: FloatArray) -> FloatArray:
    grades = np.zeros((len(GRADES), *values.shape[1:]))
    np.add.at(grades, list(_GRADE_OF_STREAM), values)
    return grades


def _interval(mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
    shape = np.divide(mean**2, variance, out=np.ones_like(mean), where=variance > 0)
    scale = np.divide(mean, shape, out=np.zeros_like(mean), where=shape > 0)
    bounds = [gammaincinv(np.maximum(shape, 1e-9), at) * scale for at in _INTERVAL]
    return bounds[0], bounds[1]
