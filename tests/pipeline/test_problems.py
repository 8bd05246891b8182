"""The objective "harm", from a scenario to the problem."""

import numpy as np
import pytest

from geoalloc import scenario
from geoalloc.errors import ScenarioError
from geoalloc.pipeline import ground, judging, stages
from tests.conftest import toy_text


def ahead(town_file, folder, *, severe=True, objective="harm"):
    text = toy_text(town_file)
    if severe:
        text = text.replace(
            "[demand.categories.robbery]", "[demand.categories.robbery]\nharm = 90.0"
        ).replace(
            "[demand.categories.burglary]", "[demand.categories.burglary]\nharm = 10.0"
        )
    given = text.replace("[allocation]", f'[allocation]\nobjective = "{objective}"')
    path = folder / "toy.toml"
    path.write_text(given, encoding="utf-8")
    read = scenario.read(path)
    clock = stages.Clock(stages.silent)
    on = ground.read(read, clock)
    return read, ground.foresee(read, on, clock)


def test_severity_is_that_of_the_demand_and_the_weight_stays(town_file, tmp_path):
    _, by_harm = ahead(town_file, tmp_path)
    _, plain = ahead(town_file, tmp_path, objective="incidents")
    for found, usual in zip(
        by_harm.problem.classes, plain.problem.classes, strict=True
    ):
        assert found.weight == usual.weight
        assert usual.severity is None
        np.testing.assert_array_equal(found.arrivals, usual.arrivals)
    first = by_harm.problem.classes[0]
    expected = by_harm.foreseen.demand.severity(0)
    np.testing.assert_array_equal(first.severity, expected)
    assert np.ptp(first.severity[first.arrivals > 0]) > 0.1


def test_a_plan_by_harm_is_judged_by_late_calls(town_file, tmp_path):
    """Whatever it is planned by, what is simulated are calls by their weight."""
    read, found = ahead(town_file, tmp_path)
    way = judging.way(read, found)
    tonight = judging.tonight(way, found.problem)
    weight = np.array([c.weight for c in found.problem.classes])
    late = (tonight.outcome.late @ weight).mean()
    scores = tonight.outcome.scores.set_index(["measure", "group"])["simulated"]
    assert scores["unmet", "all"] == pytest.approx(late)


def test_harm_without_any_severity_is_refused(town_file, tmp_path):
    with pytest.raises(ScenarioError, match="no category that is expected has a sev"):
        ahead(town_file, tmp_path, severe=False)


@pytest.mark.parametrize(("crew", "sent"), [(1, 2), (2, 1)])
def test_each_unit_of_a_call_stays_as_long_as_the_call_takes(
    town_file, tmp_path, crew, sent
):
    """Of calls that need two officers: the work is shared out between who goes."""
    text = toy_text(town_file).replace(
        "[demand.categories.robbery]", "[demand.categories.robbery]\nofficers = 2"
    )
    path = tmp_path / "toy.toml"
    path.write_text(text, encoding="utf-8")
    values = scenario.read(path).resolved()
    for group in values["units"]:
        group["officers"] = crew
    read = scenario.parse(values)
    clock = stages.Clock(stages.silent)
    found = ground.foresee(read, ground.read(read, clock), clock)
    two = [c for c in found.problem.classes if c.name == "immediate x2"]
    assert len(two) == 1
    hours = two[0].load.sum() / two[0].arrivals.sum()
    assert two[0].on_scene_min * sent == pytest.approx(60 * hours)
    lost = hours * 60 / (50 * sent)  # 50 minutes, and hours lost to what police find
    assert 1.0 <= lost < 1.2
