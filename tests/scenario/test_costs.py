"""The table [costs] of a scenario."""

import pytest

from geoalloc import scenario
from geoalloc.errors import ScenarioError
from tests.conftest import toy_text

COSTS = """
[costs]
source = "a tariff of 2026"

[costs.officer_hour]
response = 40
pcso = 30.5
"""


def read(town_file, folder, text):
    path = folder / "toy.toml"
    path.write_text(toy_text(town_file) + text, encoding="utf-8")
    return scenario.read(path)


def test_costs_are_none_unless_given(town_file, tmp_path):
    assert read(town_file, tmp_path, "").costs is None


def test_prices_are_by_kind_of_unit(town_file, tmp_path):
    found = read(town_file, tmp_path, COSTS).costs
    assert found.officer_hour == {"response": 40.0, "pcso": 30.5}
    assert (found.currency, found.source) == ("GBP", "a tariff of 2026")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pcso =", "dogs =", "there is no kind of unit 'dogs'; there are response, "),
        ('source = "a tariff of 2026"', "", r"costs.source is missing"),
        ("= 40", "= -1", "costs.officer_hour.response must be"),
        ("[costs]", '[costs]\ncurrency = "pounds"', "costs.currency must be"),
        ("response = 40\npcso = 30.5", "", "costs.officer_hour must hold at least 1"),
    ],
)
def test_costs_that_are_none_are_refused(town_file, tmp_path, old, new, message):
    with pytest.raises(ScenarioError, match=message):
        read(town_file, tmp_path, COSTS.replace(old, new))
