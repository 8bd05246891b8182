"""The JSON Schema of scenario files."""

import json
import tomllib

import jsonschema
import pytest

from geoalloc import scenario
from geoalloc.scenario.model import Scenario


@pytest.fixture(scope="module")
def check():
    schema = scenario.json_schema()
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def errors(said):
        plain = json.loads(json.dumps(said, default=str))
        return [error.message for error in validator.iter_errors(plain)]

    return errors


@pytest.fixture
def toy(toy_scenario):
    return tomllib.loads(toy_scenario.read_text(encoding="utf-8"))


def test_every_scenario_file_of_the_repository_keeps_it(check, repository):
    files = sorted((repository / "scenarios").rglob("*.toml"))
    assert len(files) >= 3
    for path in files:
        assert check(tomllib.loads(path.read_text(encoding="utf-8"))) == [], path


def test_a_file_that_extends_nothing_says_all(check, toy):
    assert check(toy) == []
    for table, key in ((toy, "as_of"), (toy["travel"], "detour")):
        kept = table.pop(key)
        assert check(toy)
        assert check(toy | {"extends": "base.toml"}) == []
        table[key] = kept


def test_an_entry_of_a_list_is_whole_even_so(check):
    assert check({"extends": "a.toml", "units": [{"kind": "pcso", "count": 1}]})


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"travel": {}},
        {"demand": {"categories": {"burglary": {"harm": 2}}}},
        {"changes": []},
        {"changes": [{"key": "a", "set": [1]}, {"key": "b", "drop": True}]},
        {"changes": [{"key": "a", "drop": "if-there"}, {"key": "a", "times": 0.5}]},
        {"grid": {"a": [1, 2], "b": {"times": [0.9]}}},
        {"grid": {"a": {"from": 1, "to": 2, "step": 1}}},
        {"grid": {"a": {"plus": {"from": 1, "to": 2, "step": 1}}}},
        {"grid": {"duty": {"reposts": [1], "more": {"deep": {"set": ["x"]}}}}},
    ],
)
def test_a_variant_may_say(check, said):
    assert check({"extends": "a.toml"} | said) == []


@pytest.mark.parametrize(
    "said",
    [
        {"traval": {}},
        {"travel": {"detor": 1.2}},
        {"travel": {"detour": 0.5}},
        {"extends": 3},
        {"changes": {}},
        {"changes": [{"key": "a"}]},
        {"changes": [{"set": 1}]},
        {"changes": [{"key": "a", "set": 1, "plus": 1}]},
        {"changes": [{"key": "a", "add": 1, "why": "x"}]},
        {"changes": [{"key": "a", "times": "x"}]},
        {"changes": [{"key": "a", "drop": False}]},
        {"grid": {"a": []}},
        {"grid": {"a": 3}},
        {"grid": {"a": {"from": 1, "to": 2}}},
        {"grid": {"a": {"times": ["x"]}}},
        {"grid": {"a": {"times": [1], "plus": [1]}}},
    ],
)
def test_a_variant_may_not_say(check, said):
    assert check({"extends": "a.toml"} | said)


def test_it_knows_every_key_of_a_scenario():
    properties = scenario.json_schema()["properties"]
    language = {"extends", "changes", "grid"}
    assert set(properties) == set(Scenario.model_fields) | language
