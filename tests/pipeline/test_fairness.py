import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from geoalloc import scenario
from geoalloc.pipeline import fairness, ground, judging, stages
from geoalloc.schemas import GRADES
from tests import naive_equity as naive


@pytest.fixture(scope="module")
def toy(toy_scenario):
    return scenario.read(toy_scenario)


@pytest.fixture(scope="module")
def made(toy):
    """What the toy stands on, what is ahead, and its plan."""
    clock = stages.Clock(stages.silent)
    on = ground.read(toy, clock)
    ahead = ground.foresee(toy, on, clock)
    problem, way, _ = judging.calibrated(judging.way(toy, ahead), ahead.problem)
    return on, ahead, judging.tonight(way, problem)


STRICT = {"urban_min": 4.0, "rural_min": 6.0, "call_handling_min": 0.5}


@pytest.fixture(scope="module")
def strict(made):
    """The same plan under standards that many calls are beyond."""
    on, ahead, one = made
    standard = np.where(on.labels["urban"], STRICT["urban_min"], STRICT["rural_min"])
    limit = standard - STRICT["call_handling_min"]
    classes = [dataclasses.replace(c, limit_min=limit) for c in one.problem.classes]
    problem = dataclasses.replace(one.problem, classes=tuple(classes))
    return on, ahead, dataclasses.replace(one, problem=problem)


@pytest.fixture(scope="module")
def resting(strict):
    """The same, but in its second hour the first unit and the last are at no post."""
    on, ahead, one = strict
    table = one.table.copy()
    table[[0, -1], 1] = -1
    return on, ahead, dataclasses.replace(one, table=table, shift=None)


