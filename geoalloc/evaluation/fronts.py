"""Which scenarios no other beats, and where more of something stops paying.

Both work on points alone: what is uncertain about them is told by intervals elsewhere.
"""

import numpy as np

from geoalloc._types import BoolArray, FloatArray
from geoalloc.errors import DataError

__all__ = ["elbow", "pareto_front"]

_LEAST = 5  # points: a broken line has four constants
_DRAWS = 2_000  # of points along a straight line
_SIGNIFICANCE = 0.05


def pareto_front(points: FloatArray) -> BoolArray:
    """Tell which points no other beats: none is as good in all and better in one.

    Parameters
    ----------
    points : (n_points, n_measures)
        Of each measure less is better. A point with a missing measure is neither on
        the front nor beats another.

    Returns
    -------
    on_front : (n_points,)
        Of points that are equal in all, all are on it, or none (Pareto, 1906, Manuale
        di economia politica).

    Raises
    ------
    DataError
        If ``points`` is not a table.
    """
    table = np.asarray(points, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise DataError(
            f"points have shape {table.shape}, need (n_points, n_measures) with a "
            f"measure at least"
        )
    known = np.asarray(~np.isnan(table).any(axis=1))
    on_front = known.copy()
    for row in np.flatnonzero(known):
        # A missing measure makes both comparisons false.
        beaten_by = (table <= table[row]).all(axis=1) & (table < table[row]).any(axis=1)
        on_front[row] = not beaten_by.any()
    return on_front


def elbow(x: FloatArray, y: FloatArray) -> int | None:
    """Find where a curve bends, and more of x begins to change y less.

    A line that is broken at one of the points is fitted by least squares (Hudson, 1966,
    Journal of the American Statistical Association 61, 1097-1129); there is an elbow
    if it fits significantly better than a straight line. As the place of the break is
    chosen to fit best, F has no F distribution (Andrews, 1993, Econometrica 61,
    821-856): it is compared with its values for points drawn along a straight line,
    2,000 times.

    Parameters
    ----------
    x, y : (n_points,)
        In any order; x without repeats.

    Returns
    -------
    position
        Of the point at the break, in the order given. None of fewer than five points,
        of a straight line, or if y changes more, not less, beyond the break.

    Raises
    ------
    DataError
        If the two are not as long, a value is not finite, or an x is given twice.
    """
    at, value = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    _require_curve(at, value)
    if at.size < _LEAST:
        return None
    order = np.argsort(at)
    at, value = at[order], value[order]
    bases = _broken_lines(at)
    left, straight = _left_over(bases, value), _left_over(_line(at)[None], value)[0]
    # A straight line leaves over what is lost in rounding.
    if straight <= 1e-20 * at.size * float(np.abs(value).max()) ** 2:
        return None
    best = int(left.argmin())
    before, after = _slopes(at, value, best + 1)
    if abs(after) >= abs(before) or not _is_bent(bases, at, left[best], straight):
        return None
    return int(order[best + 1])


def _require_curve(x: FloatArray, y: FloatArray) -> None:
    if x.ndim != 1 or x.shape != y.shape:
        raise DataError(f"x and y of a curve have shapes {x.shape} and {y.shape}")
    wrong = int((~np.isfinite(x) | ~np.isfinite(y)).sum())
    if wrong:
        raise DataError(f"x or y of {wrong} of the {x.size} points is not finite")
    if np.unique(x).size < x.size:
        raise DataError(f"{x.size - np.unique(x).size} values of x are given twice")


def _line(x: FloatArray) -> FloatArray:
    """Give an orthonormal basis of straight lines: (n_points, 2)."""
    return np.asarray(
        np.linalg.qr(np.stack([np.ones(x.size), x - x.mean()], axis=1))[0]
    )


def _broken_lines(x: FloatArray) -> FloatArray:
    """Give one of lines broken at each inner point: (n_points - 2, n_points, 3)."""
    bends = np.maximum(x[None, :] - x[1:-1, None], 0.0)
    columns = np.stack([np.ones_like(bends), bends * 0 + x - x.mean(), bends], axis=2)
    return np.asarray(np.linalg.qr(columns)[0])


def _left_over(bases: FloatArray, y: FloatArray) -> FloatArray:
    """Sum the squares of (n_points, ...) that are left over: (n_bases, ...)."""
    centered = y - y.mean(axis=0)
    fitted = np.einsum("kpi,p...->ki...", bases, centered)
    rest = centered - np.einsum("kpi,ki...->kp...", bases, fitted)
    return np.asarray((rest**2).sum(axis=1))


def _slopes(x: FloatArray, y: FloatArray, at: int) -> tuple[float, float]:
    """Give the slopes before and after the break of the line broken at a point."""
    bend = np.maximum(x - x[at], 0.0)
    columns = np.stack([np.ones(x.size), x, bend], axis=1)
    _, slope, change = np.linalg.lstsq(columns, y)[0]
    return float(slope), float(slope + change)


def _is_bent(bases: FloatArray, x: FloatArray, broken: float, straight: float) -> bool:
    """Tell whether a straight line would leave over so much more by rare chance."""
    noise = np.random.default_rng(1).standard_normal((x.size, _DRAWS))
    least = _left_over(bases, noise).min(axis=0)
    gain = _left_over(_line(x)[None], noise)[0] / least
    return bool((gain >= straight / max(broken, 1e-300)).mean() < _SIGNIFICANCE)
