"""A page for each unit: its night on a timeline, and a map of its ground."""

from collections.abc import Iterator, Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc import hexes
from geoalloc.briefing import duties as nights
from geoalloc.briefing import legend, map_frame, wording
from geoalloc.briefing.duties import Duty
from geoalloc.briefing.frame import Frame
from geoalloc.briefing.ground import Ground, Post
from geoalloc.briefing.lettering import TextStyle
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.paper import Paper
from geoalloc.briefing.strokes import stroke
from geoalloc.briefing.timeline import Entry
from geoalloc.briefing.view import Content, Numbered, View
from geoalloc.runs import Run

__all__ = ["duty_sheets"]

_SCALES = (25_000, 40_000, 50_000, 75_000, 100_000, 150_000, 200_000, 250_000)
_LARGEST = 400_000  # of a beat that no such scale holds
_MARGIN_MM = 10.0
_GRID_LEFT, _GRID_BELOW = 8.0, 4.5  # mm that the figures of the grid take
_TEXT_SHARE = 0.36  # of the width below the timeline, for words beside the map
_MOST_ENTRIES = 24


def duty_sheets(
    run: Run, duties: Sequence[Duty], paper: Paper, frame: Frame, ground: Ground
) -> Iterator[Sheet]:
    """Draw a page for each unit, one by one so that none is held longer than needed.

    Parameters
    ----------
    run
        Whose record names the shift.
    duties
        Of the units, in the order of the pages.
    """
    for number, duty in enumerate(duties, start=1):
        kind, people = wording.unit_kind(duty.kind), _people(duty.officers)
        skills = f", {duty.skills}" if duty.skills else ""
        sheet = Sheet(
            paper,
            frame,
            f"Duty sheet: {duty.unit_id}",
            f"{kind}, {people}{skills}, from {duty.home_station}. "
            f"{wording.shift(run.record)}.",
            number,
            len(duties),
        )
        size = 12.0 if paper.large else 9.5
        y = _timeline(sheet, duty.entries, size) + 3.0
        y = max(y, sheet.top)
        width = (sheet.right - sheet.left) * _TEXT_SHARE - 4.0
        _words(sheet, duty, (sheet.left, y, width), size)
        _map(sheet, duty, ground, (sheet.left + width + 4.0, y))
        yield sheet


def _people(officers: int) -> str:
    return "1 officer" if officers == 1 else f"{officers} officers"


def _timeline(sheet: Sheet, entries: Sequence[Entry], size: float) -> float:
    """Write the night in order of time; visits have boxes for the times they took."""
    wide = sheet.right - sheet.left
    shares = (0.14, 0.18, 0.34, 0.13, 0.21)
    widths = [share * wide for share in shares]
    visiting = any(entry.number is not None for entry in entries)
    done = "In / out / done" if visiting else ""
    head = ("Time", "What", "Where", "Grid ref.", done)
    y = _cells(sheet, sheet.top, widths, head, size, bold=True)
    sheet.line((sheet.left, y), (sheet.right, y), width_pt=0.9)
    for entry in entries[:_MOST_ENTRIES]:
        start = y
        cells = (entry.times, entry.what, entry.where, entry.grid_ref, "")
        visit = entry.number is not None
        y = _cells(sheet, y, widths, cells, size, bold=visit)
        if entry.note:
            x = sheet.left + widths[0] + widths[1] + 0.5
            style = TextStyle(size_pt=size, width=wide - (x - sheet.left), lines=1)
            y = sheet.text(x, y - 0.5, entry.note, **style) + 0.5
        if visit:
            y = max(y, start + 6.5)
            x = sheet.right - widths[-1] + 0.5
            for k in range(2):
                sheet.box(x + k * 17.0, start + 1.0, 15.5, 5.0, fill="white")
            sheet.tick_box(x + 34.2, start + 1.6, 3.8)
        sheet.line((sheet.left, y), (sheet.right, y), width_pt=0.3, color="#888888")
    if len(entries) > _MOST_ENTRIES:
        more = f"And {len(entries) - _MOST_ENTRIES} lines more: see the HTML twin."
        y = sheet.text(sheet.left, y + 0.5, more, size_pt=size)
    return y


