"""Whether a place stays hot: windows of time, one after the other."""

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from geoalloc import schemas
from geoalloc._types import BoolArray, FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hotspots.exceedance import exceedance

Persistence = Literal[
    "persistent", "emerging", "intermittent", "diminishing", "former", "none"
]
PERSISTENCE: tuple[Persistence, ...] = get_args(Persistence)

HOT_ABOVE = 0.95  # probability that the rate exceeds, above which a window is hot
_MOSTLY = 0.75  # share of the windows


def hot_windows(
    count: FloatArray | IndexArray,
    exposure: FloatArray,
    exposure_time: FloatArray,
    *,
    times: float,
) -> BoolArray:
    """Find the windows in which each hex, or group of hexes, was hot.

    It was hot where the probability that its rate exceeded ``times`` the rate of
    the whole in the *same* window is above 0.95, by ``exceedance`` with a prior of
    that window's own. So the level of a season is no trend of a place. A window in
    which nothing happened is hot nowhere.

    Parameters
    ----------
    count : (n, n_windows)
        Incidents by hex and window, the oldest window first. Rows must make up the
        whole area, since the area's rate is taken over them.
    exposure : (n,)
        Land in km2, or people.
    exposure_time : (n_windows,)
        Length of each window; its unit does not matter. Lengths differ (months,
        years): a window is measured against itself.
    times
        How many times the area's rate.

    Returns
    -------
    hot : (n, n_windows)

    Raises
    ------
    DataError
        If the shapes do not fit, a window has no length (one in which nothing was
        recorded is no window: leave it out), or as ``exceedance``.
    """
    count = np.asarray(count, dtype=np.float64)
    exposure = np.asarray(exposure, dtype=np.float64)
    exposure_time = np.asarray(exposure_time, dtype=np.float64)
    if count.shape != (exposure.size, exposure_time.size):
        raise DataError(
            f"count has the shape {count.shape}, where {exposure.size} rows of "
            f"exposure and {exposure_time.size} windows of exposure_time are given"
        )
    schemas.require_measure(exposure_time, "exposure_time")
    if not exposure_time.all():
        none = int(np.flatnonzero(exposure_time == 0)[0])
        raise DataError(
            f"exposure_time is 0 in window {none}: leave out a window that was not "
            "recorded"
        )
    hot = np.zeros(count.shape, dtype=np.bool_)
    for w, length in enumerate(exposure_time):
        found = exceedance(count[:, w], exposure * length, times=times)
        hot[:, w] = found.probability > HOT_ABOVE  # nan is not
    return hot


def persistence(hot: BoolArray) -> npt.NDArray[np.str_]:
    """Class each row by when it was hot.

    The first rule that holds gives the class. The older and the newer half are the
    first and the last ``n_windows // 2`` windows: of an odd number, the one in the
    middle is in neither.

    ============  =============================================================
    class         rule
    ============  =============================================================
    none          hot in no window
    persistent    hot in the last window, and in at least three of four windows
    former        hot in no window of the newer half
    emerging      hot in the last window, and in the newer half at least twice
                  as often as in the older
    diminishing   not hot in the last window, and in the older half at least
                  twice as often as in the newer
    intermittent  hot at times, by none of the rules above
    ============  =============================================================

    Parameters
    ----------
    hot : (n, n_windows)
        Whether each row was hot in each window, the oldest window first; at least
        two windows.

    Returns
    -------
    classes : (n,)
        Of ``PERSISTENCE``.

    Raises
    ------
    DataError
        If it is not of booleans, or there are fewer than two windows: what stays needs
        a before and an after.
    """
    hot = np.asarray(hot)
    if hot.dtype != np.bool_:
        raise DataError(f"hot holds {hot.dtype}, where whether it was hot is needed")
    if hot.ndim != 2 or hot.shape[1] < 2:
        raise DataError(
            f"hot has the shape {hot.shape}, where rows of at least two windows are "
            "needed: divide the period into more windows"
        )
    half = hot.shape[1] // 2
    number, older = hot.sum(axis=1), hot[:, :half].sum(axis=1)
    newer, last = hot[:, -half:].sum(axis=1), hot[:, -1]
    rules: dict[Persistence, BoolArray] = {
        "none": number == 0,
        "persistent": last & (number >= _MOSTLY * hot.shape[1]),
        "former": newer == 0,
        "emerging": last & (newer >= 2 * older),
        "diminishing": ~last & (older >= 2 * newer),
    }
    return np.select(list(rules.values()), list(rules), default="intermittent")
