"""What a hotspot is called, and whether an institution makes it one."""

import re
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import gazetteer
from geoalloc._types import BoolArray
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import _limits
from geoalloc.incidents.quality import GENERIC_PLACES

__all__ = ["commonest", "institution", "named", "place_names"]

_PREFIX = "On or near "
_UNNAMED = {"", "no location", *(name.lower() for name in GENERIC_PLACES)}
_GROUNDS = "building|buildings|grounds|site|complex|campus|custody|car park"


def commonest(values: pd.Series) -> str:
    """Name the value that occurs most; of a tie the first in the alphabet."""
    counts = values.value_counts()
    return str(min(counts.index[counts == counts.max()])) if len(counts) else ""


def institution(places: pd.Series, words: tuple[str, ...]) -> str:
    """Name the institution at which at least half of the incidents stand; else "".

    A street that is named after one, such as Hospital Road, is none.

    Parameters
    ----------
    places
        Street or premises of each incident; missing where unknown.
    words
        Such as "police station".
    """
    code, names = pd.factorize(places)
    kind = np.array([_kind(str(name), words) for name in names] + [""], dtype=object)
    at = pd.Series(kind[code])  # -1, no place, is the last
    at = at[at != ""]
    return commonest(at) if len(at) and 2 * len(at) >= len(places) else ""


def named(places: pd.Series, words: Sequence[str]) -> BoolArray:
    """Whether the place of each incident holds one of the words, in any case.

    Raises
    ------
    DataError
        If ``words`` is one text, or one of them is none.
    """
    words = _limits.words(words, "words")
    code, names = pd.factorize(places)
    lower = [word.lower() for word in words]
    holds = np.array([any(w in str(n).lower() for w in lower) for n in names], bool)
    return np.append(holds, False)[code]  # -1, no place, is the last


def _kind(name: str, words: tuple[str, ...]) -> str:
    for word in words:
        # Not followed by another word, which would make it the name of a street.
        pattern = rf"\b{re.escape(word)}s?\b(?!\s+(?!(?:{_GROUNDS})\b)\w)"
        if re.search(pattern, name, re.IGNORECASE):
            return word
    return ""


def place_names(
    grid: HexGrid,
    middle: np.ndarray,
    texts: list[pd.Series],
    places: gpd.GeoDataFrame | None,
) -> list[str]:
    """Name each hotspot by the nearest place, else by its incidents, else in degrees.

    Parameters
    ----------
    middle : (n_hotspots, 2)
        Metres in the grid's CRS.
    texts
        Street or premises of the incidents of each hotspot.
    places
        ``name`` and points, or None.
    """
    x_m, y_m = middle[:, 0], middle[:, 1]
    if places is not None and len(places):
        return gazetteer.spots(grid.crs, x_m, y_m, places)
    references = gazetteer.references(grid.crs, x_m, y_m)
    return [
        _street(text) or reference
        for text, reference in zip(texts, references, strict=True)
    ]


def _street(text: pd.Series) -> str:
    names = text.dropna().astype("str").str.strip().str.removeprefix(_PREFIX)
    return commonest(names[~names.str.lower().isin(_UNNAMED)])