@pytest.fixture(scope="module")
def visits(made):
    on = made[0]
    at = [0, len(on.grid) // 2]
    return pd.DataFrame(
        {
            "unit_id": ["P1", "P1"],
            "grid_ref": on.labels["grid_ref"].iloc[at].tolist(),
            "expected_min": [15.0, 9.5],
        }
    )


def hexes_of(on, ahead, one, visits):
    """What the slow twin sums: figures of each hex, by loops."""
    names = ("incidents", "covered", "exposure_min", "visible_h")
    people = ahead.setting.places.people
    found = [{"people": float(n)} | dict.fromkeys(names, 0.0) for n in people]
    add_calls(found, one)
    add_exposure(found, ahead, one)
    labels = on.labels["grid_ref"].tolist()
    for visit in visits.itertuples():
        found[labels.index(visit.grid_ref)]["exposure_min"] += visit.expected_min
    return found


def add_calls(found, one):
    problem, widest = one.problem, {}
    for k, service in enumerate(problem.classes):
        able = int(problem.unit_serves[:, k].sum())
        if able >= widest.get(service.grade, (0, 0))[0]:
            widest[service.grade] = (able, k)
    dense = problem.travel_min.toarray()
    dense[dense == 0] = np.inf  # not stored: out of reach
    for service in problem.classes:
        k = widest[service.grade][1]
        for t, i in np.ndindex(problem.n_periods, problem.n_hexes):
            calls = float(service.arrivals[t, i])
            found[i]["incidents"] += calls
            if first_min(problem, dense, one.table[:, t], k, i) <= limit(problem, k, i):
                found[i]["covered"] += calls


def first_min(problem, dense, stands, k, i):
    able = [u for u in np.flatnonzero(problem.unit_serves[:, k]) if stands[u] >= 0]
    each = [dense[stands[u], i] / problem.unit_speed[u, k] for u in able]
    return min(each, default=np.inf)


def limit(problem, k, i):
    return min(problem.classes[k].cap_min, problem.classes[k].limit_min[i])


def add_exposure(found, ahead, one):
    minutes = ahead.setting.force.duty_min
    for u, unit in enumerate(ahead.setting.units.itertuples()):
        for t in np.flatnonzero(one.activity[u] == "post"):
            at = found[one.problem.post_hex[one.table[u, t]]]
            at["exposure_min"] += minutes[u, t]
            if unit.kind == "pcso":
                at["visible_h"] += unit.officers * minutes[u, t] / 60


@pytest.mark.parametrize("standard", ["made", "resting"])
def test_each_group_is_told_as_plain_loops_tell_it(toy, standard, visits, request):
    on, ahead, one = request.getfixturevalue(standard)
    found = fairness.groups(toy, on, ahead, one, visits)
    hexes = hexes_of(on, ahead, one, visits)
    labels = ahead.setting.places.groups
    assert found["grouping"].unique().tolist() == ["district", "setting"]
    assert len(found) == 4 * len(fairness.MEASURES)
    for (grouping, group), mine in found.groupby(["grouping", "group"]):
        expected = naive.figures(hexes, labels[grouping] == group)
        assert mine["measure"].tolist() == list(expected)
        np.testing.assert_allclose(
            mine["value"], list(expected.values()), rtol=1e-9, equal_nan=True
        )
    covered = found[found["measure"] == "covered_share"]["value"]
    assert standard == "made" or covered.min() < 0.9 * covered.max()


def test_every_grouping_holds_each_hex_once(toy, made, visits):
    found = fairness.groups(toy, *made, visits)
    whole = found.pivot_table(
        index="grouping", columns="measure", values="value", aggfunc="sum"
    )
    for name in ("people", "hexes", "incidents", "visible_h"):
        assert np.ptp(whole[name]) < 1e-6


def test_visits_add_to_the_exposure_and_to_nothing_else(toy, made, visits):
    with_, without = (
        fairness.groups(toy, *made, v).set_index(["grouping", "group", "measure"])
        for v in (visits, None)
    )
    changed = with_["value"] - without["value"]
    added = {"patrol_min_per_1000_people", "patrol_min_per_incident"}
    moved = changed[changed.abs() > 1e-12].index.get_level_values("measure")
    assert set(moved) == added


def test_a_kind_that_answers_immediate_calls_is_not_counted_as_visible(toy, made):
    on, ahead, one = made
    as_response = ahead.setting.force.units.assign(kind="response")
    force = dataclasses.replace(ahead.setting.force, units=as_response)
    setting = dataclasses.replace(ahead.setting, force=force)
    ahead = dataclasses.replace(ahead, setting=setting)
    found = fairness.groups(toy, on, ahead, one, None)
    assert (found[found["measure"] == "visible_h"]["value"] == 0).all()


def test_a_group_of_nobody_has_no_figure_per_head(toy, made):
    on, ahead, one = made
    nobody = np.where(ahead.setting.places.urban, 0.0, 1.0)
    places = dataclasses.replace(ahead.setting.places, people=nobody)
    setting = dataclasses.replace(ahead.setting, places=places)
    ahead = dataclasses.replace(ahead, setting=setting)
    found = fairness.groups(toy, on, ahead, one, None)
    value = found.set_index(["group", "measure"])["value"]
    assert np.isnan(value["urban", "per_1000_people"])
    assert value["rural", "per_1000_people"] > 0


def test_the_record_holds_the_same_and_is_ready_for_json(toy, made, visits):
    told = fairness.record(toy, *made, visits)
    frame = fairness.groups(toy, *made, visits)
    rows = pd.DataFrame(told["groups"])
    assert rows["measure"].tolist() == frame["measure"].tolist()
    np.testing.assert_allclose(
        rows["value"].astype("float64"), frame["value"], rtol=1e-6
    )
    assert "stand-in" in told["population"]
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_people_of_a_table_are_called_by_their_source():
    told = fairness.population({"people": {"source": "Census 2021"}})
    assert told.startswith("Residents: Census 2021")


def test_a_run_tells_what_its_plan_told(toy, strict, toy_run):
    on, ahead, one = strict
    without = {k: v for k, v in toy_run.record.items() if k != "fairness"}
    without["scenario"] = without["scenario"] | {
        "grades": dict.fromkeys(GRADES, STRICT)
    }
    plain = dataclasses.replace(toy_run, record=without)
    found = fairness.of_run(plain).set_index(["grouping", "group", "measure"])
    expected = fairness.groups(toy, on, ahead, one, toy_run.visits)
    expected = expected.set_index(["grouping", "group", "measure"])
    per_head = ("people", "per_1000_people", "patrol_min_per_1000_people")
    for key, value in expected["value"].items():
        if key[2] in per_head:
            assert np.isnan(found["value"][key])
        else:
            assert found["value"][key] == pytest.approx(value, rel=1e-6)
    assert fairness.population_of(plain) == ""
    told = fairness.record(toy, on, ahead, one, None)
    kept = dataclasses.replace(toy_run, record=without | {"fairness": told})
    again = fairness.of_run(kept)
    assert again["measure"].tolist() == expected.reset_index()["measure"].tolist()
    assert again["value"].dtype == "float64"
