from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from geoalloc import scores
from geoalloc.demand import ExcitedSurface, History
from geoalloc.demand.excitation import Background, Excited, _explain
from geoalloc.demand.stepping import past_of, rings_of
from geoalloc.errors import DataError
from tests import naive_excitation as naive
from tests.demand.monthly import ZONE, by_month

FIRST = 19_000.0  # day, in UTC
LENGTH = 500


def instant(day):
    return pd.Timestamp(day, unit="D", tz="UTC")


def timed(grid, day, position, *, covered=((FIRST, FIRST + LENGTH),)):
    order = np.argsort(day, kind="stable")
    day, position = np.asarray(day)[order], np.asarray(position)[order]
    n = day.size
    return History(
        grid=grid,
        position=position,
        x_m=grid.x_m[position],
        y_m=grid.y_m[position],
        started=day,
        ended=day,
        category=np.zeros(n, dtype=np.int64),
        categories=("burglary",),
        reported=np.ones(n, dtype=bool),
        covered=np.array(covered, dtype=float),
        time_zone=ZONE,
    )


def planted(grid, branching, *, seed=0, n=3000):
    """Incidents of an uneven background, and those that they draw within ten days."""
    rng = np.random.default_rng(seed)
    share = rng.gamma(0.5, size=len(grid))
    parents = rng.poisson(n * (1 - branching))
    day = list(FIRST + rng.uniform(0, LENGTH, parents))
    at = list(rng.choice(len(grid), parents, p=share / share.sum()))
    neighbors = grid.neighbors
    k = 0
    while k < len(day):
        for _ in range(rng.poisson(branching)):
            there = at[k] if rng.random() < 0.6 else rng.choice(neighbors[at[k]])
            later = day[k] + 1.0 + rng.exponential(4.0)
            if there >= 0 and later < FIRST + LENGTH:
                day.append(later)
                at.append(int(there))
        k += 1
    return timed(grid, day, at)


def branching_of(surface):
    weights = surface.explanation.weights
    follows = weights["part"].str.startswith("follows")
    return weights.loc[follows, "weight"].sum()


@pytest.mark.parametrize(
    ("branching", "low", "high"), [(0.0, 0.0, 0.08), (0.3, 0.2, 0.4), (0.5, 0.38, 0.6)]
)
def test_planted_branching_ratio_is_recovered(town_grid, branching, low, high):
    history = planted(town_grid, branching)
    origin = instant(FIRST + LENGTH)
    found = ExcitedSurface().surface(history, origin, origin + pd.Timedelta(7, "D"))
    assert low <= branching_of(found) <= high
    assert found.explanation.weights["weight"].sum() == pytest.approx(1.0)


def test_share_is_a_share_and_above_nothing_on_all_land(town_grid):
    history = planted(town_grid, 0.3)
    origin = instant(FIRST + 400)
    found = ExcitedSurface().surface(history, origin, origin + pd.Timedelta(8, "h"))
    assert found.share.sum() == pytest.approx(1.0)
    assert (found.share[town_grid.land_km2 > 0] > 0).all()


def test_it_foretells_excited_incidents_better_than_the_density(town_grid):
    history = planted(town_grid, 0.5, n=6000)
    even = town_grid.land_km2 / town_grid.land_km2.sum()
    score = np.zeros(2)
    for day in range(400, 496, 7):
        origin, end = instant(FIRST + day), instant(FIRST + day + 3)
        found = ExcitedSurface().surface(history, origin, end).share
        plain = history.known_count(origin) + 0.1
        plain = plain / plain.sum()
        count = history.count(origin, end)
        score += [scores.log_score(s, count, even) for s in (found, plain)]
    assert score[0] > score[1] + 0.5


def test_what_has_just_happened_draws_more_near_it_than_far_away(town_grid):
    history = planted(town_grid, 0.5)
    here = int(np.argmax((town_grid.neighbors >= 0).all(axis=1)))
    origin = instant(FIRST + 450)
    end = origin + pd.Timedelta(2, "D")
    known = history.ended <= FIRST + 450
    day, at = history.ended[known], history.position[known]
    before = ExcitedSurface().surface(timed(town_grid, day, at), origin, end).share
    burst = np.full(6, FIRST + 448.5)
    after = timed(town_grid, np.append(day, burst), np.append(at, np.full(6, here)))
    ratio = ExcitedSurface().surface(after, origin, end).share / before
    assert ratio[here] > ratio[town_grid.neighbors[here]].max() > 1.02
    assert ratio[town_grid.neighbors[here]].min() > np.median(ratio)


