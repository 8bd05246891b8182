import dataclasses

import numpy as np
import pytest

from geoalloc import allocation
from geoalloc.errors import DataError
from tests import naive_allocation as naive
from tests.lattice_town import make_town


@pytest.fixture(params=["borderless", "bordered", "kinds that share no work"])
def problem(request):
    town = make_town(1, units=(4, 2), bordered=request.param == "bordered")
    if request.param != "kinds that share no work":
        return town
    alone = dataclasses.replace(town.classes[1], kinds=("pcso",))
    return dataclasses.replace(town, classes=(town.classes[0], alone))


def some_post(problem):
    """Each unit at the farthest post that its station reaches."""
    reach = np.where(np.isfinite(problem.station_min), problem.station_min, -1)
    return reach.argmax(axis=1)[problem.supply.station]


def test_value_is_that_of_the_definition(problem):
    for post in (some_post(problem), problem.station_post[problem.supply.station]):
        value, model = allocation.evaluate(problem, post), naive.Model(problem)
        np.testing.assert_allclose(value.unmet, model.late(post), atol=1e-12)
        assert value.objective == pytest.approx(model.objective(post))


def test_unmet_is_incidents_times_the_chance_that_none_is_free(problem):
    value = allocation.evaluate(problem, some_post(problem))
    for c, service in enumerate(problem.classes):
        expected = (service.arrivals * value.none_free[c]).sum(axis=0)
        np.testing.assert_allclose(value.unmet[c], expected)


def test_hex_that_nobody_reaches_is_surely_late():
    problem = make_town(0, units=(1, 0))
    value = allocation.evaluate(problem, np.array([0]))
    model = naive.Model(problem)
    out = [h for h in model.hexes if not model.reaches(0, 0, 0, h)]
    assert out
    assert (value.none_free[0][:, out] == 1.0).all()


def test_one_more_unit_never_makes_it_worse(problem):
    supply = problem.supply
    more = dataclasses.replace(
        problem,
        supply=allocation.Supply(
            kind=(*supply.kind, "response"), station=np.append(supply.station, 0)
        ),
    )
    post = some_post(problem)
    fewer = allocation.evaluate(problem, post).unmet
    assert (allocation.evaluate(more, np.append(post, 0)).unmet <= fewer + 1e-12).all()


@pytest.mark.parametrize(
    ("post", "message"),
    [
        ([0, 1], r"shape \(2,\), needs \(4,\)"),
        ([0, 1, 0, 7], "unit 3 is posted to 7; posts are 0 to 6"),
    ],
)
def test_plan_that_is_none_is_refused(post, message):
    with pytest.raises(DataError, match=message):
        allocation.evaluate(make_town(), np.array(post))


def test_post_out_of_reach_of_the_station_is_refused():
    problem = make_town(1)
    station, post = np.argwhere(np.isinf(problem.station_min))[0]
    plan = problem.station_post[problem.supply.station].copy()
    plan[int(station)] = post
    with pytest.raises(DataError, match="out of reach of its station"):
        allocation.evaluate(problem, plan)
