import itertools
from dataclasses import replace

import numpy as np
import pytest

from geoalloc import allocation, evaluation
from geoalloc.evaluation import baselines
from tests.lattice_town import make_town

EXACT = allocation.SolverParams(gap=0.0)


def calls_of_first_grade(problem):
    return problem.classes[0].arrivals.sum(axis=0)


def in_reach(problem, posts):
    """Count, hex by hex, the posts within the standard of the first class."""
    service = problem.classes[0]
    within = np.minimum(service.limit_min, service.cap_min) * service.speed_factor
    counts = []
    for h in range(problem.n_hexes):
        n = 0
        for p in posts:
            row = problem.travel_min[[p]].tocoo()
            n += any(
                t <= within[h] for i, t in zip(row.col, row.data, strict=True) if i == h
            )
        counts.append(n)
    return np.array(counts)


@pytest.fixture(scope="module")
def town():
    return make_town(3, size=5, n_posts=5, units=(3, 1))


def test_units_at_home_stand_at_their_station_or_as_near_as_they_may(town):
    assert baselines.at_home(town).tolist() == [0, 1, 0, 1]
    banned = replace(town, excluded={"response": np.array([0])})
    post = baselines.at_home(banned)
    drive = town.station_min[0].copy()
    drive[0] = np.inf
    assert post[0] == drive.argmin()


@pytest.mark.parametrize("seed", range(4))
def test_stations_are_manned_in_proportion_to_the_calls_nearest_them(seed):
    town = make_town(seed, units=(7, 2))
    post = evaluation.stations_by_demand(town)
    nearest = np.zeros(2)
    calls = sum(c.arrivals.sum(axis=0) for c in town.classes)
    away = town.travel_min[:2].toarray()  # no travel time of the town is 0
    for h in range(town.n_hexes):
        minutes = [t if t > 0 else np.inf for t in away[:, h]]
        if np.isfinite(minutes).any():
            nearest[int(np.argmin(minutes))] += calls[h]
        else:
            nearest[int(np.argmin(town.station_min[:, town.catchment[h]]))] += calls[h]
    due = 7 * nearest / nearest.sum()
    held = np.bincount(post[:7], minlength=2)[:2]
    assert held.sum() == 7
    assert (np.abs(held - due) < 1).all()
    assert post[7:].tolist() == [1, 0]  # who is bound to a beat stays at home


def test_who_may_not_drive_to_the_other_station_stays_at_home(town):
    apart = town.station_min.copy()
    apart[[0, 1], [1, 0]] = np.inf
    town = replace(town, station_min=apart)
    assert evaluation.stations_by_demand(town).tolist() == [0, 1, 0, 1]


def test_with_borders_the_stations_are_manned_as_they_are(town):
    bordered = replace(town, bordered=True)
    assert evaluation.stations_by_demand(bordered).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("seed", range(3))
def test_mexclp_and_mclp_posts_are_the_best_of_all(seed):
    town = make_town(seed, size=4, n_posts=5, units=(3, 0), deadhead=0.0)
    q, calls = baselines.busy_fraction(town), calls_of_first_grade(town)
    value = {
        evaluation.mexclp_posts: lambda n: calls @ q**n,
        evaluation.mclp_posts: lambda n: calls @ (n == 0),
    }
    for make, unmet in value.items():
        allowed = [np.flatnonzero(row) for row in town.allowed]
        best = min(
            unmet(in_reach(town, posts)) for posts in itertools.product(*allowed)
        )
        post = make(town, EXACT)
        assert unmet(in_reach(town, post)) == pytest.approx(best, rel=1e-4)


def test_the_busy_fraction_is_work_over_hours(town):
    work = sum(c.load.sum() for c in town.classes)
    assert baselines.busy_fraction(town) == pytest.approx(work / (3 * town.n_periods))


def test_median_posts_are_those_of_the_plain_greedy(town):
    town = replace(town, supply=replace(town.supply, station=np.zeros(4, np.int64)))
    calls, far = calls_of_first_grade(town), 2.0 * town.travel_min.data.max()
    nearest = [far] * town.n_hexes
    chosen = []
    for _ in range(3):
        saved = []
        for p in range(town.n_posts):
            row = town.travel_min[[p]].tocoo()
            drives = zip(row.col, row.data.astype(float), strict=True)
            gain = sum(calls[h] * max(0.0, nearest[h] - t) for h, t in drives)
            saved.append(gain if town.allowed[0, p] else -1.0)
        best = int(np.argmax(saved))
        if saved[best] <= 0:
            break
        chosen.append(best)
        row = town.travel_min[[best]].tocoo()
        for h, t in zip(row.col, row.data.astype(float), strict=True):
            nearest[h] = min(nearest[h], t)
    post = evaluation.median_posts(town)
    home = [0] * (3 - len(chosen))
    assert sorted(post[:3]) == sorted(chosen + home)
    assert post[3] == 0


@pytest.mark.parametrize(
    "make",
    [
        baselines.at_home,
        evaluation.stations_by_demand,
        evaluation.mexclp_posts,
        evaluation.mclp_posts,
        evaluation.median_posts,
        lambda town: baselines.random_posts(town, np.random.default_rng(0)),
    ],
)
def test_every_baseline_keeps_reach_locks_and_excluded_posts(make):
    town = make_town(
        1, units=(4, 1), minimum={0: 4}, locked={1: 3}, excluded={"response": [2]}
    )
    post = make(town)
    assert town.allowed[np.arange(5), post].all()
    assert post[1] == 3
    assert 2 not in post[:4]
    assert (make(town) == post).all()
