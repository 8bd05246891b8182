"""Dotted keys with selectors: which values of a scenario they mean.

``units[kind=response, station=Bath].count`` is a key of those entries of a list,
``units[2].count`` of its second, ``units[*].count`` of all;
``demand.categories.*.on_scene_min`` is a key of all tables in a table.
"""

import re
from dataclasses import dataclass

from geoalloc.scenario import schema_places
from geoalloc.scenario.lines import Place
from geoalloc.scenario.origins import Branch, Leaf, Node, Origin, Row
from geoalloc.scenario.schema_places import Described
from geoalloc.scenario.words import hint, quoted, written

_PART = re.compile(
    r'\s*(?:"([^"]*)"|([^.\[\]"]+?))\s*(?:\[((?:"[^"]*"|[^\]"])*)\])?\s*(\.|$)'
)
_PAIR = re.compile(r'\s*([A-Za-z0-9_]+)\s*=\s*(?:"([^"]*)"|([^,"]*[^,"\s]))\s*(,|$)')
_ALL = "*"


class KeyProblem(ValueError):  # noqa: N818 - it is caught, and said with its line
    """Why a key means nothing here."""


class NoneThere(KeyProblem):
    """The key could mean something, and there is none of it."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a key.

    Attributes
    ----------
    name
        Of the key; ``*`` for all.
    position
        From 0, of an entry of a list.
    pairs
        Keys and values that entries must have.
    selects
        Whether there is a selector.
    """

    name: str
    position: int | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    selects: bool = False


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place that a key means.

    Attributes
    ----------
    holder
        Table or list that the value is in.
    at
        Key or position there.
    place
        From the top.
    schema
        Of the value.
    named
        Whether the schema knows the key.
    begins
        Whether it is a table that may be begun where there is none.
    """

    holder: Branch | Row
    at: str | int
    place: Place
    schema: Described
    named: bool
    begins: bool

    @property
    def node(self) -> Node | None:
        """What is there now, if anything."""
        if isinstance(self.holder, Branch):
            return self.holder.children.get(str(self.at))
        return self.holder.entries[int(self.at)]

    def fill(self, node: Node) -> None:
        """Put something there."""
        if isinstance(self.holder, Branch):
            self.holder.children[str(self.at)] = node
        else:
            self.holder.entries[int(self.at)] = node


@dataclass(frozen=True, kw_only=True)
class _Spot:
    node: Node
    place: Place
    schema: Described
    # Whether tables without which nothing is planned may be begun, such as [patrol].
    begin: bool


def parts(key: str) -> tuple[Part, ...]:
    """Split a key.

    Raises
    ------
    KeyProblem
        If it cannot be read as one.
    """
    found: list[Part] = []
    at, more = 0, True
    while more:
        match = _PART.match(key, at)
        if match is None:
            raise KeyProblem(
                "this is no key: write names joined by dots, such as "
                "units[kind=response].count"
            )
        name = match[1] if match[1] is not None else match[2]
        found.append(_part(name, match[3]))
        at, more = match.end(), match[4] == "."
    return tuple(found)


def _part(name: str, selector: str | None) -> Part:
    if selector is None:
        return Part(name=name)
    inner = selector.strip()
    if inner == _ALL:
        return Part(name=name, selects=True)
    if inner.isdecimal() and int(inner) > 0:
        return Part(name=name, position=int(inner) - 1, selects=True)
    pairs, at = [], 0
    while at < len(inner):
        match = _PAIR.match(inner, at)
        if match is None:
            break
        pairs.append((match[1], match[2] if match[2] is not None else match[3]))
        at = match.end()
    if not pairs or at < len(inner) or inner.endswith(","):
        raise KeyProblem(
            f"[{selector}] selects nothing: write [key=value], [key=value, key=value], "
            "a number from [1], or [*]"
        )
    return Part(name=name, pairs=tuple(pairs), selects=True)


def matched(root: Branch, key: str, *, begin: bool = False) -> list[Slot]:
    """Find the places that a key means; its last name may not be there yet.

    A table on the way that the files leave to its defaults is begun.

    Parameters
    ----------
    root
        Values of a scenario.
    key
        With selectors.
    begin
        Whether to begin tables, too, that are not there unless a file gives them.

    Raises
    ------
    KeyProblem
        If it means nothing.
    """
    top = schema_places.described()
    spots = [_Spot(node=root, place=(), schema=top, begin=begin)]
    *way, last = parts(key)
    for part in way:
        spots = _entered(_children(spots, part), part, begin)
    slots = _children(spots, last)
    if not last.selects:
        return slots
    spots = _present(slots, last, begin)
    return [slot for spot in spots for slot in _chosen(spot, last)]


def _children(spots: list[_Spot], part: Part) -> list[Slot]:
    """Find a key in each of some tables; raise if it can be in none."""
    found: list[Slot] = []
    wrong: KeyProblem | None = None
    for spot in spots:
        try:
            found += _child(spot, part)
        except KeyProblem as problem:
            wrong = wrong or problem
    if not found:
        raise wrong or KeyProblem("there is nothing that it could mean")
    return found


def _child(spot: _Spot, part: Part) -> list[Slot]:
    node, name = spot.node, part.name
    at = ".".join(str(p + 1 if isinstance(p, int) else p) for p in spot.place)
    if isinstance(node, Leaf):
        raise KeyProblem(f"{at} is a value, and holds no key {name}")
    if isinstance(node, Row):
        if not node.entries:
            raise NoneThere(f"{at} is empty")
        if name != _ALL:
            raise KeyProblem(
                f"{at} is a list: say which of it, such as {at}[1].{name}, "
                f"{at}[*].{name}, or by a value: {at}[{_example(node)}].{name}"
            )
        return [_slot(spot, number) for number in range(len(node.entries))]
    if name == _ALL:
        if not node.children:
            raise KeyProblem(f"{at} holds nothing")
        return [_slot(spot, one) for one in node.children]
    known = schema_places.keys(spot.schema)
    if name in node.children or name in known or schema_places.open_ended(spot.schema):
        return [_slot(spot, name)]
    told = f"unknown key {f'{at}.' if at else ''}{name}"
    raise KeyProblem(f"{told}: {hint(name, known, 'valid keys')}")


def _example(row: Row) -> str:
    entry = row.entries[0]
    names = list(entry.children) if isinstance(entry, Branch) else []
    return f"{names[0]}=..." if names else "key=..."


def _slot(spot: _Spot, at: str | int) -> Slot:
    node = spot.node
    if isinstance(node, Leaf):
        raise TypeError("a value holds nothing")
    kind = None
    if isinstance(node, Row):
        entry = node.entries[int(at)]
        found = entry.children.get("kind") if isinstance(entry, Branch) else None
        kind = found.value if isinstance(found, Leaf) else None
    return Slot(
        holder=node,
        at=at,
        place=(*spot.place, at),
        schema=schema_places.below(spot.schema, at, kind),
        named=at in schema_places.keys(spot.schema),
        begins=_begins(spot, at),
    )


def _begins(spot: _Spot, at: str | int) -> bool:
    if schema_places.fills_in(spot.schema, str(at)):
        return True
    table = bool(schema_places.keys(schema_places.below(spot.schema, at)))
    return spot.begin and table and at in schema_places.keys(spot.schema)


def _present(slots: list[Slot], part: Part, begin: bool) -> list[_Spot]:
    spots = [
        _Spot(node=slot.node, place=slot.place, schema=slot.schema, begin=begin)
        for slot in slots
        if slot.node is not None
    ]
    if not spots:
        raise NoneThere(f"{part.name} is not given: there is nothing to select from")
    return spots


def _entered(slots: list[Slot], part: Part, begin: bool) -> list[_Spot]:
    """Go into what a part on the way means."""
    if part.selects:
        spots = _present(slots, part, begin)
        chosen = [slot for spot in spots for slot in _chosen(spot, part)]
        return _present(chosen, part, begin)
    for slot in slots:
        if slot.node is None and slot.begins:
            slot.fill(Branch({}, Origin()))
    there = [slot for slot in slots if slot.node is not None]
    if not there:
        slot = slots[0]
        held = list(slot.holder.children) if isinstance(slot.holder, Branch) else []
        at = ".".join(quoted(str(p)) for p in slot.place)
        near = hint(part.name, held, "there are")
        told = ": give it before it is changed" if slot.named else f"; {near}"
        raise NoneThere(f"{at} is not given{told}")
    return _present(there, part, begin)


def _chosen(spot: _Spot, part: Part) -> list[Slot]:
    """Take the entries that a selector means."""
    row = spot.node
    if not isinstance(row, Row):
        if isinstance(row, Leaf) and row.value == []:
            raise NoneThere(f"{part.name} is empty: there is nothing to select from")
        raise KeyProblem(f"{part.name} is no list of tables: leave out the selector")
    slots = [_slot(spot, number) for number in range(len(row.entries))]
    if not slots:
        raise NoneThere(f"{part.name} is empty: there is nothing to select from")
    if part.position is not None:
        if part.position >= len(slots):
            raise KeyProblem(
                f"{part.name} has {len(slots)}, and no {part.position + 1}"
            )
        return [slots[part.position]]
    for key, value in part.pairs:
        left = [slot for slot in slots if _is(slot, key, value)]
        if not left:
            raise _none_such(part.name, slots, key, value)
        slots = left
    return slots


def _held(slot: Slot, key: str) -> str | None:
    """Write what an entry, or its default, has under a key."""
    entry = slot.node
    child = entry.children.get(key) if isinstance(entry, Branch) else None
    if isinstance(child, Leaf):
        return written(child.value)
    if child is not None:
        return None
    default = schema_places.default(schema_places.below(slot.schema, key))
    return None if default is None else written(default)


def _is(slot: Slot, key: str, value: str) -> bool:
    held = _held(slot, key)
    if held is None or held == value:
        return held == value
    try:
        return float(held) == float(value)
    except ValueError:
        return False


def _none_such(name: str, slots: list[Slot], key: str, value: str) -> KeyProblem:
    there = [text for slot in slots if (text := _held(slot, key)) is not None]
    if there:
        near = hint(value, there, "there are")
        return NoneThere(f"{name} has none of {key}={value}; {near}")
    known = [k for slot in slots for k in schema_places.keys(slot.schema)]
    near = hint(key, known, "valid keys")
    return KeyProblem(f"{name} has no key {key} to select by: {near}")
