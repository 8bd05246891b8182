"""The table of what to do: what is taken from it, and what is refused."""

import json

import pytest

from geoalloc import scenario
from geoalloc.errors import DataError
from geoalloc.pipeline import actions

CATEGORIES = ["anti-social-behaviour", "burglary", "criminal-damage-arson"]
PLACES = ["Westford", "Easton"]


def read(tmp_path, text, *, encoding="utf-8", places=PLACES):
    path = tmp_path / "actions.csv"
    path.write_bytes(text.encode(encoding))
    return actions.read(path, categories=CATEGORIES, places=places)


def test_lines_are_kept_in_order_with_their_categories_as_slugs(tmp_path):
    found = read(
        tmp_path,
        "category,place,action\n"
        'burglary,,"Example: walk the alleys, and the yards."\n'
        "Criminal damage and arson,Easton,  Example:   be  seen. \n",
    )
    assert found == [
        {
            "category": "burglary",
            "place": "",
            "action": "Example: walk the alleys, and the yards.",
        },
        {
            "category": "criminal-damage-arson",
            "place": "Easton",
            "action": "Example: be seen.",
        },
    ]


def test_the_place_may_be_left_out_and_columns_come_in_any_order(tmp_path):
    found = read(
        tmp_path, "Action ,CATEGORY\r\nBe seen,burglary\r\n", encoding="utf-8-sig"
    )
    assert found == [{"category": "burglary", "place": "", "action": "Be seen"}]


def test_any_place_will_do_where_the_boundary_names_none(tmp_path):
    text = "category,place,action\nburglary,High Street,Be seen\n"
    assert read(tmp_path, text, places=[])[0]["place"] == "High Street"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("category,suspect name,action\n", "columns about persons: suspect name"),
        ("category,collar,action\n", "columns about persons: collar"),
        (
            "category,unit,action\n",
            "not known: unit; there are category, place, action",
        ),
        ("category\nburglary\n", "lacks the columns action: needed are"),
        ("", "lacks the columns category, action"),
        ("category,action,action\n", "has a column twice"),
        ("category,action\nburglery,Go\n", "line 2: the category 'burglery' is not kn"),
        ("category,action\nburglery,Go\n", "did you mean 'burglary'"),
        ("category,action\n\nburglary,Go\ndrugs,Go\n", "line 4: the category 'drugs'"),
        ("category,action\n,Go\n", "line 2: the category '' is not known; there are"),
        ("category,action\nburglary,\n", "line 2 says nothing to do"),
        ("category,action\nburglary\n", "line 2 says nothing to do"),
        ("category,action\nburglary,Walk, talk\n", "line 2 has more fields"),
        (
            "category,place,action\nburglary,Westfrod,Go\n",
            "line 2: the place 'Westfrod' is not known; did you mean 'Westford'",
        ),
        ('category,action\nburglary,"Go\n', "is not CSV after line 1"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(DataError, match=message) as refused:
        read(tmp_path, text)
    assert "actions.csv" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_missing_or_in_another_encoding_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv does not exist"):
        actions.read(tmp_path / "nowhere.csv", categories=[], places=[])
    with pytest.raises(DataError, match=r"actions\.csv cannot be read as CSV in UTF-8"):
        read(tmp_path, "category,action\nburglary,café\n", encoding="latin-1")


def test_a_scenario_without_a_table_says_so_in_its_record(toy_scenario, town):
    toy = scenario.read(toy_scenario)
    assert actions.of(toy, town) == []
    assert actions.record(toy, []) == {
        "actions": [],
        "source": "",
        "priorities": 5,
        "dwell_min": 15,
        "destroy_after_days": 28,
    }


def test_the_example_of_the_repository_is_an_example(repository):
    """Every action is marked as one, and none tells to stop or search anybody."""
    path = repository / "scenarios" / "friday-late.toml"
    friday = scenario.read(path)
    categories = list(friday.demand.categories)
    places = ["Bath", "Weston-super-Mare"]
    table = repository / "scenarios" / friday.briefing.actions.rsplit("/", 1)[1]
    found = actions.read(table, categories=categories, places=places)
    assert 6 <= len(found) <= 10
    for line in found:
        assert line["action"].startswith("Example: ")
        assert len(line["action"]) < 90
        assert not {"stop", "search"} & set(line["action"].lower().split())
    assert {line["category"] for line in found} <= set(friday.hotspots.categories)
    record = actions.record(friday, found)
    assert json.loads(json.dumps(record)) == record
    assert record["source"] == "example-actions.csv"
