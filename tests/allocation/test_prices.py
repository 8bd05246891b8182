import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.allocation import Quota
from geoalloc.errors import DataError
from tests import naive_allocation as naive
from tests import naive_prices as slow
from tests.lattice_town import make_town


def row(prices, kind, station, period):
    found = prices.query(f"kind == {kind!r} and station == {station}")
    return found[found["period"] == period].iloc[0]


@pytest.mark.parametrize("bordered", [False, True])
def test_a_price_is_the_best_of_all_posts_tried(bordered):
    problem = make_town(1, size=5, n_posts=4, units=(4, 2), bordered=bordered)
    post = np.array([0, 1, 0, 1, 0, 1])
    prices = allocation.unit_prices(problem, post)
    assert len(prices) == 2 * 2 * (1 + problem.n_periods)
    for kind in ("response", "pcso"):
        for station in (0, 1):
            for period in (None, 1)[station:]:
                gain, best = slow.best_gain(problem, post, kind, station, period)
                named = allocation.WHOLE_SHIFT if period is None else period
                found = row(prices, kind, station, named)
                assert found["gain_weighted"] == pytest.approx(gain, abs=1e-9)
                assert found["best_post"] == best


def test_a_price_is_what_the_plan_gains_when_valued_again():
    problem = make_town(3, size=5, n_posts=5, units=(4, 0), calls=5.0)
    post = np.array([0, 1, 0, 1])
    before = allocation.evaluate(problem, post)
    for found in allocation.unit_prices(problem, post).to_dict("records"):
        words = found["kind"], found["station"], found["period"]
        larger = allocation.one_more(problem, *words)
        after = allocation.evaluate(larger, np.append(post, found["best_post"]))
        gain = before.objective - after.objective
        late = (before.unmet - after.unmet)[0].sum()
        assert found["gain_weighted"] == pytest.approx(gain, abs=1e-9)
        assert found["gain_late_immediate"] == pytest.approx(late, abs=1e-9)


def test_a_timetable_has_prices_too():
    problem = make_town(2, size=5, n_posts=4, units=(3, 1))
    post = np.array([[0, -1], [1, 0], [-1, 0], [1, 1]])
    prices = allocation.unit_prices(problem, post)
    for period in (0, 1):
        gain, _ = slow.best_gain(problem, post, "response", 0, period)
        found = row(prices, "response", 0, period)
        assert found["gain_weighted"] == pytest.approx(gain, abs=1e-9)


def test_a_crew_of_two_and_a_skill_are_priced_as_the_usual_crew():
    problem = make_town(4, size=5, n_posts=4, units=(3, 1))
    supply = dataclasses.replace(
        problem.supply,
        officers=np.array([2, 1, 2, 1]),
        blue_light=np.array([True, False, True, True]),
    )
    classes = (
        dataclasses.replace(problem.classes[0], officers=2),
        problem.classes[1],
    )
    problem = dataclasses.replace(problem, supply=supply, classes=classes)
    post = np.array([0, 1, 0, 1])
    larger = allocation.one_more(problem, "response", 1)
    assert larger.supply.officers[-1] == 2
    assert larger.supply.blue_light[-1]
    gain, best = slow.best_gain(problem, post, "response", 1)  # like unit 0
    found = row(allocation.unit_prices(problem, post), "response", 1, -1)
    assert found["gain_weighted"] == pytest.approx(gain, abs=1e-9)
    assert found["best_post"] == best


@pytest.mark.parametrize("seed", [1, 5, 8])
def test_solving_with_one_more_unit_gains_no_less_and_not_much_more(seed):
    problem = make_town(seed, size=5, n_posts=4, units=(2, 0))
    model = naive.Model(problem)
    post = np.array(min(naive.plans(problem), key=model.objective))
    prices = allocation.unit_prices(problem, post)
    for station in (0, 1):
        larger = allocation.one_more(problem, "response", station)
        gain = model.objective(post) - naive.best_plan(larger)
        found = row(prices, "response", station, -1)
        assert 0.5 * gain < found["gain_weighted"] <= gain + 1e-9


