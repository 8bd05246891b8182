"""A comparison as a workbook: the one door to XlsxWriter.

Text is written as text: nothing in it is run as a formula or made a link. The same
comparison gives the same bytes.
"""

import datetime as dt
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geoalloc.runs.comparison import Comparison
from geoalloc.runs.workbook_words import (
    LABELS,
    WIDE,
    kind_of,
    read_me,
    unit_of,
)

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

__all__ = ["workbook"]

_LONGEST = 32_000  # letters of a cell; Excel holds 32,767
_HEADER = 200  # letters of the marking in the margin; Excel holds 255 with its codes
_NARROW, _WIDEST = 9, 60  # of a column, in letters
_SHEET = 220  # letters across a sheet of paper that can still be read
_FORMATS = {
    "text": {"text_wrap": True, "valign": "top"},
    "head": {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1},
    "title": {"bold": True, "font_size": 14},
    "share": {"num_format": "0.0%", "valign": "top"},
    "points": {"num_format": "+0.0;-0.0;0.0", "valign": "top"},
    "signed": {"num_format": "+0.00;-0.00;0.00", "valign": "top"},
    "figure": {"num_format": "#,##0.00", "valign": "top"},
    "minutes": {"num_format": "0.0", "valign": "top"},
    "whole": {"num_format": "#,##0", "valign": "top"},
    "chance": {"num_format": "0.0000", "valign": "top"},
    "small": {"num_format": "0.00%", "valign": "top"},
}
_VERDICTS = {  # a color beside the word, never instead of it
    "better": {"bg_color": "#cfe0f1", "font_color": "#0a3672", "bold": True},
    "worse": {"bg_color": "#f8d2a6", "font_color": "#702800", "bold": True},
    "not distinguishable": {"font_color": "#55616b", "italic": True},
}


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """One table of the workbook.

    Attributes
    ----------
    formats
        Of a column, or of each of its cells; what is not named is told by its kind.
    frozen
        Columns that stay when the sheet is moved.
    """

    name: str
    frame: pd.DataFrame
    formats: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    frozen: int = 1


def workbook(comparison: Comparison, marked: str, day: str) -> bytes:
    """Write a comparison as an Excel workbook.

    Sheets: Read me, Scenarios, Differences (the headline first), All figures, Groups,
    Disparities, Curve, Changes, Provenance. Each has a frozen head and a filter, and
    prints on A4 across with the marking at the top and the bottom, as wide as one
    sheet of paper, or two or three where the letters would be too small.

    Parameters
    ----------
    marked
        Protective marking, and whether it is an exercise.
    day
        ISO date that the file carries as the one when it was made.
    """
    import xlsxwriter

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties(_properties(comparison.record, marked, day))
    formats = {name: book.add_format(each) for name, each in _FORMATS.items()}
    _front(book, formats, read_me(comparison, marked), marked)
    for sheet in _sheets(comparison):
        _table(book, formats, sheet, marked)
    book.close()
    return out.getvalue()


def _properties(record: Mapping[str, Any], marked: str, day: str) -> dict[str, Any]:
    return {
        "title": _clean(f"Scenarios compared: {record['name']}"),
        "subject": _clean(marked),
        "author": "geoalloc",
        "comments": _clean(record.get("handling", ""))[:255],
        "created": dt.datetime.fromisoformat(day),
    }


def _sheets(comparison: Comparison) -> list[_Sheet]:
    curve = comparison.curve
    return [
        _scenarios(comparison.scenarios),
        _differences(comparison.differences),
        _by_measure("All figures", comparison.figures, 3),
        _by_measure("Groups", comparison.groups, 3),
        _Sheet(
            name="Disparities",
            frame=comparison.disparities,
            formats=dict.fromkeys(("ratio", "low", "high"), "figure"),
        ),
        _Sheet(
            name="Curve",
            frame=curve,
            formats=dict.fromkeys(("unmet", "low", "high"), "figure"),
        ),
        _Sheet(name="Changes", frame=_changes(comparison)),
        _Sheet(name="Provenance", frame=_provenance(comparison), frozen=2),
    ]


