"""Classes of a measure: where they break, and what their legend says."""

from itertools import pairwise
from typing import Any

import numpy as np

from geoalloc._types import FloatArray
from geoalloc.maps import _words

_BREAKS = (0.05, 0.20, 0.50, 0.80)  # shares of the sum that lie below the breaks
_COARSE = 16  # of the 32 bits of a number: sign, exponent and seven bits more


def classes(values: FloatArray, weights: FloatArray) -> dict[str, Any]:
    """Break values of 0 or more into at most five classes, with labels.

    The breaks are those values, rounded, below which 5, 20, 50 and 80 % of the
    sum of the weights lie: most hexes of a force are almost empty, and quantiles
    of hexes would spend the classes on them.
    """
    breaks: list[float] = []
    if (values > 0).any():
        raw = _quantiles(values.ravel(), weights.ravel())
        breaks = _rounded(raw, 1)
        if len(breaks) < len(_BREAKS):
            breaks = _rounded(raw, 2)
    texts = [_words.plain(b) for b in breaks]
    if not texts:
        return {"breaks": [], "labels": ["none"]}
    middle = [f"{a} to {b}" for a, b in pairwise(texts)]
    labels = [f"under {texts[0]}", *middle, f"{texts[-1]} and over"]
    return {"breaks": breaks, "labels": labels}


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
