"""Hours of investigators as figures: those of the plan that shares them out."""

import numpy as np
import pytest

from geoalloc import pipeline, scenario
from geoalloc.errors import ScenarioError
from geoalloc.pipeline import ground, stages
from geoalloc.pipeline.casework_figures import casework_figures
from tests.pipeline.test_investigating import TEAMS, scenario_file


@pytest.fixture(scope="module", params=["borderless", "bordered"])
def given(request, town_file, tmp_path_factory):
    text = TEAMS.replace("borderless", request.param)
    return scenario.read(scenario_file(town_file, tmp_path_factory.mktemp("c"), text))


def test_figures_are_those_of_the_hours_shared_out(given):
    run = pipeline.share_casework(given)
    found = casework_figures(given).set_index(["measure", "group"])["value"]
    work = run.plan.work
    assert found["investigation_h", "all"] == pytest.approx(run.record["asked_h"])
    short = found["investigation_unserved_h", "all"]
    assert short == pytest.approx(run.record["unserved_h"])
    share = 1 - run.record["unserved_h"] / run.record["asked_h"]
    assert found["investigation_served_share", "all"] == pytest.approx(share)
    for pip in work["pip"].unique():
        own = work[work["pip"] == pip]
        assert found["investigation_h", f"PIP {pip}"] == pytest.approx(
            own["hours"].sum()
        )
        assert found["investigation_unserved_h", f"PIP {pip}"] == pytest.approx(
            own["unserved_h"].sum()
        )
    away = run.record["travel_h"] + run.record["handover_h"]
    assert found["investigation_travel_h", "all"] == pytest.approx(away)


def test_inputs_that_were_read_before_give_the_same(given):
    on = ground.read(given, stages.Clock(stages.silent))
    first, again = casework_figures(given), casework_figures(given, on)
    np.testing.assert_array_equal(first["value"], again["value"])


def test_a_scenario_without_teams_has_no_figure(town_file, tmp_path):
    plain = scenario.read(scenario_file(town_file, tmp_path, ""))
    found = casework_figures(plain)
    assert list(found.columns) == ["measure", "group", "value"]
    assert found.empty


def test_a_team_of_no_district_is_refused(town_file, tmp_path):
    text = TEAMS.replace('district = "West"', 'district = "Moon"', 1)
    wrong = scenario.read(scenario_file(town_file, tmp_path, text))
    with pytest.raises(ScenarioError, match="names the district 'Moon'"):
        casework_figures(wrong)
