"""The JSON Schema of scenario files: what an editor completes and checks."""

import copy
from typing import Any

from geoalloc.scenario import schema_places
from geoalloc.scenario.schema_places import Described
from geoalloc.scenario.variants import IF_THERE, WAYS

_DEFS = "#/$defs/"
_PART = "-part"  # ends the names of tables of which a variant gives some keys alone

_RANGE: Described = {
    "type": "object",
    "description": "Numbers from one to another, both in it, by equal steps.",
    "properties": {
        "from": {"type": "number", "description": "The first."},
        "to": {"type": "number", "description": "None is beyond it."},
        "step": {"type": "number", "description": "From one to the next."},
    },
    "required": ["from", "to", "step"],
    "additionalProperties": False,
}
_NUMBERS: Described = {
    "anyOf": [{"type": "array", "items": {"type": "number"}, "minItems": 1}, _RANGE]
}
_WAYS: dict[str, Described] = {
    "set": {"description": "Value that it has instead."},
    "times": {"type": "number", "description": "Factor; whole numbers stay whole."},
    "plus": {"type": "number", "description": "Added to each."},
    "drop": {
        "enum": [True, IF_THERE],
        "description": "Leaves out keys, or entries of a list.",
    },
    "add": {"description": "New key, or what is appended to a list."},
    "total_plus": {
        "type": "number",
        "description": "Added to the sum, in proportion, by largest remainder.",
    },
}
_CHANGE: Described = {
    "title": "Change",
    "type": "object",
    "description": "An edit of what is extended, after this file's own tables.",
    "properties": {
        "key": {
            "type": "string",
            "minLength": 1,
            "description": "Dotted, with selectors: units[kind=response].count.",
        },
        **_WAYS,
    },
    "oneOf": [{"required": ["key", way]} for way in WAYS],
    "additionalProperties": False,
}
_AXIS: Described = {
    "anyOf": [
        {"type": "array", "minItems": 1},
        _RANGE,
        *(
            {
                "type": "object",
                "properties": {way: _NUMBERS},
                "required": [way],
                "additionalProperties": False,
            }
            for way in ("times", "plus", "total_plus")
        ),
        {
            "type": "object",
            "properties": {"set": {"anyOf": [{"type": "array"}, _RANGE]}},
            "required": ["set"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "description": "Keys that TOML took apart at their dots.",
            "additionalProperties": {"$ref": f"{_DEFS}Axis"},
            "propertyNames": {"not": {"enum": ["from", "to", "step", *WAYS]}},
        },
    ]
}
_LANGUAGE: dict[str, Described] = {
    "extends": {
        "type": "string",
        "description": "Scenario file whose values hold where this one is silent; "
        "relative to this file.",
    },
    "changes": {
        "type": "array",
        "items": {"$ref": f"{_DEFS}Change"},
        "description": "Edits, in order.",
    },
    "grid": {
        "type": "object",
        "description": "Keys, each with a list or range of values: a scenario for "
        "each combination.",
        "additionalProperties": {"$ref": f"{_DEFS}Axis"},
    },
}


def json_schema() -> dict[str, Any]:
    """Describe scenario files as JSON Schema.

    A file that extends another may leave out any key of a table, though not of an
    entry of a list, which replaces a list whole.
    """
    whole = copy.deepcopy(schema_places.described())
    defs = whole["$defs"]
    parts: dict[str, Described] = {}
    properties = {k: _part(v, defs, parts) for k, v in whole["properties"].items()}
    complete = {"properties": whole["properties"], "required": whole["required"]}
    return {
        "title": whole["title"],
        "description": whole["description"],
        "type": "object",
        "properties": _LANGUAGE | properties,
        "additionalProperties": False,
        # What extends nothing says all that has no default.
        "anyOf": [{"required": ["extends"]}, {"$ref": f"{_DEFS}Whole"}],
        "$defs": defs | parts | {"Change": _CHANGE, "Axis": _AXIS, "Whole": complete},
    }


def _part(
    node: Described, defs: dict[str, Described], parts: dict[str, Described]
) -> Described:
    """Let a table be given in part, and the tables in it."""
    found = dict(node)
    if "$ref" in node:
        name = node["$ref"].removeprefix(_DEFS)
        if f"{name}{_PART}" not in parts:
            parts[f"{name}{_PART}"] = {}  # before it is done, as it may hold itself
            parts[f"{name}{_PART}"].update(_part(defs[name], defs, parts))
        return found | {"$ref": f"{_DEFS}{name}{_PART}"}
    if "anyOf" in node:
        found["anyOf"] = [_part(option, defs, parts) for option in node["anyOf"]]
    if isinstance(node.get("additionalProperties"), dict):
        inner = _part(node["additionalProperties"], defs, parts)
        found["additionalProperties"] = inner
        found.pop("minProperties", None)
    if "properties" in node:
        found["properties"] = {
            k: _part(v, defs, parts) for k, v in node["properties"].items()
        }
        found.pop("required", None)
    return found
