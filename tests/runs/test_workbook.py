import io
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geoalloc.runs import _workbook, workbook_words
from tests.compared_scenarios import make_comparison

MARKED = "OFFICIAL-SENSITIVE - EXERCISE - SYNTHETIC"
SHEETS = [
    "Read me",
    "Scenarios",
    "Differences",
    "All figures",
    "Groups",
    "Disparities",
    "Curve",
    "Changes",
    "Provenance",
]
HOSTILE = '=HYPERLINK("http://x","&amp;<b>")\x07'


@pytest.fixture(scope="module")
def comparison():
    return make_comparison()


@pytest.fixture(scope="module")
def raw(comparison):
    return _workbook.workbook(comparison, MARKED, "2026-01-09")


@pytest.fixture(scope="module")
def book(raw):
    return openpyxl.load_workbook(io.BytesIO(raw))


def table(book, name):
    rows = list(book[name].values)
    return pd.DataFrame(rows[1:], columns=rows[0])


def test_the_sheets_stand_in_their_order(book):
    assert book.sheetnames == SHEETS


def test_scenarios_are_those_of_the_frame(comparison, book):
    shown, frame = table(book, "Scenarios"), comparison.scenarios
    assert len(shown.columns) == len(frame.columns)
    for at, name in enumerate(frame):
        same(shown.iloc[:, at], frame[name])


def same(shown, column):
    if pd.api.types.is_bool_dtype(column):
        assert shown.tolist() == ["yes" if each else "no" for each in column]
    elif pd.api.types.is_numeric_dtype(column):
        np.testing.assert_allclose(
            shown.astype(float), column.astype(float), rtol=1e-12
        )
    else:
        assert shown.fillna("").tolist() == column.tolist()


@pytest.mark.parametrize(
    ("sheet", "frame"),
    [
        ("All figures", "figures"),
        ("Groups", "groups"),
        ("Disparities", "disparities"),
        ("Curve", "curve"),
    ],
)
def test_other_sheets_are_their_frames(comparison, book, sheet, frame):
    shown = table(book, sheet)
    shown = shown.drop(columns="Unit", errors="ignore")
    expected = getattr(comparison, frame)
    for at, name in enumerate(expected):
        same(shown.iloc[:, at], expected[name])


def test_the_headline_comes_first_among_differences(book):
    shown = table(book, "Differences")
    first = shown["Headline"].tolist()
    assert first == sorted(first, reverse=True)
    assert first[0] == "yes"


def test_differences_of_shares_are_in_points_and_others_as_they_are(comparison, book):
    shown = table(book, "Differences").set_index(["Scenario", "Measure", "Group"])
    for row in comparison.differences.itertuples():
        cells = shown.loc[(row.scenario, row.measure, row.group)]
        share = row.measure in ("late_share", "utilisation")
        factor = 100.0 if share else 1.0
        assert cells["Difference"] == pytest.approx(row.difference * factor)
        assert cells["95 % from"] == pytest.approx(row.low * factor)
        assert cells["95 % for all at once, to"] == pytest.approx(
            row.simultaneous_high * factor
        )
        assert cells["Base"] == pytest.approx(row.base_value)
        assert (cells["Unit of the difference"] == "points") == share


def test_shares_are_shown_as_percentages(book):
    sheet = book["Differences"]
    head = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2):
        cells = dict(zip(head, row, strict=True))
        percent = cells["Measure"].value in ("late_share", "utilisation")
        assert ("%" in cells["Base"].number_format) == percent
        assert "%" not in cells["Difference"].number_format


@pytest.mark.parametrize(
    ("measure", "kind", "unit"),
    [
        ("late_share", "share", "%"),
        ("utilisation", "share", "%"),
        ("covered_share", "share", "%"),
        ("response_p90_min", "minutes", "minutes"),
        ("wait_mean_min", "minutes", "minutes"),
        ("patrol_min_per_1000_people", "minutes", "minutes per 1,000 people"),
        ("late", "figure", "calls"),
        ("unmet", "figure", "late calls, weighted"),
        ("moves", "figure", "number"),
        ("people", "whole", "people"),
    ],
)
def test_a_measure_tells_its_unit(measure, kind, unit):
    assert workbook_words.kind_of(measure) == kind
    assert workbook_words.unit_of(measure) == unit