def _cells(
    sheet: Sheet,
    y: float,
    widths: Sequence[float],
    cells: Sequence[str],
    size: float,
    *,
    bold: bool,
) -> float:
    x, bottom = sheet.left, y
    for cell, width in zip(cells, widths, strict=True):
        style = TextStyle(size_pt=size, bold=bold, width=width - 1.5, lines=2)
        bottom = max(bottom, sheet.text(x + 0.5, y + 0.6, cell, **style))
        x += width
    return bottom + 0.6


def _words(
    sheet: Sheet, duty: Duty, at: tuple[float, float, float], size: float
) -> float:
    """Say why it stands there, its beat, and who is beside it."""
    x, y, width = at
    for title, sentences in nights.words(duty):
        y = sheet.text(x, y, title, size_pt=size + 1.0, bold=True, width=width) + 0.3
        for sentence in sentences:
            y = sheet.text(x, y, sentence, size_pt=size, width=width, lines=9) + 0.6
        y += 1.8
    return y


def _map(
    sheet: Sheet,
    duty: Duty,
    ground: Ground,
    at: tuple[float, float],
) -> None:
    """Draw post, beat and visits at the largest round scale that holds them."""
    x, y = at[0] + _GRID_LEFT, at[1]
    width = sheet.right - x
    height = sheet.bottom - y - _GRID_BELOW - legend.most(sheet, ground) - 1.0
    beat = _beat(duty, ground)
    posts, visited = _posts(duty, ground), _visited(duty, ground)
    points = [one.point for one in posts] + [one.point for one in visited]
    shapes = [shapely.MultiPoint(points), *([beat] if beat is not None else [])]
    west, south, east, north = shapely.union_all(shapes).bounds
    scale = _scale((east - west, north - south), (width, height))
    view = View(
        x=x,
        y=y,
        width=width,
        height=height,
        center=((west + east) / 2.0, (south + north) / 2.0),
        scale=scale,
    )
    content = Content(
        numbered=visited,
        posts=posts,
        hotspots=False,
    )
    map_frame.draw(sheet, ground, view, content)
    if beat is not None:
        stroke(sheet, view, beat, width_pt=2.0, rim_pt=3.4)
    top = y + height + _GRID_BELOW + 1.0
    legend.draw(sheet, ground, view, content, (sheet.left, top))


def _beat(duty: Duty, ground: Ground) -> BaseGeometry | None:
    if not duty.hexes:
        return None
    ids = np.sort(np.array(duty.hexes, dtype=np.uint64))
    return ground.metres(hexes.dissolve(ids))


def _posts(duty: Duty, ground: Ground) -> tuple[Post, ...]:
    """Mark the posts of the night; a later one with the time from which it holds."""
    found = []
    for k, entry in enumerate(duty.posts):
        spot = ground.metres(shapely.Point(entry.point))
        name = duty.unit_id if k == 0 else f"from {entry.starts:%H:%M}"
        found.append(Post(name=entry.where, units=(name,), point=(spot.x, spot.y)))
    return tuple(found)


def _visited(duty: Duty, ground: Ground) -> tuple[Numbered, ...]:
    """Give the places of the visits their numbers, each once."""
    found = {}
    for entry in duty.visits:
        if entry.point is not None and entry.number not in found:
            spot = ground.metres(shapely.Point(entry.point))
            found[entry.number] = Numbered(
                text=str(entry.number), point=(float(spot.x), float(spot.y))
            )
    return tuple(found.values())


def _scale(size: tuple[float, float], paper: tuple[float, float]) -> int:
    """Choose the largest round scale at which a size in metres fits on paper (mm)."""
    for scale in _SCALES:
        room = [(side - 2 * _MARGIN_MM) / 1000.0 * scale for side in paper]
        if size[0] <= room[0] and size[1] <= room[1]:
            return scale
    return _LARGEST