def test_no_price_where_a_quota_has_its_most():
    problem = make_town(1, units=(3, 0))
    everywhere = np.ones(problem.n_posts, dtype=bool)
    quota = Quota(name="most", units=np.ones(3, bool), posts=everywhere, most=3)
    problem = dataclasses.replace(problem, quotas=(quota,))
    prices = allocation.unit_prices(problem, np.array([0, 1, 0]))
    assert (prices["best_post"] == -1).all()
    assert (prices["gain_weighted"] == 0).all()
    only = dataclasses.replace(quota, most=4, hours=True)  # two hours at posts too many
    problem = dataclasses.replace(problem, quotas=(dataclasses.replace(only, most=7),))
    prices = allocation.unit_prices(problem, np.array([0, 1, 0]))
    assert (prices["best_post"] < 0).tolist() == (prices["period"] == -1).tolist()


@pytest.mark.parametrize("bordered", [False, True])
def test_a_loss_is_that_of_the_unit_that_is_missed_least(bordered):
    problem = make_town(1, size=5, n_posts=4, units=(4, 2), bordered=bordered)
    post = np.array([0, 1, 2, 1, 0, 1])
    own = naive.Model(problem)
    before = own.objective(post)
    losses = allocation.unit_losses(problem, post)
    assert set(losses["breaks"]) == {""}
    for (kind, station), found in losses.query("period == -1").groupby(
        ["kind", "station"]
    ):
        cost = []
        for u in range(6):
            if (problem.supply.kind[u], problem.supply.station[u]) == (kind, station):
                model = naive.Model(slow.dismissed(problem, u))
                model.curve = own.curve
                cost.append((model.objective(post) - before, u))
        assert found["loss_weighted"].item() == pytest.approx(min(cost)[0], abs=1e-9)
        assert found["unit"].item() == min(cost)[1]


def test_hours_at_a_fixed_post_add_up_to_the_shift():
    problem = make_town(6, units=(1, 0), n_posts=5, deadhead=0.0)
    losses = allocation.unit_losses(problem, np.array([0])).set_index("period")
    hours = losses["loss_weighted"].drop(-1)
    assert hours.sum() == pytest.approx(losses["loss_weighted"][-1])
    assert losses["loss_weighted"][-1] > 0


def test_a_loss_names_the_minimum_cover_that_it_breaks():
    problem = make_town(1, units=(2, 0))
    quota = Quota(
        name="minimum cover of the first post",
        units=np.ones(2, bool),
        posts=np.arange(problem.n_posts) == 0,
        least=1,
    )
    problem = dataclasses.replace(problem, quotas=(quota,))
    losses = allocation.unit_losses(problem, np.array([0, 1]))
    named = losses.set_index(["station", "period"])["breaks"]
    assert named[0, -1] == "minimum cover of the first post"
    assert named[1, -1] == ""


def test_the_longest_travel_is_part_of_the_price():
    problem = make_town(1, size=5, n_posts=4, units=(2, 0))
    limit = np.full(problem.n_hexes, 5.0)
    longest = allocation.LongestTravel(limit_min=limit, price=3.0)
    problem = dataclasses.replace(problem, longest=longest)
    post = np.array([0, 0])
    gain, best = slow.best_gain(problem, post, "response", 1)
    found = row(allocation.unit_prices(problem, post), "response", 1, -1)
    assert found["gain_weighted"] == pytest.approx(gain, abs=1e-9)
    assert found["best_post"] == best


def test_what_is_unknown_is_refused():
    problem, post = make_town(), np.array([0, 1, 0, 1])
    with pytest.raises(DataError, match="kind 'dog' is unknown; there are pcso, resp"):
        allocation.unit_prices(problem, post, ("dog",))
    with pytest.raises(DataError, match="station 2 is unknown; there are 0 to 1"):
        allocation.one_more(problem, "pcso", 2)
    with pytest.raises(DataError, match="period 2 is unknown; there are 0 to 1, and"):
        allocation.one_more(problem, "pcso", 1, 2)
    for priced in (allocation.unit_prices, allocation.unit_losses):
        with pytest.raises(DataError, match="the plan has shape"):
            priced(problem, np.array([0, 1, 0]))


def test_a_new_unit_does_not_use_up_the_moves():
    problem = make_town(units=(3, 1), current=np.array([0, 1, 0, 1]), most_moves=1)
    larger = allocation.one_more(problem, "response", 1)
    assert larger.most_moves == 2
    assert larger.current.tolist() == [0, 1, 0, 1, 1]
