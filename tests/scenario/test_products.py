import pytest
from pydantic import ValidationError

from geoalloc import scenario
from geoalloc.errors import ScenarioError
from geoalloc.scenario.products import Briefing, Map

CREDIT = "Tiles: our own"


@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org:8443/wmts/{z}/{y}/{x}?layer=roads&key=a%20b",
        "http://localhost:8080/{z}/{x}/{y}.png",
        "http://127.0.0.1/{z}/{x}/{y}.png",
        "http://[::1]:8080/{z}/{x}/{y}.png",
        "http://10.20.30.40/{z}/{x}/{y}.png",
        "http://mapserver/{z}/{x}/{y}.png",
        "http://tiles.force.internal/{z}/{x}/{y}.png",
    ],
)
def test_tiles_come_by_tls_or_from_the_own_network(address):
    assert Map(tiles=address, tiles_attribution=CREDIT).tiles == address


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://tiles.example.org/{z}/{x}/{y}.png", "must begin with https://"),
        ("http://8.8.8.8/{z}/{x}/{y}.png", "must begin with https://"),
        ("http://notinternal.org/{z}/{x}/{y}", "must begin with https://"),
        ("ftp://mapserver/{z}/{x}/{y}.png", "must begin with https://"),
        ("//mapserver/{z}/{x}/{y}.png", "must begin with https://"),
        ("javascript:alert(1)//{z}/{x}/{y}", "space, a quotation mark"),
        ("data:image/png,{z}{x}{y}", "without a user"),
        ("https:///{z}/{x}/{y}.png", "without a user"),
        ("https://me:secret@mapserver/{z}/{x}/{y}.png", "without a user"),
        ("https://mapserver:port/{z}/{x}/{y}.png", "without a user"),
        ("https://{z}.example.org/{x}/{y}.png", "without a user"),
        ("https://mapserver/{z}/{x}.png", r"must hold \{z\}, \{x\}, \{y\} once each"),
        ("https://mapserver/{z}/{x}/{y}/{y}.png", "once each"),
        ("https://{s}.mapserver/{z}/{x}/{y}.png", "placeholder other than"),
        ("https://mapserver/{z}/{x}/{y}.png; script-src *", "a space, a quotation"),
        ('https://mapserver/{z}/{x}/{y}.png"', "a space, a quotation"),
    ],
)
def test_other_addresses_of_tiles_are_refused(address, message):
    with pytest.raises(ValidationError, match=message):
        Map(tiles=address, tiles_attribution=CREDIT)


def test_tiles_need_their_credit():
    with pytest.raises(ValidationError, match="tiles need tiles_attribution"):
        Map(tiles="https://mapserver/{z}/{x}/{y}.png", tiles_attribution=" ")


def test_a_wrong_address_is_told_with_its_file_and_line(toy_scenario, tmp_path):
    path = tmp_path / "tiles.toml"
    path.write_text(
        f'extends = "{toy_scenario.as_posix()}"\n[map]\ntiles = "http://a.org/{{z}}"\n'
        'tiles_attribution = "A"\n',
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match=r"tiles\.toml line 3: map\.tiles: 'http:"):
        scenario.read(path)


def test_files_of_products_are_found_beside_the_scenario(toy_scenario, tmp_path):
    path = tmp_path / "drawn.toml"
    path.write_text(
        f'extends = "{toy_scenario.as_posix()}"\n[map]\nroads = "roads.gpkg"\n'
        '[briefing]\nactions = "lists/actions.csv"\n',
        encoding="utf-8",
    )
    read = scenario.read(path)
    assert read.map.roads == (tmp_path / "roads.gpkg").as_posix()
    assert read.briefing.actions == (tmp_path / "lists/actions.csv").as_posix()


@pytest.mark.parametrize(
    "wrong",
    [
        {"priorities": 6},
        {"priorities": 0},
        {"dwell_min": 0},
        {"destroy_after_days": -1},
    ],
)
def test_sheets_hold_five_priorities_at_most(wrong):
    with pytest.raises(ValidationError):
        Briefing(**wrong)
