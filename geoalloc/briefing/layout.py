"""Blocks laid out on a sheet: headings, tables, points, and bars by hour."""

from collections.abc import Sequence
from dataclasses import dataclass

from geoalloc.briefing.blocks import Block, Hours, Points, Table
from geoalloc.briefing.lettering import TextStyle
from geoalloc.briefing.page import Sheet

__all__ = ["Column", "draw"]

_PAD = 0.3  # mm above and below the text of a row
_AFTER = 2.2  # mm between blocks
_BARS = 13.0  # mm, height of the tallest bar at nine points
_NAMES = 43.0  # mm kept for the names of lines below bars, at eight points
# Told apart in gray and by hatch.
_FILLS = (("#262626", None), ("#9a9a9a", None), ("white", "//////"), ("#d0d0d0", "..."))


@dataclass(frozen=True, kw_only=True)
class Column:
    """Where blocks stand, and how large their type is.

    Attributes
    ----------
    x, width
        Of the column, mm.
    size_pt
        Of its text.
    lines
        After which a sentence is cut; None for never.
    """

    x: float
    width: float
    size_pt: float
    lines: int | None = None


def draw(sheet: Sheet, blocks: Sequence[Block], column: Column, y: float) -> float:
    """Draw blocks below one another, the first at ``y`` mm.

    Returns
    -------
    bottom
        Of the last block, mm; past ``sheet.bottom`` where there is no room for it.
    """
    for block in blocks:
        y = _heading(sheet, block.title, column, y)
        if isinstance(block, Table):
            y = _table(sheet, block, column, y)
        elif isinstance(block, Points):
            y = _points(sheet, block, column, y)
        else:
            y = _hours(sheet, block, column, y)
        y += _AFTER
    return y - (_AFTER if blocks else 0.0)


def _heading(sheet: Sheet, title: str, column: Column, y: float) -> float:
    style = TextStyle(size_pt=column.size_pt + 1.0, bold=True, width=column.width)
    y = sheet.text(column.x, y, title, **style) + 0.3
    sheet.line((column.x, y), (column.x + column.width, y), width_pt=0.8)
    return y + 0.3


def _table(sheet: Sheet, table: Table, column: Column, y: float) -> float:
    widths = [w * column.width / sum(table.widths) for w in table.widths]
    for k, cells in enumerate([table.head, *table.rows]):
        y = _row(sheet, (column.x, y), (widths, cells, table.numeric), column, k == 0)
        sheet.line(
            (column.x, y),
            (column.x + column.width, y),
            width_pt=0.6 if k == 0 else 0.25,
            color="#444444" if k == 0 else "#999999",
        )
    if not table.rows:
        y = sheet.text(column.x, y + 0.3, "None.", size_pt=column.size_pt)
    if table.note:
        note = TextStyle(
            size_pt=max(column.size_pt - 0.5, 7.0),
            width=column.width,
            lines=column.lines,
        )
        y = sheet.text(column.x, y + 0.6, table.note, **note)
    return y


def _row(
    sheet: Sheet,
    at: tuple[float, float],
    row: tuple[Sequence[float], Sequence[str], frozenset[int]],
    column: Column,
    bold: bool,
) -> float:
    x, y = at
    bottom = y
    for k, (width, cell) in enumerate(zip(row[0], row[1], strict=True)):
        right = k in row[2]
        style = TextStyle(
            size_pt=column.size_pt,
            bold=bold,
            width=width - 1.6,
            lines=None if bold else 2,
            align="right" if right else "left",
        )
        start = x + width - 0.8 if right else x + 0.3
        bottom = max(bottom, sheet.text(start, y + _PAD, cell, **style))
        x += width
    return bottom + _PAD


def _points(sheet: Sheet, points: Points, column: Column, y: float) -> float:
    indent = 0.29 * column.size_pt
    style = TextStyle(
        size_pt=column.size_pt, width=column.width - indent, lines=column.lines
    )
    for sentence in points.sentences:
        sheet.text(column.x, y, "•", size_pt=column.size_pt)
        y = sheet.text(column.x + indent, y, sentence, **style) + 0.25
    return y


def _hours(sheet: Sheet, block: Hours, column: Column, y: float) -> float:
    """Draw stacked bars over a table of the same hours."""
    size, names = column.size_pt, _NAMES * column.size_pt / 8.0
    left, step = column.x + names, (column.width - names) / max(len(block.hours), 1)
    y = _key(sheet, block, column, y + 0.8)
    totals = [sum(v[k] for _, v in block.series) for k in range(len(block.hours))]
    high = _BARS * size / 9.0
    y += high + 1.32 * size * 25.4 / 72.0
    scale = high / max([*totals, 1e-9])
    for k, total in enumerate(totals):
        middle, top = left + (k + 0.5) * step, y
        for (_, values), (fill, hatch) in zip(block.series, _FILLS, strict=False):
            tall = values[k] * scale
            top -= tall
            wide = min(0.62 * step, 14.0)
            sheet.box(middle - wide / 2.0, top, wide, tall, fill=fill, hatch=hatch)
        above = top - 1.3 * size * 25.4 / 72.0
        sheet.text(middle, above, f"{total:.0f}", size_pt=size, align="center")
    sheet.line((left, y), (column.x + column.width, y), width_pt=0.8)
    for k, (name, *cells) in enumerate([("", *block.hours), *block.rows]):
        style = TextStyle(size_pt=size, bold=k == 0, align="center")
        bottom = sheet.text(
            column.x + 0.3, y + _PAD, name, size_pt=size, width=names - 1.0, lines=1
        )
        for at, cell in enumerate(cells):
            sheet.text(left + (at + 0.5) * step, y + _PAD, cell, **style)
        y = bottom + _PAD
        sheet.line(
            (column.x, y), (column.x + column.width, y), width_pt=0.25, color="#999999"
        )
    return y


def _key(sheet: Sheet, block: Hours, column: Column, y: float) -> float:
    """Say which fill stands for what."""
    x, size = column.x + _NAMES * column.size_pt / 8.0, column.size_pt
    tall = size * 25.4 / 72.0
    for (name, _), (fill, hatch) in zip(block.series, _FILLS, strict=False):
        sheet.box(x, y + 0.1 * tall, 1.6 * tall, 0.9 * tall, fill=fill, hatch=hatch)
        sheet.text(x + 2.1 * tall, y, name, size_pt=size)
        x += 2.1 * tall + sheet.width_of(name, size) + 6.0
    return y + 1.3 * tall
