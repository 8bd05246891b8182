"""Harm: how severe a category is, and whether that changes where to look."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError

SEVERITY: Mapping[str, float] = MappingProxyType(
    {
        "anti-social-behaviour": 0.0,
        "bicycle-theft": 15.18,
        "burglary": 387.27,
        "criminal-damage-arson": 18.06,
        "drugs": 99.68,
        "other-crime": 116.69,
        "other-theft": 48.24,
        "possession-of-weapons": 147.36,
        "public-order": 16.24,
        "robbery": 799.63,
        "shoplifting": 11.86,
        "theft-from-the-person": 80.41,
        "vehicle-crime": 48.73,
        "violent-crime": 264.41,
    }
)
"""Mean weight of the Crime Severity Score by category of data.police.uk.

Of the offences that Avon and Somerset recorded in 2017/18. Source: Office for National
Statistics, Crime Severity Score (Experimental Statistics), weights by offence, and
Home Office, police recorded crime open data by offence and force; both under the Open
Government Licence v3.0. Anti-social behaviour is no crime, and has no weight there.
"""

CRIMES = frozenset(SEVERITY) - {"anti-social-behaviour"}
"""Categories of data.police.uk that are crimes."""

LEAST_OVERLAP = 0.5


@dataclass(frozen=True, kw_only=True)
class Stability:
    """Whether counts and harm point to the same land.

    Attributes
    ----------
    overlap
        Land that is in the top share both by counts and by harm, as a share of the
        land that is in the one by counts.
    stable
        Whether that is at least ``LEAST_OVERLAP``.
    """

    overlap: float
    stable: bool
    sentence: str


def stability(
    count_surface: FloatArray,
    harm_surface: FloatArray,
    land_km2: FloatArray,
    *,
    area_share: float = 0.01,
) -> Stability:
    """Compare the top share of the land by counts with the one by harm.

    Hexes are ranked per km2 of land, ties by their position, and taken until the
    share of the land is full. Below an overlap of a half, more of the land that is
    chosen by the one is not chosen by the other than is: the choice between them is
    then a decision about priorities, and not one that the data make.

    Parameters
    ----------
    count_surface, harm_surface, land_km2 : (n_hexes,)
        Of at least 0.

    Raises
    ------
    DataError
        If the shapes differ, a value is negative or not finite, there is no land, or
        the share is not within 0 to 1.
    """
    given = {"counts": count_surface, "harm": harm_surface, "land": land_km2}
    for name, values in given.items():
        if values.shape != land_km2.shape:
            raise DataError(
                f"{name} of {values.shape} hexes, and land of {land_km2.shape}: they "
                "must be of the same hexes"
            )
        if not (np.isfinite(values) & (values >= 0)).all():
            raise DataError(f"{name} has a hex that is negative, nan or infinite")
    if not 0 < area_share <= 1:
        raise DataError(f"area_share must be above 0 and at most 1, got {area_share}")
    if not land_km2.sum() > 0:
        raise DataError("no hex has any land to choose from")
    top = f"the top {100 * area_share:g} % of the land"
    if not harm_surface.sum() > 0 or not count_surface.sum() > 0:
        return Stability(
            overlap=np.nan,
            stable=False,
            sentence=f"Whether {top} differs by harm is not known: nothing has a "
            "severity weight.",
        )
    by_count = _top(count_surface, land_km2, area_share)
    by_harm = _top(harm_surface, land_km2, area_share)
    both = land_km2[np.intersect1d(by_count, by_harm)].sum()
    overlap = float(both / land_km2[by_count].sum())
    stable = overlap >= LEAST_OVERLAP
    return Stability(
        overlap=overlap,
        stable=stable,
        sentence=f"{overlap:.0%} of {top} by number of calls is also in the top by harm"
        + (
            ": where to look changes little between them."
            if stable
            else ": which of the two counts is a decision about priorities."
        ),
    )


def _top(surface: FloatArray, land_km2: FloatArray, area_share: float) -> IndexArray:
    """Choose the hexes of the most per km2, at least one, that fill the share."""
    there = np.flatnonzero(land_km2 > 0)
    density = surface[there] / land_km2[there]
    order = there[np.lexsort((there, -density))]
    held = np.cumsum(land_km2[order])
    full = int(np.searchsorted(held, area_share * held[-1] * (1 + 1e-12), side="right"))
    return order[: max(full, 1)]
