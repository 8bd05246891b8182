"""Say in one sentence what is wrong with a scenario, and where."""

from typing import Any

from pydantic import ValidationError

from geoalloc.scenario import schema_places
from geoalloc.scenario.lines import Place
from geoalloc.scenario.origins import Branch, nearest
from geoalloc.scenario.table import PlaceError
from geoalloc.scenario.words import counted, hint


def sentences(error: ValidationError, root: Branch | None) -> str:
    """Tell all that is wrong; with file and line if the values have origins."""
    return "; ".join(_sentence(dict(e), root) for e in error.errors())


def _sentence(error: dict[str, Any], root: Branch | None) -> str:
    tagged = tuple(part for part in error["loc"] if part != "[key]")
    found = error.get("ctx", {}).get("error")
    if isinstance(found, PlaceError):
        tagged += found.at
    loc = _written(tagged)
    name = counted(loc)
    where = nearest(root, loc).where if root is not None else ""
    kind = error["type"]
    if kind == "extra_forbidden":
        valid = schema_places.keys(schema_places.at(tagged[:-1]))
        near = hint(str(loc[-1]), valid, "valid keys")
        return f"{where}unknown key {name}: {near}"
    if kind == "missing":
        return f"{where}{name} is missing{_why(tagged)}"
    if kind == "union_tag_not_found":
        return f"{where}{name}.kind is missing: one of {', '.join(_kinds(loc))}"
    if kind == "union_tag_invalid":
        tag = str(error["ctx"]["tag"])
        near = hint(tag, _kinds(loc), "there are")
        return f"{where}{name}.kind is {tag!r}: {near}"
    if kind in ("too_short", "too_long"):
        limit = error["ctx"].get("min_length") or error["ctx"]["max_length"]
        word = "at least" if kind == "too_short" else "at most"
        return f"{where}{name} must hold {word} {limit}, got {len(error['input'])}"
    message = error["msg"].removeprefix("Value error, ")
    message = message.removeprefix("Input should be ").removeprefix("a valid ")
    if kind == "value_error":
        return f"{where}{name + ': ' if name else ''}{message}"
    return f"{where}{name} must be {message}{_unit(loc)}, got {error['input']!r}"


_UNITS = {
    "m": "metres",
    "min": "minutes",
    "kmh": "kilometres an hour",
    "days": "days",
    "h": "hours",
    "s": "seconds",
    "km2": "square kilometres",
}


def _unit(loc: Place) -> str:
    unit = _UNITS.get(str(loc[-1]).rsplit("_", 1)[-1]) if loc else None
    return f" ({unit})" if unit else ""


def _why(loc: Place) -> str:
    """Say what a missing key means, as its description does."""
    key = schema_places.at(loc[:-1]).get("properties", {}).get(loc[-1], {})
    return f": {key['description'].rstrip('.')}" if "description" in key else ""


def _written(loc: Place) -> Place:
    """Leave out the parts of a place that name a kind of table and stand in no file."""
    return tuple(
        part
        for depth, part in enumerate(loc)
        if part not in schema_places.kinds(schema_places.at(loc[:depth]))
    )


def _kinds(loc: Place) -> list[str]:
    return list(schema_places.kinds(schema_places.at(loc)))
