"""Changes: what a variant edits of the scenario that it extends."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from geoalloc.errors import ScenarioError
from geoalloc.scenario import schema_places
from geoalloc.scenario.anchors import anchored
from geoalloc.scenario.keys import KeyProblem, NoneThere, Slot, matched
from geoalloc.scenario.lines import Place
from geoalloc.scenario.origins import (
    Branch,
    Leaf,
    Node,
    Origin,
    Row,
    plain,
    planted,
)
from geoalloc.scenario.words import TIMES, counted, hint

WAYS = ("set", "times", "plus", "drop", "add", "total_plus")
"""What a change may do: each is a key of ``[[changes]]``."""

IF_THERE = "if-there"
"""What ``drop`` says where nothing need be there."""

SIGNS = {"times": TIMES, "plus": "plus", "total_plus": "total_plus"}

Number = int | float


@dataclass(frozen=True, kw_only=True)
class Change:
    """One edit.

    Attributes
    ----------
    key
        Of the values that it means.
    way
        One of ``WAYS``.
    value
        That follows it.
    origin
        File and line that say so.
    folder
        Of that file: paths are relative to it.
    """

    key: str
    way: str
    value: Any
    origin: Origin
    folder: Path


def changes_of(said: object, lines: dict[Place, int], path: Path) -> tuple[Change, ...]:
    """Read the ``[[changes]]`` of a file.

    Raises
    ------
    ScenarioError
        If one has no key, or not one thing to do.
    """
    top = Origin(file=path.name, line=lines.get(("changes",), 0), done="set")
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise ScenarioError(f"{top.where}changes must be a list of tables: [[changes]]")
    found = []
    for number, one in enumerate(said):
        at = replace(top, line=lines.get(("changes", number), top.line))
        found.append(_change(one, at, f"changes.{number + 1}", path.parent))
    return tuple(found)


def _change(said: dict[str, Any], origin: Origin, name: str, folder: Path) -> Change:
    for word in said:
        if word not in ("key", *WAYS):
            near = hint(word, ("key", *WAYS), "valid keys")
            raise ScenarioError(f"{origin.where}unknown key {name}.{word}: {near}")
    if not isinstance(said.get("key"), str):
        raise ScenarioError(
            f"{origin.where}{name} must have a key, such as "
            'key = "units[kind=response].count"'
        )
    ways = [way for way in WAYS if way in said]
    if len(ways) != 1:
        raise ScenarioError(
            f"{origin.where}{name} must say one of {', '.join(WAYS)}, "
            f"got {' and '.join(ways) or 'none'}"
        )
    return Change(
        key=said["key"],
        way=ways[0],
        value=said[ways[0]],
        origin=origin,
        folder=folder,
    )


def apply(root: Branch, change: Change) -> None:
    """Carry a change out on the values of a scenario.

    Raises
    ------
    ScenarioError
        If its key means nothing there, or what it means cannot be changed so.
    """
    try:
        begin = change.way in ("set", "add")
        _DO[change.way](matched(root, change.key, begin=begin), change)
    except NoneThere as problem:
        if change.value != IF_THERE:
            raise ScenarioError(
                f"{change.origin.where}{change.key}: {problem}"
            ) from None
    except KeyProblem as problem:
        raise ScenarioError(f"{change.origin.where}{change.key}: {problem}") from None


def _set(slots: list[Slot], change: Change) -> None:
    for slot in slots:
        was = slot.node
        done = f"set, was {_short(was.value)}" if isinstance(was, Leaf) else "set"
        slot.fill(_node(change.value, slot.place, change, done))


def _node(value: object, place: Place, change: Change, done: str) -> Node:
    """Take a value that a change brings."""
    origin = replace(change.origin, done=done)
    return planted(anchored(value, change.folder, place), origin, {}, place)


def _add(slots: list[Slot], change: Change) -> None:
    for slot in slots:
        node, brought = slot.node, change.value
        if isinstance(node, Branch):
            raise KeyProblem(
                "it is a table already: name the new key in it, or set it whole"
            )
        held = _held(slot)
        if held is None:
            slot.fill(_node(brought, slot.place, change, "added"))
            continue
        if not isinstance(held, list):
            raise KeyProblem(f"it is {_short(held)} already: set it instead")
        new = brought if isinstance(brought, list) else [brought]
        slot.fill(_longer(slot, held, new, change))


def _held(slot: Slot) -> Any:  # noqa: ANN401 - of any type
    """Give what is at a place, as TOML would; an empty list if it is to hold one."""
    if slot.node is not None:
        return plain(slot.node)
    return [] if schema_places.types(slot.schema) == {"array"} else None


def _longer(slot: Slot, held: list[Any], new: list[Any], change: Change) -> Node:
    """Append to a list, whose other entries keep their origins."""
    node = slot.node
    if not all(isinstance(one, dict) for one in (*held, *new)):
        return _node([*held, *new], slot.place, change, f"added {_short(new)}")
    entries = list(node.entries) if isinstance(node, Row) else []
    for number, one in enumerate(new, start=len(entries)):
        entries.append(_node(one, (*slot.place, number), change, "added"))
    return Row(entries, change.origin)


def _drop(slots: list[Slot], change: Change) -> None:
    if change.value not in (True, IF_THERE):
        raise KeyProblem(
            f'drop must be true, or "{IF_THERE}" where there may be none of it'
        )
    there = [slot for slot in slots if slot.node is not None]
    if not there:
        raise NoneThere("it is not given: there is nothing to drop")
    # From the last on, since positions move up.
    for slot in reversed(there):
        if isinstance(slot.holder, Branch):
            del slot.holder.children[str(slot.at)]
        else:
            del slot.holder.entries[int(slot.at)]


def _times(slots: list[Slot], change: Change) -> None:
    factor = _number(change)
    _calculate(slots, change, lambda was: was * factor)


def _plus(slots: list[Slot], change: Change) -> None:
    more = _number(change)
    _calculate(slots, change, lambda was: was + more)


def _calculate(
    slots: list[Slot], change: Change, new: Callable[[Fraction], Fraction]
) -> None:
    for slot, was in _numbers(slots):
        found = new(exactly(was))
        if _whole(slot) and found.denominator != 1:
            raise KeyProblem(
                f"{counted(slot.place)} is {was}, and {SIGNS[change.way]} "
                f"{change.value} makes {float(found):g}: it must stay whole, as only "
                "total_plus keeps it"
            )
        _write(slot, was, found, change)


def _total_plus(slots: list[Slot], change: Change) -> None:
    """Change a sum by so much, each by its share of it."""
    more, held = _number(change), _numbers(slots)
    total = sum((exactly(was) for _, was in held), Fraction(0))
    if any(was < 0 for _, was in held):
        raise KeyProblem("one of them is below 0, so that they have no shares")
    if total + more < 0:
        raise KeyProblem(
            f"they add up to {float(total):g}, which cannot change by {change.value}"
        )
    if not total and more:
        raise KeyProblem("they add up to 0: none has a share of what is to be added")
    exact = [more * exactly(was) / total if more else Fraction(0) for _, was in held]
    if any(_whole(slot) for slot, _ in held):
        if more.denominator != 1:
            raise KeyProblem(
                f"total_plus must be whole, as the values are, got {change.value}"
            )
        exact = [Fraction(one) for one in shared(exact)]
    for (slot, was), share in zip(held, exact, strict=True):
        _write(slot, was, exactly(was) + share, change)


def shared(exact: list[Fraction]) -> list[int]:
    """Round shares of a whole number to whole numbers that add up to it.

    Each is rounded towards 0, and the largest remainders get one more (Hamilton's
    method); of equal remainders those that come first in the file.
    """
    sign = -1 if sum(exact) < 0 else 1
    sizes = [sign * one for one in exact]
    floors = [math.floor(size) for size in sizes]
    left = int(sum(sizes)) - sum(floors)
    by_remainder = sorted(range(len(sizes)), key=lambda n: floors[n] - sizes[n])
    for number in by_remainder[:left]:
        floors[number] += 1
    return [sign * floor for floor in floors]


def _number(change: Change) -> Fraction:
    if not is_number(change.value):
        raise KeyProblem(
            f"{change.way} must be a finite number, got {_short(change.value)}"
        )
    return exactly(change.value)


def is_number(value: object) -> bool:
    """Whether a value of TOML is a finite number."""
    found = isinstance(value, int | float) and not isinstance(value, bool)
    return found and math.isfinite(float(str(value)))


def exactly(value: Number) -> Fraction:
    """Take a number as it is written, so that 35 times 0.99 is 34.65."""
    return Fraction(str(value))


def _numbers(slots: list[Slot]) -> list[tuple[Slot, Number]]:
    """Give the number at each place, or its default; places without one are left."""
    found: list[tuple[Slot, Number]] = []
    for slot in slots:
        node = slot.node
        value = schema_places.default(slot.schema) if node is None else plain(node)
        if value is None:
            continue
        if not is_number(value):
            raise KeyProblem(
                f"{counted(slot.place)} is {_short(value)}: only a number can be "
                "multiplied or added to"
            )
        found.append((slot, value))
    if not found:
        raise KeyProblem("it is not given and has no default: set it first")
    return found


def _whole(slot: Slot) -> bool:
    return bool(schema_places.types(slot.schema) & schema_places.NUMBERS == {"integer"})


def _write(slot: Slot, was: Number, found: Fraction, change: Change) -> None:
    try:
        size = float(found)
    except OverflowError:
        raise KeyProblem(f"{counted(slot.place)} would be too large a number") from None
    value = int(found) if found.denominator == 1 else size
    if value == was and slot.node is not None:
        return
    done = f"{SIGNS[change.way]} {change.value}, was {was}"
    slot.fill(Leaf(value, replace(change.origin, done=done)))


def _short(value: object, most: int = 40) -> str:
    """Write a value, or how it begins."""
    text = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, dict):
        text = "a table"
    return text if len(text) <= most else f"{text[: most - 3]}..."


_DO: dict[str, Callable[[list[Slot], Change], None]] = {
    "set": _set,
    "times": _times,
    "plus": _plus,
    "drop": _drop,
    "add": _add,
    "total_plus": _total_plus,
}
