"""How many: levels of the whole area."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoalloc.demand.forecasting import Explanation, Level, require_past
from geoalloc.demand.history import History, day_of


@dataclass(frozen=True)
class MeanLevel:
    """The daily mean of all that was recorded."""

    def level(self, history: History, origin: pd.Timestamp, end: pd.Timestamp) -> Level:
        """Spread the mean over the days until the end."""
        require_past(history, origin, least_days=1)
        first = pd.Timestamp(history.covered[0, 0], unit="D", tz="UTC")
        per_day = history.known(origin) / history.covered_days(first, origin)
        return Level(
            mean=per_day * (day_of(end) - day_of(origin)),
            size=np.inf,
            explanation=Explanation.of(
                "As many a day as in all the past.", {"incidents a day": per_day}
            ),
        )
