"""The demand tables: layers, calendar and levers, and how what is wrong is said."""

import json
import re

import pytest

from geoalloc import demand, scenario
from geoalloc.demand import harm as demand_harm
from geoalloc.errors import ScenarioError
from geoalloc.scenario import demand as demand_tables

TRIAGE = {
    "kind": '"mental-health-triage"',
    "applies_to": '["welfare"]',
    "advised_share": "0.3",
    "return_share": "0.1",
}
EVENT = {
    "kind": '"event"',
    "name": '"Fair"',
    "place": '"Easton"',
    "radius_m": "900",
    "starts_at": "2026-11-20T19:00:00",
    "ends_at": "2026-11-20T22:00:00",
    "uplift": "0.5",
}
RIGHT_CARE = {
    "kind": '"right-care"',
    "applies_to": '["welfare"]',
    "threshold_share": "0.6",
    "declined_share": "0.5",
    "return_share": "0.1",
}
FIRE = {
    "kind": '"fire-first"',
    "applies_to": '["welfare"]',
    "share": "0.1",
    "return_share": "0.1",
}
GROWTH = {"kind": '"growth"', "categories": '["burglary"]', "factor": "1.05"}
KINDS = [TRIAGE, EVENT, RIGHT_CARE, FIRE, GROWTH]


def lines(lever, **changes):
    keys = {k: v for k, v in (lever | changes).items() if v is not None}
    return "[[demand.levers]]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())


@pytest.fixture
def with_text(toy_scenario, tmp_path):
    """Read the toy scenario with text before its [travel], or one text replaced."""

    def read(more="", old="", new="", as_of="as_of = 2026-11-01"):
        text = toy_scenario.read_text(encoding="utf-8")
        text = text.replace("as_of = 2026-11-01", as_of, 1)
        assert old in text
        path = tmp_path / "changed.toml"
        text = text.replace(old, new, 1).replace("[travel]", more + "\n[travel]")
        path.write_text(text, encoding="utf-8")
        return scenario.read(path)

    return read


def test_the_forecasters_of_a_scenario_are_those_of_demand():
    fields = demand_tables.Demand.model_fields
    assert demand_tables.FORECASTERS == demand.FORECASTERS
    assert fields["forecaster"].default == demand.DEFAULT


def test_the_crimes_that_no_lever_takes_are_those_of_demand():
    assert demand_tables.CRIMES == demand_harm.CRIMES


def test_an_event_of_the_hour_that_comes_twice_is_in_the_shift(with_text):
    """Eight hours from 20:00 on the night of 25 October end at 03:00."""
    text = lines(EVENT, starts_at="2026-10-25T02:30:00", ends_at="2026-10-25T04:00:00")
    old = "starts_at = 2026-11-20T20:00:00\nhours = 3"
    night = "starts_at = 2026-10-24T20:00:00\nhours = {}".format
    early = "as_of = 2026-10-01"
    with pytest.raises(ScenarioError, match="to 2026-10-25 02:00"):
        with_text(text, old=old, new=night(7), as_of=early)
    assert with_text(text, old=old, new=night(8), as_of=early).demand.levers


def test_every_kind_of_lever_is_read_as_its_own_table(with_text):
    read = with_text("\n".join(lines(lever) for lever in KINDS))
    kinds = [json.loads(lever["kind"]) for lever in KINDS]
    assert [lever.kind for lever in read.demand.levers] == kinds
    assert scenario.parse(json.loads(json.dumps(read.resolved()))) == read


