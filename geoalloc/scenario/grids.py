"""Grids: one file that gives a scenario for each combination of some values."""

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

from geoalloc.errors import ScenarioError
from geoalloc.scenario.keys import KeyProblem, Part, parts
from geoalloc.scenario.lines import Place
from geoalloc.scenario.origins import Origin
from geoalloc.scenario.variants import Change, exactly, is_number
from geoalloc.scenario.words import TIMES, hint

_RANGE = {"from", "to", "step"}
_WAYS = ("set", "times", "plus", "total_plus")


class TooMany(ScenarioError):  # noqa: N818 - it is asked about, and need be no error
    """More scenarios than were asked for at the most.

    Attributes
    ----------
    count
        Scenarios that the files give.
    """

    def __init__(self, message: str, count: int) -> None:
        super().__init__(message)
        self.count = count


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The values of one key.

    Attributes
    ----------
    key
        With selectors.
    way
        ``set``, ``times``, ``plus`` or ``total_plus``.
    values
        In the order of the file; a range is not written out.
    origin
        File and line.
    label
        Of the key in names of scenarios.
    """

    key: str
    way: str
    values: "tuple[Any, ...] | Steps"
    origin: Origin
    label: str = ""


@dataclass(frozen=True)
class Steps:
    """Numbers from one to another by equal steps, worked out exactly."""

    first: int | float
    step: int | float
    count: int

    def __len__(self) -> int:
        """Count them."""
        return self.count

    def __iter__(self) -> Iterator[int | float]:
        """Give them in order."""
        whole = isinstance(self.first, int) and isinstance(self.step, int)
        for number in range(self.count):
            value = exactly(self.first) + number * exactly(self.step)
            yield int(value) if whole else float(value)


def axes_of(said: object, lines: dict[Place, int], file: str) -> tuple[Axis, ...]:
    """Read the ``[grid]`` of a file.

    Raises
    ------
    ScenarioError
        If a key or its values cannot be read.
    """
    top = Origin(file=file, line=lines.get(("grid",), 0), done="set")
    if not isinstance(said, dict):
        raise ScenarioError(f"{top.where}grid must be a table of keys and their values")
    found = []
    for place, value in _flat(said, ("grid",)):
        origin = replace(top, line=lines.get(place, top.line))
        key = ".".join(str(part) for part in place[1:])
        found.append(_axis(key, value, origin))
    return tuple(_labeled(found))


def _flat(said: dict[str, Any], place: Place) -> list[tuple[Place, Any]]:
    """Join keys that TOML took apart at their dots."""
    found: list[tuple[Place, Any]] = []
    for key, value in said.items():
        known = isinstance(value, dict) and set(value) & {*_RANGE, *_WAYS}
        table = isinstance(value, dict) and value and not known
        here = (*place, key)
        found += _flat(value, here) if table else [(here, value)]
    return found


def _axis(key: str, value: object, origin: Origin) -> Axis:
    start = f"{origin.where}grid {key}"
    try:
        parts(key)
    except KeyProblem as problem:
        raise ScenarioError(f"{start}: {problem}") from None
    way: str = "set"
    if isinstance(value, dict) and not set(value) <= _RANGE:
        word = next(iter(set(value) - _RANGE))
        if len(value) != 1 or word not in _WAYS:
            raise ScenarioError(
                f"{start} must be a list of values, or a table of one of "
                f"{', '.join(_WAYS)}, or of from, to and step"
            )
        way, value = word, value[word]
    if isinstance(value, dict):
        return Axis(key=key, way=way, values=_steps(value, start), origin=origin)
    return Axis(key=key, way=way, values=_listed(value, way, start), origin=origin)


def _listed(said: object, way: str, start: str) -> tuple[Any, ...]:
    if not isinstance(said, list) or not said:
        raise ScenarioError(f"{start} must hold a list of at least one value")
    for number, one in enumerate(said):
        if one in said[:number]:
            raise ScenarioError(f"{start} has {one!r} twice: leave one out")
        if way != "set" and not is_number(one):
            raise ScenarioError(f"{start}: {way} must be finite numbers, got {one!r}")
    return tuple(said)


def _steps(said: dict[str, Any], start: str) -> Steps:
    for word in said:
        if word not in _RANGE:
            near = hint(word, sorted(_RANGE), "valid keys")
            raise ScenarioError(f"{start}: unknown key {word}: {near}")
    if set(said) != _RANGE or not all(is_number(one) for one in said.values()):
        raise ScenarioError(f"{start}: a range needs the numbers from, to and step")
    first, last, step = (exactly(said[word]) for word in ("from", "to", "step"))
    if step == 0 or (last - first) / step < 0:
        raise ScenarioError(
            f"{start}: from {said['from']} no step of {said['step']} leads to "
            f"{said['to']}: correct its sign"
        )
    count = math.floor(Fraction(last - first) / step) + 1
    return Steps(said["from"], said["step"], count)


def _labeled(axes: list[Axis]) -> list[Axis]:
    """Give each key the fewest of its last words that no other has."""
    words = [_words(axis.key) for axis in axes]
    found = []
    for number, axis in enumerate(axes):
        others = words[:number] + words[number + 1 :]
        mine = words[number]
        most = range(len(mine), 0, -1)
        # The last name alone says little of an entry of a list: its selector does.
        enough = [n for n in most if all(w[-n:] != mine[-n:] for w in others)]
        label = "-".join(mine[-min(enough, default=len(mine)) :])
        found.append(replace(axis, label=label))
    return found


def _words(key: str) -> list[str]:
    """Names of a key as words of a scenario's name, the last with its selector."""
    found: list[str] = []
    waiting = ""
    for part in parts(key):
        if part.name != "*":
            found.append(f"{waiting}{slug(part.name)}")
            waiting = ""
        told = _selector(part)
        if told:
            waiting = f"{told}-"
    if waiting:
        found[-1] = f"{found[-1]}-{waiting.rstrip('-')}"
    return [word for word in found if word]


