"""What differs between two scenarios, in sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from geoalloc.scenario.anchors import is_path
from geoalloc.scenario.keys import KeyProblem, matched, parts
from geoalloc.scenario.lines import Place
from geoalloc.scenario.model import Scenario
from geoalloc.scenario.naming import (
    Values,
    entry_names,
    is_row,
    pairs,
    telling,
    under,
)
from geoalloc.scenario.origins import Branch, Leaf, Origin, planted
from geoalloc.scenario.showing import toml
from geoalloc.scenario.variants import Number, exactly, is_number
from geoalloc.scenario.words import TIMES, selected

_LABELS = ("name", "question", "expected", "lever")
_MANY = 3  # that differ alike are told in one sentence
_LONG = 60  # characters of a value that is written out


@dataclass(frozen=True, kw_only=True)
class _Difference:
    """One thing that is not as it was.

    Attributes
    ----------
    name, family
        Dotted key, and that of all like it.
    was, now
        Values; None for none.
    whole
        Whether it is an entry of a list as a whole, that came or went.
    each
        What the entries are called.
    """

    name: str
    family: str
    was: Any
    now: Any
    whole: bool = False
    each: str = "entries"


def differences(a: Scenario, b: Scenario) -> list[str]:
    """Say what scenario ``b`` has that ``a`` has not, and the other way round.

    Name, question, expected reading and lever are left out. Three or more values that
    differ alike are told in one sentence; of files only the names.

    Parameters
    ----------
    a
        What ``b`` is compared with.
    b
        The scenario that is told of.
    """
    return sentences(a.resolved(), b.resolved())


def sentences(was: Values, now: Values) -> list[str]:
    """Say what differs between the values of two scenarios."""
    families: dict[tuple[str, bool, bool], list[_Difference]] = {}
    rest_was = {k: v for k, v in was.items() if k not in _LABELS}
    rest_now = {k: v for k, v in now.items() if k not in _LABELS}
    for one in _tables(rest_was, rest_now, (), ""):
        # What came and what went are not alike.
        key = (one.family, one.whole, one.now is None)
        families.setdefault(key, []).append(one)
    told: list[str] = []
    for alike in families.values():
        first = alike[0]
        if len(alike) >= _MANY and first.whole:
            told.append(_entries(alike))
        elif len(alike) >= _MANY and _numeric(alike):
            sums = (_all(was, first.family), _all(now, first.family))
            told.append(_numbers(alike, *sums))
        else:
            told += _by_value(alike)
    return told


def _numeric(alike: list[_Difference]) -> bool:
    """Whether all are numbers, and not the same ones."""
    numbers = all(is_number(one.was) and is_number(one.now) for one in alike)
    return numbers and len({(one.was, one.now) for one in alike}) > 1


def _by_value(alike: list[_Difference]) -> list[str]:
    """Tell of those together that were the same and are the same now."""
    groups: dict[str, list[_Difference]] = {}
    for one in alike:
        groups.setdefault("" if one.whole else repr((one.was, one.now)), []).append(one)
    told: list[str] = []
    for group in groups.values():
        if len(group) < _MANY or group[0].whole:
            told += [_sentence(one) for one in group]
            continue
        sentence = _sentence(replace(group[0], name=group[0].family))
        told.append(f"{sentence}, {_there(group)}")
    return told


def _sentence(one: _Difference) -> str:
    if one.whole:
        entry = one.was if one.now is None else one.now
        if one.now is None:
            return f"{one.name} is dropped"
        told = [f"{k} {_short(v)}" for k, v in entry.items() if not _empty(v)]
        return f"{one.name} is added: {', '.join(told)}"
    if isinstance(one.was, list) and isinstance(one.now, list):
        return _lists(one)
    if one.was is None:
        return f"{one.name} is {_short(one.now)}, and was not given"
    if one.now is None:
        return f"{one.name} is left out, and was {_short(one.was)}"
    return f"{one.name} is {_short(one.now)}, and not {_short(one.was)}"


def _empty(value: object) -> bool:
    return value is None or value == [] or isinstance(value, dict) or is_row(value)


def _lists(one: _Difference) -> str:
    """Tell of a list what it has and had not, and the other way round."""
    new = [toml(item) for item in one.now if item not in one.was]
    gone = [toml(item) for item in one.was if item not in one.now]
    parts = [f"has {', '.join(new)}, which it had not"] if new else []
    parts += [f"has no {', '.join(gone)}, which it had"] if gone else []
    told = f"{one.name} {' and '.join(parts) or 'is in another order'}"
    if len(told) <= 2 * _LONG:
        return told
    return f"{one.name} is another list, of {len(one.now)}, and not of {len(one.was)}"


def _short(value: object) -> str:
    # Of 1 and 1.0 the scenario makes the same.
    text = f"{value:.12g}" if isinstance(value, float) else toml(value)
    return text if len(text) <= _LONG else f"{text[: _LONG - 3]}..."


def _entries(alike: list[_Difference]) -> str:
    gone = alike[0].now is None
    each = [one.was if gone else one.now for one in alike]
    counts = [entry.get("count") for entry in each]
    total = f", {sum(counts)} in all" if all(is_number(c) for c in counts) else ""
    what = "dropped" if gone else "added"
    return f"{alike[0].family} is {what}{total}, {_there(alike)}"


def _there(alike: list[_Difference]) -> str:
    at = "at" if alike[0].each == "stations" else "in"
    return f"{at} {len(alike)} {alike[0].each}"


def _numbers(
    alike: list[_Difference], before: list[Number], after: list[Number]
) -> str:
    """Tell of numbers that differ alike: by a factor, or in their sum."""
    first, n = alike[0], len(alike)
    if all(isinstance(one, int) for one in (*before, *after)):
        sums = f"{sum(after)} in all, and not {sum(before)}"
        return f"{first.family}: {sums}, {_there(alike)}"
    factors = {_factor(one) for one in alike}
    if len(factors) == 1 and None not in factors:
        return f"{first.family} is {TIMES} {factors.pop():g}, in {n} of {len(after)}"
    told = _sentence(first)
    return f"{first.family} differs in {n} of {len(after)}: {told}, and so on"


def _factor(one: _Difference) -> float | None:
    """Divide what is by what was, to six digits."""
    if not one.was:
        return None
    return float(f"{float(exactly(one.now) / exactly(one.was)):.6g}")


def _all(values: Values, family: str) -> list[Number]:
    """Give the numbers that a key means in the values of a scenario."""
    top = parts(family)[0].name
    root = planted({top: values.get(top)}, Origin(), {})
    try:
        slots = matched(root, family) if isinstance(root, Branch) else []
    except KeyProblem:
        return []
    held = [slot.node.value for slot in slots if isinstance(slot.node, Leaf)]
    return [value for value in held if is_number(value)]


def _tables(was: Values, now: Values, place: Place, name: str) -> Iterator[_Difference]:
    for key in dict.fromkeys((*was, *now)):
        inner = (*place, key)
        yield from _values(was.get(key), now.get(key), inner, under(name, key), "")


def _values(
    was: Any,  # noqa: ANN401 - of any type
    now: Any,  # noqa: ANN401
    place: Place,
    name: str,
    family: str,
) -> Iterator[_Difference]:
    """Compare what two scenarios have at a place; a family is of what is alike."""
    if was == now:
        return
    if all(isinstance(one or {}, dict) for one in (was, now)) and (was or now):
        yield from _mappings(was or {}, now or {}, place, name)
        return
    if (is_row(was) or is_row(now)) and not _scalars(was) and not _scalars(now):
        yield from _rows(was or [], now or [], place, name)
        return
    if is_path(place):
        was, now = _file(was, now), _file(now, was)
    yield _Difference(name=name, family=family or name, was=was, now=now)


def _scalars(value: object) -> bool:
    return isinstance(value, list) and bool(value) and not is_row(value)


def _file(path: object, other: object) -> object:
    """Name a file without its folder, unless both have one name."""
    if not isinstance(path, str) or not isinstance(other, str):
        return PurePath(path).name if isinstance(path, str) else path
    return path if PurePath(path).name == PurePath(other).name else PurePath(path).name


def _mappings(
    was: Values, now: Values, place: Place, name: str
) -> Iterator[_Difference]:
    for key in dict.fromkeys((*was, *now)):
        stem, _, _ = name.rpartition(".")
        family = f"{stem}.*.{key}" if stem else ""
        inner = (*place, key)
        one, other = was.get(key), now.get(key)
        yield from _values(one, other, inner, under(name, key), family)


def _rows(
    was: Sequence[Values], now: Sequence[Values], place: Place, name: str
) -> Iterator[_Difference]:
    """Compare lists of tables, entry by entry of the same marks."""
    keys = telling(was, now)
    if not keys:
        yield from _unmarked(was, now, place, name)
        return
    old = dict(zip(_marks(was, keys), was, strict=True))
    new = dict(zip(_marks(now, keys), now, strict=True))
    names = dict(zip(new, entry_names(name, now, keys), strict=True))
    names |= dict(zip(old, entry_names(name, was, keys), strict=True))
    each = "stations" if "station" in keys else "entries"
    for mark in dict.fromkeys((*old, *new)):
        entry = old.get(mark) or new[mark]
        like = _like(name, entry, keys)
        if mark not in old or mark not in new:
            yield _Difference(
                name=names[mark],
                family=like,
                was=old.get(mark),
                now=new.get(mark),
                whole=True,
                each=each,
            )
            continue
        for key in dict.fromkeys((*old[mark], *new[mark])):
            one, other = old[mark].get(key), new[mark].get(key)
            inner = (*place, 0, key)
            for found in _values(one, other, inner, under(names[mark], key), ""):
                alone = found.name == under(names[mark], key)
                family = f"{like}.{key}" if alone else found.family
                yield replace(found, family=family, each=each)


def _marks(row: Sequence[Values], keys: tuple[str, ...]) -> list[object]:
    return [pairs(entry, keys) for entry in row]


def _unmarked(
    was: Sequence[Values], now: Sequence[Values], place: Place, name: str
) -> Iterator[_Difference]:
    """Compare lists whose entries nothing tells apart: as they stand, if they can."""
    before = entry_names(name, was, telling(was))
    after = entry_names(name, now, telling(now))
    kinds = [[entry.get("kind") for entry in row] for row in (was, now)]
    if kinds[0] == kinds[1]:
        for entry_name, old, new in zip(before, was, now, strict=True):
            yield from _tables(old, new, (*place, 0), entry_name)
        return
    for entry_name, old in zip(before, was, strict=True):
        if old not in now:
            yield _Difference(
                name=entry_name, family=f"{name}[*]", was=old, now=None, whole=True
            )
    for entry_name, new in zip(after, now, strict=True):
        if new not in was:
            yield _Difference(
                name=entry_name, family=f"{name}[*]", was=None, now=new, whole=True
            )


def _like(name: str, entry: Values, keys: tuple[str, ...]) -> str:
    """Name the entries of one kind."""
    if len(keys) > 1 and "kind" in keys and "kind" in entry:
        stem, _, last = name.rpartition(".")
        return f"{stem}.{selected(last, [('kind', entry['kind'])])}".lstrip(".")
    return f"{name}[*]"
