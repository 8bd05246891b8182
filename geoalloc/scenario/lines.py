"""The lines on which a TOML file says each of its keys."""

import re
import tomllib
from typing import Any

Place = tuple[str | int, ...]
"""Keys, and positions in lists, from the top of a file."""

_HEADER = re.compile(r"^\s*(\[\[?)(.*?)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*["'A-Za-z0-9_-]""")


def lines(text: str) -> dict[Place, int]:
    """Tell the line, from 1, of each table, list and key of a TOML text.

    ``tomllib`` keeps no positions, so each statement is read once more on its own. What
    stands inside a value has the line on which that begins.
    """
    found: dict[Place, int] = {}
    seen: dict[Place, int] = {}
    table: Place = ()
    waiting, begun = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not waiting:
            header = _HEADER.match(line)
            if header:
                table = _headed(header[2], header[1] == "[[", seen)
                _note(found, table, number)
                continue
            if not _KEY.match(line):
                continue
            begun = number
        waiting += f"{line}\n"
        # Of a value over several lines, each line but the last leaves it unfinished.
        try:
            said = tomllib.loads(waiting)
        except tomllib.TOMLDecodeError:
            continue
        waiting = ""
        _walk(said, table, begun, found)
    return found


def _headed(dotted: str, many: bool, seen: dict[Place, int]) -> Place:
    """Place a header, of which ``[[...]]`` begins the next table of a list."""
    parts = _parts(dotted)
    place: Place = ()
    for depth, part in enumerate(parts, start=1):
        place = (*place, part)
        if many and depth == len(parts):
            seen[place] = seen.get(place, -1) + 1
        if place in seen:
            place = (*place, seen[place])
    return place


def _parts(dotted: str) -> list[str]:
    node: Any = tomllib.loads(f"{dotted} = 0")
    parts = []
    while isinstance(node, dict):
        part, node = next(iter(node.items()))
        parts.append(part)
    return parts


def _note(found: dict[Place, int], place: Place, number: int) -> None:
    """Keep a line for a place, and for what it lies in if that has none yet."""
    for depth in range(1, len(place) + 1):
        found.setdefault(place[:depth], number)


def _walk(value: object, place: Place, number: int, found: dict[Place, int]) -> None:
    _note(found, place, number)
    if isinstance(value, dict):
        for key, item in value.items():
            _walk(item, (*place, key), number, found)
    elif isinstance(value, list) and all(isinstance(item, dict) for item in value):
        for at, item in enumerate(value):
            _walk(item, (*place, at), number, found)
