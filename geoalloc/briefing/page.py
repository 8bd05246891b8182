"""One printed page in millimetres, and a document of several as PDF.

No text is smaller than `SMALLEST_PT`. Only the object interface of Matplotlib is used,
and its settings are put back.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, TypedDict, Unpack

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Transform

from geoalloc.briefing.frame import Frame
from geoalloc.briefing.lettering import (
    ASCENT,
    PITCH,
    POINT_MM,
    SMALLEST_PT,
    TextStyle,
    Word,
    Words,
    clean,
    lines_of,
    require_readable,
    width_mm,
)
from geoalloc.briefing.paper import A3, A4, PAPERS, Paper
from geoalloc.briefing.settings import settings
from geoalloc.errors import DataError

__all__ = [
    "A3",
    "A4",
    "PAPERS",
    "SMALLEST_PT",
    "Frame",
    "Paper",
    "Sheet",
    "save",
    "settings",
]

_INK, _SOFT = "black", "#444444"
_MARGIN = 12.0


class LineStyle(TypedDict, total=False):
    """How a line is drawn: width in points, color, dash as Matplotlib's linestyle.

    What is of a higher ``order`` lies above; 3 if not given, and boxes are of 2.
    """

    width_pt: float
    color: str
    dash: str | tuple[int, tuple[float, ...]]
    order: float


class BoxStyle(TypedDict, total=False):
    """How a box is drawn: fill, edge (None for none), hatch, width of the edge."""

    fill: str | None
    edge: str | None
    hatch: str | None
    width_pt: float


class Sheet:
    """One page; millimetres from its top left corner, y downwards.

    Attributes
    ----------
    paper, frame, number, of
        As given.
    figure
        What the page is drawn on.
    millimetres
        Transform from millimetres of the page to the display.
    points
        Transform from points of 1/72 inch, from the bottom left corner, y upwards:
        as in the file, where rounded ones are short.
    left, right, top, bottom
        Room between header and footer, mm.
    words
        Every line of text so far.
    """

    def __init__(
        self,
        paper: Paper,
        frame: Frame,
        title: str,
        subtitle: str,
        number: int,
        of: int,
    ) -> None:
        inch = 25.4
        self.paper, self.frame = paper, frame
        self.number, self.of = number, of
        self.figure = Figure(
            figsize=(paper.width_mm / inch, paper.height_mm / inch),
            dpi=72,
            facecolor="white",
        )
        self.millimetres = (
            Affine2D()
            .scale(1.0 / paper.width_mm, -1.0 / paper.height_mm)
            .translate(0.0, 1.0)
            + self.figure.transFigure
        )
        self.points = Affine2D().scale(1.0 / 72.0) + self.figure.dpi_scale_trans
        self._words = Words(self.millimetres)
        self.figure.add_artist(self._words)
        self.left, self.right = _MARGIN, paper.width_mm - _MARGIN
        self.top = self._head(title, subtitle)
        self.bottom = self._foot()

    @property
    def words(self) -> list[Word]:
        """Every line of text so far."""
        return self._words.words

    @staticmethod
    def width_of(text: str, size_pt: float = 9.0, bold: bool = False) -> float:
        """Width of text in mm: never less than on paper, where letters are kerned."""
        return width_mm(clean(text, bold=bold), size_pt, bold=bold)

    @staticmethod
    def height_of(text: str, **style: Unpack[TextStyle]) -> float:
        """Height in mm that `text` of the same style takes."""
        return len(lines_of(text, style)) * PITCH * style.get("size_pt", 9.0) * POINT_MM

    def text(self, x: float, y: float, text: str, **style: Unpack[TextStyle]) -> float:
        """Write text whose first line has its top at ``y``.

        Returns
        -------
        bottom
            Of the last line, mm.

        Raises
        ------
        DataError
            If the type is smaller than `SMALLEST_PT`.
        """
        size, bold = style.get("size_pt", 9.0), style.get("bold", False)
        require_readable(size, text)
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[style.get("align", "left")]
        pitch = PITCH * size * POINT_MM
        lines = lines_of(text, style)
        for k, line in enumerate(lines):
            width = width_mm(line, size, bold=bold)
            if line:
                word = Word(
                    x=x - share * width,
                    y=y + k * pitch + ASCENT * size * POINT_MM,
                    text=line,
                    width=width,
                    size_pt=size,
                    bold=bold,
                    color=style.get("color", _INK),
                    halo=style.get("halo", False),
                )
                self._words.words.append(word)
        return y + len(lines) * pitch

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        **style: Unpack[LineStyle],
    ) -> None:
        """Draw a straight line between two points (mm)."""
        self.add(
            Line2D(
                [start[0], end[0]],
                [start[1], end[1]],
                linewidth=style.get("width_pt", 0.5),
                color=style.get("color", _INK),
                linestyle=style.get("dash", "-"),  # type: ignore[arg-type]
                marker="",
                solid_capstyle="butt",
                zorder=style.get("order", 3.0),
            )
        )

    def box(
        self, x: float, y: float, width: float, height: float, **style: Unpack[BoxStyle]
    ) -> None:
        """Draw a box by its top left corner and size (mm)."""
        fill, edge = style.get("fill"), style.get("edge", _INK)
        self.add(
            Rectangle(
                (x, y),
                width,
                height,
                facecolor=fill or "none",
                edgecolor=edge or "none",
                hatch=style.get("hatch"),
                linewidth=style.get("width_pt", 0.5) if edge else 0.0,
                zorder=2,
            )
        )

    def tick_box(self, x: float, y: float, size: float = 3.5) -> None:
        """Draw an empty box to tick."""
        self.box(x, y, size, size, fill="white", width_pt=0.7)

    def table(
        self,
        x: float,
        y: float,
        widths: Sequence[float],
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        size_pt: float = 8.0,
    ) -> float:
        """Draw a table whose cells wrap.

        Parameters
        ----------
        x, y
            Its top left corner, mm.
        widths : (n_columns,)
            Of the columns, mm.

        Returns
        -------
        bottom
            Of the last row, mm.
        """
        wide = sum(widths)
        if any(head):
            y = self._row((x, y), widths, head, size_pt=size_pt, bold=True)
            self.line((x, y), (x + wide, y), width_pt=0.9)
        for row in rows:
            y = self._row((x, y), widths, row, size_pt=size_pt, bold=False)
            self.line((x, y), (x + wide, y), width_pt=0.3, color="#888888")
        return y

    def _row(
        self,
        at: tuple[float, float],
        widths: Sequence[float],
        cells: Sequence[str],
        *,
        size_pt: float,
        bold: bool,
    ) -> float:
        x, y = at
        bottom = y
        for cell, width in zip(cells, widths, strict=True):
            style = TextStyle(size_pt=size_pt, bold=bold, width=width - 2.0)
            bottom = max(bottom, self.text(x + 0.5, y + 0.6, cell, **style))
            x += width
        return bottom + 0.6

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        """Make axes for a chart by their top left corner and size (mm)."""
        wide, high = self.paper.width_mm, self.paper.height_mm
        with settings():
            return self.figure.add_axes(
                (x / wide, 1.0 - (y + height) / high, width / wide, height / high)
            )

    def add(self, artist: Artist, transform: Transform | None = None) -> None:
        """Draw an artist whose coordinates are millimetres, or as `transform` says."""
        artist.set_transform(transform or self.millimetres)
        artist.set_clip_on(False)
        self.figure.add_artist(artist)

    def _head(self, title: str, subtitle: str) -> float:
        size = 15.0 if self.paper.large else 13.0
        y = self._mark(5.0) + 0.8
        if self.frame.notice:
            y = self._notice(y)
        count = f"Sheet {self.number} of {self.of}"
        self.text(self.right, y + 1.0, count, size_pt=9.0, bold=True, align="right")
        room = self.right - self.left - self.width_of(count, 9.0, bold=True) - 6.0
        y = self.text(self.left, y, title, size_pt=size, bold=True, width=room, lines=1)
        wide = self.right - self.left
        y = self.text(self.left, y, subtitle, size_pt=9.0, width=wide, lines=2) + 0.8
        self.line((self.left, y), (self.right, y), width_pt=1.0)
        return y + 1.5

    def _mark(self, y: float) -> float:
        """Write marking and handling in the middle: in one line where they fit."""
        marking, handling = self.frame.marking, self.frame.handling
        room = self.right - self.left
        wide = self.width_of(marking, 9.0, bold=True)
        both = wide + 3.0 + self.width_of(handling, 8.0)
        if both <= room:
            x = (self.paper.width_mm - both) / 2.0
            bottom = self.text(x, y, marking, size_pt=9.0, bold=True)
            self.text(x + wide + 3.0, y + 0.3, handling, size_pt=8.0)
            return bottom
        middle = self.paper.width_mm / 2.0
        style = TextStyle(size_pt=9.0, align="center", width=room, lines=2)
        y = self.text(middle, y, marking, **(style | {"bold": True}))
        return self.text(middle, y, handling, **style)

    def _mark_height(self) -> float:
        aside = len(self._words.words)
        height = self._mark(0.0)
        del self._words.words[aside:]
        return height

    def _notice(self, y: float) -> float:
        """Set white on black what must not be overlooked."""
        wide = self.right - self.left
        self.box(self.left, y, wide, 6.2, fill="black")
        style = TextStyle(size_pt=11.0, bold=True, align="center", color="white")
        self.text(self.paper.width_mm / 2.0, y + 0.7, self.frame.notice, **style)
        return y + 7.0

    def _foot(self) -> float:
        wide = self.right - self.left
        style = TextStyle(size_pt=SMALLEST_PT, width=wide, lines=8, color=_SOFT)
        heights = [self.height_of(line, **style) for line in self.frame.small_print]
        marking = self.paper.height_mm - 5.0 - self._mark_height()
        top = marking - 0.8 - sum(heights)
        self.line((self.left, top - 0.6), (self.right, top - 0.6), width_pt=0.6)
        y = top
        for line in self.frame.small_print:
            y = self.text(self.left, y, line, **style)
        self._mark(marking)
        return top - 2.0


def save(sheets: Iterable[Sheet], target: Path | IO[bytes], frame: Frame) -> int:
    """Write sheets as pages of one PDF: same sheets in, same bytes out.

    Parameters
    ----------
    sheets
        Taken one by one, so that a generator never holds more than one.
    target
        File or buffer.

    Returns
    -------
    pages
        How many were written.

    Raises
    ------
    DataError
        If there is no sheet, or some text is smaller than `SMALLEST_PT`.
    """
    metadata = {
        "Title": clean(frame.title),
        "Subject": clean(frame.marking),
        "Creator": "geoalloc",
        # The date of the data, not of the clock: a plan printed twice is one file.
        "CreationDate": frame.as_of,
        "ModDate": frame.as_of,
    }
    waiting = iter(sheets)
    first = next(waiting, None)
    if first is None:
        raise DataError("there is no sheet to write: ask for an area that has one")
    pages = 0
    with settings(), PdfPages(target, metadata=metadata) as pdf:
        for sheet in chain([first], waiting):
            for text in _chart_texts(sheet.figure):
                require_readable(float(text.get_fontsize()), text.get_text())
            pdf.savefig(sheet.figure, facecolor="white")
            pages += 1
    return pages


def _chart_texts(figure: Figure) -> list[Text]:
    """Find the text of charts, the labels of their ticks among it."""
    found: list[Text] = []
    for axes in figure.axes:
        if axes.axison:  # what labels ticks is made when it is asked for
            found += [*axes.get_xticklabels(), *axes.get_yticklabels()]
        found += [text for text in axes.findobj(Text) if isinstance(text, Text)]
    return [text for text in found if text.get_visible() and text.get_text()]
