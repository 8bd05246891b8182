"""Names of the values of a scenario: dotted keys that can be written in a change."""

from collections.abc import Iterator, Sequence
from typing import Any

from geoalloc.scenario.lines import Place
from geoalloc.scenario.words import quoted, selected

Values = dict[str, Any]

# Keys that tell the entries of a list apart: the first that do, do.
_TELLING = (
    ("name",),
    ("kind",),
    ("kind", "station"),
    ("kind", "station", "starts_h"),
    ("kind", "name"),
    ("by", "group"),
    ("kind", "by", "group"),
    ("district", "pip"),
    ("district", "pip", "team"),
    ("first",),
)


def is_row(value: object) -> bool:
    """Whether a value is a list of tables."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, dict) for one in value)
    )


def telling(*rows: Sequence[Values]) -> tuple[str, ...]:
    """Find keys that tell the entries of each of some lists apart; none if none do."""
    for keys in _TELLING:
        if all(_apart(row, keys) for row in rows):
            return keys
    return ()


def _apart(row: Sequence[Values], keys: tuple[str, ...]) -> bool:
    marks = [pairs(entry, keys) for entry in row]
    return all(marks) and len(set(marks)) == len(marks)


def pairs(entry: Values, keys: tuple[str, ...]) -> tuple[tuple[str, object], ...]:
    """Give the keys of an entry by which it is told, with their values."""
    return tuple((key, entry[key]) for key in keys if entry.get(key) is not None)


def entry_names(name: str, row: Sequence[Values], keys: tuple[str, ...]) -> list[str]:
    """Name each entry of a list: by what tells it, or by its position from 1."""
    if not keys:
        return [f"{name}[{number}]" for number in range(1, len(row) + 1)]
    stem, _, last = name.rpartition(".")
    start = f"{stem}." if stem else ""
    return [f"{start}{selected(last, pairs(entry, keys))}" for entry in row]


def named(values: Values) -> Iterator[tuple[Place, str, Any]]:
    """Give the place, the name and the value of each key that holds no table."""
    yield from _named(values, (), "")


def _named(value: Any, place: Place, name: str) -> Iterator[tuple[Place, str, Any]]:  # noqa: ANN401
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _named(child, (*place, key), under(name, key))
    elif is_row(value):
        names = entry_names(name, value, telling(value))
        for number, entry in enumerate(value):
            yield from _named(entry, (*place, number), names[number])
    else:
        yield place, name, value


def under(name: str, key: str) -> str:
    """Name a key of a table."""
    return f"{name}.{quoted(key)}" if name else quoted(key)
