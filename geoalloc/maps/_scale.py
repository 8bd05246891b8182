"""Classes of a measure: what their legend says."""

from itertools import pairwise
from typing import Any

from geoalloc._types import FloatArray
from geoalloc.maps import _words
from geoalloc.runs.scale import breaks


def classes(values: FloatArray, weights: FloatArray) -> dict[str, Any]:
    """Break values of 0 or more into at most five classes, with labels.

    Where they break is told by ``runs.scale.breaks``.
    """
    found = breaks(values, weights)
    texts = [_words.plain(b) for b in found]
    if not texts:
        return {"breaks": [], "labels": ["none"]}
    middle = [f"{a} to {b}" for a, b in pairwise(texts)]
    labels = [f"under {texts[0]}", *middle, f"{texts[-1]} and over"]
    return {"breaks": found, "labels": labels}
