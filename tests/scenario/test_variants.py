"""Changes: what a variant edits of the scenario that it extends."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoalloc import scenario
from geoalloc.errors import ScenarioError
from geoalloc.scenario.origins import Origin, copied, plain, planted
from geoalloc.scenario.variants import Change, apply, shared
from tests import naive_variants


@pytest.fixture
def toy(toy_scenario):
    return scenario.read(toy_scenario)


def test_a_variant_that_changes_nothing_is_its_base(variant, toy):
    path = variant(
        '[[changes]]\nkey = "units[*].count"\ntimes = 1\n'
        '[[changes]]\nkey = "units[*].count"\ntotal_plus = 0\n'
        '[[changes]]\nkey = "grades.*.weight"\nplus = 0.0\n'
    )
    found = scenario.read(path).resolved()
    assert found.pop("name") == "variant"
    base = toy.resolved()
    base.pop("name")
    assert found == base
    assert scenario.differences(toy, scenario.read(path)) == []


@pytest.mark.parametrize(
    ("key", "edit", "get", "value"),
    [
        ("travel.detour", "set = 1.5", lambda s: s.travel.detour, 1.5),
        ("duty.reposts", "set = 7", lambda s: s.duty.reposts, 7),
        ("travel.urban_kmh", "times = 1.1", lambda s: s.travel.urban_kmh, 33.0),
        (
            "demand.categories.*.on_scene_min",
            "times = 0.99",
            lambda s: {r.on_scene_min for r in s.demand.categories.values()},
            {49.5},
        ),
        (
            "grades.*.speed_factor",
            "times = 1.01",
            lambda s: [g.speed_factor for _, g in s.grades],
            [1.212, 1.01, 1.01],
        ),
        ("units[kind=response].count", "plus = 2", lambda s: counts(s), [5, 4, 1]),
        ("units[2].count", "times = 1.5", lambda s: counts(s), [3, 3, 1]),
        ("units[kind=pcso]", "drop = true", lambda s: counts(s), [3, 2]),
        ("units[station=Westford]", "drop = true", lambda s: counts(s), [2]),
        (
            "allocation.minimum_cover.East",
            "drop = true",
            lambda s: s.allocation.minimum_cover,
            {},
        ),
        (
            "allocation.minimum_cover.West",
            "add = 1",
            lambda s: s.allocation.minimum_cover,
            {"East": 1, "West": 1},
        ),
        ("units[kind=dog]", 'drop = "if-there"', lambda s: counts(s), [3, 2, 1]),
        (
            "units",
            'add = { kind = "response", station = "Easton", count = 4, officers = 1 }',
            lambda s: counts(s),
            [3, 2, 1, 4],
        ),
        (
            "demand.levers",  # which the base does not give
            'add = [{ kind = "growth", categories = ["burglary"], factor = 1.1 }]',
            lambda s: [lever.factor for lever in s.demand.levers],
            [1.1],
        ),
        (
            "hotspots.categories",
            'add = "robbery"',
            lambda s: s.hotspots.categories[-2:],
            ["vehicle-crime", "robbery"],
        ),
        (
            "units[3]",
            'set = { kind = "pcso", station = "Easton", count = 9, officers = 2 }',
            lambda s: (s.units[2].station, s.units[2].officers),
            ("Easton", 2),
        ),
        (
            "units[kind=response].count",
            "total_plus = -4",
            lambda s: counts(s),
            [1, 0, 1],
        ),
        (
            "patrol.hotspots",  # which begins directed patrol
            "set = 3",
            lambda s: s.patrol.hotspots,
            3,
        ),
        (
            "grades.*.weight",
            "total_plus = 1.35",
            lambda s: [g.weight for _, g in s.grades],
            [2.0, 0.6, 0.1],
        ),
    ],
)
def test_a_change_does_what_it_says(edited, key, edit, get, value):
    assert get(scenario.read(edited(key, edit))) == value


def counts(read):
    return [group.count for group in read.units]


def test_products_are_worked_out_as_they_are_written(edited):
    read = scenario.read(edited("travel.setting_off_min", "plus = 0.1"))
    assert read.travel.setting_off_min == 1.1
    read = scenario.read(edited("demand.categories.*.on_scene_min", "times = 0.7"))
    assert read.demand.categories["burglary"].on_scene_min == 35
    assert 50 * 1.1 != 55  # which is why


@given(
    values=st.lists(st.integers(0, 40), min_size=1, max_size=12),
    change=st.integers(-60, 60),
)
def test_a_sum_changes_by_just_as_much_and_in_proportion(values, change):
    root = planted(
        {"units": [{"kind": "pcso", "count": value} for value in values]}, Origin(), {}
    )
    edit = Change(
        key="units[*].count",
        way="total_plus",
        value=change,
        origin=Origin(),
        folder=Path(),
    )
    total = sum(values)
    if total + change < 0 or (total == 0 and change):
        with pytest.raises(ScenarioError, match="add up to"):
            apply(root, edit)
        return
    apply(root, edit)
    found = [unit["count"] for unit in plain(root)["units"]]
    assert sum(found) == total + change
    assert min(found) >= 0
    assert all(isinstance(one, int) for one in found)
    if total:
        assert found == naive_variants.largest_remainder(values, change)


def test_of_equal_remainders_the_first_in_the_file_gets_more():
    assert shared([Fraction(1, 2)] * 4) == [1, 1, 0, 0]
    assert shared([Fraction(-1, 2)] * 4) == [-1, -1, 0, 0]
    assert shared([Fraction(1, 4), Fraction(3, 4)]) == [0, 1]


def test_changes_are_made_in_order_and_a_file_above_extends_the_result(variant):
    below = variant(
        '[duty]\nreposts = 3\n[[changes]]\nkey = "duty.reposts"\ntimes = 2\n'
        '[[changes]]\nkey = "duty.reposts"\nplus = 1\n',
        name="below",
    )
    assert scenario.read(below).duty.reposts == 7
    above = variant(
        '[[changes]]\nkey = "duty.reposts"\nplus = 1\n',
        name="above",
        extends=below.as_posix(),
    )
    assert scenario.read(above).duty.reposts == 8
    laid = variant("[duty]\nreposts = 1\n", name="laid", extends=below.as_posix())
    assert scenario.read(laid).duty.reposts == 1


def test_paths_in_a_change_are_relative_to_the_file_that_says_them(variant, tmp_path):
    path = variant(
        '[[changes]]\nkey = "area.boundary"\nset = "other.geojson"\n'
        '[[changes]]\nkey = "groups"\n'
        'add = { name = "g", path = "g.gpkg", column = "x", table = "t.csv", '
        'key = "k" }\n'
        '[[changes]]\nkey = "travel.closures"\n'
        'add = { name = "c", path = "c.geojson", speed_share = 0.5 }\n'
    )
    read = scenario.read(path)
    assert read.area.boundary == (tmp_path / "other.geojson").as_posix()
    assert read.groups[0].path == (tmp_path / "g.gpkg").as_posix()
    assert read.groups[0].table == (tmp_path / "t.csv").as_posix()
    assert read.travel.closures[0].path == (tmp_path / "c.geojson").as_posix()


def test_expected_and_lever_are_of_the_file_that_says_them(variant):
    below = variant('expected = "more"\nlever = "speed"\n', name="below")
    above = variant("", name="above", extends=below.as_posix())
    assert scenario.read(below).lever == "speed"
    assert (scenario.read(above).expected, scenario.read(above).lever) == ("", "")


@pytest.mark.parametrize(
    ("key", "edit", "message"),
    [
        ("units[kind=respnse].count", "plus = 1", "none of kind=respnse; did you"),
        ("duty.repost", "set = 1", "unknown key duty.repost: did you mean reposts"),
        ("units.count", "plus = 1", "units is a list: say which"),
        ("units[1].station", "times = 2", "is 'Westford': only a number can be"),
        ("units[1].count", "times = nan", "times must be a finite number, got nan"),
        ("units[1].count", "plus = true", "plus must be a finite number, got True"),
        ("units[1].count", 'plus = "1"', "plus must be a finite number, got '1'"),
        ("travel.detour", "set = nan", "travel.detour is nan, which is no number"),
        (
            "units[1].count",
            "times = 0.99",
            "units.1.count is 3, and . 0.99 makes 2.97: it must stay whole, as only",
        ),
        ("units[*].count", "plus = 0.5", "plus 0.5 makes 3.5: it must stay whole"),
        ("units[*].count", "total_plus = 0.5", "total_plus must be whole, as the val"),
        ("units[*].count", "total_plus = -7", "add up to 6, which cannot change by -7"),
        ("patrol.hotspots", "plus = 1", "patrol is not given: give it"),
        ("demand.categories.*.on_scene_sd_min", "times = 2", "has no default: set it"),
        ("duty.reposts", "drop = true", "not given: there is nothing to drop"),
        ("units[kind=pcso]", "drop = false", 'drop must be true, or "if-there"'),
        ("unitts[kind=pcso]", 'drop = "if-there"', "unknown key unitts: did you mean"),
        ("travel.detour", "times = 1.7e308", "travel.detour would be too large a num"),
        ("travel", "add = { detour = 2 }", "it is a table already: name the new key"),
        ("travel.detour", "add = 2", "it is 1.3 already: set it instead"),
        ("travel.detour", 'set = "far"', "line 4: travel.detour must be number"),
        ("travel.detour", "set = 0.5", "line 4: travel.detour must be greater than"),
        ("units", "add = { kind = 'x' }", r"line 4: units\.4\.station is missing"),
        ("units[1].count", "plus = -4", "line 4: units.1.count must be greater than"),
        ("units[1].count", "", "changes.1 must say one of set, times, .*, got none"),
        ("units[1].count", "plus = 1\nset = 1", "changes.1 must .* got set and plus"),
        ("units[1].count", "pluss = 1", "unknown key changes.1.pluss: did you mean pl"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_by_name(edited, key, edit, message):
    with pytest.raises(ScenarioError, match=message) as error:
        scenario.read(edited(key, edit))
    assert str(error.value).startswith("variant.toml line 4: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("changes = 1\n", "variant.toml line 3: changes must be a list of tables"),
        ("[changes]\nkey = 1\n", "variant.toml line 3: changes must be a list"),
        ("[[changes]]\nplus = 1\n", "variant.toml line 3: changes.1 must have a key"),
        ("[travel]\ndetour = nan\n", "line 4: travel.detour is nan, which is no numb"),
        ("[demand.rhythms.a]\nhours = [nan]\n", "demand.rhythms.a.hours is nan"),
    ],
)
def test_what_is_no_change_is_refused(variant, text, message):
    with pytest.raises(ScenarioError, match=message):
        scenario.read(variant(text))


def test_a_copy_is_changed_alone():
    root = planted({"units": [{"kind": "pcso", "count": 1}]}, Origin(), {})
    other = copied(root)
    edit = Change(
        key="units[1].count", way="plus", value=1, origin=Origin(), folder=Path()
    )
    apply(other, edit)
    assert plain(root)["units"][0]["count"] == 1
    assert plain(other)["units"][0]["count"] == 2


def test_a_list_may_be_emptied_and_filled_again(variant):
    edit = "[[changes]]\nkey = '{}'\n{}\n"
    emptied = edit.format("units[*]", "drop = true")
    for key in ("units[kind=pcso].count", "units[1].count", "units.count"):
        with pytest.raises(ScenarioError, match=r"line 6: .* units is empty"):
            scenario.read(variant(emptied + edit.format(key, "plus = 1")))
    whole = 'add = { kind = "response", station = "Easton", count = 4, officers = 1 }'
    read = scenario.read(variant(emptied + edit.format("units", whole)))
    assert counts(read) == [4]
