"""Values of a scenario, each with where it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from geoalloc.errors import ScenarioError
from geoalloc.scenario.lines import Place

DEFAULT = "default"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a value comes from.

    Attributes
    ----------
    file
        Name of the scenario file; empty for a default.
    line
        From 1; 0 for a default.
    done
        ``set``, ``default``, or what a change did: ``plus 2, was 14``.
    """

    file: str = ""
    line: int = 0
    done: str = DEFAULT

    def __str__(self) -> str:
        """Say it as a comment on the value."""
        if not self.file:
            return self.done
        told = "" if self.done == "set" else f": {self.done}"
        return f"{self.file} line {self.line}{told}"

    @property
    def where(self) -> str:
        """Begin a sentence about what is wrong there."""
        return f"{self.file} line {self.line}: " if self.line else f"{self.file}: "


@dataclass(frozen=True)
class Leaf:
    """A value, or a list of values."""

    value: Any
    origin: Origin


@dataclass(frozen=True)
class Branch:
    """A table."""

    children: "dict[str, Node]"
    origin: Origin


@dataclass(frozen=True)
class Row:
    """A list of tables."""

    entries: "list[Node]"
    origin: Origin


Node: TypeAlias = Leaf | Branch | Row


def planted(
    value: object, origin: Origin, lines: dict[Place, int], place: Place = ()
) -> Node:
    """Note of each value of a table where it comes from.

    Parameters
    ----------
    value
        Of TOML.
    origin
        Of what ``lines`` says nothing about.
    lines
        Lines of the file by place.
    place
        Of the value in the file.

    Raises
    ------
    ScenarioError
        If a number is nan.
    """
    line = lines.get(place, origin.line)
    here = Origin(file=origin.file, line=line, done=origin.done)
    if isinstance(value, dict):
        return Branch(
            {k: planted(v, here, lines, (*place, k)) for k, v in value.items()}, here
        )
    if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        return Row(
            [planted(v, here, lines, (*place, n)) for n, v in enumerate(value)], here
        )
    many = value if isinstance(value, list) else [value]
    # Nothing else differs from itself.
    if any(isinstance(one, float) and one != one for one in many):
        name = ".".join(str(p + 1 if isinstance(p, int) else p) for p in place)
        raise ScenarioError(
            f"{here.where}{name or 'the value'} is nan, which is no number: give one, "
            "or leave the key out"
        )
    return Leaf(value, here)


def copied(node: Node) -> Node:
    """Copy the tables and lists, so that the copy may be changed."""
    if isinstance(node, Branch):
        return Branch({k: copied(v) for k, v in node.children.items()}, node.origin)
    if isinstance(node, Row):
        return Row([copied(entry) for entry in node.entries], node.origin)
    return node


def plain(node: Node) -> Any:  # noqa: ANN401 - of any type
    """Give the values alone, as TOML would."""
    if isinstance(node, Branch):
        return {key: plain(child) for key, child in node.children.items()}
    if isinstance(node, Row):
        return [plain(entry) for entry in node.entries]
    return node.value


def overlaid(below: Branch, above: Branch) -> Branch:
    """Lay one set of tables over another; a list replaces a list whole."""
    result = dict(below.children)
    for key, node in above.children.items():
        under = result.get(key)
        if isinstance(node, Branch) and isinstance(under, Branch):
            node = overlaid(under, node)
        result[key] = node
    return Branch(result, above.origin)


def nearest(root: Node, place: Place) -> Origin:
    """Find the origin of a place, or of the table that it would be in."""
    node = root
    for part in place:
        found: Node | None = None
        if isinstance(node, Branch):
            found = node.children.get(str(part))
        elif isinstance(node, Row) and isinstance(part, int):
            found = node.entries[part] if part < len(node.entries) else None
        if found is None:
            break
        node = found
    return node.origin


def leaves(root: Node, place: Place = ()) -> Iterator[tuple[Place, Leaf]]:
    """Give each value and its place, in the order of the files."""
    if isinstance(root, Branch):
        for key, child in root.children.items():
            yield from leaves(child, (*place, key))
    elif isinstance(root, Row):
        for number, entry in enumerate(root.entries):
            yield from leaves(entry, (*place, number))
    else:
        yield place, root
