"""What a forecast is: how many (level), where (surface) and when (rhythm), multiplied.

Each is forecast apart, so that a change of one, such as a lockdown, does not spoil the
others, and each explains itself.
"""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import pandas as pd
from scipy import stats

from geoalloc._types import FloatArray
from geoalloc.demand.history import History, day_of
from geoalloc.errors import DataError

Horizon: TypeAlias = pd.Timedelta | pd.DateOffset


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a forecast says what it says.

    Attributes
    ----------
    sentence
        One sentence for a planner.
    weights
        ``part`` (str) and ``weight`` (float): what it is made of, and how much each
        part counts; the unit is in the part's name where it is not a share.
    """

    sentence: str
    weights: pd.DataFrame

    @classmethod
    def of(cls, sentence: str, parts: dict[str, float]) -> "Explanation":
        """Make an explanation of parts by name."""
        weights = {
            "part": pd.Series(list(parts), dtype="str"),
            "weight": np.array(list(parts.values()), dtype=np.float64),
        }
        return cls(sentence=sentence, weights=pd.DataFrame(weights))


@dataclass(frozen=True, kw_only=True)
class Level:
    """How many incidents are expected in the whole area over the horizon.

    Attributes
    ----------
    mean
        Located incidents expected, at the rhythm of an average week.
    size
        Of the negative binomial of the total: variance mean + mean**2 / size;
        inf for a Poisson total.
    """

    mean: float
    size: float
    explanation: Explanation


@dataclass(frozen=True, kw_only=True)
class Surface:
    """Where: the share of the incidents that each hex is expected to have.

    Attributes
    ----------
    share : (n_hexes,)
        Sums to 1, and is above 0 in every hex with land.
    """

    share: FloatArray
    explanation: Explanation


class LevelModel(Protocol):
    """Forecasts how many."""

    def level(self, history: History, origin: pd.Timestamp, end: pd.Timestamp) -> Level:
        """Forecast from what was known at the origin, until the end."""


class SurfaceModel(Protocol):
    """Forecasts where."""

    def surface(
        self, history: History, origin: pd.Timestamp, end: pd.Timestamp
    ) -> Surface:
        """Forecast from what was known at the origin, until the end."""


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """Incidents expected from an origin until its end.

    Attributes
    ----------
    name
        Of the forecaster.
    origin, end
        Half-open span; nothing known after the origin was used.
    size
        Of the negative binomial by which a hex's count varies around its mean once
        the total is known; inf for Poisson.
    """

    name: str
    origin: pd.Timestamp
    end: pd.Timestamp
    level: Level
    surface: Surface
    size: float

    @property
    def sentence(self) -> str:
        """How many and where, as a planner reads it."""
        return (
            f"How many: {self.level.explanation.sentence} "
            f"Where: {self.surface.explanation.sentence}"
        )

    @property
    def expected(self) -> FloatArray:
        """Incidents expected in each hex, (n_hexes,)."""
        return self.level.mean * self.surface.share

    @property
    def hex_size(self) -> float:
        """Size of the negative binomial of a hex's count, total unknown.

        The variances of two independent gamma factors of mean one add, and multiply.
        """
        level, place = 1.0 / self.level.size, 1.0 / self.size
        total = level + place + level * place
        return 1.0 / total if total > 0 else np.inf

    def interval(self, share: float) -> tuple[FloatArray, FloatArray]:
        """Give the counts between which each hex's lies with this probability.

        Returns
        -------
        low, high : (n_hexes,)
            Central: equal probability is left out at both ends, as nearly as whole
            numbers allow, and never more than 1 - share in all.
        """
        return _interval(self.expected, self.hex_size, share)

    def total_interval(self, share: float) -> tuple[float, float]:
        """Give the counts between which the area's lies with this probability."""
        mean = np.array([self.level.mean])
        low, high = _interval(mean, self.level.size, share)
        return float(low[0]), float(high[0])


class Forecaster(Protocol):
    """Forecasts incidents by hex from those known at an origin."""

    @property
    def name(self) -> str:
        """Short name, as a user types it."""

    def forecast(
        self, history: History, origin: pd.Timestamp, horizon: Horizon
    ) -> Forecast:
        """Forecast the incidents from the origin until the origin + horizon.

        Raises
        ------
        DataError
            If the history is too short, or the origin outside of it.
        """


def require_past(history: History, origin: pd.Timestamp, *, least_days: float) -> None:
    """Require covered days before an origin that the data reach.

    Raises
    ------
    DataError
        If no incident is known by then, fewer days are covered, or the origin is
        after the end of the data.
    """
    first = pd.Timestamp(history.covered[0, 0], unit="D", tz="UTC")
    last = pd.Timestamp(history.covered[-1, 1], unit="D", tz="UTC")
    span = f"the incidents cover {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    # In days, as the data are: an instant made of them falls short of the hour.
    if not history.covered[0, 0] < day_of(origin) <= history.covered[-1, 1]:
        raise DataError(
            f"the origin {origin:%Y-%m-%d} is outside of the data: {span}; "
            "choose an origin within"
        )
    if history.known(origin) == 0:
        raise DataError(f"no incident was known by {origin:%Y-%m-%d}: {span}")
    days = history.covered_days(first, origin)
    if days < least_days:
        raise DataError(
            f"{days:.0f} days before {origin:%Y-%m-%d} are covered, and {least_days:g} "
            "are needed: choose a later origin, or a simpler forecaster"
        )


def _interval(
    mean: FloatArray, size: float, share: float
) -> tuple[FloatArray, FloatArray]:
    if not 0 < share < 1:
        raise DataError(f"the share of an interval must be within 0 to 1, got {share}")
    tail = (1.0 - share) / 2.0
    spread = (
        stats.poisson(mean)
        if np.isinf(size)
        else stats.nbinom(size, size / (size + mean))
    )
    return tuple(np.maximum(spread.ppf([[tail], [1.0 - tail]]), 0.0))
