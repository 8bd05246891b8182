"""What to do: the force's own table, read and checked, and never added to."""

import csv
import difflib
import io
from pathlib import Path
from typing import Any, TypedDict

from geoalloc import incidents, roster
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError
from geoalloc.scenario import Scenario

__all__ = ["Action", "of", "read", "record"]

_REQUIRED = ("category", "action")
_COLUMNS = ("category", "place", "action")


class Action(TypedDict):
    """One line of the table; it holds everywhere if ``place`` is empty."""

    category: str
    place: str
    action: str


def of(scenario: Scenario, area: Boundaries) -> list[Action]:
    """Read the table that a scenario names; without one there is no action.

    Raises
    ------
    DataError
        As `read`.
    """
    if scenario.briefing.actions is None:
        return []
    return read(
        Path(scenario.briefing.actions),
        categories=list(scenario.demand.categories),
        places=area.places["name"].tolist(),
    )


def read(path: Path, *, categories: list[str], places: list[str]) -> list[Action]:
    """Read a CSV file of ``category``, ``action`` and, if it has one, ``place``.

    Parameters
    ----------
    categories
        Slugs that a line may name; it may spell them as labels.
    places
        Names that a line may give; if there is none, any.

    Returns
    -------
    actions
        In the order of the file, the category as slug.

    Raises
    ------
    DataError
        If the file cannot be read as CSV in UTF-8, has a column about a person or
        one that is not known, or lacks one; if a line has more fields than columns,
        no action, or a category or place that is not known.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path} does not exist: name a CSV file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{path.name} cannot be read as CSV in UTF-8: {error}"
        ) from None
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        columns = [column.strip().lower() for column in reader.fieldnames or ()]
        _require_columns(path, columns)
        reader.fieldnames = columns
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise DataError(
            f"{path.name} is not CSV after line {reader.line_num}: {error}"
        ) from None
    return [_action(path, line, row, categories, places) for line, row in rows]


def record(scenario: Scenario, actions: list[Action]) -> dict[str, Any]:
    """Say what the sheets are to say, ready for JSON."""
    wanted = scenario.briefing
    return {
        "actions": actions,
        "source": Path(wanted.actions).name if wanted.actions else "",
        "priorities": wanted.priorities,
        "dwell_min": wanted.dwell_min,
        "destroy_after_days": wanted.destroy_after_days,
    }


def _require_columns(path: Path, columns: list[str]) -> None:
    others = [column for column in columns if column not in _COLUMNS]
    roster.refuse_personal(path, others)
    if others:
        raise DataError(
            f"{path.name} has columns that are not known: {', '.join(others)}; there "
            f"are {', '.join(_COLUMNS)}: leave the others out"
        )
    missing = [column for column in _REQUIRED if column not in columns]
    if missing:
        raise DataError(
            f"{path.name} lacks the columns {', '.join(missing)}: needed are "
            f"{', '.join(_REQUIRED)}"
        )
    if len(set(columns)) < len(columns):
        raise DataError(f"{path.name} has a column twice: {', '.join(columns)}")


def _action(
    path: Path,
    line: int,
    row: dict[str | None, Any],
    categories: list[str],
    places: list[str],
) -> Action:
    where = f"{path.name} line {line}"
    if None in row:
        raise DataError(
            f"{where} has more fields than the file has columns: put a text that holds "
            "a comma in quotation marks"
        )
    said = {name: " ".join((row.get(name) or "").split()) for name in _COLUMNS}
    slug = incidents.category_slug(said["category"])
    _require_known(f"{where}: the category", said["category"], slug, categories)
    if said["place"] and places:
        _require_known(f"{where}: the place", said["place"], said["place"], places)
    if not said["action"]:
        raise DataError(f"{where} says nothing to do: give an action, or leave it out")
    return Action(category=slug, place=said["place"], action=said["action"])


def _require_known(what: str, given: str, name: str, known: list[str]) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}" if near else f"there are {', '.join(known[:15])}"
    raise DataError(f"{what} {given!r} is not known; {hint}")
