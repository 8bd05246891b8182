import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import Committed, LongestTravel, OpenQueue, UnmetCap
from geoalloc.errors import DataError
from tests import naive_aggregation as naive
from tests.lattice_town import make_town

SIZE = 8


def blocks(size=SIZE, wide=2):
    """Label the hexes of a square town by blocks of ``wide`` squared."""
    row, column = np.divmod(np.arange(size * size), size)
    return row // wide * size + column // wide


@pytest.fixture(scope="module", params=range(3))
def town(request):
    town = make_town(request.param, size=SIZE, units=(4, 1))
    limit = np.where(np.arange(SIZE**2) % 5 < 2, 9.0, np.inf)
    south = np.arange(SIZE**2) % 7 == 0
    return dataclasses.replace(
        town,
        longest=LongestTravel(limit_min=limit, price=0.3),
        caps=(UnmetCap(name="every seventh", hexes=south, share=0.9),),
    )


@pytest.fixture(scope="module")
def merged(town):
    return allocation.aggregate(town, blocks())


def some_posts(town, seed=0):
    rng = np.random.default_rng(seed)
    return np.array([rng.choice(np.flatnonzero(row)) for row in town.allowed])


def test_a_cell_is_the_hexes_of_a_group_that_are_alike(town, merged):
    found = [frozenset(np.flatnonzero(merged.cell == k)) for k in range(merged.n_cells)]
    assert set(found) == set(naive.cells(town, blocks()))
    assert merged.n_cells < town.n_hexes


def test_demand_is_added_up_and_travel_is_its_mean(town, merged):
    problem = merged.of(town)
    dense = problem.travel_min.toarray()
    coo = problem.travel_min.tocoo()
    stored = set(zip(coo.row.tolist(), coo.col.tolist(), strict=True))
    for k in range(merged.n_cells):
        hexes = np.flatnonzero(merged.cell == k)
        for mine, theirs in zip(problem.classes, town.classes, strict=True):
            assert mine.arrivals[:, k] == pytest.approx(
                theirs.arrivals[:, hexes].sum(1)
            )
            assert mine.load[:, k] == pytest.approx(theirs.load[:, hexes].sum(1))
        heaviest = max(hexes.tolist(), key=lambda h: (naive.demand(town, h), -h))
        assert merged.heaviest[k] == heaviest
        for p in range(town.n_posts):
            expected = naive.minutes(town, p, hexes.tolist())
            assert ((p, k) in stored) == (expected is not None)
            if expected is not None:
                assert dense[p, k] == pytest.approx(expected, rel=1e-6)


def test_cells_of_one_hex_each_change_nothing(town):
    alone = allocation.aggregate(town, np.arange(town.n_hexes))
    problem = alone.of(town)
    assert problem.n_hexes == town.n_hexes
    for seed in range(3):
        post = some_posts(town, seed)
        one, other = (allocation.evaluate(p, post) for p in (problem, town))
        assert one.objective == pytest.approx(other.objective, rel=1e-12)
        assert one.unmet[:, alone.cell] == pytest.approx(other.unmet)
        assert (one.beyond[alone.cell] == other.beyond).all()


def test_drives_between_posts_stay_what_they_are(town, merged):
    problem = merged.of(town)
    before = town.travel_min[:, town.post_hex].toarray()
    assert (problem.travel_min[:, problem.post_hex].toarray() == before).all()
    assert (problem.station_min == town.station_min).all()


def test_hexes_beyond_the_longest_travel_cost_what_they_did(town, merged):
    problem = merged.of(town)
    assert problem.longest is not None
    n_hexes = np.isfinite(town.longest.limit_min).sum()
    n_cells = np.isfinite(problem.longest.limit_min).sum()
    assert n_cells < n_hexes
    whole = problem.longest.price * n_cells
    assert whole == pytest.approx(town.longest.price * n_hexes)


def test_a_cap_is_of_the_same_share_of_the_same_demand(town, merged):
    problem = merged.of(town)
    for mine, theirs in ((problem.caps[0], town.caps[0]),):
        assert mine.share == theirs.share
        for c, service in enumerate(problem.classes):
            whole = town.classes[c].arrivals[:, theirs.hexes].sum()
            assert service.arrivals[:, mine.hexes].sum() == pytest.approx(whole)


def test_a_plan_of_the_cells_is_a_plan_of_the_hexes_and_nearly_as_good(town, merged):
    free = dataclasses.replace(town, caps=())
    exact = allocation.SolverParams(gap=0.0)
    best = allocation.solve(free, exact)
    near = allocation.solve(allocation.aggregate(free, blocks()).of(free), exact)
    found = allocation.evaluate(free, near.post).objective
    assert best.objective <= found + 1e-9
    assert found <= 1.15 * best.objective


def test_another_table_of_travel_is_merged_anew(town, merged):
    faster = town.travel_min.copy()
    faster.data = faster.data / np.float32(2.0)
    problem = merged.of(dataclasses.replace(town, travel_min=faster))
    before = merged.of(town).travel_min
    assert problem.travel_min.data == pytest.approx(before.data / 2.0)


def test_what_a_shift_begins_with_is_placed_in_the_cells(merged):
    queue = OpenQueue(
        service=np.array([0, 1]), hex=np.array([3, 9]), age_min=np.array([1.0, 2.0])
    )
    busy = Committed(unit=np.array([0]), hex=np.array([9]), until_min=np.array([30.0]))
    assert merged.queue(queue).hex.tolist() == merged.cell[[3, 9]].tolist()
    assert merged.committed(busy).hex.tolist() == [merged.cell[9]]
    assert merged.queue(None) is None
    assert merged.committed(None) is None


def test_groups_and_problems_of_other_hexes_are_refused(town, merged):
    with pytest.raises(DataError, match=r"group has shape \(3,\), needs \(64,\)"):
        allocation.aggregate(town, np.arange(3))
    with pytest.raises(DataError, match="49 hexes and the cells are made of 64"):
        merged.of(make_town(size=7))
