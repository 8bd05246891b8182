"""Scenario files as they are written, and the values that they give together."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from geoalloc.errors import ScenarioError
from geoalloc.scenario import grids, variants
from geoalloc.scenario.anchors import anchored
from geoalloc.scenario.grids import Axis
from geoalloc.scenario.lines import lines
from geoalloc.scenario.origins import (
    Branch,
    Leaf,
    Origin,
    copied,
    overlaid,
    planted,
)
from geoalloc.scenario.variants import Change

# What a scenario says of itself alone, and not of those that extend it.
_OWN = ("expected", "lever")


@dataclass(frozen=True, kw_only=True)
class ScenarioFile:
    """What one file says.

    Attributes
    ----------
    path
        Absolute.
    extends
        Another file, absolute.
    tables
        Its values but for the three that are of the language: ``extends``,
        ``[[changes]]`` and ``[grid]``.
    changes
        In order.
    axes
        Of its grid.
    """

    path: Path
    extends: Path | None
    tables: Branch
    changes: tuple[Change, ...]
    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Shelf:
    """Files that were read, each once."""

    read: dict[Path, ScenarioFile] = field(default_factory=dict)

    def chain(self, path: Path, onto: Path | None = None) -> tuple[ScenarioFile, ...]:
        """Follow ``extends`` from a file to the last; put another in the last's place.

        Parameters
        ----------
        path
            Of the first.
        onto
            What to lay the others over instead of the last. A file that extends
            nothing, or extends ``onto`` already, stays as it is.

        Raises
        ------
        ScenarioError
            If files extend each other in a circle, or one cannot be read.
        """
        chain = self._chain(path.resolve())
        if onto is None or len(chain) == 1:
            return chain
        if onto.resolve() in [one.path for one in chain]:
            return chain
        laid = self._chain(onto.resolve())
        mine = {one.path for one in laid}
        return (*(one for one in chain[:-1] if one.path not in mine), *laid)

    def _chain(self, path: Path) -> tuple[ScenarioFile, ...]:
        found: list[ScenarioFile] = []
        after: Path | None = path
        while after is not None:
            if after in [one.path for one in found]:
                names = [one.path.name for one in found] + [after.name]
                raise ScenarioError(
                    f"scenarios extend each other in a circle: {' -> '.join(names)}"
                )
            found.append(self._file(after))
            after = found[-1].extends
        return tuple(found)

    def _file(self, path: Path) -> ScenarioFile:
        if path not in self.read:
            self.read[path] = _read(path)
        return self.read[path]


def _read(path: Path) -> ScenarioFile:
    try:
        text = path.read_text(encoding="utf-8")
        values = tomllib.loads(text)
    except FileNotFoundError:
        raise ScenarioError(f"there is no scenario file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} cannot be read as a scenario: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path.name} is not TOML: {error}") from None
    said = lines(text)
    origin = Origin(file=path.name, done="set")
    base = values.pop("extends", None)
    if not (base is None or isinstance(base, str)):
        raise ScenarioError(f"{path.name}: extends must name a scenario file")
    changes = values.pop("changes", [])
    grid = values.pop("grid", {})
    tables = planted(anchored(values, path.parent), origin, said)
    return ScenarioFile(
        path=path,
        extends=None if base is None else (path.parent / base).resolve(),
        tables=tables if isinstance(tables, Branch) else Branch({}, origin),
        changes=variants.changes_of(changes, said, path),
        axes=grids.axes_of(grid, said, path.name),
    )


def laid(chain: tuple[ScenarioFile, ...]) -> Branch:
    """Lay the files of a chain over each other, from the last, each with its changes.

    What a file says of itself alone goes no further, and neither does its grid.
    """
    root = Branch({}, chain[-1].tables.origin)
    for one in reversed(chain):
        kept = {k: v for k, v in root.children.items() if k not in _OWN}
        root = overlaid(Branch(kept, root.origin), copied_table(one.tables))
        for change in one.changes:
            variants.apply(root, change)
    return root


def copied_table(table: Branch) -> Branch:
    """Copy a table, so that the copy may be changed."""
    return Branch({k: copied(v) for k, v in table.children.items()}, table.origin)


def over_grid(root: Branch, of: ScenarioFile) -> Iterator[Branch]:
    """Give the values of each combination of a file's grid; or those values alone."""
    if not of.axes:
        yield root
        return
    for name, values in grids.combinations(of.axes):
        one = copied_table(root)
        for change in grids.edits(of.axes, values, of.path.parent):
            variants.apply(one, change)
        _append(one, "name", f"-{name}")
        _append(one, "question", f" With {grids.told(of.axes, values)}.")
        yield one


def _append(root: Branch, key: str, more: str) -> None:
    """Say more in a text, if there is one to say it in."""
    node = root.children.get(key)
    if isinstance(node, Leaf) and isinstance(node.value, str):
        root.children[key] = Leaf(f"{node.value}{more}", node.origin)
