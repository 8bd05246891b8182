"""Text on a page: how wide it is, where it breaks, and how it is drawn.

Letters are measured by their advances, which is never less than on paper, where
Matplotlib kerns them; and written as text, so that they can be searched.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.path import Path as Outline
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, IdentityTransform

from geoalloc.errors import DataError

__all__ = [
    "ASCENT",
    "PITCH",
    "POINT_MM",
    "SMALLEST_PT",
    "TextStyle",
    "Word",
    "Words",
    "clean",
    "lines_of",
    "require_readable",
    "width_mm",
    "wrapped",
]

SMALLEST_PT = 7.0
"""Smaller text is not read in a car at night."""

POINT_MM = 25.4 / 72.0
ASCENT, PITCH = 0.93, 1.2
"""Base line and height of a line, in sizes of its type: DejaVu's own."""

_ELLIPSIS = "…"
_RIM_PT = 2.4


class TextStyle(TypedDict, total=False):
    """How text is set.

    Attributes
    ----------
    size_pt, bold
        Type. At least `SMALLEST_PT`; 9 if not given.
    width, lines
        Millimetres to wrap at, and lines after which it is cut with an ellipsis.
    color
        Of the ink; black.
    align
        "left", "center" or "right" of ``x``.
    halo
        Whether a white rim sets it off from the map below it.
    """

    size_pt: float
    bold: bool
    width: float | None
    lines: int | None
    color: str
    align: str
    halo: bool


@lru_cache(maxsize=2)
def _font_file(*, bold: bool) -> Path:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / name


@lru_cache(maxsize=64)
def _font(size_pt: float, *, bold: bool) -> FontProperties:
    return FontProperties(fname=str(_font_file(bold=bold)), size=size_pt)


@lru_cache(maxsize=2)
def _glyphs(*, bold: bool) -> frozenset[int]:
    return frozenset(get_font(str(_font_file(bold=bold))).get_charmap())


@lru_cache(maxsize=4096)
def _advance(letter: str, *, bold: bool) -> float:
    """Width of a letter in sizes of its type, without kerning."""
    width, _, _ = text_to_path.get_text_width_height_descent(
        letter, _font(100.0, bold=bold), False
    )
    return float(width) / 100.0


@lru_cache(maxsize=16384)
def clean(text: str, *, bold: bool = False) -> str:
    """Write text in one line of letters that the font has; others become "?".

    Marks that turn the direction of writing count as missing: they could make one
    text look like another.
    """
    known = _glyphs(bold=bold)
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(
        letter
        if ord(letter) in known and unicodedata.category(letter)[0] != "C"
        else "?"
        for letter in line
    )


@lru_cache(maxsize=16384)
def width_mm(text: str, size_pt: float, *, bold: bool) -> float:
    """Width of clean text in mm."""
    return size_pt * POINT_MM * sum(_advance(letter, bold=bold) for letter in text)


def wrapped(
    text: str, width: float, *, size_pt: float = 9.0, bold: bool = False
) -> list[str]:
    """Break text into lines no wider than ``width`` millimetres.

    A word that is wider than a line is broken after the last hyphen that fits, or
    without one after the last letter.
    """
    lines: list[str] = []
    line = ""
    for word in clean(text, bold=bold).split(" "):
        longer = f"{line} {word}" if line else word
        if width_mm(longer, size_pt, bold=bold) <= width:
            line = longer
            continue
        lines += [line] if line else []
        *full, line = _broken(word, width, size_pt, bold=bold)
        lines += full
    return [*lines, line]


def _broken(word: str, width: float, size_pt: float, *, bold: bool) -> list[str]:
    parts, part = [], ""
    for letter in word:
        if part and width_mm(part + letter, size_pt, bold=bold) > width:
            kept = part.rfind("-") + 1 or len(part)
            parts.append(part[:kept])
            part = part[kept:]
        part += letter
    return [*parts, part]


def _cut(lines: list[str], most: int | None, fits: "_Fits") -> list[str]:
    """Keep the first lines; where some are left out, the last one says so."""
    if most is None or len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and not fits(last + _ELLIPSIS):
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip(" ,;:") + _ELLIPSIS]


@dataclass(frozen=True)
class _Fits:
    width: float
    size_pt: float
    bold: bool

    def __call__(self, text: str) -> bool:
        return width_mm(text, self.size_pt, bold=self.bold) <= self.width


@dataclass(frozen=True, kw_only=True)
class Word:
    """A line of text on a page: left end and base line (mm), width (mm), and type."""

    x: float
    y: float
    text: str
    width: float
    size_pt: float
    bold: bool
    color: str
    halo: bool


class Words(Artist):
    """All text of a page, in one artist: that of Matplotlib lays out each anew."""

    def __init__(self, to_display: Any) -> None:  # noqa: ANN401 - any transform
        super().__init__()
        self.set_zorder(10)
        self.words: list[Word] = []
        self._to_display = to_display

    def draw(self, renderer: RendererBase) -> None:
        """Write every word."""
        context = renderer.new_gc()
        height = self.get_figure(root=True).bbox.height  # type: ignore[union-attr]
        for word in self.words:
            x, y = self._to_display.transform((word.x, word.y))
            font = _font(word.size_pt, bold=word.bold)
            if word.halo:
                self._rim(renderer, word)
            context.set_foreground(word.color)
            across = height - y if renderer.flipy() else y
            renderer.draw_text(context, x, across, word.text, font, 0.0, ismath=False)
        context.restore()

    def _rim(self, renderer: RendererBase, word: Word) -> None:
        context = renderer.new_gc()
        context.set_foreground("white")
        context.set_linewidth(float(renderer.points_to_pixels(_RIM_PT)))  # type: ignore[arg-type]
        context.set_joinstyle("round")
        size = word.size_pt * POINT_MM
        outline = _outline(word.text, bold=word.bold)
        place = Affine2D().scale(size / 100.0, -size / 100.0)
        place = place.translate(word.x, word.y) + self._to_display
        # Rounded, the rims of a map take half the room in the file.
        corners = np.round(place.transform(outline.vertices), 2)
        rim = Outline(corners, outline.codes)
        renderer.draw_path(context, rim, IdentityTransform(), None)
        context.restore()


@lru_cache(maxsize=4096)
def _outline(text: str, *, bold: bool) -> Outline:
    points, codes = text_to_path.get_text_path(_font(100.0, bold=bold), text)
    # A glyph is in units of FONT_SCALE, which is the size in points asked for.
    scale = 100.0 / text_to_path.FONT_SCALE
    if not len(points):
        return Outline([(0.0, 0.0)])
    return Outline([(x * scale, y * scale) for x, y in points], codes)


def lines_of(text: str, style: TextStyle) -> list[str]:
    """Break text into the lines in which it is written in a style."""
    size, bold = style.get("size_pt", 9.0), style.get("bold", False)
    width = style.get("width")
    if width is None:
        return [clean(text, bold=bold)]
    lines = wrapped(text, width, size_pt=size, bold=bold)
    return _cut(lines, style.get("lines"), _Fits(width, size, bold))


def require_readable(size_pt: float, text: str) -> None:
    """Refuse text that is too small.

    Raises
    ------
    DataError
        If its type is smaller than `SMALLEST_PT`.
    """
    if size_pt < SMALLEST_PT:
        raise DataError(
            f"text of {size_pt:g} pt is too small to read in print, at {text[:40]!r}: "
            f"set it in {SMALLEST_PT:g} pt or more"
        )
