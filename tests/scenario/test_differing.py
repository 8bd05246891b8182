"""Differences: what one scenario has that another has not, in sentences."""

import pytest

from geoalloc import scenario
from geoalloc.scenario.differing import sentences


@pytest.fixture
def told(toy_scenario, variant):
    base = scenario.read(toy_scenario)

    def tell(text):
        return scenario.differences(base, scenario.read(variant(text)))

    return tell


def change(key, edit):
    return f"[[changes]]\nkey = '{key}'\n{edit}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('question = "Other?"\nexpected = "x"\nlever = "y"\n', None),
        (
            change("units[2].count", "set = 4"),
            "units[kind=response, station=Easton].count is 4, and not 2",
        ),
        ("[duty]\nreposts = 3\n", "duty.reposts is 3, and not 0"),
        ("[travel]\ndetour = 1.5\n", "travel.detour is 1.5, and not 1.3"),
        (
            '[allocation]\nmode = "bordered"\n',
            'allocation.mode is "bordered", and not "borderless"',
        ),
        (
            change("units[kind=pcso]", "drop = true"),
            "units[kind=pcso, station=Westford] is dropped",
        ),
        (
            "[allocation.minimum_cover]\nWest = 2\n",
            "allocation.minimum_cover.West is 2, and was not given",
        ),
        (
            change("allocation.minimum_cover.East", "drop = true"),
            "allocation.minimum_cover.East is left out, and was 1",
        ),
        (
            change("units[2].station", 'set = "Westford"'),
            'units[kind=response, station=Easton].station is "Westford", and not '
            '"Easton"',
        ),
        (
            change("demand.categories.*.on_scene_min", "times = 0.9"),
            "demand.categories.*.on_scene_min is 45, and not 50, in 14 entries",
        ),
        (
            change("demand.categories.*.harm", "set = 2"),
            "demand.categories.*.harm is 2, and not 0, in 14 entries",
        ),
        (
            change("units[*].count", "total_plus = 6"),
            "units[kind=response, station=Westford].count is 6, and not 3",
        ),
        (
            change("grades.*.dispatch_cap_min", "times = 0.9"),
            "grades.*.dispatch_cap_min is \N{MULTIPLICATION SIGN} 0.9, in 3 of 3",
        ),
        (
            change("hotspots.categories", 'add = "robbery"'),
            'hotspots.categories has "robbery", which it had not',
        ),
        (
            '[hotspots]\ncategories = ["burglary", "vehicle-crime"]\n',
            'hotspots.categories has no "anti-social-behaviour", which it had',
        ),
        ("[patrol]\nhotspots = 3\n", "patrol.hotspots is 3, and was not given"),
    ],
)
def test_what_differs_is_said(told, text, sentence):
    found = told(text)
    if sentence is None:
        assert found == []
    else:
        assert any(one.startswith(sentence) for one in found), found


def units(*counts, kind="response"):
    return [
        {"kind": kind, "station": f"S{n}", "count": c} for n, c in enumerate(counts)
    ]


def test_many_alike_are_one_sentence():
    was, now = {"units": units(5, 6, 7, 8)}, {"units": units(4, 5, 5, 8)}
    assert sentences(was, now) == [
        "units[kind=response].count: 22 in all, and not 26, at 3 stations"
    ]
    doubled = {"units": units(10, 12, 14, 16)}
    assert sentences(was, doubled) == [
        "units[kind=response].count: 52 in all, and not 26, at 4 stations"
    ]
    gone = {"units": units(5, 6, 7, 8)}
    more = {"units": [*units(5, 6, 7, 8), *units(1, 1, 2, kind="pcso")]}
    assert sentences(more, gone) == [
        "units[kind=pcso] is dropped, 4 in all, at 3 stations"
    ]
    assert sentences(gone, more) == [
        "units[kind=pcso] is added, 4 in all, at 3 stations"
    ]


def test_two_alike_are_two_sentences():
    found = sentences({"units": units(5, 6, 7)}, {"units": units(4, 5, 7)})
    assert found == [
        "units[kind=response, station=S0].count is 4, and not 5",
        "units[kind=response, station=S1].count is 5, and not 6",
    ]


def test_numbers_that_differ_in_no_one_way_are_told_by_an_example():
    was = {
        "grades": {k: {"weight": w} for k, w in zip("abc", (1.0, 2, 3), strict=True)}
    }
    now = {
        "grades": {k: {"weight": w} for k, w in zip("abc", (2.0, 3, 4), strict=True)}
    }
    (found,) = sentences(was, now)
    assert found == (
        "grades.*.weight differs in 3 of 3: grades.a.weight is 2, and not 1, and so on"
    )


def test_entries_that_nothing_tells_apart_are_compared_as_they_stand():
    def cases(*hours):
        return {"open": {"cases": [{"hours": h} for h in hours]}}

    assert sentences(cases(1, 1), cases(1, 2)) == [
        "open.cases[2].hours is 2, and not 1"
    ]
    assert sentences(cases(1, 1), cases(1, 1, 3)) == ["open.cases[3] is added: hours 3"]


def test_a_lever_in_place_of_another_is_dropped_and_added():
    was = {"levers": [{"kind": "event", "name": "a"}, {"kind": "growth", "factor": 1}]}
    now = {"levers": [{"kind": "growth", "factor": 1}, {"kind": "growth", "factor": 2}]}
    assert sentences(was, now) == [
        "levers[kind=event] is dropped",
        'levers[2] is added: kind "growth", factor 2',
    ]


def test_files_are_told_by_their_names():
    was = {"area": {"boundary": "/a/b.geojson"}}
    other = {"area": {"boundary": "/c/d.geojson"}}
    moved = {"area": {"boundary": "/c/b.geojson"}}
    assert sentences(was, other) == [
        'area.boundary is "d.geojson", and not "b.geojson"'
    ]
    assert sentences(was, moved) == [
        'area.boundary is "/c/b.geojson", and not "/a/b.geojson"'
    ]


def test_a_long_list_is_told_by_its_length():
    was = {"hours": [1] * 24}
    now = {"hours": list(range(100, 124))}
    assert sentences(was, now) == ["hours is another list, of 24, and not of 24"]
    assert sentences({"a": [1, 2]}, {"a": [2, 1]}) == ["a is in another order"]


def test_a_scenario_does_not_differ_from_itself(repository):
    read = scenario.read(repository / "scenarios" / "friday-late.toml")
    assert scenario.differences(read, read) == []
    assert scenario.differences(read, scenario.parse(read.resolved())) == []
