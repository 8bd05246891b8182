"""What the schema says of a place in a scenario: its keys, kinds, types and default."""

from functools import cache
from typing import Any

from geoalloc.scenario.lines import Place
from geoalloc.scenario.model import Scenario

Described = dict[str, Any]
"""What JSON Schema says of a table or a key; empty where it says nothing."""

NUMBERS = {"integer", "number"}


@cache
def described() -> Described:
    """Describe a scenario, every key of it, as JSON Schema."""
    return Scenario.model_json_schema()


def resolve(node: Described) -> Described:
    """Follow references, and of what may be left out take what it is if given."""
    for option in node.get("anyOf", ()):
        if "$ref" in option:
            node = option
    while "$ref" in node:
        node = described()["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def kinds(node: Described) -> dict[str, str]:
    """Definitions of a table that is one of several kinds, by kind."""
    found: dict[str, str] = node.get("discriminator", {}).get("mapping", {})
    return found


def below(node: Described, part: str | int, kind: object = None) -> Described:
    """Say what the schema says of a key, or of an entry of a list.

    Parameters
    ----------
    node
        Of the table or list that it is in.
    part
        The key; any number for an entry; a kind for a table of that kind.
    kind
        Of the entry, where it is one of several kinds.
    """
    if part in kinds(node):
        return resolve({"$ref": kinds(node)[str(part)]})
    if isinstance(part, int):
        found = resolve(_items(node))
        chosen = kinds(found).get(str(kind))
        return resolve({"$ref": chosen}) if chosen else found
    key = node.get("properties", {}).get(part) or node.get("additionalProperties")
    return resolve(key) if isinstance(key, dict) else {}


def _items(node: Described) -> Described:
    for option in (node, *node.get("anyOf", ())):
        if "items" in option:
            items: Described = option["items"]
            return items
    return {}


def at(place: Place) -> Described:
    """Say what the schema says of a place, in which kinds of table stand as parts."""
    node = described()
    for part in place:
        node = below(node, part)
    return node


def keys(node: Described) -> list[str]:
    """Names of the keys that a table may hold."""
    return list(node.get("properties", {}))


def fills_in(node: Described, key: str) -> bool:
    """Whether a table has another table under a key even if that is left out."""
    said = node.get("properties", {}).get(key)
    if said is None or not keys(resolve(said)):
        return False
    return not ("default" in said and said["default"] is None)


def open_ended(node: Described) -> bool:
    """Whether a table takes keys of any name."""
    return isinstance(node.get("additionalProperties"), dict)


def types(node: Described) -> set[str]:
    """Types that a value may have, as JSON Schema calls them."""
    options = [node, *node.get("anyOf", ())]
    return {str(option["type"]) for option in options if "type" in option}


def default(node: Described) -> Any:  # noqa: ANN401 - of any type
    """Value of a key that is left out; None where the schema tells none."""
    return node.get("default")
