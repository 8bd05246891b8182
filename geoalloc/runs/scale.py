"""Where the classes of a measure break: the same on the map, in a GIS and in print."""

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray

COLORS = ("#fdf3c2", "#dcc96d", "#a39a76", "#5d6472", "#00224e")
"""From little to much; like cividis, and apart in greyscale too."""

LEAST_LAND = 0.05
"""Share of a hex that counts as its land at least: a sliver would make any density."""

_BREAKS = (0.05, 0.20, 0.50, 0.80)  # shares of the sum that lie below the breaks
_COARSE = 16  # of the 32 bits of a number: sign, exponent and seven bits more


def breaks(values: FloatArray, weights: FloatArray) -> list[float]:
    """Break values of 0 or more into at most five classes.

    The breaks are those values, rounded, below which 5, 20, 50 and 80 % of the
    sum of the weights lie: most hexes of a force are almost empty, and quantiles
    of hexes would spend the classes on them.
    """
    if not (values > 0).any():
        return []
    raw = _quantiles(values.ravel(), weights.ravel())
    found = _rounded(raw, 1)
    return found if len(found) == len(_BREAKS) else _rounded(raw, 2)


def _quantiles(values: FloatArray, weights: FloatArray) -> list[float]:
    """Values at which the shares of the weight are reached.

    Only the values near a break are put in order: the leading bits of a number of 0
    or more are a coarse scale of it, and tell which those are.
    """
    coarse = values.astype(np.float32).view(np.uint32) >> np.uint32(_COARSE)
    below = np.cumsum(np.bincount(coarse, weights=weights))
    wanted = np.array(_BREAKS) * below[-1]
    found = []
    for share, k in zip(wanted, np.searchsorted(below, wanted), strict=True):
        near = np.flatnonzero(coarse == k)
        near = near[np.argsort(values[near], kind="stable")]
        before = below[k - 1] if k else 0.0
        reached = before + np.cumsum(weights[near])
        at = min(int(np.searchsorted(reached, share)), near.size - 1)
        found.append(float(values[near[at]]))
    return found


def _rounded(values: list[float], digits: int) -> list[float]:
    rounded = {float(f"{value:.{digits}g}") for value in values}
    return sorted(value for value in rounded if value > 0)


def densities(
    hexes: pd.DataFrame, demand: pd.DataFrame, ends_at: pd.Timestamp
) -> tuple[FloatArray, FloatArray]:
    """Lay out incidents per km2 of land and hour, and incidents, by period and hex.

    Returns
    -------
    density, incidents : (n_periods, n_hexes)
        Rows in order of time, columns as ``hexes``.
    """
    wide = demand.pivot_table(
        index="period", columns="hex_id", values="incidents", aggfunc="sum"
    ).reindex(columns=hexes["hex_id"])
    incidents = np.nan_to_num(wide.to_numpy(np.float64))
    starts = pd.DatetimeIndex(wide.index)
    length = np.diff(starts.append(pd.DatetimeIndex([ends_at]))) / np.timedelta64(
        1, "h"
    )
    share = hexes["land_share"].to_numpy(np.float64).clip(LEAST_LAND, 1.0)
    land = hexes["area_km2"].to_numpy(np.float64) * share
    return incidents / land / length[:, None].astype(np.float64), incidents
