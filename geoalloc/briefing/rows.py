"""A priority as a row below the map: what and where, when, why and what to do, who."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path

from geoalloc.briefing import map_frame, wording
from geoalloc.briefing.lettering import SMALLEST_PT, TextStyle, wrapped
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.priorities import Priority

__all__ = ["Columns", "draw", "head", "head_height", "height"]

_SHARES = (0.042, 0.190, 0.165, 0.330, 0.273)
_DAYS = "MTWTFSS"
_BASES = {"recorded": "recorded times", "assumed": "assumed times"}
_VISIT = 6.4  # mm, of a line with boxes to write a time in
_PAD = 1.2  # mm above and below a row
_LEAST = 20.3  # mm, of a row at the smallest type
_GAP = 2.0  # mm between columns
_ELLIPSIS = "…"
_HOURS = 24


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The five columns of the rows, and their type.

    Attributes
    ----------
    left, width
        Of all five, mm.
    size_pt
        Of the text.
    cap
        Height that no row goes beyond, mm: text is cut there, with an ellipsis.
    hours
        Of the shift, from 0 to 23: their bars are black.
    dwell_min
        About how long a visit lasts.
    """

    left: float
    width: float
    size_pt: float
    cap: float
    hours: frozenset[int]
    dwell_min: int

    def spans(self) -> list[tuple[float, float]]:
        """Left edge and width of each column without the gap after it, mm."""
        found, x = [], self.left
        for share in _SHARES:
            found.append((x, share * self.width - _GAP))
            x += share * self.width
        return found

    @property
    def line(self) -> float:
        """Height of a line of text, mm."""
        return Sheet.height_of("x", size_pt=self.size_pt)

    @property
    def grown(self) -> float:
        """How much larger than on A4 all is."""
        return self.size_pt / 7.5


def head(sheet: Sheet, columns: Columns, y: float) -> float:
    """Write the heads of the columns; returns their bottom, mm."""
    spans = columns.spans()
    bold = TextStyle(size_pt=columns.size_pt, bold=True)
    small = max(columns.size_pt - 0.5, SMALLEST_PT)
    heads = (
        ("Priority", "and grid reference"),
        ("When", "black: this shift"),
        ("Why here, and what to do", ""),
        ("Who", f"about {columns.dwell_min} min each"),
    )
    below = y + columns.line
    for (x, wide), (text, more) in zip(spans[1:], heads, strict=True):
        sheet.text(x, y, text, **bold)
        style = TextStyle(size_pt=small, width=wide, lines=1)
        sheet.text(x, below, more, **style)
    x, wide = spans[4]
    box = _box_width(columns)
    for k, text in ((2, "In"), (1, "Out")):
        sheet.text(x + wide - k * (box + 0.8) + 0.8, below, text, **bold)
    y += head_height(columns)
    sheet.line((columns.left, y), (columns.left + columns.width, y), width_pt=0.9)
    return y


def head_height(columns: Columns) -> float:
    """Height of the heads, mm."""
    return 2.0 * columns.line + 0.4


def height(columns: Columns, priority: Priority) -> float:
    """Height that a row takes, mm."""
    (_, what), _, (_, why) = columns.spans()[1:4]
    n_why = _count(priority.why, why, columns)
    n_do = sum(_count(_todo(a), why, columns) for a in priority.actions) or 3
    n_what = _count(priority.place, what, columns, size=columns.size_pt + 1.5)
    n_what += 2 + _count(_remark(priority), what, columns, size=SMALLEST_PT)
    n_visits = max(len(priority.tasks), 1)
    tall = max(
        (n_why + n_do) * columns.line + 0.8,
        (n_what + 0.6) * columns.line,
        n_visits * _VISIT * columns.grown,
        _LEAST * columns.grown,
    )
    return min(tall + 2.0 * _PAD, columns.cap)


def draw(sheet: Sheet, columns: Columns, priority: Priority, y: float) -> float:
    """Draw the row of a priority; returns its bottom, mm."""
    bottom = y + height(columns, priority)
    spans = columns.spans()
    top = y + _PAD
    map_frame.disc(sheet, spans[0][0] + 2.8, top + 2.6, str(priority.number))
    _what(sheet, columns, priority, (*spans[1], top, bottom))
    _when(sheet, columns, priority, (*spans[2], top, bottom))
    _why(sheet, columns, priority, (*spans[3], top, bottom))
    _who(sheet, columns, priority, (*spans[4], top, bottom))
    right = columns.left + columns.width
    sheet.line((columns.left, bottom), (right, bottom), width_pt=0.5)
    return bottom


Cell = tuple[float, float, float, float]
"""Left, width, top and bottom of what a cell may fill, mm."""


