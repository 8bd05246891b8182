"""The location models timed on one small plane, each answer proven."""

import numpy as np
import pytest

from benchmarks.location import plane
from geoalloc.allocation import SolveStatus, location


@pytest.fixture(scope="module")
def small():
    return plane(200, 10)


def test_p_median_is_proven(benchmark, small):
    choice = benchmark(location.p_median, small.median())
    assert choice.status is SolveStatus.OPTIMAL


def test_max_coverage_is_proven(benchmark, small):
    choice = benchmark(location.max_coverage, small.coverage())
    assert choice.status is SolveStatus.OPTIMAL


def test_min_sites_is_proven(benchmark, small):
    problem = location.SetCoverProblem(covers=small.distance <= 150.0)
    choice = benchmark(location.min_sites, problem)
    assert choice.status is SolveStatus.OPTIMAL


def test_capacitated_p_median_is_within_one_per_cent(benchmark):
    case = plane(50, 5)
    problem = location.CapacitatedProblem(
        distance=np.floor(case.distance), size=np.ones(50), capacity=12, p=5
    )
    choice = benchmark(location.capacitated_p_median, problem)
    assert choice.gap < 0.01
