"""Classes of a measure: where they break, and what their legend says."""

from itertools import pairwise
from typing import Any

import numpy as np

from geoalloc._types import FloatArray
from geoalloc.maps import _words

_BREAKS = (0.05, 0.20, 0.50, 0.80)  # shares of the sum that lie below the breaks


def classes(values: FloatArray, weights: FloatArray) -> dict[str, Any]:
    """Break values into at most five classes, with labels.

    The breaks are those values, rounded, below which 5, 20, 50 and 80 % of the
    sum of the weights lie: most hexes of a force are almost empty, and quantiles
    of hexes would spend the classes on them.
    """
    breaks: list[float] = []
    if (values > 0).any():
        order = np.argsort(values, axis=None, kind="stable")
        below = np.cumsum(weights.ravel()[order])
        at = np.searchsorted(below, np.array(_BREAKS) * below[-1])
        raw = values.ravel()[order][at].tolist()
        breaks = _rounded(raw, 1)
        if len(breaks) < len(_BREAKS):
            breaks = _rounded(raw, 2)
    texts = [_words.plain(b) for b in breaks]
    if not texts:
        return {"breaks": [], "labels": ["none"]}
    middle = [f"{a} to {b}" for a, b in pairwise(texts)]
    labels = [f"under {texts[0]}", *middle, f"{texts[-1]} and over"]
    return {"breaks": breaks, "labels": labels}


def _rounded(values: list[float], digits: int) -> list[float]:
    rounded = {float(f"{value:.{digits}g}") for value in values}
    return sorted(value for value in rounded if value > 0)
