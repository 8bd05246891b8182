"""Read scenario files, and say in one sentence what is wrong with one."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from geoalloc.errors import ScenarioError
from geoalloc.scenario import faults, grids
from geoalloc.scenario.differing import differences, sentences
from geoalloc.scenario.files import ScenarioFile, Shelf, laid, over_grid
from geoalloc.scenario.grids import TooMany
from geoalloc.scenario.model import Scenario
from geoalloc.scenario.origins import Branch, Origin, plain
from geoalloc.scenario.showing import origins_of


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A scenario, and where each of its values comes from.

    Attributes
    ----------
    scenario
        With every default.
    file
        That gives it.
    extends
        Name of the file that it extends; empty if none.
    base
        Name of the file at the end of what it extends; its own if it extends nothing.
    root, below
        Values of its files, and of those that it extends; of a grid that extends
        nothing, those without the grid.
    """

    scenario: Scenario
    file: Path
    extends: str
    base: str
    root: Branch
    below: Branch

    @cached_property
    def origins(self) -> Mapping[str, Origin]:
        """By dotted key, such as ``units[kind=response, station=Bath].count``."""
        return origins_of(self.scenario, self.root)

    @cached_property
    def changes(self) -> tuple[str, ...]:
        """A sentence for each thing that is not as in what it extends."""
        try:
            was = Scenario.model_validate(plain(self.below))
        except ValidationError:  # what is extended need not be a scenario by itself
            return tuple(sentences(plain(self.below), plain(self.root)))
        return tuple(differences(was, self.scenario))


def read(path: Path) -> Scenario:
    """Read a scenario file, and the files that it extends.

    Paths in the file are relative to the file that names them; in the result
    they are absolute.

    Raises
    ------
    ScenarioError
        One sentence for each thing that is wrong, with its file and line; also if
        the file has a grid, and gives many scenarios.
    """
    chain = Shelf().chain(Path(path))
    count = grids.count(chain[0].axes)
    if count > 1:
        raise ScenarioError(
            f"{chain[0].path.name} has a [grid] of {count:,} scenarios, and one is "
            "wanted: give it to geoalloc compare, or see them with geoalloc scenario "
            "show"
        )
    root = next(over_grid(laid(chain), chain[0]))
    return _validated(root)


def read_all(
    paths: Iterable[Path], *, most: int = 1000, onto: Path | None = None
) -> list[Resolved]:
    """Read scenario files with all that their grids give, in the order of the paths.

    Parameters
    ----------
    paths
        Of scenario files; one that is named twice is read once.
    most
        Scenarios, above which none is made.
    onto
        A scenario file to lay the others over, instead of the one that they extend in
        the end. One that extends nothing, or extends this one already, stays as it is.

    Raises
    ------
    ScenarioError
        One sentence for each thing that is wrong, with its file and line; or if two
        scenarios have one name.
    TooMany
        If there are more than ``most``; it knows how many.
    """
    shelf = Shelf()
    files = dict.fromkeys(Path(path).resolve() for path in paths)
    chains = [shelf.chain(path, onto) for path in files]
    count = sum(grids.count(chain[0].axes) for chain in chains)
    if count > most:
        raise TooMany(
            f"the files give {count:,} scenarios, and {most:,} are the most: give "
            "fewer files, or grids of fewer values",
            count,
        )
    found = [one for chain in chains for one in _resolved(chain)]
    _require_names(found)
    return found


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
        raise ScenarioError(faults.sentences(error, None)) from None


def _resolved(chain: tuple[ScenarioFile, ...]) -> Iterator[Resolved]:
    root, top = laid(chain), chain[0]
    below = laid(chain[1:]) if len(chain) > 1 else root
    for one in over_grid(root, top):
        yield Resolved(
            scenario=_validated(one),
            file=top.path,
            extends=chain[1].path.name if len(chain) > 1 else "",
            base=chain[-1].path.name,
            root=one,
            below=below,
        )


def _validated(root: Branch) -> Scenario:
    try:
        return Scenario.model_validate(plain(root))
    except ValidationError as error:
        raise ScenarioError(faults.sentences(error, root)) from None


def _require_names(found: list[Resolved]) -> None:
    files: dict[str, Path] = {}
    for one in found:
        name = one.scenario.name
        if name in files:
            both = _both(files[name], one.file)
            raise ScenarioError(
                f"two scenarios have the name {name!r}, {both}: give one of them "
                "another"
            )
        files[name] = one.file


def _both(one: Path, other: Path) -> str:
    """Name two files, without their folders where that is enough."""
    if one == other:
        return f"both of the grid of {one.name}"
    if one.name == other.name:
        return f"of {one} and of {other}"
    return f"of {one.name} and of {other.name}"