def test_sheets_print_marked_across_a4(book):
    for name in SHEETS:
        sheet = book[name]
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        wide = sheet.page_setup.fitToWidth or 1
        assert wide in (1, 2, 3)
        assert (wide > 1) == bool(sheet.print_title_cols)
        assert sheet.page_setup.fitToHeight == 0
        assert MARKED in sheet.oddHeader.center.text
        assert MARKED in sheet.oddFooter.center.text


def test_tables_keep_their_head_and_can_be_filtered(book):
    for name in SHEETS[1:]:
        sheet = book[name]
        assert sheet.freeze_panes is not None
        assert sheet.freeze_panes.endswith("2")
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.print_title_rows == "$1:$1"


def test_a_verdict_is_a_word_with_a_color(comparison, book):
    sheet = book["Differences"]
    rules = [r for each in sheet.conditional_formatting for r in each.rules]
    words = {rule.formula[0].strip('"') for rule in rules}
    assert words == {"better", "worse", "not distinguishable"}
    shown = set(table(book, "Differences")["Verdict"].dropna())
    assert shown - {""} == words


def test_the_front_says_what_it_is_and_how_it_is_marked(book):
    said = dict(row[:2] for row in book["Read me"].iter_rows(values_only=True))
    assert said["Marking"] == MARKED
    assert said["Base"] == "friday-late"
    assert said["Could not be planned"] == "minimum-cover-too-high"
    assert said["What it is"].startswith("SYNTHETIC")
    assert "not an equality analysis" in said["What it is not"]


def test_changes_name_each_scenario(comparison, book):
    shown = table(book, "Changes")
    assert set(shown["Scenario"]) == set(comparison.scenarios["scenario"])
    base = shown[shown["Scenario"] == "friday-late"]
    assert base["Change"].tolist() == ["nothing: as the base"]


def test_provenance_holds_every_input_with_its_hash(comparison, book):
    shown = table(book, "Provenance")
    assert (shown["Value"] == "ab" * 32).sum() == 1 + len(comparison.scenarios)
    assert "0a1b2c3d" in set(shown["Value"])


def test_no_text_is_a_formula_or_a_link():
    raw = _workbook.workbook(make_comparison(text=HOSTILE), MARKED, "2026-01-09")
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        sheets = [n for n in parts.namelist() if n.startswith("xl/worksheets/sheet")]
        for name in sheets:
            text = parts.read(name).decode()
            assert not re.search(r"<f[ >]", text)
            assert "hyperlink" not in text
    book = openpyxl.load_workbook(io.BytesIO(raw))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert {c.data_type for c in cells} <= {"s", "n"}
    assert any(str(c.value).startswith("=HYPERLINK") for c in cells)


def test_texts_that_no_cell_holds_are_cut_or_replaced(comparison):
    assert _workbook._clean("a" * 40_000).endswith("(cut short)")
    assert _workbook._clean("a\ud800b") == "a?b"


def test_an_infinite_ratio_is_said_in_words(comparison):
    import dataclasses

    ratio = comparison.disparities["ratio"].to_numpy().copy()
    ratio[0] = np.inf
    frame = comparison.disparities.assign(ratio=ratio)
    raw = _workbook.workbook(
        dataclasses.replace(comparison, disparities=frame), MARKED, "2026-01-09"
    )
    shown = table(openpyxl.load_workbook(io.BytesIO(raw)), "Disparities")
    assert shown["Worst over best"].iloc[0] == "without end"


def test_a_marking_with_codes_of_the_margin_stays_as_it_is(comparison):
    raw = _workbook.workbook(comparison, "5 & A&B", "2026-01-09")
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        text = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "&amp;B 5 &amp;&amp; A&amp;&amp;B" in text


def test_the_same_comparison_gives_the_same_bytes(comparison, raw):
    assert _workbook.workbook(comparison, MARKED, "2026-01-09") == raw


def test_the_file_is_dated_by_the_data(book):
    assert book.properties.created.isoformat().startswith("2026-01-09")
