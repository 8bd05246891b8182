import dataclasses

import numpy as np
import pandas as pd
import pytest

from geoalloc import boundaries, gazetteer, hexes, scenario
from geoalloc.errors import ScenarioError
from geoalloc.pipeline import force, rules


@pytest.fixture(scope="module")
def toy(toy_scenario):
    return scenario.read(toy_scenario)


@pytest.fixture(scope="module")
def area(toy):
    return boundaries.read(toy.area.boundary)


@pytest.fixture(scope="module")
def grid(toy, area):
    return hexes.cover(area.outline, toy.area.resolution)


@pytest.fixture(scope="module")
def posts():
    return pd.DataFrame(
        {
            "name": [
                "Westford police station",
                "Easton police station",
                "Patrol area: Westford market",
            ],
            "position": [0, 5, 9],
        }
    )


@pytest.fixture(scope="module")
def at(toy, area, grid, posts):
    labels = gazetteer.label(grid, area, urban_population=toy.area.urban_population)
    return rules.places(toy, grid, area, labels, posts)


@pytest.fixture(scope="module")
def tonight(toy, area):
    return force.tonight(toy, area)


def changed(toy, **keys):
    values = toy.resolved()
    values["allocation"] |= keys
    return scenario.parse(values)


def test_people_are_those_of_the_places(area, at):
    assert at.people.sum() == pytest.approx(area.places["population"].sum())


def test_rules_become_quotas_with_their_units_and_posts(toy, tonight, at):
    beat = at.groups["beat"][0]
    wanted = changed(
        toy,
        minimum_cover={"East": 1},
        visible_presence={str(beat): 2},
        quotas=[
            {"kind": "response", "by": "setting", "group": "rural", "most": 4},
            {"by": "district", "group": "West", "least": 6, "hours": True},
        ],
    )
    cover, presence, ceiling, floor = rules.quotas(wanted, tonight, at)
    kind = tonight.units["kind"].to_numpy()
    district = at.groups["district"][at.posts["position"].to_numpy()]
    assert (cover.least, cover.hours) == (1, False)
    assert cover.posts.tolist() == (district == "East").tolist()
    assert cover.units.tolist() == (kind == "response").tolist()
    assert presence.name == f"visible presence in {beat}"
    assert presence.units.tolist() == (kind == "pcso").tolist()
    assert presence.hours
    assert (ceiling.least, ceiling.most) == (0, 4)
    assert floor.name == "quota of response hours in West"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("minimum_cover", {"Nowhere": 1}, "'Nowhere', which is no district; there are"),
        ("visible_presence", {"Nowhere": 1}, "'Nowhere', which is no beat"),
        ("quotas", [{"kind": "dragoon", "group": "East"}], "the kind 'dragoon'"),
        ("excluded_posts", {"dragoon": []}, "excluded_posts names the kind 'dragoon'"),
        (
            "excluded_posts",
            {"pcso": ["Westfort police station"]},
            "'Westfort police station', which is no post; near it are 'Westford pol",
        ),
        ("locked", {"R-WES-99": "Westford"}, "the unit 'R-WES-99', which is not on"),
        ("locked", {"R-WES-01": "Moon"}, "allocation.locked for R-WES-01 names 'Moon'"),
        ("most_moves", 3, "most_moves needs to know where the units are"),
    ],
)
def test_rules_that_name_what_is_not_there_are_refused(
    toy, tonight, at, key, value, message
):
    wanted = changed(toy, **{key: value})
    made = {
        "minimum_cover": rules.quotas,
        "visible_presence": rules.quotas,
        "quotas": rules.quotas,
        "excluded_posts": lambda wanted, _, at: rules.excluded(wanted, at),
        "locked": rules.locked,
        "most_moves": rules.current,
    }
    with pytest.raises(ScenarioError, match=message):
        made[key](wanted, tonight, at)


def test_posts_may_be_named_in_short(toy, tonight, at):
    wanted = changed(
        toy,
        locked={"R-WES-01": "Easton", "R-WES-02": "Westford market"},
        excluded_posts={"pcso": ["Patrol area: Westford market"]},
    )
    assert rules.locked(wanted, tonight, at) == {0: 1, 1: 2}
    assert rules.excluded(wanted, at)["pcso"].tolist() == [2]


def test_locks_of_roster_and_scenario_must_agree(toy, tonight, at):
    locked = tonight.locked.copy()
    locked[0] = True
    post = ("Westford", *tonight.post[1:])
    of_roster = dataclasses.replace(tonight, locked=locked, post=post)
    assert rules.locked(toy, of_roster, at) == {0: 0}
    with pytest.raises(ScenarioError, match="R-WES-01 is locked at 'Easton' by the sc"):
        rules.locked(changed(toy, locked={"R-WES-01": "Easton"}), of_roster, at)


def test_units_are_where_the_roster_says_else_at_their_stations(toy, tonight, at):
    assert rules.current(toy, tonight, at) is None
    post = ("Westford market", *tonight.post[1:])
    found = rules.current(toy, dataclasses.replace(tonight, post=post), at)
    assert found.tolist() == [2, 0, 0, 1, 1, 0]


def test_longest_travel_holds_where_people_live(toy, at):
    assert rules.longest(toy, at) is None
    limits = {"urban_min": 20.0, "rural_min": 30.0, "least_people": 3.0}
    found = rules.longest(changed(toy, longest_travel=limits), at)
    inhabited = at.people >= 3.0
    assert np.isinf(found.limit_min[~inhabited]).all()
    assert set(found.limit_min[inhabited & at.urban]) <= {20.0}
    assert set(found.limit_min[inhabited & ~at.urban]) <= {30.0}


def test_caps_take_their_hexes(toy, at):
    (cap,) = rules.caps(
        changed(toy, unmet_caps=[{"by": "setting", "group": "rural", "share": 0.2}]), at
    )
    assert cap.hexes.tolist() == (~at.urban).tolist()
    assert cap.share == 0.2