def _what(sheet: Sheet, columns: Columns, priority: Priority, cell: Cell) -> None:
    x, wide, y, bottom = cell
    size = columns.size_pt
    y = sheet.text(
        x, y, priority.place, size_pt=size + 1.5, bold=True, width=wide, lines=2
    )
    y = sheet.text(x, y, priority.grid_ref, size_pt=size + 0.5, bold=True, width=wide)
    words = wording.category(priority.category)
    y = sheet.text(x, y, words, size_pt=size, width=wide, lines=2) + 0.3
    if priority.trend:
        _arrow(sheet, x + 1.2, y + 0.2, up=priority.trend == "up")
    remark = _remark(priority)
    shift = 3.4 if priority.trend else 0.0
    room = int((bottom - y) / Sheet.height_of("x", size_pt=SMALLEST_PT))
    if remark and room > 0:
        style = TextStyle(size_pt=SMALLEST_PT, width=wide - shift, lines=room)
        sheet.text(x + shift, y, remark, **style)


def _remark(priority: Priority) -> str:
    """Give the trend, only where it can be told from chance, and what to beware of."""
    said = [priority.trend_text] if priority.trend else []
    return " ".join(
        [*(f"{text[:1].upper()}{text[1:]}." for text in said), priority.flag]
    )


def _arrow(sheet: Sheet, x: float, y: float, *, up: bool) -> None:
    tips = [
        (0, 0),
        (1.3, 1.5),
        (0.5, 1.5),
        (0.5, 3),
        (-0.5, 3),
        (-0.5, 1.5),
        (-1.3, 1.5),
    ]
    corners = [(x + a, y + (b if up else 3.0 - b)) for a, b in tips]
    sheet.add(Polygon(corners, closed=True, facecolor="black", linewidth=0, zorder=4))


def _when(sheet: Sheet, columns: Columns, priority: Priority, cell: Cell) -> None:
    x, wide, y, _ = cell
    size = columns.size_pt
    said = priority.peak_text or "Hours not known"
    y = sheet.text(x, y, said, size_pt=size, bold=True, width=wide, lines=2)
    basis = _BASES.get(priority.peak_basis, "")
    if basis:
        y = sheet.text(x, y, basis, size_pt=SMALLEST_PT, width=wide, lines=1)
    y += 0.5
    if priority.hour_shares is not None:
        y = _hours(sheet, columns, priority.hour_shares, (x, wide, y, 0.0))
    if priority.day_shares is not None:
        _days(sheet, columns, priority.day_shares, (x, wide, y, 0.0))


def _hours(
    sheet: Sheet, columns: Columns, shares: Sequence[float], cell: Cell
) -> float:
    """Draw a bar for each hour of the day; returns the bottom, mm."""
    x, wide, y, _ = cell
    high, step = 4.7 * columns.grown, wide / _HOURS
    most = max(*shares, 1e-12)
    for dark in (False, True):
        bars = [
            (x + k * step + 0.08, y + high, step - 0.16, high * share / most)
            for k, share in enumerate(shares)
            if (k in columns.hours) == dark
        ]
        _bars(sheet, bars, "black" if dark else "#a0a0a0")
    sheet.line((x, y + high), (x + wide, y + high), width_pt=0.5)
    for hour in (0, 6, 12, 18, 24):
        align = {0: "left", 24: "right"}.get(hour, "center")
        style = TextStyle(size_pt=SMALLEST_PT, align=align)
        sheet.text(x + hour * step, y + high + 0.2, f"{hour}", **style)
    return y + high + 3.4


def _days(sheet: Sheet, columns: Columns, shares: Sequence[float], cell: Cell) -> None:
    """Draw a bar for each day of the week above its letter."""
    x, wide, y, _ = cell
    high, step = 2.3 * columns.grown, wide / len(_DAYS)
    most = max(*shares, 1e-12)
    bars = [
        (x + k * step + 0.3, y + high, step - 0.6, high * share / most)
        for k, share in enumerate(shares)
    ]
    _bars(sheet, bars, "#707070")
    sheet.line((x, y + high), (x + wide, y + high), width_pt=0.5)
    style = TextStyle(size_pt=SMALLEST_PT, align="center")
    for k, letter in enumerate(_DAYS):
        sheet.text(x + (k + 0.5) * step, y + high + 0.1, letter, **style)


