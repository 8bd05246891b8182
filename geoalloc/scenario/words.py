"""Keys of a scenario in words: the nearest of them, and how a place is written."""

import difflib
import re
from collections.abc import Iterable

from geoalloc.scenario.lines import Place

TIMES = "\N{MULTIPLICATION SIGN}"

_BARE = re.compile(r"[^.\[\]\"*]+")
_PLAIN = re.compile(r"[^,\[\]\"*=]+")


def hint(word: str, valid: Iterable[str], otherwise: str) -> str:
    """Name the nearest of the valid words, or all of them."""
    known = list(dict.fromkeys(valid))
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.4)
    return f"did you mean {near[0]}?" if near else f"{otherwise}: {', '.join(known)}"


def counted(place: Place) -> str:
    """Write a place with positions from 1: ``units.2.count``."""
    return ".".join(str(p + 1 if isinstance(p, int) else p) for p in place)


def quoted(name: str) -> str:
    """Write a name as a part of a key."""
    return name if _BARE.fullmatch(name) else f'"{name}"'


def selected(name: str, which: Iterable[tuple[str, object]]) -> str:
    """Write the selector of an entry of a list: ``units[kind=response]``."""
    pairs = ", ".join(f"{key}={_value(value)}" for key, value in which)
    return f"{quoted(name)}[{pairs}]"


def _value(value: object) -> str:
    text = written(value)
    return text if _PLAIN.fullmatch(text) else f'"{text}"'


def written(value: object) -> str:
    """Write a value of a selector as TOML writes it, without quotation marks."""
    return str(value).lower() if isinstance(value, bool) else str(value)
