"""The whole force on one page: where each sheet lies, and all priorities by sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import shapely

from geoalloc.briefing import legend, map_frame, wording
from geoalloc.briefing.area_sheet import map_size
from geoalloc.briefing.areas import SheetPlan, scale_for
from geoalloc.briefing.atlas import Atlas
from geoalloc.briefing.lettering import TextStyle
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.priorities import Priority
from geoalloc.briefing.view import Content, Numbered, View

__all__ = ["overview"]

_GAP = 1.5  # mm between the parts of the page
_BETWEEN = 4.0  # mm between the columns of the list
_MARGIN, _SPARE = 3.0, 6.0  # mm round the force, and above it for labels
_LEAST_MAP = 75.0  # mm, of the height of the map
_LEAST_PT = 7.0
_NOTE_PT = 8.0


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A line of the list: the head of a sheet, a priority, or one without a sheet."""

    number: str
    text: str
    bold: bool


@dataclass(frozen=True, kw_only=True)
class _List:
    """How a list is laid out: columns, type, and height of a line (mm)."""

    columns: int
    size_pt: float
    pitch: float
    lines: int

    @property
    def rows(self) -> int:
        """Lines of a column."""
        return -(-self.lines // self.columns)

    @property
    def height(self) -> float:
        """Of the whole list, mm."""
        return self.rows * self.pitch


def overview(
    atlas: Atlas, plans: Sequence[SheetPlan], first: int, number: int, of: int
) -> Sheet:
    """Draw the overview.

    Parameters
    ----------
    plans
        The sheets, in order; they show as outlines with their numbers.
    first
        Number of the first of them in the document.
    number, of
        Which sheet of the document the overview is.
    """
    sheet = Sheet(atlas.paper, atlas.frame, "Overview", atlas.shift, number, of)
    lines = list(_lines(plans, first))
    notes = TextStyle(size_pt=_NOTE_PT, bold=True)
    foot = sheet.bottom - 2.0 * sheet.height_of("x", **notes)
    content = _content(sheet, atlas, plans, first)
    # The map has what its scale asks for, the list what is left.
    most = legend.most(sheet, atlas.ground) + map_frame.MARGIN_BOTTOM + 3.0 * _GAP
    whole = _view(sheet, atlas, foot - most)
    below = legend.height(sheet, atlas.ground, whole, content)
    below += map_frame.MARGIN_BOTTOM + 3.0 * _GAP
    list_ = _list_in(sheet, lines, foot - whole.y - whole.height - below)
    view = _view(sheet, atlas, foot - below - list_.height)
    map_frame.draw(sheet, atlas.ground, view, content)
    top = view.y + view.height + map_frame.MARGIN_BOTTOM + _GAP
    top = legend.draw(sheet, atlas.ground, view, content, (sheet.left, top))
    _write(sheet, lines, list_, top + _GAP)
    for text in (wording.STOP_AND_SEARCH, wording.MARKERS):
        foot = sheet.text(sheet.left, foot, text, **notes)
    return sheet


def _view(sheet: Sheet, atlas: Atlas, bottom: float) -> View:
    """Lay the map out: as high as the force is at the scale that its width allows."""
    ground = atlas.ground
    wide = sheet.right - sheet.left - map_frame.MARGIN_LEFT
    high = max(bottom - sheet.top, _LEAST_MAP)
    # The middle of a hex at the edge may lie outside the outline.
    shapes = [ground.outline, *ground.hotspots.values()]
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    scale = scale_for((west, south, east, north), (wide, high), margin=_MARGIN)
    needed = (north - south) * 1000.0 / scale + 2.0 * _MARGIN + _SPARE
    return View(
        x=sheet.left + map_frame.MARGIN_LEFT,
        y=sheet.top,
        width=wide,
        height=min(high, needed),
        center=((west + east) / 2.0, (south + north) / 2.0),
        scale=scale,
    )


def _content(
    sheet: Sheet, atlas: Atlas, plans: Sequence[SheetPlan], first: int
) -> Content:
    return Content(
        numbered=tuple(
            Numbered(text=str(p.number), point=p.point)
            for plan in plans
            for p in (*plan.priorities, *plan.left_out)
        ),
        boxes=tuple(
            (f"Sheet {first + k}", _outline(sheet, atlas, plan))
            for k, plan in enumerate(plans)
        ),
        hotspots=False,
    )


def _outline(
    sheet: Sheet, atlas: Atlas, plan: SheetPlan
) -> tuple[float, float, float, float]:
    """Give west, south, east and north of the map of a sheet, metres."""
    wide, high = map_size(sheet, atlas, plan.priorities)
    view = View(
        x=0.0, y=0.0, width=wide, height=high, center=plan.center, scale=plan.scale
    )
    return view.bounds


def _lines(plans: Sequence[SheetPlan], first: int) -> Iterator[_Line]:
    if not plans:
        head = "No priority tonight: no hotspot of this run may be one."
        yield _Line(number="", text=head, bold=True)
    for k, plan in enumerate(plans):
        head = f"Sheet {first + k}: {plan.title}, 1:{plan.scale:,}"
        yield _Line(number="", text=head, bold=True)
        for priority in plan.priorities:
            yield _Line(number=str(priority.number), text=_words(priority), bold=False)
        if not plan.priorities:
            yield _Line(number="", text="no priority", bold=False)
    rest = [p for plan in plans for p in plan.left_out]
    if rest:
        head = "Of lower rank and with no unit tasked: on no sheet"
        yield _Line(number="", text=head, bold=True)
    for priority in rest:
        yield _Line(number=str(priority.number), text=_words(priority), bold=False)


def _words(priority: Priority) -> str:
    units = sorted({task.unit_id for task in priority.tasks})
    who = f", {', '.join(units)}" if units else ""
    problem = wording.inner(wording.category(priority.category))
    return f"{priority.place}, {priority.grid_ref}: {problem}{who}"


def _list_in(sheet: Sheet, lines: Sequence[_Line], room: float) -> _List:
    """Lay the list out in the fewest columns, and the largest type, that have room."""
    large = 10.0 if sheet.paper.large else 8.0
    tries = [(n, size) for n in (1, 2, 3, 4) for size in (large, 7.5, _LEAST_PT)]
    for columns, size in tries:
        pitch = sheet.height_of("x", size_pt=size) + 0.35
        found = _List(columns=columns, size_pt=size, pitch=pitch, lines=len(lines))
        if found.height <= room:
            break
    return found


def _write(sheet: Sheet, lines: Sequence[_Line], list_: _List, top: float) -> None:
    """Write the list in columns, each from the top; a line that is too long is cut."""
    size = list_.size_pt
    column = (sheet.right - sheet.left + _BETWEEN) / list_.columns
    indent = sheet.width_of("000", size, bold=True) + 1.0
    for k, line in enumerate(lines):
        x = sheet.left + k // list_.rows * column
        y = top + k % list_.rows * list_.pitch
        wide = column - _BETWEEN
        if line.bold:
            style = TextStyle(size_pt=size, bold=True, width=wide, lines=1)
            sheet.text(x, y, line.text, **style)
            continue
        end = TextStyle(size_pt=size, bold=True, align="right")
        sheet.text(x + indent - 1.0, y, line.number, **end)
        style = TextStyle(size_pt=size, width=wide - indent, lines=1)
        sheet.text(x + indent, y, line.text, **style)
