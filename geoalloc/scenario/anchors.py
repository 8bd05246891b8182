"""Paths in a scenario file, which are relative to the file that names them."""

from pathlib import Path
from typing import Any

from geoalloc.scenario.lines import Place

_PATHS = {
    ("area", "boundary"),
    ("briefing", "actions"),
    ("demand", "layers", 0, "path"),
    ("groups", 0, "path"),
    ("groups", 0, "table"),
    ("incidents", "path"),
    ("map", "roads"),
    ("people", "path"),
    ("people", "table"),
    ("roster", "path"),
    ("roster", "queue"),
    ("travel", "closures", 0, "path"),
    ("travel", "roads", "path"),
}


def is_path(place: Place) -> bool:
    """Whether the value at a place names a file."""
    return tuple(0 if isinstance(part, int) else part for part in place) in _PATHS


def anchored(value: Any, folder: Path, place: Place = ()) -> Any:  # noqa: ANN401
    """Make the paths in a value absolute.

    Parameters
    ----------
    value
        Of TOML, at ``place``.
    folder
        Of the file that says it.
    place
        Keys, and positions in lists, from the top of the scenario.
    """
    if isinstance(value, dict):
        return {k: anchored(v, folder, (*place, k)) for k, v in value.items()}
    if isinstance(value, list):
        return [anchored(v, folder, (*place, n)) for n, v in enumerate(value)]
    if isinstance(value, str) and is_path(place):
        return (folder / value).resolve().as_posix()
    return value
