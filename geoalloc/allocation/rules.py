"""Rules that a plan must keep, or pays for breaking."""

from dataclasses import dataclass

import numpy as np

from geoalloc import schemas
from geoalloc._types import BoolArray, FloatArray
from geoalloc.errors import DataError


@dataclass(frozen=True, kw_only=True)
class Quota:
    """At least, or at most, so many of some units at some posts.

    It states minimum cover of a district by a kind, visible presence in a
    neighborhood, and floors and ceilings on the exposure of an area.

    Attributes
    ----------
    name
        As a planner would say it: "minimum cover of North Somerset".
    units : (n_units,)
        Which units count.
    posts : (n_posts,)
        At which posts they count.
    least, most
        Units in every period in which any of them is present; or, with ``hours``,
        unit-hours over the shift. No upper limit if None.
    hours
        Whether unit-hours are counted.
    """

    name: str
    units: BoolArray
    posts: BoolArray
    least: int = 0
    most: int | None = None
    hours: bool = False

    def __post_init__(self) -> None:
        if self.least < 0 or (self.most is not None and self.most < 0):
            raise DataError(
                f"{self.name} must be 0 or more, got {self.least} to {self.most}"
            )
        if self.most is not None and self.most < self.least:
            raise DataError(
                f"{self.name} has a least of {self.least} above its most of "
                f"{self.most}: raise the most or lower the least"
            )


@dataclass(frozen=True, kw_only=True)
class UnmetCap:
    """No more than a share of the demand of some hexes may stay unmet.

    Attributes
    ----------
    name
        Of the group: "most deprived tenth".
    hexes : (n_hexes,)
        Which hexes belong to it.
    share
        Largest share of their weighted demand.
    """

    name: str
    hexes: BoolArray
    share: float

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise DataError(
                f"the largest unmet share of {self.name} must be from 0 to 1, got "
                f"{self.share}"
            )


@dataclass(frozen=True, kw_only=True)
class LongestTravel:
    """Every inhabited hex has a unit of the first class within a longest travel.

    Where the units cannot reach everybody, a hex beyond the longest travel costs
    ``price``, and is reported.

    Attributes
    ----------
    limit_min : (n_hexes,)
        At the speed of the first class; inf where nobody lives.
    price
        Of one hex beyond it, in late incidents of weight 1.
    """

    limit_min: FloatArray
    price: float

    def __post_init__(self) -> None:
        if np.isnan(self.limit_min).any() or (self.limit_min < 0).any():
            raise DataError("limit_min of the longest travel is nan or negative")
        schemas.require_measure(np.array([self.price]), "price of the longest travel")
