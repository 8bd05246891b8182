"""The inspector's page on paper."""

from collections.abc import Mapping

from geoalloc.briefing import inspector, wording
from geoalloc.briefing.frame import Frame
from geoalloc.briefing.inspector import Inspection
from geoalloc.briefing.layout import Column, draw
from geoalloc.briefing.page import Sheet
from geoalloc.briefing.paper import Paper
from geoalloc.runs import Run

__all__ = ["inspector_sheet"]

# Tried in turn until the page holds all: points of type, places named, lines of a
# sentence.
_A4 = ((8.0, 10, None), (7.5, 10, None), (7.25, 10, None))
_TIGHT = ((7.0, 10, None), (7.0, 8, 3), (7.0, 6, 2), (7.0, 5, 1))
_A3 = ((11.5, 10, None), (11.0, 10, None), (10.5, 10, None), (10.0, 10, None))
_GAP = 5.0


def inspector_sheet(
    run: Run,
    paper: Paper,
    frame: Frame,
    numbers: Mapping[int, int] | None = None,
    of: int = 1,
) -> Sheet:
    """Draw the inspector's page, the first: the largest type with which all fits.

    Where even the smallest does not hold it, sentences are cut with an ellipsis; the
    HTML twin has them whole.

    Parameters
    ----------
    numbers
        As of `inspector.inspection`.
    of
        Sheets of the document.
    """
    tries = (*_A3, *_A4, *_TIGHT) if paper.large else (*_A4, *_TIGHT)
    for size, places, lines in tries:
        sheet = Sheet(
            paper,
            frame,
            f"Inspector's page: {run.record['name']}",
            f"{wording.shift(run.record)}. {run.record['question']}",
            1,
            of,
        )
        content = inspector.inspection(run, places=places, numbers=numbers)
        bottom = _draw(sheet, content, size, lines)
        if bottom <= sheet.bottom:
            break
    return sheet


def _draw(sheet: Sheet, content: Inspection, size: float, lines: int | None) -> float:
    room = sheet.right - sheet.left
    across = Column(x=sheet.left, width=room, size_pt=size, lines=lines)
    y = draw(sheet, content.wide, across, sheet.top) + 2.2
    half = (room - _GAP) / 2.0
    sides = (
        Column(x=sheet.left, width=half, size_pt=size, lines=lines),
        Column(x=sheet.right - half, width=half, size_pt=size, lines=lines),
    )
    bottoms = [
        draw(sheet, blocks, side, y)
        for blocks, side in zip((content.left, content.right), sides, strict=True)
    ]
    return draw(sheet, content.last, across, max(bottoms) + 2.2)
