import dataclasses

import pytest
from pydantic import ValidationError

from geoalloc.allocation import (
    CaseworkProblem,
    CaseworkTerms,
    InvestigationTeam,
    PatrolRules,
)
from geoalloc.scenario.casework import Team, Teams
from geoalloc.scenario.patrol import Patrol


def test_defaults_of_patrol_are_those_of_its_rules():
    table, rules = Patrol(), PatrolRules()
    shared = {f.name for f in dataclasses.fields(rules)} & set(Patrol.model_fields)
    assert len(shared) == 8
    for name in shared:
        value = getattr(table, name)
        assert (tuple(value) if isinstance(value, list) else value) == getattr(
            rules, name
        )


def test_a_team_of_a_scenario_is_one_of_the_allocation():
    team = Team(name="CID", district="Bristol", hours=400.0, pip=2, most_cases=60.0)
    given = team.model_dump() | {"specialisms": tuple(team.specialisms)}
    assert InvestigationTeam(**given).pip == 2
    table = Teams()
    terms = CaseworkTerms(
        specialisms=table.specialisms, may_move=table.may_move, handover_h=4.0
    )
    assert terms.handover_h == table.handover_h
    default = CaseworkProblem.__dataclass_fields__["hours_per_trip"].default
    assert table.hours_per_trip == default


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        (Patrol, {"busy_below": 1.5}),
        (Patrol, {"kinds": ["horse"]}),
        (Patrol, {"dwell": 15}),
        (Team, {"name": "A", "district": "B", "hours": -1.0, "pip": 1}),
        (Team, {"name": "A", "district": "B", "hours": 1.0, "pip": 4}),
        (Teams, {"weights": {"4": 1.0}}),
    ],
)
def test_what_makes_no_sense_is_refused(table, wrong):
    with pytest.raises(ValidationError):
        table(**wrong)
