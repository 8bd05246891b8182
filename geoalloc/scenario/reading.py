"""Read a scenario file, and say in one sentence what is wrong with it."""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geoalloc.errors import ScenarioError
from geoalloc.scenario.model import Scenario
from geoalloc.scenario.table import PlaceError


def read(path: Path) -> Scenario:
    """Read a scenario file, and the files that it extends.

    Paths in the file are relative to the file that names them; in the result
    they are absolute.

    Raises
    ------
    ScenarioError
        One sentence for each thing that is wrong, with its file and line.
    """
    values, texts = _merged(Path(path), ())
    return _validated(values, texts)


def parse(resolved: Mapping[str, Any]) -> Scenario:
    """Build a scenario from what ``Scenario.resolved`` gave.

    Raises
    ------
    ScenarioError
        If it is not a scenario.
    """
    try:
        return Scenario.model_validate_json(json.dumps(resolved))
    except ValidationError as error:
        raise ScenarioError(_sentences(error, [])) from None


def json_schema() -> dict[str, Any]:
    """Describe the scenario file as JSON Schema."""
    return Scenario.model_json_schema()


def _merged(
    path: Path, seen: tuple[Path, ...]
) -> tuple[dict[str, Any], list[tuple[Path, str]]]:
    path = path.resolve()
    if path in seen:
        chain = " -> ".join(p.name for p in (*seen, path))
        raise ScenarioError(f"scenarios extend each other in a circle: {chain}")
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except FileNotFoundError:
        raise ScenarioError(f"there is no scenario file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read as a scenario: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path.name} is not TOML: {error}") from None
    _anchor(values, path.parent)
    base = values.pop("extends", None)
    if base is None:
        return values, [(path, text)]
    if not isinstance(base, str):
        raise ScenarioError(f"{path.name}: extends must name a scenario file")
    below, texts = _merged(path.parent / base, (*seen, path))
    return _overlaid(below, values), [(path, text), *texts]


def _anchor(values: dict[str, Any], folder: Path) -> None:
    demand = values.get("demand")
    layers = demand.get("layers") if isinstance(demand, dict) else None
    named = [(values.get("area"), "boundary"), (values.get("incidents"), "path")]
    named += [(values.get("roster"), key) for key in ("path", "queue")]
    driving = values.get("travel")
    named += [(driving.get("roads"), "path")] if isinstance(driving, dict) else []
    named += [(values.get("map"), "roads"), (values.get("briefing"), "actions")]
    groups = values.get("groups")
    for group in groups if isinstance(groups, list) else []:
        named += [(group, "path"), (group, "table")]
    named += [(layer, "path") for layer in layers] if isinstance(layers, list) else []
    for table, key in named:
        if isinstance(table, dict) and isinstance(table.get(key), str):
            table[key] = (folder / table[key]).resolve().as_posix()


def _overlaid(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Lay one set of tables over another; a list replaces a list whole."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            value = _overlaid(under, value)
        result[key] = value
    return result


def _validated(values: dict[str, Any], texts: list[tuple[Path, str]]) -> Scenario:
    try:
        return Scenario.model_validate(values)
    except ValidationError as error:
        raise ScenarioError(_sentences(error, texts)) from None


def _sentences(error: ValidationError, texts: list[tuple[Path, str]]) -> str:
    return "; ".join(_sentence(dict(e), texts) for e in error.errors())


def _sentence(error: dict[str, Any], texts: list[tuple[Path, str]]) -> str:
    tagged = tuple(part for part in error["loc"] if part != "[key]")
    found = error.get("ctx", {}).get("error")
    if isinstance(found, PlaceError):
        tagged += found.at
    loc = _written(tagged)
    name = ".".join(str(part + 1 if isinstance(part, int) else part) for part in loc)
    where = _where(loc, texts)
    kind = error["type"]
    if kind == "extra_forbidden":
        hint = _nearest(str(loc[-1]), _keys_of(tagged[:-1]), "valid keys")
        return f"{where}unknown key {name}: {hint}"
    if kind == "missing":
        return f"{where}{name} is missing{_why(tagged)}"
    if kind == "union_tag_not_found":
        return f"{where}{name}.kind is missing: one of {', '.join(_kinds(loc))}"
    if kind == "union_tag_invalid":
        tag = str(error["ctx"]["tag"])
        hint = _nearest(tag, _kinds(loc), "there are")
        return f"{where}{name}.kind is {tag!r}: {hint}"
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
}


