"""Where the classes of a measure break: the same on the map, in a GIS and in print."""

import numpy as np
import pandas as pd

from geoalloc._types import FloatArray

COLORS = ("#fdf3c2", "#dcc96d", "#a39a76", "#5d6472", "#00224e")
"""From little to much; like cividis, and apart in greyscale too."""

LEAST_LAND = 0.05
"""Share of a hex that counts as its land at least: a sliver would make any density."""

_BREAKS = (0.05, 0.20, 0.50, 0.80)  # shares of the sum that lie below the breaks


def breaks(values: FloatArray, weights: FloatArray) -> list[float]:
    """Break values into at most five classes.

    The breaks are those values, rounded, below which 5, 20, 50 and 80 % of the
    sum of the weights lie: most hexes of a force are almost empty, and quantiles
    of hexes would spend the classes on them.
    """
    if not (values > 0).any():
        return []
    order = np.argsort(values, axis=None, kind="stable")
    below = np.cumsum(weights.ravel()[order])
    at = np.searchsorted(below, np.array(_BREAKS) * below[-1])
    raw = values.ravel()[order][at].tolist()
    found = _rounded(raw, 1)
    return found if len(found) == len(_BREAKS) else _rounded(raw, 2)


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