def _bars(sheet: Sheet, bars: Sequence[Cell], color: str) -> None:
    """Draw bars (left, foot, width and height, mm) in one piece."""
    if not bars:
        return
    corners, codes = [], []
    for x, foot, wide, high in bars:
        corners += [(x, foot), (x, foot - high), (x + wide, foot - high)]
        corners += [(x + wide, foot), (x, foot)]
        codes += [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    path = Path(corners, codes)
    sheet.add(PathPatch(path, facecolor=color, edgecolor="none", linewidth=0, zorder=3))


def _why(sheet: Sheet, columns: Columns, priority: Priority, cell: Cell) -> None:
    """Write why, and what to do; without a table, rules to write it on."""
    x, wide, y, bottom = cell
    room = int((bottom - _PAD + 0.2 - y) / columns.line)
    todo = [_todo(action) for action in priority.actions]
    needed = sum(_count(text, wide, columns) for text in todo) or 2
    lines = max(room - needed, (room + 1) // 2)
    style = TextStyle(size_pt=columns.size_pt, width=wide, lines=lines)
    y = sheet.text(x, y, priority.why, **style) + 0.4
    left = int((bottom - _PAD + 0.6 - y) / columns.line)
    for line in _fitting(todo, wide, columns, left):
        y = sheet.text(x, y, line, size_pt=columns.size_pt)
    if not todo:
        sheet.text(x, y, "What to do:", size_pt=columns.size_pt)
        start = x + Sheet.width_of("What to do:", columns.size_pt) + 1.5
        foot = y + columns.line
        while foot < bottom:
            sheet.line((start, foot), (x + wide, foot), width_pt=0.4, color="#777777")
            start, foot = x, foot + 5.5


def _fitting(
    todo: Sequence[str], wide: float, columns: Columns, room: int
) -> list[str]:
    """Break what to do into lines; what has no room is told of in the last one."""
    found: list[str] = []
    for k, text in enumerate(todo):
        lines = wrapped(text, wide, size_pt=columns.size_pt)
        rest = len(todo) - k
        spare = room - len(found) - (1 if rest > 1 else 0)
        if len(lines) > spare:
            shown = [*found, *lines][: max(room - 1, 0)]
            rest -= len(shown) > len(found)
            cut = f"• {rest} more in the force's table" if rest else _ELLIPSIS
            return [*shown, f"{_ELLIPSIS} {cut}" if shown and rest else cut]
        found += lines
    return found


def _todo(action: str) -> str:
    return f"• {action}"


def _who(sheet: Sheet, columns: Columns, priority: Priority, cell: Cell) -> None:
    """Write who goes when, with boxes for the times in and out and to tick."""
    x, wide, y, bottom = cell
    step = _VISIT * columns.grown
    most = max(int((bottom - y + 0.5) / step), 1)
    visits = [(task.unit_id, f"{task.starts:%H:%M}") for task in priority.tasks]
    more = len(visits) - most
    shown = visits if more <= 0 else visits[: max(most - 1, 1)]
    for unit, start in shown or [("", "")]:
        _visit(sheet, columns, (x, wide, y, bottom), (unit, start))
        y += step
    if more > 0:
        left = len(visits) - len(shown)
        text = f"and {left} more visits: see the duty sheets"
        sheet.text(x, y, text, size_pt=SMALLEST_PT, width=wide, lines=2)


def _visit(sheet: Sheet, columns: Columns, cell: Cell, visit: tuple[str, str]) -> None:
    x, wide, y, _ = cell
    grown, box = columns.grown, _box_width(columns)
    unit, start = visit
    sheet.tick_box(x, y + 0.5, 3.2 * grown)
    at = x + 3.2 * grown + 1.0
    right = x + wide - 2.0 * (box + 0.8)
    size = columns.size_pt
    if unit:
        time = Sheet.width_of(start, size + 0.5, bold=True)
        style = TextStyle(size_pt=size, width=right - at - time - 0.5, lines=1)
        sheet.text(at, y + 0.6 * grown, unit, **style)
        bold = TextStyle(size_pt=size + 0.5, bold=True, align="right")
        sheet.text(right, y + 0.5 * grown, start, **bold)
    else:
        sheet.text(at, y - 0.2, "No unit tasked", size_pt=SMALLEST_PT)
        foot = y + 4.8 * grown
        sheet.line((at, foot), (right, foot), width_pt=0.4, color="#777777")
    for k in (2, 1):
        corner = x + wide - k * (box + 0.8) + 0.8
        sheet.box(corner, y + 0.2, box, 4.8 * grown, fill="white", width_pt=0.6)


def _box_width(columns: Columns) -> float:
    return 8.4 * columns.grown


def _count(text: str, wide: float, columns: Columns, *, size: float = 0.0) -> int:
    """Count the lines that a text takes."""
    if not text:
        return 0
    size = size or columns.size_pt
    style = TextStyle(size_pt=size, width=wide)
    return round(Sheet.height_of(text, **style) / Sheet.height_of("x", size_pt=size))
