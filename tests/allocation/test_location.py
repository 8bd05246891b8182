"""The location models against every choice of sites, on tiny random instances."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp

from benchmarks import location_files
from geoalloc.allocation import SolveStatus, location
from geoalloc.errors import DataError, InfeasibleError
from tests import naive_location as naive

SEEDS = range(6)
MEDIAN = location.MedianProblem(distance=np.array([[0.0, 2.0], [2.0, 0.0]]), p=1)
COVER = location.CoverageProblem(
    covers=np.array([[True, False], [False, True]]), weight=np.array([1.0, 2.0]), p=1
)
ROOMY = location.CapacitatedProblem(
    distance=np.array([[0.0, 2.0], [2.0, 0.0]]), size=np.ones(2), capacity=2.0, p=1
)


def assert_proven(choice, best):
    assert choice.objective == pytest.approx(best, rel=1e-9)
    assert choice.bound == pytest.approx(best, rel=1e-5)
    assert choice.status is SolveStatus.OPTIMAL
    assert not choice.stopped_by_clock


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("whole", [True, False])
def test_p_median_is_the_best_of_all_choices(seed, whole):
    rng = np.random.default_rng(seed)
    distance = rng.random((9, 14)) * 20
    weight = rng.random(14) * 5
    if whole:
        distance, weight = np.floor(distance), np.floor(weight)
    p = int(rng.integers(1, 6))
    problem = location.MedianProblem(distance=distance, p=p, weight=weight)
    choice = location.p_median(problem)
    cost = (distance * weight).tolist()
    assert_proven(choice, naive.p_median(cost, p))
    assert naive.median_cost(cost, choice.sites) == pytest.approx(choice.objective)


@pytest.mark.parametrize("seed", SEEDS)
def test_p_median_is_proven_where_the_bound_alone_cannot(seed):
    # Distances of 1 or 2 only: the relaxation is as weak as can be.
    rng = np.random.default_rng(seed)
    distance = 1.0 + (rng.random((12, 12)) < 0.75)
    problem = location.MedianProblem(distance=distance, p=3)
    choice = location.p_median(problem, location.LocationParams(shakes=0))
    assert_proven(choice, naive.p_median(distance.tolist(), 3))


def test_each_demand_is_served_by_the_nearest_open_site():
    rng = np.random.default_rng(3)
    problem = location.MedianProblem(distance=rng.random((8, 30)), p=3)
    choice = location.p_median(problem)
    assert set(choice.assigned) <= set(choice.sites)
    served = problem.distance[choice.assigned, np.arange(30)]
    np.testing.assert_array_equal(served, problem.distance[choice.sites].min(axis=0))


def test_a_site_that_cannot_serve_a_demand_never_does():
    far = np.array([[0.0, np.inf, 1.0], [1.0, 9.0, 0.0], [1.0, 8.0, 5.0]])
    choice = location.p_median(location.MedianProblem(distance=far, p=1))
    assert choice.sites.tolist() == [1]
    assert choice.objective == 10.0


def test_p_sites_that_cannot_reach_all_demand_are_infeasible():
    apart = np.where(np.eye(3, dtype=bool), 0.0, np.inf)
    with pytest.raises(InfeasibleError, match="no 2 sites were found that reach all"):
        location.p_median(location.MedianProblem(distance=apart, p=2))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("whole", [True, False])
def test_max_coverage_is_the_best_of_all_choices(seed, whole):
    rng = np.random.default_rng(seed)
    covers = rng.random((11, 25)) < 0.2
    weight = rng.random(25) * 9
    weight = np.floor(weight) if whole else weight
    p = int(rng.integers(1, 6))
    problem = location.CoverageProblem(
        covers=covers if whole else sp.csr_array(covers), weight=weight, p=p
    )
    choice = location.max_coverage(problem)
    sets = [set(np.flatnonzero(row).tolist()) for row in covers]
    assert_proven(choice, naive.max_coverage(sets, weight.tolist(), p))
    assert choice.sites.size == p
    np.testing.assert_array_equal(choice.covered, covers[choice.sites].any(axis=0))
    assert choice.objective == pytest.approx(weight[choice.covered].sum())


def test_max_coverage_by_integer_program_agrees_with_branching(monkeypatch):
    rng = np.random.default_rng(8)
    problem = location.CoverageProblem(
        covers=rng.random((30, 80)) < 0.15, weight=rng.integers(1, 9, 80), p=6
    )
    branched = location.max_coverage(problem)
    monkeypatch.setattr("geoalloc.allocation.location.coverage._SMALL", -1)
    solved = location.max_coverage(problem)
    assert branched.status is solved.status is SolveStatus.OPTIMAL
    assert branched.objective == solved.objective
    assert "integer program" in [step["stage"] for step in solved.steps]


@pytest.mark.parametrize("seed", SEEDS)
def test_min_sites_is_the_fewest_of_all_choices(seed):
    rng = np.random.default_rng(seed)
    covers = rng.random((10, 16)) < 0.25
    covers[rng.integers(0, 10, 16), np.arange(16)] = True
    choice = location.min_sites(location.SetCoverProblem(covers=covers))
    sets = [set(np.flatnonzero(row).tolist()) for row in covers]
    assert_proven(choice, naive.min_sites(sets, 16))
    assert choice.covered.all()
    assert covers[choice.sites].any(axis=0).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("whole", [True, False])
def test_capacitated_p_median_is_the_best_of_all_choices(seed, whole):
    rng = np.random.default_rng(seed)
    distance, size = rng.random((6, 7)) * 30, rng.random(7) * 9 + 1
    if whole:
        distance, size = np.floor(distance), np.floor(size)
    capacity = size.sum() / 3 * rng.uniform(1.2, 1.6, 6)
    problem = location.CapacitatedProblem(
        distance=distance, size=size, capacity=capacity, p=3
    )
    best = naive.capacitated_p_median(distance.tolist(), size, capacity, 3)
    if best == np.inf:
        with pytest.raises(InfeasibleError, match="no 3 sites can take all demand"):
            location.capacitated_p_median(problem)
        return
    choice = location.capacitated_p_median(problem)
    assert_proven(choice, best)
    load = np.bincount(choice.assigned, size, 6)
    assert (load <= capacity * (1 + 1e-9)).all()
    assert set(choice.assigned) <= set(choice.sites)
    assert choice.sites.size == 3


def test_ample_capacity_gives_the_plain_p_median():
    rng = np.random.default_rng(5)
    distance = rng.integers(1, 60, (15, 20)).astype(float)
    roomy = location.CapacitatedProblem(
        distance=distance, size=np.ones(20), capacity=20, p=4
    )
    plain = location.MedianProblem(distance=distance, p=4)
    assert (
        location.capacitated_p_median(roomy).objective
        == location.p_median(plain).objective
    )


@pytest.mark.parametrize("seed", range(12))
def test_whole_costs_are_proven_from_a_short_bound_without_shakes(seed):
    # A node whose bound is the better value but for rounding must not be dropped.
    rng = np.random.default_rng(seed)
    distance = rng.integers(0, 30, (6, 7)) * 1.0
    size = rng.integers(1, 8, 7) * 1.0
    capacity = np.full(6, np.floor(size.sum() / 2 * 1.2) + 1)
    problem = location.CapacitatedProblem(
        distance=distance, size=size, capacity=capacity, p=2
    )
    params = location.LocationParams(shakes=0, steps=1)
    best = naive.capacitated_p_median(distance.tolist(), size, capacity, 2)
    assert_proven(location.capacitated_p_median(problem, params), best)
    plain = location.p_median(location.MedianProblem(distance=distance, p=2), params)
    assert_proven(plain, naive.p_median(distance.tolist(), 2))


def test_demand_that_does_not_fit_side_by_side_is_infeasible():
    # Two sites of 3 hold 6, but three demands of 2 need a site each.
    tight = location.CapacitatedProblem(
        distance=np.ones((4, 3)), size=np.full(3, 2.0), capacity=3.0, p=2
    )
    with pytest.raises(InfeasibleError, match="no 2 sites can take all demand"):
        location.capacitated_p_median(tight)


def test_graph_distance_is_that_of_floyd_and_warshall():
    rng = np.random.default_rng(2)
    ends, length = rng.integers(0, 8, (14, 2)), rng.integers(0, 9, 14)
    found = location.graph_distance(ends, length, 8)
    np.testing.assert_array_equal(found, naive.shortest_paths(ends, length, 8))


def test_a_solve_repeats_itself():
    rng = np.random.default_rng(1)
    problem = location.MedianProblem(distance=rng.random((60, 80)), p=6)
    first, second = location.p_median(problem), location.p_median(problem)
    np.testing.assert_array_equal(first.sites, second.sites)
    assert first.bound == second.bound


def test_without_branching_the_gap_is_stated():
    distance = np.random.default_rng(0).random((40, 40))
    params = location.LocationParams(node_limit=0, shakes=0)
    choice = location.p_median(location.MedianProblem(distance=distance, p=4), params)
    assert choice.status is SolveStatus.FEASIBLE
    assert choice.bound < choice.objective
    gap = (choice.objective - choice.bound) / choice.objective
    assert choice.gap == pytest.approx(gap)


def test_one_more_site_never_makes_it_worse():
    rng = np.random.default_rng(4)
    distance = rng.random((20, 40))
    costs = [
        location.p_median(location.MedianProblem(distance=distance, p=p)).objective
        for p in range(1, 21)
    ]
    assert (np.diff(costs) <= 1e-12).all()
    assert costs[-1] == pytest.approx(distance.min(axis=0).sum())


@pytest.mark.parametrize(
    ("problem", "change", "message"),
    [
        (MEDIAN, {"p": 0}, "p is 0, and there are 2 sites"),
        (MEDIAN, {"p": 3}, "p is 3, and there are 2 sites: choose from 1 to 2"),
        (MEDIAN, {"distance": np.zeros(3)}, r"distance has shape \(3,\)"),
        (MEDIAN, {"distance": np.full((2, 2), np.nan)}, "nan or negative at 4 of 4"),
        (
            MEDIAN,
            {"distance": np.array([[0.0, np.inf], [1.0, np.inf]])},
            "no site reaches 1 of 2 demand positions, first 1",
        ),
        (
            MEDIAN,
            {"weight": np.array([1.0, -1.0])},
            "weight is nan, infinite or negative at 1 of 2 positions, first 1",
        ),
        (COVER, {"weight": np.array([np.nan, 1.0])}, "weight is nan"),
        (COVER, {"weight": np.ones(3)}, r"weight has shape \(3,\), needs \(2,\)"),
        (COVER, {"covers": np.ones((2, 2))}, "covers holds float64"),
        (COVER, {"p": -1}, "p is -1"),
        (ROOMY, {"size": np.array([1.0, 3.0])}, "demand 1 has size 3"),
        (ROOMY, {"size": np.array([1.5, 1.0])}, "adds up to 2.5, and the 1 largest"),
        (ROOMY, {"capacity": np.array([2.0, -1.0])}, "capacity is nan, infinite"),
        (
            ROOMY,
            {"distance": np.array([[0.0, np.inf], [1.0, 2.0]])},
            "distance from site 0 to demand 1 is infinite",
        ),
    ],
)
def test_bad_input_is_refused_by_name(problem, change, message):
    given = {
        f.name: getattr(problem, f.name) for f in dataclasses.fields(problem) if f.init
    }
    with pytest.raises(DataError, match=message):
        type(problem)(**(given | change))


def test_demand_that_nothing_covers_is_named():
    covers = np.array([[True, False, False], [True, False, False]])
    with pytest.raises(DataError, match=r"no site covers 2 of 3 .* first 1, 2"):
        location.SetCoverProblem(covers=covers)


def test_edges_must_join_nodes_that_exist():
    with pytest.raises(DataError, match="1 of 2 edges end outside the nodes 0 to 2"):
        location.graph_distance(np.array([[0, 1], [1, 3]]), np.ones(2), 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"steps": 0}, "steps >= 1"), ({"seconds": 0.0}, "seconds must be positive")],
)
def test_limits_must_make_sense(change, message):
    with pytest.raises(DataError, match=message):
        location.LocationParams(**change)


def test_a_clock_that_stops_a_solve_says_so():
    n, p = 90, 9
    distance = 1.0 + (np.random.default_rng(n).random((n, n)) < 0.9)
    params = location.LocationParams(seconds=1e-6)
    choice = location.p_median(location.MedianProblem(distance=distance, p=p), params)
    assert choice.stopped_by_clock
    assert choice.bound <= choice.objective


@pytest.mark.data
def test_published_optima_are_reached_and_proven(real_data):
    names = {"pmed1", "pmed5", "pmedcap1_02", "SJC324, 800 m, p = 3"}
    for instance in location_files.instances(real_data / "location-benchmarks"):
        if instance.name in names:
            names.remove(instance.name)
            choice = instance.solve(location.LocationParams())
            assert_proven(choice, instance.optimum)
    assert not names
