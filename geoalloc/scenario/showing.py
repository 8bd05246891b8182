"""A scenario as text, each value with where it comes from."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from geoalloc.scenario.model import Scenario
from geoalloc.scenario.naming import entry_names, is_row, named, telling, under
from geoalloc.scenario.origins import DEFAULT, Branch, Origin, leaves

_WIDE = 88
_COLUMN = 44  # at which comments stand, unless a value reaches beyond it

_Said = tuple[str, Any, str]
"""A line, the value that it gives, and the comment on it."""


def origins_of(scenario: Scenario, root: Branch) -> dict[str, Origin]:
    """Tell of each value of a scenario where it comes from.

    Parameters
    ----------
    scenario
        As it was read.
    root
        What its files say.
    """
    told = {place: leaf.origin for place, leaf in leaves(root)}
    return {
        name: told.get(place, Origin())
        for place, name, _ in named(scenario.model_dump())
    }


def text(scenario: Scenario, origins: Mapping[str, Origin]) -> str:
    """Write a scenario as TOML that gives it again, a comment on every value.

    Parameters
    ----------
    scenario
        With every default.
    origins
        By dotted key.
    """
    return "\n".join(_table(scenario.model_dump(), "", "", origins)).lstrip("\n")


def changed_text(
    scenario: Scenario, origins: Mapping[str, Origin], *, base: str
) -> str:
    """Write, a line each, the values that are no defaults and not said by the base.

    Parameters
    ----------
    scenario
        With every default.
    origins
        By dotted key.
    base
        Name of the file of which nothing is told that it sets.
    """
    rows = [
        (f"{name} = {toml(value)}", value, str(origins[name]))
        for _, name, value in named(scenario.model_dump())
        if origins[name].done != DEFAULT
        and (origins[name].file != base or origins[name].done != "set")
    ]
    return "\n".join(_aligned(rows))


def _table(
    values: dict[str, Any], header: str, name: str, origins: Mapping[str, Origin]
) -> list[str]:
    """Write a table: its values first, then the tables in it."""
    tables = {k: v for k, v in values.items() if (isinstance(v, dict) and v)}
    rows = {k: v for k, v in values.items() if is_row(v)}
    said = [
        (_line(key, value), value, str(origins[under(name, key)]))
        for key, value in values.items()
        if key not in tables and key not in rows
    ]
    lines = _aligned(said)
    for key, table in tables.items():
        inner = _dotted(header, key)
        bare = all(isinstance(v, dict) and v for v in table.values())
        lines += [] if bare else ["", f"[{inner}]"]
        lines += _table(table, inner, under(name, key), origins)
    for key, row in rows.items():
        inner = _dotted(header, key)
        names = entry_names(under(name, key), row, telling(row))
        for entry, entry_name in zip(row, names, strict=True):
            lines += ["", f"[[{inner}]]", *_table(entry, inner, entry_name, origins)]
    return lines


def _dotted(header: str, key: str) -> str:
    return f"{header}.{_key(key)}" if header else _key(key)


def _key(key: str) -> str:
    bare = key.replace("-", "").replace("_", "")
    return key if bare.isascii() and bare.isalnum() else json.dumps(key)


def _line(key: str, value: object) -> str:
    if value is None:
        return f"# {_key(key)}: none"  # TOML has no word for it
    return f"{_key(key)} = {toml(value)}"


def toml(value: object) -> str:
    """Write a value as TOML does."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(toml(one) for one in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(k)} = {toml(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return "none" if value is None else str(value)


def _aligned(rows: list[_Said]) -> list[str]:
    """Put comments under each other; wrap lists that are too long for a line."""
    width = max((len(one) for one, _, _ in rows if len(one) <= _COLUMN), default=0)
    lines = []
    for line, value, comment in rows:
        if len(line) <= _WIDE or not isinstance(value, list):
            lines.append(f"{line:<{width}}  # {comment}")
            continue
        start = f"{line.removesuffix(toml(value))}["
        lines += [f"{start:<{width}}  # {comment}", *_wrapped(value), "]"]
    return lines


def _wrapped(items: list[Any]) -> list[str]:
    lines = [" "]
    for item in items:
        said = f" {toml(item)},"
        if len(lines[-1]) + len(said) > _WIDE and lines[-1].strip():
            lines.append(" ")
        lines[-1] += said
    return lines
