"""The library of scenarios: each asks, expects, and can be planned."""

import collections
import re

import numpy as np
import pytest

from geoalloc import boundaries, scenario, travel
from geoalloc.pipeline import ground, judging, stages
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "scenarios"
BASE = FOLDER / "friday-late.toml"
FILES = sorted(FOLDER.rglob("*.toml"))
LIBRARY = sorted((FOLDER / "library").glob("*.toml"))
NAMES = {path: path.relative_to(FOLDER).as_posix() for path in FILES}


@pytest.fixture(scope="module")
def base():
    return scenario.read(BASE)


@pytest.fixture(scope="module")
def every():
    return scenario.read_all(FILES)


def table():
    """Rows of the tables of the README: file, question, expected reading."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \| (.*) \|$", text, re.MULTILINE)
    return {name: (question, expected) for name, question, expected in rows}


def test_there_are_thirty_scenarios_and_more(every):
    names = [one.scenario.name for one in every]
    assert len(names) == len(set(names)) >= 30


def test_every_scenario_asks_something_and_expects_something(every, base):
    for one in every:
        assert "?" in one.scenario.question
        assert len(one.scenario.expected) > 30, one.scenario.name
        if one.file.name != BASE.name:
            assert one.scenario.question != base.question


def test_no_two_ask_or_expect_the_same(every):
    questions = collections.Counter(one.scenario.question for one in every)
    assert questions.most_common(1)[0][1] == 1


def test_the_readme_tells_what_the_files_say(every):
    told = table()
    assert set(told) == set(NAMES.values())
    for one in every:
        question, expected = told[NAMES[one.file]]
        assert one.scenario.question.startswith(question.rstrip("?"))
        assert " ".join(one.scenario.expected.split()) == expected


def test_a_file_is_named_as_its_scenario(every):
    for one in every:
        assert one.scenario.name.startswith(one.file.stem)


def test_levers_of_one_per_cent_are_named_and_at_least_eight(every):
    levers = {one.scenario.lever for one in every if one.scenario.lever}
    assert len(levers) >= 8
    for one in every:
        assert bool(one.scenario.lever) == one.file.stem.startswith("one-per-cent")


def test_every_variant_differs_from_its_base(every, base):
    for one in every:
        if one.file not in (BASE, FOLDER / "avon-and-somerset-real.toml"):
            assert scenario.differences(one.scenario, base), one.scenario.name


def test_the_library_can_be_laid_over_recorded_incidents():
    real = FOLDER / "avon-and-somerset-real.toml"
    found = scenario.read_all(LIBRARY, onto=real)
    assert {one.scenario.incidents.source for one in found} == {"data.police.uk"}
    own = [one.scenario.as_of for one in found]
    assert set(own) == {scenario.read(real).as_of}


def test_fifty_officers_fewer_are_fifty_fewer(every, base):
    def officers(given):
        return sum(u.count * u.officers for u in given.units if u.kind == "response")

    by_name = {one.scenario.name: one.scenario for one in every}
    assert officers(base) - officers(by_name["fifty-fewer-officers"]) == 50
    assert officers(by_name["single-crewed"]) == officers(base)
    assert officers(by_name["one-per-cent-units"]) == officers(base) + 2


def test_two_single_officers_do_the_work_of_the_pairs_that_they_replace(every, base):
    """Of calls that need two, the officer-minutes are those of the base."""
    alone = next(one.scenario for one in every if one.scenario.name == "single-crewed")
    crew = 2
    for name, now in alone.demand.categories.items():
        before = base.demand.categories[name]
        work = before.units * before.on_scene_min
        if now.officers == 2:
            assert now.on_scene_min * 2 == pytest.approx(work * crew)
        else:
            assert now.officers == 1
            assert now.on_scene_min == pytest.approx(work)


def test_prices_have_a_source(base):
    assert base.costs.officer_hour == {"response": 36.51, "pcso": 28.90}
    assert "Home Office" in base.costs.source


def test_the_flood_leaves_every_station_dry(every):
    """A drawing by hand: it cuts villages off, and no station."""
    closed = next(
        one.scenario for one in every if one.scenario.name == "flood-on-the-levels"
    ).travel.closures
    shape = travel.read_closed(closed[0].path)
    area = boundaries.read(FOLDER.parent / "boundaries" / "avon-and-somerset.geojson")
    assert not area.stations.intersects(shape).any()
    assert area.outline.contains(shape)


PLANNED = (
    "flood-on-the-levels",
    "staple-hill-into-patchway",
    "harm-weighted",
    "pcsos-cut",
    "festival-at-pilton-with-aid",
    "winter-three-years-ahead",
    "equity-cap",
    "single-crewed",
)


def coarse(given):
    """The scenario on few and large hexes, with few incidents and no breaks."""
    values = given.resolved()
    values["area"]["resolution"] = 7
    values["shift"]["hours"] = 3
    values["incidents"] |= {"months": 3, "rows_per_month": 1000}
    values["demand"]["forecaster"] = "naive"
    values["allocation"] |= {
        "patrol_resolution": 6,
        "patrol_demand_share": 0.5,
        "load_factor": 0.8,
        "cut_rounds": 1,
        "node_limit": 0,
        # Larger hexes take longer to cross, which a cap of the fine ones forbids.
        "unmet_caps": [c | {"share": 0.2} for c in values["allocation"]["unmet_caps"]],
    }
    values["simulation"]["shifts"] = 20
    values["duty"] = {}
    return scenario.parse(values)


@pytest.fixture(scope="module")
def shared(base):
    return ground.read(coarse(base), stages.Clock(stages.silent))


@pytest.mark.parametrize("name", PLANNED)
def test_a_coarse_version_is_planned_and_simulated(every, shared, name):
    given = coarse(next(o.scenario for o in every if o.scenario.name == name))
    ahead = ground.foresee(given, shared, stages.Clock(stages.silent))
    tonight = judging.tonight(judging.way(given, ahead), ahead.problem)
    scores = tonight.outcome.scores.set_index(["measure", "group"])["simulated"]
    assert 0 <= scores["late_share", "immediate"] < 0.7
    assert np.isfinite(tonight.value.weighted_unmet)
