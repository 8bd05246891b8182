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


def test_files_are_read_in_order_and_one_named_twice_is_read_once(variant):
    a, b = variant("", name="a"), variant("", name="b")
    found = scenario.read_all([b, a, b, a.parent / "." / "a.toml"])
    assert [one.scenario.name for one in found] == ["b", "a"]
    assert [(one.file, one.extends, one.base) for one in found] == [
        (b, "toy.toml", "toy.toml"),
        (a, "toy.toml", "toy.toml"),
    ]
    assert found[0].scenario == scenario.read(b)


def test_two_scenarios_of_one_name_are_refused_with_both_files(variant, tmp_path):
    a = variant("", name="a")
    b = tmp_path / "b.toml"
    b.write_text(a.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"'a', of a.toml and of b.toml: give one"):
        scenario.read_all([a, b])
    (tmp_path / "deep").mkdir()
    c = tmp_path / "deep" / "a.toml"
    c.write_text(a.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ScenarioError, match=f"of {a} and of {c}"):
        scenario.read_all([a, c])


def test_more_than_were_asked_for_are_not_made(variant):
    files = [variant("", name=name) for name in ("a", "b", "c")]
    with pytest.raises(scenario.TooMany, match="give 3 scenarios, and 2 are the") as e:
        scenario.read_all(files, most=2)
    assert e.value.count == 3
    assert len(scenario.read_all(files, most=3)) == 3


def test_what_differs_from_what_is_extended_is_said(variant):
    below = variant("[duty]\nreposts = 3\n", name="below")
    above = variant("[travel]\ndetour = 1.4\n", name="above", extends=below.as_posix())
    first, second = scenario.read_all([below, above])
    assert first.changes == ("duty.reposts is 3, and not 0",)
    assert second.changes == ("travel.detour is 1.4, and not 1.3",)
    assert (second.extends, second.base) == ("below.toml", "toy.toml")


def test_what_is_extended_need_not_be_a_scenario(toy_scenario, tmp_path):
    text = toy_scenario.read_text(encoding="utf-8")
    (tmp_path / "stem.toml").write_text(
        text.replace('name = "toy"\n', "").replace("detour = 1.3\n", ""),
        encoding="utf-8",
    )
    full = tmp_path / "full.toml"
    full.write_text(
        'extends = "stem.toml"\nname = "full"\n[travel]\ndetour = 1.2\n',
        encoding="utf-8",
    )
    (found,) = scenario.read_all([full])
    assert found.changes == ("travel.detour is 1.2, and was not given",)
    with pytest.raises(ScenarioError, match=r"stem.toml: name is missing"):
        scenario.read(tmp_path / "stem.toml")


def test_a_scenario_that_extends_nothing_differs_from_nothing(toy_scenario):
    (found,) = scenario.read_all([toy_scenario])
    assert (found.changes, found.extends, found.base) == ((), "", "toy.toml")


def test_variants_can_be_laid_over_another_base(variant, changed, toy_scenario):
    other = changed('name = "toy"', 'name = "other"')
    text = other.read_text(encoding="utf-8")
    other.write_text(text.replace("detour = 1.3", "detour = 1.7"), encoding="utf-8")
    one = variant('[[changes]]\nkey = "duty.reposts"\nset = 3\n', name="one")
    two = variant("[grid]\nduty.reposts = { plus = [1, 2] }\n", "two", one.as_posix())
    found = scenario.read_all([toy_scenario, other, one, two], onto=other)
    told = [(r.scenario.name, r.scenario.travel.detour, r.base) for r in found]
    assert told == [
        ("toy", 1.3, "toy.toml"),  # which extends nothing
        ("other", 1.7, "changed.toml"),
        ("one", 1.7, "changed.toml"),
        ("two-reposts-plus-1", 1.7, "changed.toml"),
        ("two-reposts-plus-2", 1.7, "changed.toml"),
    ]
    assert [r.scenario.duty.reposts for r in found] == [0, 0, 3, 4, 5]


def test_what_extends_the_other_base_already_stays_as_it_is(variant):
    middle = variant("[travel]\ndetour = 1.4\n", name="middle")
    above = variant("", name="above", extends=middle.as_posix())
    beside = variant("", name="beside")
    found = scenario.read_all([middle, above, beside], onto=middle)
    assert [r.scenario.travel.detour for r in found] == [1.4, 1.4, 1.4]
    assert [r.scenario.name for r in found] == ["middle", "above", "beside"]
    assert found[2].base == "toy.toml"


def test_a_file_that_the_other_base_extends_too_is_laid_once(variant):
    edit = '[[changes]]\nkey = "duty.reposts"\nplus = 1\n'
    middle = variant(edit, name="middle")
    onto = variant("", name="onto", extends=middle.as_posix())
    above = variant(edit, name="above", extends=middle.as_posix())
    (found,) = scenario.read_all([above], onto=onto)
    assert found.scenario.duty.reposts == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("extends = 3\n", r"a.toml: extends must name a scenario file"),
        ('extends = "none.toml"\n', r"there is no scenario file .*none.toml"),
        ('extends = "a.toml"\n', r"in a circle: a.toml -> a.toml"),
        ("name = ", r"a.toml is not TOML"),
        ('name = "x"\n', r"a.toml: question is missing"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, text, message):
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        scenario.read_all([path])


def test_what_a_misspelt_unit_is_meant_to_be_is_named(changed):
    path = changed("on_scene_min = 50", "on_scene_minutes = 50")
    with pytest.raises(ScenarioError, match=r"on_scene_minutes: did you mean on_scene"):
        scenario.read(path)
    path = changed("urban_kmh = 30", "urban_mph = 20")
    with pytest.raises(ScenarioError, match=r"urban_mph: did you mean urban_kmh"):
        scenario.read(path)


def test_a_table_that_a_variant_begins_is_blamed_for_what_it_lacks(variant):
    path = variant("[travel]\ndetour = 1.2\n\n[custody]\nminutes = 60\n")
    with pytest.raises(ScenarioError, match=r"variant.toml line 6: custody.shares is"):
        scenario.read(path)
