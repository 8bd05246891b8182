"""Sheets of A4 on their side, filled from the top, each with its marking."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geoalloc.report import _chart, _letters

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["BOTTOM", "HEIGHT", "LEFT", "RIGHT", "TOP", "WIDTH", "Column", "Paper"]

WIDTH, HEIGHT = 841.9, 595.3  # points of A4
LEFT, RIGHT = 36.0, 805.9
TOP, BOTTOM = 553.0, 40.0  # of what is written
_LEAD = 1.24  # of a line, times the size of letters
_HEAD = 13.0  # size of the letters of a heading


@dataclass(frozen=True, kw_only=True)
class Column:
    """Of a table: what it is called, how wide it is, and to which side it goes."""

    title: str
    width: float
    right: bool = False


@dataclass
class Paper:
    """Sheets as they are filled; text that does not fit goes on to the next.

    Attributes
    ----------
    marking
        Set at the top and the bottom of every sheet.
    name
        Set at the foot, with the number of the sheet.
    y
        Height of the next line above the lower edge, in points.
    """

    marking: str
    name: str
    sheets: "list[Figure]" = field(default_factory=list)
    title: str = ""
    y: float = 0.0

    def start(self, title: str) -> None:
        """Begin a sheet with a heading."""
        from matplotlib.figure import Figure

        self.title = title
        self.add(Figure(figsize=(WIDTH / 72, HEIGHT / 72)))
        self.y = TOP - _HEAD
        self.put(LEFT, self.y, title, size=_HEAD, bold=True, most=RIGHT - LEFT)
        self.y -= 18

    def add(self, sheet: "Figure") -> None:
        """Take a sheet that is drawn already."""
        self.sheets.append(sheet)
        self.y = BOTTOM

    def room(self, points: float) -> None:
        """Go on to another sheet of the same heading unless there is so much room."""
        if self.y - points < BOTTOM:
            more = " (continued)"
            self.start(self.title.removesuffix(more) + more)

    def put(  # noqa: PLR0913 - a place, a text, and how it looks
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 8.0,
        bold: bool = False,
        color: str = _chart.INK,
        most: float | None = None,
        to: str = "left",
    ) -> None:
        """Write a line; cut if it is wider than ``most``."""
        shown = _letters.printable(text, bold=bold)
        if most is not None:
            shown = _letters.cut(shown, size, most, bold=bold)
        self.sheets[-1].text(
            x / WIDTH,
            y / HEIGHT,
            shown,
            size=size,
            weight="bold" if bold else "normal",
            color=color,
            ha=to,
        )

    def say(
        self,
        text: str,
        *,
        size: float = 8.5,
        bold: bool = False,
        right: float = RIGHT,
        color: str = _chart.INK,
    ) -> None:
        """Write a paragraph from the left margin to ``right``."""
        for line in _letters.wrapped(text, size, right - LEFT, bold=bold):
            self.room(_LEAD * size)
            self.y -= _LEAD * size
            self.put(LEFT, self.y, line, size=size, bold=bold, color=color)
        self.y -= 0.45 * size

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Sequence[str]]],
        *,
        size: float = 7.0,
    ) -> None:
        """Write rows under their heads, which stand on every sheet.

        Parameters
        ----------
        rows
            Of cells, a cell being paragraphs. A row that is higher than a sheet is
            cut, and says so.
        """
        self._heads(columns, size)
        for row in rows:
            cells = [
                [
                    line
                    for text in cell
                    for line in _letters.wrapped(text, size, column.width - 6)
                ]
                for column, cell in zip(columns, row, strict=True)
            ]
            self._row(columns, cells, size)
        self.y -= size

    def _heads(self, columns: Sequence[Column], size: float) -> None:
        heads = [_letters.wrapped(c.title, size, c.width - 6) for c in columns]
        height = _LEAD * size * max(map(len, heads))
        self.room(height + 8 * size)
        self._cells(columns, heads, size, _chart.SOFT)
        self._rule(0.8)

    def _row(
        self, columns: Sequence[Column], cells: Sequence[list[str]], size: float
    ) -> None:
        most = int((TOP - BOTTOM - 90) / (_LEAD * size))
        shown = [c if len(c) <= most else [*c[: most - 1], "..."] for c in cells]
        height = _LEAD * size * max(map(len, shown)) + 4
        if self.y - height < BOTTOM:
            self.room(HEIGHT)
            self._heads(columns, size)
        self._cells(columns, shown, size, _chart.INK)
        self._rule(0.4)

    def _cells(
        self,
        columns: Sequence[Column],
        cells: Sequence[list[str]],
        size: float,
        color: str,
    ) -> None:
        x, top = LEFT, self.y
        for column, lines in zip(columns, cells, strict=True):
            for i, line in enumerate(lines):
                at = x + column.width - 6 if column.right else x
                y = top - (i + 1) * _LEAD * size
                to = "right" if column.right else "left"
                self.put(at, y, line, size=size, color=color, to=to)
            x += column.width
        self.y = top - _LEAD * size * max(map(len, cells)) - 4

    def _rule(self, wide: float) -> None:
        from matplotlib.lines import Line2D

        ends, y = [LEFT / WIDTH, RIGHT / WIDTH], (self.y + 1) / HEIGHT
        line = Line2D(ends, [y, y], color=_chart.RULE, linewidth=wide)
        self.sheets[-1].add_artist(line)

    def axes(self, x: float, y: float, width: float, height: float) -> Any:  # noqa: ANN401
        """Put axes on the sheet, in points from its lower left corner."""
        box = (x / WIDTH, y / HEIGHT, width / WIDTH, height / HEIGHT)
        axes = self.sheets[-1].add_axes(box)
        axes.tick_params(labelsize=7, length=2, pad=2)
        axes.xaxis.label.set_fontsize(7.5)
        axes.yaxis.label.set_fontsize(7.5)
        axes.title.set_fontsize(8.5)
        return axes

    def pdf(self) -> bytes:
        """Write all sheets, marked and numbered, without the hour of writing."""
        from matplotlib.backends.backend_pdf import PdfPages

        out = io.BytesIO()
        about = {"Title": self.name, "Creator": "geoalloc", "CreationDate": None}
        with PdfPages(out, metadata=about) as pages:
            for i, sheet in enumerate(self.sheets):
                self._mark(sheet, i + 1)
                pages.savefig(sheet)
        return out.getvalue()

    def _mark(self, sheet: "Figure", number: int) -> None:
        said = _letters.cut(self.marking, 9, RIGHT - LEFT - 300, bold=True)
        for y in (HEIGHT - 22, 14):
            sheet.text(
                0.5,
                y / HEIGHT,
                said,
                size=9,
                weight="bold",
                ha="center",
                color=_chart.INK,
            )
        name = _letters.cut(self.name, 7, 220)
        soft: dict[str, Any] = {"size": 7, "color": _chart.SOFT}
        sheet.text(LEFT / WIDTH, 14 / HEIGHT, name, **soft)
        told = f"{number} of {len(self.sheets)}"
        sheet.text(RIGHT / WIDTH, 14 / HEIGHT, told, ha="right", **soft)
