"""The scenario file: what is read, and how what is wrong is said."""

import json

import jsonschema
import pytest

from geoalloc import scenario
from geoalloc.errors import ScenarioError


@pytest.fixture
def changed(toy_scenario, tmp_path):
    """Write the toy scenario with one text replaced, and name the file."""

    def change(old, new):
        text = toy_scenario.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "changed.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return change


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bandwidth_m = 1500", "bandwith_m = 1500", "unknown key hotspots.bandwith_m"),
        ("bandwidth_m = 1500", "bandwith_m = 1500", "did you mean bandwidth_m"),
        ("forecaster =", "forcaster =", "unknown key demand.forcaster: did you mean"),
        ('"naive"', '"mixtrue"', r"'mixtrue' is no forecaster: did you mean mixture\?"),
        ('"naive"', '"zzz"', r"'zzz' is no forecaster: there are .*naive"),
        ("[travel]", "[travell]", "unknown key travell: did you mean travel"),
        ("count = 3", "cuont = 3", "unknown key units.1.cuont: did you mean count"),
        ('mode = "borderless"', 'mode = "free"', "allocation.mode must be"),
        ("urban_kmh = 30", 'urban_kmh = "30 km/h"', r"number \(kilometres an hour\)"),
        ("resolution = 7", "resolution = 14", "less than or equal to 11, got 14"),
        ("resolution = 7", "resolution = 7.5", "area.resolution must be"),
        ("immediate = 0.3", "immediate = 0.9", "shares add up to at most 1"),
        (
            "days = [1, 1, 1, 1, 2, 2, 1]",
            "days = [1, 1]",
            "demand.rhythms.default.days",
        ),
        ("T20:00:00", "T20:30:00", "starts_at must be on the hour"),
        ("T20:00:00", "T20:00:00Z", "leave out the offset"),
        (
            'purpose = "exercise"',
            'purpose = "duty"',
            "synthetic incidents is an exercise",
        ),
        ('marking = "OFFICIAL"', 'marking = "OFFICIAL-SENSITIVE"', "handling"),
        ('name = "toy"', 'name = "Toy town"', "lower-case words joined by hyphens"),
        ("call_handling_min = 2", "call_handling_min = 16", "leaves no time to travel"),
        ('source = "sample"', 'source = "table"', r"needs an \[incidents.columns\]"),
        ("as_of = 2026-11-01", "as_of = 2026-13-01", "is not TOML"),
        ("as_of = 2026-11-01", "", "as_of is missing"),
    ],
)
def test_what_is_wrong_is_named(changed, old, new, message):
    with pytest.raises(ScenarioError, match=message):
        scenario.read(changed(old, new))


def test_the_line_is_named(changed):
    path = changed("bandwidth_m = 1500", "bandwidth_km = 2")
    line = path.read_text(encoding="utf-8").splitlines().index("bandwidth_km = 2") + 1
    with pytest.raises(ScenarioError, match=rf"changed.toml line {line}: unknown key"):
        scenario.read(path)


def test_the_line_in_a_table_of_tables_is_that_of_its_own_table(changed):
    path = changed("count = 2", "count = -2")
    line = path.read_text(encoding="utf-8").splitlines().index("count = -2") + 1
    with pytest.raises(ScenarioError, match=rf"line {line}: units.2.count must be"):
        scenario.read(path)


def test_units_of_none_are_refused(changed, toy_scenario):
    text = toy_scenario.read_text(encoding="utf-8")
    path = changed("count = 3", "count = 0")
    path.write_text(
        text.replace("count = 3", "count = 0").replace("count = 2", "count = 0"),
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match="holds no response unit"):
        scenario.read(path)


def test_a_rhythm_that_is_not_there_is_named(changed):
    path = changed("on_scene_min = 50", 'on_scene_min = 50\nrhythm = "nights"')
    with pytest.raises(ScenarioError, match=r"no \[demand.rhythms.nights\] table"):
        scenario.read(path)


def test_a_zone_that_is_not_there_is_named(changed):
    path = changed("as_of", 'time_zone = "Europe/Bristol"\nas_of')
    with pytest.raises(ScenarioError, match="Europe/Bristol"):
        scenario.read(path)


def test_a_variant_holds_only_what_differs(toy_scenario, tmp_path):
    variant = tmp_path / "bordered.toml"
    variant.write_text(
        f'extends = "{toy_scenario.as_posix()}"\n'
        'name = "bordered"\n[allocation]\nmode = "bordered"\n',
        encoding="utf-8",
    )
    base, other = scenario.read(toy_scenario), scenario.read(variant)
    differing = {
        key for key, value in base.resolved().items() if other.resolved()[key] != value
    }
    assert differing == {"name", "allocation"}
    assert other.allocation.post_reach_min == base.allocation.post_reach_min
    assert other.area.boundary == base.area.boundary


def test_an_error_in_the_base_names_the_base(changed, tmp_path):
    changed("detour = 1.3", "detour = 0.3")
    variant = tmp_path / "variant.toml"
    variant.write_text('extends = "changed.toml"\nname = "v"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"changed.toml line \d+: travel.detour"):
        scenario.read(variant)


def test_scenarios_that_extend_each_other_are_refused(tmp_path):
    (tmp_path / "a.toml").write_text('extends = "b.toml"\n', encoding="utf-8")
    (tmp_path / "b.toml").write_text('extends = "a.toml"\n', encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"circle: a.toml -> b.toml -> a.toml"):
        scenario.read(tmp_path / "a.toml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ScenarioError, match="there is no scenario file"):
        scenario.read(tmp_path / "none.toml")


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "binary.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="cannot be read as a scenario"):
        scenario.read(path)


def test_a_resolved_scenario_comes_back_from_json(toy_scenario):
    read = scenario.read(toy_scenario)
    assert scenario.parse(json.loads(json.dumps(read.resolved()))) == read


@pytest.mark.parametrize(
    "name", ["friday-late", "friday-late-bordered", "avon-and-somerset-real"]
)
def test_the_scenarios_of_the_repository_keep_their_schema(repository, name):
    read = scenario.read(repository / "scenarios" / f"{name}.toml")
    assert read.name == name
    jsonschema.validate(read.resolved(), scenario.json_schema())


def test_every_key_is_documented():
    schema = scenario.json_schema()
    tables = [schema, *schema["$defs"].values()]
    bare = [
        f"{table['title']}.{key}"
        for table in tables
        for key, value in table.get("properties", {}).items()
        if not ({"description", "$ref"} & set(value))
        and not any("$ref" in str(v) for v in value.values())
    ]
    assert bare == []


def test_incidents_and_resolution_can_be_given_instead(toy_scenario, repository):
    toy = scenario.read(toy_scenario)
    assert toy.changed(resolution=8).area.resolution == 8
    real = scenario.read(repository / "scenarios" / "avon-and-somerset-real.toml")
    assert real.changed(incidents=toy_scenario).incidents.path.endswith("toy.toml")
    with pytest.raises(ScenarioError, match="makes its own incidents"):
        toy.changed(incidents=toy_scenario)
    with pytest.raises(ScenarioError, match="resolution must be from 5 to 11, got 3"):
        toy.changed(resolution=3)