def test_the_published_figure_of_triage_is_a_default_and_the_share_advised_is_not(
    with_text,
):
    triage = with_text(lines(TRIAGE)).demand.levers[0]
    assert (triage.avoided, triage.advised) == (370, 3228)
    with pytest.raises(
        ScenarioError, match=r"levers.1.advised_share is missing: Share"
    ):
        with_text(lines(TRIAGE, advised_share=None))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (lines(EVENT, uplift="-0.5"), r"levers.1.uplift must be greater .* got -0.5"),
        (lines(EVENT, place=None), "give either place, or both latitude and longitude"),
        (lines(EVENT, latitude="51.4"), "give either place, or both"),
        (lines(EVENT, place=None, latitude="51.4"), "give either place, or both"),
        (lines(EVENT, latitude="91.0"), "latitude must be less than or equal to 90"),
        (lines(EVENT, ends_at="2026-11-20T19:00:00"), "is not after starts_at"),
        (lines(EVENT, ends_at="2026-11-20T22:00:00Z"), "leave out the offset"),
        (lines(EVENT, radius_m="0"), r"levers.1.radius_m must be .*\(metres\)"),
        (lines(EVENT, categories='["burglry"]'), "no category or layer: did you mean"),
        (
            lines(
                EVENT, starts_at="2026-11-20T17:00:00", ends_at="2026-11-20T20:00:00"
            ),
            r"demand.levers.1: the event 'Fair' .* is not in the shift from .* 23:00",
        ),
        (
            lines(
                EVENT, starts_at="2026-11-20T23:00:00", ends_at="2026-11-21T02:00:00"
            ),
            "is not in the shift",
        ),
        (lines(GROWTH, categories='["drugs"]'), "names 'drugs', which police discover"),
        (lines(TRIAGE, applies_to='["burglary"]'), "burglary is a crime, and crimes"),
        (
            lines(TRIAGE) + lines(TRIAGE, advised_share="0.1"),
            r"levers.2.applies_to: another mental-health-triage lever applies to 'welf",
        ),
        (lines(GROWTH, factor="-1"), "levers.1.factor must be greater"),
        (lines(GROWTH, categories="[]"), "categories must hold at least 1, got 0"),
        (lines(GROWTH, faktor="1"), "unknown key demand.levers.1.faktor: did you mean"),
        (lines(GROWTH, kind='"growht"'), "kind is 'growht': did you mean growth"),
        (
            lines(GROWTH, kind=None),
            "levers.1.kind is missing: one of event, fire-first",
        ),
        (lines(TRIAGE, avoided="9", advised="8"), "avoided is 9 of 8 advised"),
        (lines(TRIAGE, applies_to='["welfair"]'), "did you mean welfare"),
        (lines(FIRE, share="1.5"), "levers.1.share must be less than or equal to 1"),
        (lines(RIGHT_CARE, threshold_share=None), "threshold_share is missing"),
    ],
)
def test_what_is_wrong_with_a_lever_is_one_sentence(with_text, text, message):
    with pytest.raises(ScenarioError, match=message) as refused:
        with_text(text)
    assert "; " not in str(refused.value)


def test_the_line_of_a_lever_is_named(with_text):
    with pytest.raises(
        ScenarioError, match=r"changed.toml line \d+: demand.levers.2.f"
    ):
        with_text(lines(GROWTH) + lines(GROWTH, factor="-2"))


def test_the_line_of_a_name_that_is_not_there_is_that_of_the_key(with_text, tmp_path):
    with pytest.raises(ScenarioError, match="did you mean burglary") as refused:
        with_text(lines(GROWTH) + lines(GROWTH, categories='["burglery"]'))
    line = int(re.search(r"line (\d+)", str(refused.value))[1])
    text = (tmp_path / "changed.toml").read_text(encoding="utf-8").splitlines()
    assert text[line - 1] == 'categories = ["burglery"]'


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ('"file"', "surface 'file' needs the path of a file"),
        ('"population"\npath = "a.csv"', "surface 'population' takes no path"),
        ('"population"\ncategories = ["burglary"]', "takes no categories"),
        ('"recorded"\ncategories = ["burglry"]', "names 'burglry'"),
        ('"roads"\npath = "a"\nclass_weights = {A = 1}', "need the class_column"),
        ('"street"', "surface must be 'population', 'recorded', 'night-time', 'roads'"),
    ],
)
def test_a_layer_says_where_its_calls_arise(with_text, new, message):
    with pytest.raises(ScenarioError, match=message):
        with_text(old='surface = "population"', new=f"surface = {new}")


def test_the_path_of_a_layer_is_relative_to_the_scenario(with_text, tmp_path):
    read = with_text(
        old='surface = "population"', new='surface = "file"\npath = "calls.csv"'
    )
    assert read.demand.layers[0].path == (tmp_path / "calls.csv").as_posix()


def test_two_layers_of_a_name_are_refused(with_text):
    with pytest.raises(ScenarioError, match="two layers or categories are named 'bu"):
        with_text(old='name = "welfare"', new='name = "burglary"')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("paydays = [2026-13-01]", "is not TOML"),
        ('paydays = ["tomorrow"]', "calendar.paydays.1 must be"),
        ("[demand.calendar.uplifts]\npayday = -1", "uplifts.payday must be greater"),
        (
            "[[demand.calendar.school_terms]]\nfirst = 2026-09-02\nlast = 2026-07-20",
            "last 2026-07-20 is before first 2026-09-02",
        ),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(with_text, text, message):
    with pytest.raises(ScenarioError, match=message):
        with_text("[demand.calendar]\n" + text)


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("recorded_share = 0.0", "recorded_share must be greater than 0"),
        ("recorded_share = 1.2", "recorded_share must be less than or equal to 1"),
        ("on_scene_sd_min = -1", "on_scene_sd_min must be greater"),
        ("officers = 0", "officers must be greater than 0"),
        ("vulnerability = 0", "vulnerability must be greater than 0"),
    ],
)
def test_a_response_keeps_its_ranges(with_text, new, message):
    with pytest.raises(ScenarioError, match=message):
        with_text(old="on_scene_min = 50", new=f"on_scene_min = 50\n{new}")
