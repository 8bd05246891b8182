"""Where: surfaces from the past alone."""

from dataclasses import dataclass

import pandas as pd

from geoalloc._types import FloatArray
from geoalloc.demand.forecasting import Explanation, Surface, require_past
from geoalloc.demand.history import History
from geoalloc.hexes import HexGrid

FLOOR_SHARE = 0.02


def floored(
    count: FloatArray, grid: HexGrid, floor_share: float = FLOOR_SHARE
) -> FloatArray:
    """Make shares of counts, some of it spread evenly over the land, (n_hexes,).

    Without a floor an incident where none was expected would make the log score
    infinite. Counts of nothing are spread evenly.
    """
    even = grid.land_km2 / grid.land_km2.sum()
    if count.sum() <= 0:
        return even
    return (1.0 - floor_share) * count / count.sum() + floor_share * even


@dataclass(frozen=True)
class CountSurface:
    """Each hex's share of all that was recorded: the naive count."""

    def surface(
        self,
        history: History,
        origin: pd.Timestamp,
        end: pd.Timestamp,  # noqa: ARG002 - the past says nothing of when
    ) -> Surface:
        """Count the incidents known at the origin by hex."""
        require_past(history, origin, least_days=1)
        first = pd.Timestamp(history.covered[0, 0], unit="D", tz="UTC")
        count = history.count(first, origin)
        return Surface(
            share=floored(count, history.grid),
            explanation=Explanation.of(
                "Where incidents have been recorded, as often as they were.",
                {"count of all the past": 1.0 - FLOOR_SHARE, "even": FLOOR_SHARE},
            ),
        )
