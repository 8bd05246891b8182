"""What must hold of any sheet: text inside, none over other text, marked, embedded."""

import io
import re

import pypdfium2

from geoalloc.briefing.lettering import POINT_MM
from geoalloc.briefing.page import save

__all__ = ["box", "broken", "text_of", "written"]

_ASCENT, _DESCENT = 0.72, 0.18  # of letters without accents, in sizes of the type


def written(sheets, frame):
    """The bytes of a document."""
    buffer = io.BytesIO()
    save(sheets, buffer, frame)
    return buffer.getvalue()


def text_of(data, page=0):
    """All text of a page, its line ends as spaces."""
    text = pypdfium2.PdfDocument(data)[page].get_textpage().get_text_bounded()
    return re.sub(r"\s+", " ", text)


def box(word):
    """Left, top, right and bottom of a word on its page, mm."""
    size = word.size_pt * POINT_MM
    return (
        word.x,
        word.y - _ASCENT * size,
        word.x + word.width,
        word.y + _DESCENT * size,
    )


def broken(sheet):
    """List the laws that a sheet breaks."""
    wide, high = sheet.paper.width_mm, sheet.paper.height_mm
    words = [(word.text, box(word)) for word in sheet.words]
    found = [
        f"{text!r} leaves the page"
        for text, (left, top, right, bottom) in words
        if left < 4 or top < 4 or right > wide - 4 or bottom > high - 4
    ]
    found += [
        f"{a!r} and {b!r} overlap"
        for i, (a, p) in enumerate(words)
        for b, q in words[i + 1 :]
        if min(p[2], q[2]) - max(p[0], q[0]) > 0.15
        and min(p[3], q[3]) - max(p[1], q[1]) > 0.15
    ]
    found += [
        f"{word.text!r} is of {word.size_pt:g} pt"
        for word in sheet.words
        if word.size_pt < 7
    ]
    marks = [w.y for w in sheet.words if w.text == sheet.frame.marking]
    if len(marks) != 2 or marks[0] > 0.1 * high or marks[1] < 0.9 * high:
        found.append("it is not marked at the top and at the bottom")
    return found