def _scenarios(frame: pd.DataFrame) -> _Sheet:
    shares = dict.fromkeys(("gap",), "small")
    hours = ("officer_hours", "cost", "drive_min", "demand", "workload_h")
    tenths = ("seconds",)
    return _Sheet(
        name="Scenarios",
        frame=frame,
        formats=shares
        | dict.fromkeys(hours, "whole")
        | dict.fromkeys(tenths, "minutes"),
    )


def _differences(frame: pd.DataFrame) -> _Sheet:
    """Put the headline first; differences of shares are in points, not per cent."""
    order = frame.assign(_first=~frame["headline"]).sort_values("_first", kind="stable")
    shown = order.drop(columns="_first").reset_index(drop=True)
    kinds = [kind_of(measure) for measure in shown["measure"]]
    gaps = [name for name in _GAPS if name in shown]
    points = np.where([kind == "share" for kind in kinds], 100.0, 1.0)
    shown[gaps] = shown[gaps].mul(points, axis=0)
    units = [unit_of(measure) for measure in shown["measure"]]
    shown.insert(3, "unit", units)
    gap_units = [
        "points" if kind == "share" else unit
        for kind, unit in zip(kinds, units, strict=True)
    ]
    shown.insert(shown.columns.get_loc("difference"), "unit_of_difference", gap_units)
    signed = ["points" if k in ("share", "minutes") else "signed" for k in kinds]
    return _Sheet(
        name="Differences",
        frame=shown,
        formats=dict.fromkeys(("base_value", "value"), kinds)
        | dict.fromkeys(gaps, signed)
        | dict.fromkeys(("p", "p_adjusted"), "chance"),
        frozen=3,
    )


_GAPS = ("difference", "low", "high", "simultaneous_low", "simultaneous_high")


def _by_measure(name: str, frame: pd.DataFrame, at: int) -> _Sheet:
    kinds = [kind_of(measure) for measure in frame["measure"]]
    shown = frame.copy()
    at = frame.columns.get_loc("value") if "value" in frame else at
    shown.insert(at, "unit", [unit_of(measure) for measure in frame["measure"]])
    return _Sheet(
        name=name,
        frame=shown,
        formats=dict.fromkeys(("value", "low", "high"), kinds),
        frozen=3,
    )


def _changes(comparison: Comparison) -> pd.DataFrame:
    told = comparison.record["scenarios"]
    rows = [
        (name, change)
        for name in comparison.scenarios["scenario"]
        for change in told.get(name, {}).get("changes", []) or ["nothing: as the base"]
    ]
    return pd.DataFrame(rows, columns=["scenario", "change"])


def _provenance(comparison: Comparison) -> pd.DataFrame:
    """Lay the record out as rows of what, which and value."""
    record = comparison.record
    rows = [
        ("comparison", key, value)
        for key, value in record.items()
        if not isinstance(value, dict | list)
    ]
    for part in ("settings", "workers", "versions", "inputs", "timings"):
        rows += [(part, key, value) for key, value in record.get(part, {}).items()]
    rows += [("note", str(k), text) for k, text in enumerate(record["notes"], 1)]
    for name, told in record["scenarios"].items():
        for key in ("key", "feedback"):
            rows.append((name, key, told.get(key, "")))
        for part in ("inputs", "timings"):
            rows += [(name, f"{part}: {k}", v) for k, v in told.get(part, {}).items()]
        rows += [(name, "note", text) for text in told.get("notes", [])]
    known = [(what, which, _said(value)) for what, which, value in rows]
    return pd.DataFrame(known, columns=["of", "what", "value"], dtype="str")


def _said(value: Any) -> str:  # noqa: ANN401 - of a record
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else f"{value}"