def _unit(loc: tuple[Any, ...]) -> str:
    unit = _UNITS.get(str(loc[-1]).rsplit("_", 1)[-1]) if loc else None
    return f" ({unit})" if unit else ""


def _nearest(word: str, valid: list[str], otherwise: str) -> str:
    near = difflib.get_close_matches(word, valid, n=1, cutoff=0.4)
    return f"did you mean {near[0]}?" if near else f"{otherwise}: {', '.join(valid)}"


def _why(loc: tuple[Any, ...]) -> str:
    """Say what a missing key means, as its description does."""
    schema = json_schema()
    key = _node(loc[:-1], schema).get("properties", {}).get(loc[-1], {})
    return f": {key['description'].rstrip('.')}" if "description" in key else ""


def _written(loc: tuple[Any, ...]) -> tuple[Any, ...]:
    """Leave out the parts of a place that name a kind of table and stand in no file."""
    schema = json_schema()
    return tuple(
        part
        for depth, part in enumerate(loc)
        if part not in _mapping(_node(loc[:depth], schema))
    )


def _kinds(loc: tuple[Any, ...]) -> list[str]:
    return list(_mapping(_node(loc, json_schema())))


def _mapping(node: dict[str, Any]) -> dict[str, str]:
    """Definitions of a table that is one of several kinds, by kind."""
    found: dict[str, str] = node.get("discriminator", {}).get("mapping", {})
    return found


def _keys_of(loc: tuple[Any, ...]) -> list[str]:
    """Names of the keys that the table at ``loc`` may hold."""
    return list(_node(loc, json_schema()).get("properties", {}))


def _node(loc: tuple[Any, ...], schema: dict[str, Any]) -> dict[str, Any]:
    """Find what the schema says of a place."""
    node = schema
    for part in loc:
        kinds = _mapping(node)
        if part in kinds:
            node = {"$ref": kinds[part]}
        elif isinstance(part, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(part) or node.get(
                "additionalProperties", {}
            )
        node = _resolve(node, schema) if isinstance(node, dict) else {}
    return node


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in node.get("anyOf", ()):
        if "$ref" in option:
            node = option
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def _where(loc: tuple[Any, ...], texts: list[tuple[Path, str]]) -> str:
    """Name the file and line of a key: of the first file that sets it."""
    for depth in range(len(loc), 0, -1):
        for path, text in texts:
            line = _line(text, loc[:depth])
            if line:
                return f"{path.name} line {line}: "
    return f"{texts[0][0].name}: " if texts else ""


_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+)\s*=")


def _line(text: str, loc: tuple[Any, ...]) -> int:
    """Find the line on which TOML sets the key at ``loc``; 0 if it does not.

    tomllib keeps no positions, so headers and keys are matched by their text.
    """
    table: tuple[Any, ...] = ()
    seen: dict[tuple[Any, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _parts(header[2])
            if header[1] == "[[":
                seen[table] = seen.get(table, -1) + 1
                table = (*table, seen[table])
            if table == loc or (header[1] == "[[" and table[:-1] == loc):
                return number
            continue
        key = _KEY.match(line)
        if key and (*table, *_parts(key[1])) == loc:
            return number
    return 0


def _parts(dotted: str) -> tuple[str, ...]:
    found = re.findall(r"\"([^\"]*)\"|'([^']*)'|([^.\s\"']+)", dotted)
    return tuple(next(part for part in match if part) for match in found)
