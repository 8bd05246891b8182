"""Keys: which values of a scenario a dotted key means."""

import pytest

from geoalloc.scenario.keys import KeyProblem, NoneThere, matched, parts
from geoalloc.scenario.origins import Origin, plain, planted

VALUES = {
    "duty": {"reposts": 4},
    "kinds": {},
    "units": [
        {"kind": "response", "station": "Bath", "count": 2, "officers": 2},
        {"kind": "response", "station": "St John's, North", "count": 3},
        {"kind": "pcso", "station": "Bath", "count": 1, "officers": 1},
    ],
    "grades": {"immediate": {"weight": 1.0}, "priority": {"weight": 0.5}},
    "allocation": {"minimum_cover": {"North Somerset": 2}},
    "demand": {
        "levers": [{"kind": "growth", "factor": 1.1}],
        "categories": {"burglary": {"harm": 2}, "drugs": {}},
        "layers": [],
    },
}


@pytest.fixture
def root():
    return planted(VALUES, Origin(file="a.toml", line=1, done="set"), {})


def found(root, key):
    slots = matched(root, key)
    return [None if slot.node is None else plain(slot.node) for slot in slots]


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("duty.reposts", [4]),
        (" duty . reposts ", [4]),
        ("units[kind=response].count", [2, 3]),
        ("units[ kind = response , station = Bath ].count", [2]),
        ('units[station="St John\'s, North"].count', [3]),
        ("units[count=2.0].station", ["Bath"]),
        ("units[officers=2].station", ["Bath"]),
        ("units[blue_light=true].count", [2, 3, 1]),  # by the default
        ("units[2].count", [3]),
        ("units[*].count", [2, 3, 1]),
        ("units.*.count", [2, 3, 1]),
        ("units[kind=pcso]", [VALUES["units"][2]]),
        ("grades.*.weight", [1.0, 0.5]),
        ("allocation.minimum_cover.North Somerset", [2]),
        ('allocation.minimum_cover."North Somerset"', [2]),
        ("allocation.minimum_cover.Bristol", [None]),  # any name may be given
        ("demand.categories.*.harm", [2, None]),
        ("demand.levers[kind=growth].factor", [1.1]),
        ("simulation.shifts", [None]),  # of a table that is all defaults
        ("duty.break_min", [None]),
    ],
)
def test_a_key_means_these_values(root, key, values):
    assert found(root, key) == values


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "this is no key"),
        ("duty..reposts", "this is no key"),
        ("units[kind=response", "this is no key"),
        ("units[].count", r"\[\] selects nothing: write \[key=value\]"),
        ("units[0].count", r"\[0\] selects nothing"),
        ("units[kind].count", r"\[kind\] selects nothing"),
        ("units[kind=response,].count", "selects nothing"),
        ("units[4].count", "units has 3, and no 4"),
        ("units.count", r"units is a list: say which of it, such as units\[1\].count"),
        ("duty[kind=a].reposts", "duty is no list of tables: leave out the selector"),
        ("duty.repost", "unknown key duty.repost: did you mean reposts?"),
        ("dutty.reposts", "unknown key dutty: did you mean duty?"),
        ("duty.reposts.more", "duty.reposts is a value, and holds no key more"),
        ("units[kind=respnse].count", "none of kind=respnse; did you mean response?"),
        ("units[kind=dog].count", "none of kind=dog; there are: response, pcso"),
        ("units[kidn=dog].count", "no key kidn to select by: did you mean kind?"),
        (
            "demand.categories.*.on_scene_minutes",
            "unknown key demand.categories.burglary.on_scene_minutes: "
            "did you mean on_scene_min?",
        ),
        (
            "demand.categories.burglery.harm",
            "demand.categories.burglery is not given; did you mean burglary?",
        ),
        ("demand.levers[kind=growth].share", "levers.1.share: valid keys: kind, cat"),
        ("demand.layers[name=roads].per_day", "layers is empty"),
        ("groups[name=x].path", "groups is not given"),
        ("kinds.*.skills", "kinds holds nothing"),
    ],
)
def test_a_key_that_means_nothing_is_refused(root, key, message):
    with pytest.raises(KeyProblem, match=message):
        matched(root, key)


def test_none_of_it_is_told_from_what_cannot_be(root):
    for key in ("units[kind=dog]", "demand.layers[name=x]", "groups[name=x]"):
        with pytest.raises(NoneThere):
            matched(root, key)
    for key in ("unitts[kind=dog]", "units[kidn=dog]", "units[7]"):
        with pytest.raises(KeyProblem) as problem:
            matched(root, key)
        assert not isinstance(problem.value, NoneThere)


def test_a_part_is_a_name_and_a_selector():
    first, last = parts('"a.b"[c=d, e="f=g"].h')
    assert (first.name, first.pairs) == ("a.b", (("c", "d"), ("e", "f=g")))
    assert (last.name, last.selects) == ("h", False)