def _front(
    book: "Workbook",
    formats: Mapping[str, "Format"],
    pairs: Sequence[tuple[str, str]],
    marked: str,
) -> None:
    """Write what the workbook is and how it is read; a text with no term is a head."""
    sheet = book.add_worksheet("Read me")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 110)
    sheet.hide_gridlines(2)
    for row, (term, text) in enumerate(pairs):
        style = "title" if not row else "text"
        sheet.write_string(
            row, 0, _clean(term), formats["title" if not row else "head"]
        )
        if text:
            sheet.write_string(row, 1, _clean(text), formats[style])
    _printed(sheet, marked)


def _table(
    book: "Workbook", formats: Mapping[str, "Format"], table: _Sheet, marked: str
) -> None:
    sheet, frame = book.add_worksheet(table.name), table.frame
    letters = 0.0
    for at, name in enumerate(frame):
        label = LABELS.get(name, _plain(name))
        sheet.write_string(0, at, label, formats["head"])
        kinds = table.formats.get(name, _kind(frame[name]))
        _column(sheet, formats, at, frame[name], kinds)
        width = _width(label, frame[name])
        sheet.set_column(at, at, width)
        letters += width
    sheet.freeze_panes(1, table.frozen)
    if len(frame.columns):
        sheet.autofilter(0, 0, max(len(frame), 1), len(frame.columns) - 1)
    sheet.repeat_rows(0)
    if "verdict" in frame and len(frame):
        at = frame.columns.get_loc("verdict")
        _colored(book, sheet, at, len(frame))
    across = max(1, math.ceil(letters / _SHEET))
    if across > 1:
        sheet.repeat_columns(0, table.frozen - 1)
    _printed(sheet, marked, across)


def _column(
    sheet: "Worksheet",
    formats: Mapping[str, "Format"],
    at: int,
    column: pd.Series,
    kinds: str | Sequence[str],
) -> None:
    each = [kinds] * len(column) if isinstance(kinds, str) else kinds
    for row, (value, kind) in enumerate(zip(column.tolist(), each, strict=True), 1):
        style = formats[kind]
        if value is None or value is pd.NA or value != value:
            sheet.write_blank(row, at, None, style)
        elif isinstance(value, bool):
            sheet.write_string(row, at, "yes" if value else "no", formats["text"])
        elif isinstance(value, str):
            sheet.write_string(row, at, _clean(value), formats["text"])
        elif math.isinf(value):
            sheet.write_string(row, at, "without end", formats["text"])
        else:
            sheet.write_number(row, at, value, style)


def _kind(column: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(column):
        return "text"
    if pd.api.types.is_integer_dtype(column):
        return "whole"
    return "figure" if pd.api.types.is_float_dtype(column) else "text"


def _colored(book: "Workbook", sheet: "Worksheet", at: int, n: int) -> None:
    for word, look in _VERDICTS.items():
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{word}"',
            "format": book.add_format(look),
        }
        sheet.conditional_format(1, at, n, at, rule)


def _printed(sheet: "Worksheet", marked: str, across: int = 1) -> None:
    """Print on A4, as wide as so many sheets of paper, marked at the top and bottom."""
    # A doubled & is the letter; a single one begins a code of the margin.
    text = _clean(marked)[:_HEADER].replace("&", "&&")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(across, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.75)
    sheet.set_header(f"&C&B{_apart(text)}")
    sheet.set_footer(f"&L&A&C&B{_apart(text)}&RPage &P of &N")


def _apart(text: str) -> str:
    """Keep a figure at the start from being read as a size of letters."""
    return f" {text}" if text[:1].isdigit() else text


def _width(label: str, column: pd.Series) -> float:
    """Find a width that shows the cells, wrapped where they are long."""
    if not pd.api.types.is_string_dtype(column):
        return max(_NARROW, min(16, 2 + max(map(len, label.split()), default=0)))
    longest = int(column.str.len().max()) if len(column) else 0
    least = max(_NARROW, 2 + max(map(len, label.split()), default=0))
    return max(least, min(WIDE.get(str(column.name), _WIDEST), longest + 2))


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _clean(text: object) -> str:
    """Make a text that a cell can hold: a lone surrogate is not worth failing for."""
    whole = str(text).encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= _LONGEST else f"{whole[:_LONGEST]} (cut short)"
