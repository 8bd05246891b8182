"""Forecasts of where: the mixture against boosted trees, its weights against peers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize

from benchmarks.contest import Contest, Entry, people
from geoalloc import scores
from geoalloc._types import FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.demand import BoostedSurface, History, MixtureSurface, SurfaceModel
from geoalloc.demand.mixture import mixing_weights
from geoalloc.hexes import HexGrid

MONTH = pd.DateOffset(months=1)
ZONE = "Europe/London"
N_ORIGINS = 3
LEVEL = 0.05  # of log score: what may be apart and still be level
_PARTS, _HITS = 20, 20_000


@dataclass(frozen=True)
class Months:
    """Incidents known to the month, and the origins to forecast a month from."""

    history: History
    origins: tuple[pd.Timestamp, ...]

    def fresh(self) -> History:
        """Give the history without what was made of it, but for its operators."""
        whole = self.history.where(np.ones(len(self.history), dtype=np.bool_))
        for key, made in self.history._made.items():
            if key[0] == "operator":
                whole.made(key, lambda made=made: made)
        return whole


def months(county: Boundaries, grid: HexGrid, n_incidents: int) -> Months:
    """Scatter two years of incidents on spots where people are, some spots often."""
    rng = np.random.default_rng(0)
    n_spots = max(n_incidents // 8, 10)
    home = rng.choice(len(grid), n_spots, p=people(county, grid))
    often = rng.gamma(0.5, size=n_spots)
    spot = rng.choice(n_spots, n_incidents, p=often / often.sum())
    starts = pd.date_range("2019-01-01", periods=25, freq="MS", tz=ZONE)
    edges = np.array([each.timestamp() / 86_400.0 for each in starts])
    month = np.sort(rng.integers(0, 24, n_incidents))
    shift = rng.uniform(-100.0, 100.0, (2, n_spots))
    history = History(
        grid=grid,
        position=home[spot],
        x_m=(grid.x_m[home] + shift[0])[spot],
        y_m=(grid.y_m[home] + shift[1])[spot],
        started=edges[month],
        ended=edges[month + 1],
        category=np.zeros(n_incidents, dtype=np.int64),
        categories=("theft",),
        reported=np.ones(n_incidents, dtype=np.bool_),
        covered=np.column_stack([edges[:-1], edges[1:]]),
        time_zone=ZONE,
    )
    return Months(history, tuple(starts[-1 - N_ORIGINS : -1]))


def surfaces(model: SurfaceModel, case: Months) -> list[FloatArray]:
    history = case.fresh()
    return [model.surface(history, o, o + MONTH).share for o in case.origins]


def mean_log_score(case: Months, shares: list[FloatArray]) -> float:
    even = case.history.grid.land_km2 / case.history.grid.land_km2.sum()
    gains = [
        scores.log_score(share, case.history.count(origin, origin + MONTH), even)
        for origin, share in zip(case.origins, shares, strict=True)
    ]
    return float(np.mean(gains))


def level(case: Months, shares: list[FloatArray]) -> str:
    ours = mean_log_score(case, surfaces(MixtureSurface(), case))
    found = mean_log_score(case, shares)
    assert ours > found - LEVEL, "the mixture falls behind"
    return f"log score {found:.3f}, the mixture's {ours:.3f}"


WHERE = Contest(
    f"surfaces of {N_ORIGINS} months ahead",
    (
        Entry(
            name="mixture",
            run=lambda case: surfaces(MixtureSurface(), case),
            check=level,
        ),
        Entry(
            name="LightGBM",
            run=lambda case: surfaces(BoostedSurface(), case),
            check=level,
            needs="lightgbm",
        ),
    ),
)


@dataclass(frozen=True)
class Weighing:
    """A mixture to be weighed: values at hits, counts, and the prior's incidents."""

    value: FloatArray
    count: FloatArray
    prior: FloatArray


def weighing(n_hits: int = _HITS) -> Weighing:
    """Draw components that are alike, as surfaces of one past are."""
    rng = np.random.default_rng(1)
    common = rng.gamma(0.5, size=n_hits)
    value = common * rng.gamma(2.0, 0.5, size=(_PARTS, n_hits)) + 1e-3
    count = rng.poisson(value[:3].mean(axis=0)) + 1.0
    return Weighing(value, count, np.full(_PARTS, 1.0))


def by_scipy(case: Weighing) -> FloatArray:
    def loss(weight: FloatArray) -> tuple[float, FloatArray]:
        mixed = weight @ case.value
        total = case.count.sum()
        said = case.count @ np.log(mixed) + case.prior @ np.log(weight)
        slope = case.value @ (case.count / mixed) + case.prior / weight
        return -said / total, -slope / total

    start = np.full(_PARTS, 1.0 / _PARTS)
    found = optimize.minimize(
        loss,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(1e-9, 1.0)] * _PARTS,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0},
        options={"maxiter": 1_000, "ftol": 1e-14},
    )
    return np.asarray(found.x)


def by_em(case: Weighing) -> FloatArray:
    weight = np.full(_PARTS, 1.0 / _PARTS)
    for _ in range(3_000):
        gained = weight * (case.value @ (case.count / (weight @ case.value)))
        new = (gained + case.prior) / (gained + case.prior).sum()
        if np.abs(new - weight).max() < 1e-8:
            return np.asarray(new)
        weight = new
    return weight


def mode(case: Weighing, weight: FloatArray) -> str:
    """Where no weight, if raised, would gain more than another (Kuhn and Tucker)."""
    slope = case.value @ (case.count / (weight @ case.value)) + case.prior / weight
    apart = np.abs(slope / (case.count.sum() + case.prior.sum()) - 1.0) * weight
    assert apart.max() < 1e-4
    np.testing.assert_allclose(weight.sum(), 1.0, atol=1e-8)
    np.testing.assert_allclose(weight, _ours(case), atol=2e-3)
    return f"the same mode, slopes equal to {apart.max():.0e}"


def _ours(case: Any) -> FloatArray:
    return mixing_weights(case.value, case.count, case.prior)


WEIGHTS = Contest(
    f"weights of {_PARTS} components at {_HITS:,} hits",
    (
        Entry(name="mixing_weights", run=_ours, check=mode),
        Entry(name="EM to 1e-8", run=by_em, check=mode, needs="numpy"),
        Entry(name="scipy SLSQP", run=by_scipy, check=mode, needs="scipy"),
    ),
)


@pytest.mark.parametrize("entry", WHERE.entries, ids=lambda entry: entry.name)
def test_mixture_is_level_with_boosted_trees(benchmark, county, coarse, entry):
    pytest.importorskip(entry.needs)
    case = months(county, coarse, 20_000)
    entry.check(case, benchmark.pedantic(entry.run, args=(case,)))


@pytest.mark.parametrize("entry", WEIGHTS.entries, ids=lambda entry: entry.name)
def test_weights_are_the_same_mode(benchmark, entry):
    case = weighing(2_000)
    entry.check(case, benchmark(entry.run, case))
