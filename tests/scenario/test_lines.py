"""Lines: where a TOML text says each of its keys."""

import tomllib

from geoalloc.scenario.lines import lines
from tests import naive_variants

TEXT = """name = "a"  # with a comment
[area]
boundary = "b.geojson"

[demand.rhythms.night]
hours = [
    1, 2,
    [3, 4]
]
days = 1
[[units]]
count = 1
[[units]]
count = 2
[units.more]
deep.key = 1
"quoted.key" = '''
[not.a.header]
x = 1
'''
[ spaced . "out here" ]
y = { inner = 1, list = [{ z = 2 }] }
[[units]]
"""


def test_each_key_has_its_line():
    found = lines(TEXT)
    assert found[("name",)] == 1
    assert found[("area",)] == 2
    assert found[("area", "boundary")] == 3
    assert found[("demand",)] == found[("demand", "rhythms", "night")] == 5
    assert found[("demand", "rhythms", "night", "hours")] == 6
    assert found[("demand", "rhythms", "night", "days")] == 10
    assert found[("units",)] == 11
    assert found[("units", 0, "count")] == 12
    assert found[("units", 1)] == 13
    assert found[("units", 1, "count")] == 14
    assert found[("units", 1, "more", "deep", "key")] == 16
    assert found[("units", 1, "more", "quoted.key")] == 17
    assert found[("spaced", "out here", "y", "inner")] == 22
    assert found[("spaced", "out here", "y", "list", 0, "z")] == 22
    assert found[("units", 2)] == 23


def test_what_stands_in_a_value_is_no_header():
    assert ("not",) not in lines(TEXT)
    assert not [place for place in lines(TEXT) if 3 in place or "x" in place]


def test_every_key_of_a_real_file_has_the_line_that_a_slow_search_finds(repository):
    text = (repository / "scenarios" / "friday-late.toml").read_text(encoding="utf-8")
    text = text.split("[[demand.layers]]")[0]
    tomllib.loads(text)
    found = lines(text)
    slow = naive_variants.lines(text)
    dates = {("demand", "calendar", "bank_holidays")}
    assert {k: found[k] for k in slow} == slow
    assert dates <= set(found)
