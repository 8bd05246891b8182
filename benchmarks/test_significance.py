"""Gi* with permutation p-values: hotspots.gi_star against esda."""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks import noise
from benchmarks.contest import Contest, Entry
from geoalloc import hotspots
from geoalloc._types import FloatArray, IndexArray
from geoalloc.hexes import HexGrid
from geoalloc.hotspots import GiStar

PERMUTATIONS = 999


@dataclass(frozen=True)
class Counts:
    grid: HexGrid
    count: IndexArray

    @cached_property
    def exact(self) -> FloatArray:
        """P-values that hold each hex fixed, as esda does."""
        return hotspots.gi_star(self.grid, self.count, given_self=True).p

    @cached_property
    def weights(self) -> Any:
        """Make what esda needs to know of neighbors; not timed: once to a grid."""
        from libpysal import weights

        near = {
            i: [int(j) for j in row if j >= 0]
            for i, row in enumerate(self.grid.neighbors)
        }
        return weights.W(near, silence_warnings=True)


def counts(grid: HexGrid) -> Counts:
    """Draw sparse counts that cluster: more incidents at some hexes and near them."""
    rng = np.random.default_rng(0)
    level = rng.gamma(0.2, 5.0, len(grid))
    beside = np.append(level, 0.0)[grid.neighbors].mean(axis=1)
    return Counts(grid, rng.poisson(0.5 * (level + beside)))


def whole(case: Counts) -> GiStar:
    return hotspots.gi_star(case.grid, case.count)


def given_self(case: Counts) -> GiStar:
    return hotspots.gi_star(case.grid, case.count, given_self=True)


def by_esda(case: Counts) -> Any:
    import esda

    with warnings.catch_warnings():
        # esda is to change which tail it gives, and calls NumPy by an old name.
        warnings.simplefilter("ignore", DeprecationWarning)
        return esda.G_Local(
            case.count.astype(np.float64),
            case.weights,
            transform="B",
            star=True,
            permutations=PERMUTATIONS,
            n_jobs=1,
            seed=1,
        )


def same_test(case: Counts, found: GiStar) -> str:
    np.testing.assert_array_equal(found.p, case.exact)
    return "exact"


def sampled(case: Counts, found: GiStar) -> str:
    """Check some hexes against draws of as many counts from those of all hexes."""
    rng = np.random.default_rng(2)
    for i in range(0, len(case.grid), len(case.grid) // 20):
        drawn = rng.choice(case.count, (20_000, int(found.n_neighbors[i]) + 1))
        reached = (drawn.sum(axis=1) >= found.total[i]).mean()
        assert abs(reached - found.p[i]) < 0.02
    return "exact; the hex itself is drawn for, too"


def near_exact(case: Counts, found: Any) -> str:
    """Check that 999 permutations come to the exact p within their own error."""
    above = case.exact < 0.4  # esda gives the smaller tail
    error = np.sqrt(case.exact * (1 - case.exact) / PERMUTATIONS)
    off = np.abs(found.p_sim - case.exact) / (error + 1 / PERMUTATIONS)
    assert off[above].max() < 6
    higher = (
        found.Gs * case.count.sum()
        > (case.grid.neighbors >= 0).sum(axis=1) * case.count.mean()
    )
    same = ((found.p_sim < 0.05) & higher) == (case.exact < 0.05)
    assert same.mean() >= 0.99
    return f"sampled: same call at p < .05 on {same.mean():.1%} of hexes, least p .001"


GI_STAR = Contest(
    "Gi* with permutation p-values",
    (
        Entry(name="hotspots.gi_star, given_self", run=given_self, check=same_test),
        Entry(name="hotspots.gi_star", run=whole, check=sampled),
        Entry(
            name=f"esda G_Local(star=True, permutations={PERMUTATIONS})",
            run=by_esda,
            check=near_exact,
            needs="esda",
        ),
    ),
)


@pytest.mark.parametrize("entry", GI_STAR.entries, ids=lambda entry: entry.name)
def test_p_values_agree(benchmark, coarse, entry):
    pytest.importorskip(entry.needs)
    case = counts(coarse)
    entry.check(case, benchmark(entry.run, case))


@pytest.mark.parametrize("name", noise.NOISE)
def test_maps_of_noise_have_calls_at_the_nominal_rate(coarse, name):
    n_maps = 60
    called = noise.false_calls(coarse, noise.NOISE[name], n_maps)
    exact = [found for way, found in called.items() if way.startswith("exact")]
    assert len(exact) == 3
    if name.startswith("Poisson"):
        assert called["own rate"].hexes == 0
    for found in exact:
        n_false = round(found.maps * n_maps)
        assert stats.binom.sf(n_false - 1, n_maps, noise.RATE) > 0.001