def _selector(part: Part) -> str:
    if part.position is not None:
        return str(part.position + 1)
    return "-".join(slug(value) for _, value in part.pairs)


def slug(value: object) -> str:
    """Write a value as lower-case words joined by hyphens."""
    text = str(value).lower()
    if isinstance(value, str) and "/" in value:
        text = PurePath(value).stem.lower()
    elif is_number(value):
        text = text.replace("-", "minus ", 1) if text.startswith("-") else text
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def count(axes: tuple[Axis, ...]) -> int:
    """Count the combinations, without making them."""
    return math.prod(len(axis.values) for axis in axes)


def combinations(axes: tuple[Axis, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Give a value of each key, the last key's changing fastest, and what to call them.

    Combinations that would have one name are numbered from the second on.
    """
    taken: set[str] = set()
    for values in itertools.product(*(axis.values for axis in axes)):
        plain = name = _name(axes, values)
        more = itertools.count(2)
        while name in taken:
            name = f"{plain}-{next(more)}"
        taken.add(name)
        yield name, values


def _name(axes: tuple[Axis, ...], values: tuple[Any, ...]) -> str:
    """Name a combination: ``reposts-20-response-count-minus-10``."""
    return "-".join(
        f"{axis.label}-{_sized(axis.way, value)}"
        for axis, value in zip(axes, values, strict=True)
    ).strip("-")


def _sized(way: str, value: object) -> str:
    if way == "times":
        return f"times-{slug(value)}"
    if way == "set":
        return slug(value) or "none"
    return slug(value) if str(value).startswith("-") else f"plus-{slug(value)}"


def told(axes: tuple[Axis, ...], values: tuple[Any, ...]) -> str:
    """Say a combination in words, for the question."""
    return " and ".join(
        _told(axis, value) for axis, value in zip(axes, values, strict=True)
    )


def _told(axis: Axis, value: Any) -> str:  # noqa: ANN401 - of any type
    if axis.way == "times":
        return f"{axis.key} {TIMES} {value}"
    if axis.way == "set":
        return f"{axis.key} at {value}"
    way = "fewer" if value < 0 else "more"
    total = " in all" if axis.way == "total_plus" else ""
    return f"{axis.key} {abs(value)} {way}{total}"


def edits(
    axes: tuple[Axis, ...], values: tuple[Any, ...], folder: Path
) -> tuple[Change, ...]:
    """Turn a combination into changes; paths are relative to a folder."""
    return tuple(
        Change(
            key=axis.key, way=axis.way, value=value, origin=axis.origin, folder=folder
        )
        for axis, value in zip(axes, values, strict=True)
    )
