"""The sheet of an area: its map, and its priorities below it."""

from collections.abc import Sequence

from geoalloc.briefing import legend, locator, map_frame, rows, wording
from geoalloc.briefing.areas import Room, SheetPlan, least_room
from geoalloc.briefing.atlas import Atlas
from geoalloc.briefing.lettering import TextStyle
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.priorities import Priority
from geoalloc.briefing.rows import Columns
from geoalloc.briefing.view import Content, Numbered, View

__all__ = ["area_sheet", "map_size", "room"]

_ALWAYS = (wording.STOP_AND_SEARCH, wording.MARKERS)

_LEFT_OUT_LINES = 2
_GAP = 1.5  # mm between the parts of a sheet
_LEAST_ROW, _MOST_ROW = 22.7, 36.0  # mm; the most on A4


def area_sheet(atlas: Atlas, plan: SheetPlan, number: int, of: int) -> Sheet:
    """Draw the sheet of an area.

    Parameters
    ----------
    plan
        What is on it, as `areas.plan` lays it out with the `room` of this module.
    number, of
        Which sheet of the document it is.
    """
    sheet = Sheet(atlas.paper, atlas.frame, _title(plan), atlas.shift, number, of)
    columns = _columns(sheet, atlas, len(plan.priorities))
    view = _view(sheet, atlas, plan)
    bottom = _map(sheet, atlas, plan, view)
    if plan.priorities:
        y = rows.head(sheet, columns, bottom + _GAP)
        for priority in plan.priorities:
            y = rows.draw(sheet, columns, priority, y)
    else:
        y = _nothing(sheet, atlas, plan, bottom + _GAP)
    _notes(sheet, atlas, plan, y + _GAP)
    return sheet


def room(atlas: Atlas) -> Room:
    """Tell how large the map is beside given priorities: what `areas.plan` asks."""
    sheet = Sheet(atlas.paper, atlas.frame, "", atlas.shift, 1, 1)

    def beside(priorities: Sequence[Priority]) -> tuple[float, float]:
        return map_size(sheet, atlas, priorities)

    return beside


def _title(plan: SheetPlan) -> str:
    numbers = [p.number for p in plan.priorities]
    if not numbers:
        return f"{plan.title}: no priority"
    if len(numbers) == 1:
        return f"{plan.title}: priority {numbers[0]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{plan.title}: priorities {numbers[0]} to {numbers[-1]}"
    *first, last = numbers
    return f"{plan.title}: priorities {', '.join(map(str, first))} and {last}"


def _columns(sheet: Sheet, atlas: Atlas, n: int) -> Columns:
    """Lay out the columns; rows leave the map the room that it has on any sheet."""
    size = 9.5 if atlas.paper.large else 7.5
    spare = sheet.bottom - sheet.top - _fixed(sheet, atlas) - least_room(n)[1]
    return Columns(
        left=sheet.left,
        width=sheet.right - sheet.left,
        size_pt=size,
        cap=max(min(spare / max(n, 1), _MOST_ROW * size / 7.5), _LEAST_ROW),
        hours=atlas.shift_hours,
        dwell_min=atlas.dwell_min,
    )


def map_size(
    sheet: Sheet, atlas: Atlas, priorities: Sequence[Priority]
) -> tuple[float, float]:
    """Width and height of the map inside its frame, mm."""
    columns = _columns(sheet, atlas, len(priorities))
    below = sum(rows.height(columns, p) for p in priorities)
    below += rows.head_height(columns) if priorities else 3.0 * columns.line
    below += _fixed(sheet, atlas)
    wide = sheet.right - sheet.left - map_frame.MARGIN_LEFT
    return wide, sheet.bottom - sheet.top - below


def _fixed(sheet: Sheet, atlas: Atlas) -> float:
    """Height of what stands below the map on every sheet, but for the rows, mm."""
    notes = _notes_height(sheet, atlas) + 4.0 * _GAP
    return legend.most(sheet, atlas.ground) + map_frame.MARGIN_BOTTOM + notes


def _view(sheet: Sheet, atlas: Atlas, plan: SheetPlan) -> View:
    wide, high = map_size(sheet, atlas, plan.priorities)
    return View(
        x=sheet.left + map_frame.MARGIN_LEFT,
        y=sheet.top,
        width=wide,
        height=high,
        center=plan.center,
        scale=plan.scale,
    )


def _map(sheet: Sheet, atlas: Atlas, plan: SheetPlan, view: View) -> float:
    ground = atlas.ground
    box = locator.place(view, plan, atlas)
    shapes = tuple(ground.hotspots[p.rank] for p in plan.priorities)
    content = Content(
        numbered=tuple(
            Numbered(text=str(p.number), point=p.point) for p in plan.priorities
        ),
        outlined=shapes or (plan.area.geometry,),
        posts=ground.posts,
        obstacles=(box,) if box else (),
    )
    map_frame.draw(sheet, ground, view, content)
    if box:
        locator.draw(sheet, view, plan, box, atlas)
    top = view.y + view.height + map_frame.MARGIN_BOTTOM + _GAP
    return legend.draw(sheet, ground, view, content, (sheet.left, top))


def _nothing(sheet: Sheet, atlas: Atlas, plan: SheetPlan, y: float) -> float:
    n = len(atlas.ground.hotspots)
    many = f"none of the {n} hotspots" if n != 1 else "the one hotspot"
    lies = "of this run lies here" if n != 1 else "of this run does not lie here"
    said = f"{many} {lies}" if n else "this run has no hotspot"
    text = f"No priority in {plan.area.name}: {said}, or none may be one."
    wide = sheet.right - sheet.left
    return sheet.text(sheet.left, y, text, size_pt=10.0, bold=True, width=wide)


def _notes(sheet: Sheet, atlas: Atlas, plan: SheetPlan, y: float) -> None:
    """Write at the foot what holds on every sheet, and what is on none."""
    size = _note_pt(atlas)
    wide = sheet.right - sheet.left
    if plan.left_out:
        text = _left_out(plan)
        style = TextStyle(size_pt=size, width=wide, lines=_LEFT_OUT_LINES)
        sheet.text(sheet.left, y, text, **style)
    style = TextStyle(size_pt=size, bold=True, width=wide)
    foot = sheet.bottom - sum(sheet.height_of(text, **style) for text in _ALWAYS)
    for text in _ALWAYS:
        foot = sheet.text(sheet.left, foot, text, **style)


def _left_out(plan: SheetPlan) -> str:
    named = [f"{p.number} {p.place} ({p.grid_ref})" for p in plan.left_out]
    n = len(named)
    many = "1 more hotspot" if n == 1 else f"{n} more hotspots"
    return (
        f"{many} of {plan.area.name}, of lower rank and with no unit tasked (the "
        f"overview of the force has all): {', '.join(named)}."
    )


def _notes_height(sheet: Sheet, atlas: Atlas) -> float:
    size = _note_pt(atlas)
    wide = sheet.right - sheet.left
    style = TextStyle(size_pt=size, bold=True, width=wide)
    fixed = sum(sheet.height_of(text, **style) for text in _ALWAYS)
    return fixed + _LEFT_OUT_LINES * sheet.height_of("x", size_pt=size)


def _note_pt(atlas: Atlas) -> float:
    return 9.5 if atlas.paper.large else 8.0