def test_nothing_after_the_origin_changes_the_surface(town_grid):
    history = planted(town_grid, 0.3)
    origin = instant(FIRST + 300)
    end = origin + pd.Timedelta(7, "D")
    known = history.ended <= FIRST + 300
    shuffled = np.where(known, history.position, 5)
    shares = [
        ExcitedSurface().surface(each, origin, end).share
        for each in (
            history,
            timed(town_grid, history.ended, shuffled),
            history.where(known),
        )
    ]
    np.testing.assert_array_equal(shares[0], shares[1])
    np.testing.assert_allclose(shares[0], shares[2], rtol=1e-12)


def test_the_order_of_origins_does_not_matter(town_grid):
    origins = [instant(FIRST + day) for day in (300, 350, 400)]

    def made(order):
        history = planted(town_grid, 0.3)
        return {
            o: ExcitedSurface().surface(history, o, o + pd.Timedelta(7, "D")).share
            for o in order
        }

    one, other = made(origins), made(origins[::-1])
    for origin in origins:
        np.testing.assert_array_equal(one[origin], other[origin])


def test_months_are_steps_where_only_they_are_known(town_grid):
    rng = np.random.default_rng(2)
    spots = rng.integers(0, len(town_grid), 40)
    month = []

    def where(n):
        # Three quarters stay at forty spots; the rest move on from month to month.
        at = spots[rng.integers(0, 40, n)]
        moving = (np.arange(n) // 60 * 13) % len(town_grid)
        month.append(n)
        return np.where(rng.random(n) < 0.75, at, moving)

    history = by_month(town_grid, {"asb": [60] * 24}, where=where, missing=(7,))
    origin = pd.Timestamp("2020-01-01", tz=ZONE)
    found = ExcitedSurface().surface(history, origin, origin + pd.DateOffset(months=1))
    assert "within 6 months" in found.explanation.sentence
    parts = found.explanation.weights["part"].tolist()
    assert "follows after 1 month" in parts
    assert found.share.sum() == pytest.approx(1.0)
    # In the middle of a month the last full one is still the last that is known.
    middle = pd.Timestamp("2019-12-20", tz=ZONE)
    again = ExcitedSurface().surface(history, middle, origin)
    assert again.share.sum() == pytest.approx(1.0)


def test_a_level_that_doubles_is_not_taken_for_excitation(town_grid):
    rng = np.random.default_rng(5)
    share = rng.gamma(0.5, size=len(town_grid))
    n = rng.poisson(np.where(np.arange(LENGTH) % 120 < 60, 4.0, 16.0))
    day = FIRST + np.repeat(np.arange(LENGTH), n) + rng.random(n.sum())
    at = rng.choice(len(town_grid), n.sum(), p=share / share.sum())
    origin = instant(FIRST + LENGTH)
    found = ExcitedSurface().surface(
        timed(town_grid, day, at), origin, origin + pd.Timedelta(7, "D")
    )
    assert branching_of(found) < 0.08


@pytest.mark.parametrize("days", [[0.5], [0.5, 0.6, 0.7], [490.0, 491.0]])
def test_one_or_few_incidents_have_a_surface(town_grid, days):
    history = timed(town_grid, FIRST + np.array(days), np.full(len(days), 9))
    origin = instant(FIRST + LENGTH)
    found = ExcitedSurface().surface(history, origin, origin + pd.Timedelta(7, "D"))
    assert found.share.sum() == pytest.approx(1.0)
    assert found.share.argmax() == 9
    assert (found.share[town_grid.land_km2 > 0] > 0).all()


def test_bad_bandwidths_and_origins_are_refused(town_grid):
    with pytest.raises(DataError, match="bandwidth_m must be above 0"):
        ExcitedSurface(bandwidth_m=0.0)
    history = timed(town_grid, [FIRST + 1], [0])
    origin = instant(FIRST - 5)
    with pytest.raises(DataError, match="outside of the data"):
        ExcitedSurface().surface(history, origin, instant(FIRST))


def test_parts_at_targets_leave_out_what_happened_there_and_then(town_grid):
    history = planted(town_grid, 0.3, n=400)
    origin = instant(FIRST + 400)
    past = past_of(history, origin)
    found = Background.of(history, past, 400.0).at_targets()
    known = history.known(origin)
    step = np.ceil(history.ended[:known] - (FIRST + 400))
    position, places = history.position[:known], history.places.of[:known]
    targets = np.flatnonzero(past.target)
    for k in range(0, targets.size, 11):
        at, when = past.cell_hex[targets[k]], past.cell_step[targets[k]]
        there = (position == at) & (step == when)
        mass = np.bincount(places[~there], minlength=len(history.places))
        near = history.operator(400.0).apply_to_places(mass.astype(float)).expected
        others = known - (step == when).sum()
        own = ((position == at) & ~there).sum() / others
        np.testing.assert_allclose(found[k, :2], [near[at] / others, own], atol=1e-12)


def test_what_followed_is_a_share_of_all_that_could(town_grid):
    history = planted(town_grid, 0.3, n=400)
    past = past_of(history, instant(FIRST + 400))
    rings = rings_of(town_grid)
    found = Excited.of(past, rings, len(town_grid)).at_targets()
    around = naive.rings(town_grid.neighbors.tolist(), rings.n_rings)
    pairs = list(zip(past.cell_hex.tolist(), past.cell_step.tolist(), strict=True))
    cells = dict(zip(pairs, past.cell_count.tolist(), strict=True))
    targets = np.flatnonzero(past.target)
    for k in range(0, targets.size, 40):
        step = pairs[targets[k]][1]
        every = [(here, step) for here in range(len(town_grid))]
        sums = np.array(naive.before(every, cells, around, past.lag_of.tolist()))
        # In other hexes than theirs, incidents follow on the land.
        sums = sums.reshape(len(every), rings.n_rings + 1, -1)
        sums[:, 1:] *= town_grid.land_km2[:, None, None]
        total = sums.sum(axis=0)
        share = sums / np.where(total > 0, total, 1.0)
        here = pairs[targets[k]][0]
        np.testing.assert_allclose(found[k], share[here].ravel(), atol=1e-12)


def test_what_will_follow_is_a_share_and_known_in_part(town_grid):
    history = planted(town_grid, 0.3, n=400)
    past = past_of(history, instant(FIRST + 400))
    excited = Excited.of(past, rings_of(town_grid), len(town_grid))
    share, known = excited.ahead(4)
    np.testing.assert_allclose(share.sum(axis=0)[known > 0], 1.0)
    # Of lags of one and two days, the first day knows two and the second one.
    by_lag = known.reshape(-1, 5)[0]
    np.testing.assert_allclose(by_lag[:2], [3 / 8, (5 + 5 + 5 + 4) / 20])


def test_what_follows_in_another_hex_follows_on_its_land(town_grid):
    land = town_grid.land_km2
    sliver = np.flatnonzero(land < 0.1 * land.max())
    around = (town_grid.neighbors >= 0).sum(axis=1)
    here = int(town_grid.neighbors[sliver[around[sliver] > 1][0]].max())
    history = timed(town_grid, [FIRST + 9.5, FIRST + 10.5], np.array([here, here]))
    past = past_of(history, instant(FIRST + 12))
    share, _ = Excited.of(past, rings_of(town_grid), len(town_grid)).ahead(1)
    share = share.reshape(len(town_grid), 2, -1)[:, :, past.lag_of[2]]
    near = town_grid.neighbors[here]
    near = near[near >= 0]
    assert np.isin(near, sliver).any()
    np.testing.assert_allclose(share[near, 1], land[near] / land[near].sum())
    assert share[here, 0] == 1.0


def test_a_far_horizon_leans_on_the_density(town_grid):
    history = planted(town_grid, 0.5, n=600)
    origin = instant(FIRST + LENGTH)
    found = ExcitedSurface().surface(history, origin, origin + pd.Timedelta(5000, "D"))
    weight = found.explanation.weights.set_index("part")["weight"]
    background = Background.of(history, past_of(history, origin), 400.0).everywhere()
    # What will follow incidents to come is not spread evenly: where nothing has ever
    # been, the even part alone is left.
    empty = (background[:, :2] == 0).all(axis=1) & (background[:, 2] > 0)
    assert empty.sum() > 20
    assert branching_of(found) > 0.2
    ratio = found.share[empty] / background[empty, 2]
    assert np.median(ratio) == pytest.approx(weight["even"], rel=0.02)


def test_no_share_is_said_of_what_hardly_follows():
    past = SimpleNamespace(classes=(1, 2), unit="months")
    weight = np.array([0.5, 0.3, 0.197, 0.001, 0.0, 0.002, 0.0])
    sentence = _explain(weight, past, 1, 400.0).sentence
    assert sentence.startswith("Hardly any incidents follow another nearby within 2 ")
    assert " % " not in sentence
    weight = np.array([0.4, 0.3, 0.1, 0.1, 0.0, 0.1, 0.0])
    sentence = _explain(weight, past, 1, 400.0).sentence
    assert sentence.startswith("20 % of incidents follow another nearby within 2 month")
    assert "(50 % of them in the same hex)" in sentence
