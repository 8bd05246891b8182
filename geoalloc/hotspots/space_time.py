"""Density by hour of the week."""

import numpy as np
import scipy.sparse as sp

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hotspots.density import Density
from geoalloc.hotspots.operator import Operator

__all__ = ["WEEK_H", "space_time"]

WEEK_H = 168
_WINDOWS = ("quartic", "triangular")
_BLOCK = 2**24  # values held at once


def space_time(
    operator: Operator,
    hour: IndexArray,
    weight: FloatArray,
    *,
    width_h: float,
    window: str = "quartic",
    hours: IndexArray | None = None,
) -> Density:
    """Estimate density by hour of the week: a kernel in space times one in time.

    The window in time goes round the week, from Sunday night to Monday morning,
    and sums to 1 over its hours: over all hours and hexes the whole weight is kept.

    Parameters
    ----------
    operator
        Of the places of the incidents.
    hour : (n_incidents,)
        Local hour of the week of each, 0 (Monday 00:00) to 167.
    weight : (n_incidents,)
        Of each incident.
    width_h
        Width of the window: hours less than half of it away are reached. Up to 2,
        every hour stands by itself.
    window
        "quartic" or "triangular", by the distance over half the width.
    hours : (n_hours,)
        Hours to work out; by default all 168.

    Returns
    -------
    density
        Arrays (n_hours, n_hexes): weight per km2, or in each hex, in each hour of the
        week, of the whole period.

    Raises
    ------
    DataError
        If an hour is none of the week, the width is not above 0 and at most 168, no
        window has the name, or as ``Operator.apply``.

    References
    ----------
    Brunsdon, C., Corcoran, J. and Higgs, G. (2007), Computers, Environment and
    Urban Systems 31, 52-75.
    """
    hour, weight = np.asarray(hour), np.asarray(weight, dtype=np.float64)
    hours = np.asarray(range(WEEK_H) if hours is None else hours, dtype=np.int64)
    _require_hours(hour, "hour")
    _require_hours(hours, "hours")
    if hour.shape != operator.places.of.shape or np.shape(weight) != hour.shape:
        raise DataError(
            f"hour and weight have {hour.size} and {np.size(weight)} values for "
            f"{operator.places.of.size} incidents: give one of each for each"
        )
    near = _window(hours, width_h, window)
    shape = (len(operator.places), WEEK_H)
    where = (operator.places.of, hour.astype(np.int64))
    mass = sp.coo_array((weight, where), shape).tocsr()
    variance = sp.coo_array((weight**2, where), shape).tocsr()
    n_hexes = operator.land_km2.size
    parts = np.zeros((3, hours.size, n_hexes))
    block = max(_BLOCK // max(shape[0], n_hexes), 1)
    for k in range(0, hours.size, block):
        column = slice(k, k + block)
        found = operator.apply_to_places(
            (mass @ near[:, column]).T, (variance @ near[:, column] ** 2).T
        )
        parts[:, column] = found.per_km2, found.expected, found.spread
    return Density(
        per_km2=parts[0],
        expected=parts[1],
        spread=parts[2],
        bandwidth_m=operator.bandwidth_m,
        kernel=operator.kernel,
    )


def _window(hours: IndexArray, width_h: float, window: str) -> FloatArray:
    """Share of an incident of each hour of the week in each hour asked for."""
    if not 0 < width_h <= WEEK_H:
        raise DataError(f"width_h must be above 0 and at most {WEEK_H}, got {width_h}")
    if window not in _WINDOWS:
        raise DataError(f"window must be one of {', '.join(_WINDOWS)}, got {window!r}")
    apart = np.abs(np.arange(WEEK_H)[:, None] - np.arange(WEEK_H))
    away = np.minimum(np.minimum(apart, WEEK_H - apart) / (width_h / 2.0), 1.0)
    share = (1.0 - away**2) ** 2 if window == "quartic" else 1.0 - away
    share /= share.sum(axis=1, keepdims=True)
    return np.ascontiguousarray(share[:, hours])


def _require_hours(hour: IndexArray, name: str) -> None:
    bad = np.flatnonzero(~((hour >= 0) & (hour < WEEK_H) & (hour == np.floor(hour))))
    if bad.size:
        raise DataError(
            f"{name} is not a whole number from 0 to {WEEK_H - 1} at {bad.size} of "
            f"{hour.size} positions, first {hour[bad[0]]} at {bad[0]}"
        )
