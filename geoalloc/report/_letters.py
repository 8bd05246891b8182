"""How wide text is in the letters of a drawing, so that it is cut where it must be."""

import functools
import re
from typing import Any

__all__ = ["cut", "named", "printable", "width", "wrapped"]

_UNIT = 1000.0  # the size at which letters are measured
_DOTS = "..."
_GAP = re.compile(r"[ \t\r\n\f\v]+")


@functools.cache
def _font(bold: bool) -> Any:  # noqa: ANN401 - Matplotlib's own
    from matplotlib import font_manager

    weight = "bold" if bold else "normal"
    found = font_manager.findfont(
        font_manager.FontProperties(family="DejaVu Sans", weight=weight)
    )
    return font_manager.get_font(found)


@functools.cache
def _advance(letter: str, bold: bool) -> float:
    from matplotlib.ft2font import LoadFlags

    font = _font(bold)
    font.set_size(_UNIT, 72)
    glyph = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536.0 / _UNIT


@functools.cache
def _known(bold: bool) -> frozenset[int]:
    return frozenset(_font(bold).get_charmap())


def printable(text: str, *, bold: bool = False) -> str:
    """Put a box for each letter that the font lacks, and one space for any gap."""
    known, gap = _known(bold), _GAP.sub(" ", text)
    return "".join(c if ord(c) in known else "\N{WHITE SQUARE}" for c in gap)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Measure a line of text, in the unit of its size."""
    return size * sum(_advance(letter, bold) for letter in printable(text, bold=bold))


def cut(text: str, size: float, most: float, *, bold: bool = False) -> str:
    """Cut a text that is wider than ``most``, and say so by dots."""
    text = printable(text, bold=bold)
    if width(text, size, bold=bold) <= most:
        return text
    room = most - width(_DOTS, size, bold=bold)
    return text[: _fitting(text, size, room, bold=bold)].rstrip() + _DOTS


def named(name: str, most: int) -> str:
    """Shorten a name in its middle, as names of scenarios differ at their ends."""
    name = printable(name)
    if len(name) <= most:
        return name
    tail = (most - len(_DOTS)) // 2
    return name[: most - len(_DOTS) - tail] + _DOTS + name[-tail:]


def _fitting(text: str, size: float, most: float, *, bold: bool) -> int:
    """Count the letters from the start of a text that are not wider than ``most``."""
    used = 0.0
    for i, letter in enumerate(text):
        used += size * _advance(letter, bold)
        if used > most:
            return i
    return len(text)


def wrapped(text: str, size: float, most: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines that are not wider than ``most``; words if need be."""
    lines, line = [], ""
    for word in printable(text, bold=bold).split(" "):
        longer = f"{line} {word}" if line else word
        if width(longer, size, bold=bold) <= most:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while width(line, size, bold=bold) > most:
            n = max(1, _fitting(line, size, most, bold=bold))
            n = line.rfind("-", 0, n) + 1 or n  # after a hyphen, if there is one
            lines.append(line[:n])
            line = line[n:]
    return [*lines, line]
