"""A page in millimetres is that on paper, and a document is the same twice."""

import io
import re

import numpy as np
import pypdfium2
import pytest

from geoalloc.briefing.page import A3, A4, Frame, Sheet, save
from geoalloc.errors import DataError


@pytest.fixture
def frame(toy):
    return Frame.of(toy)


@pytest.fixture
def sheet(frame):
    return Sheet(A4, frame, "Title", "Subtitle", 2, 7)


def written(sheets, frame):
    buffer = io.BytesIO()
    save(sheets, buffer, frame)
    return buffer.getvalue()


def ink(data, page=0, dots_per_mm=4):
    """Darkness of each dot of a page, 0 to 255."""
    picture = pypdfium2.PdfDocument(data)[page].render(scale=dots_per_mm * 25.4 / 72)
    return 255 - picture.to_numpy()[..., :3].min(axis=2)


def page_text(data, page=0):
    return pypdfium2.PdfDocument(data)[page].get_textpage().get_text_bounded()


@pytest.mark.parametrize("paper", [A4, A3])
def test_the_page_is_as_large_as_its_paper(frame, paper):
    data = written([Sheet(paper, frame, "T", "S", 1, 1)], frame)
    size = np.array(pypdfium2.PdfDocument(data)[0].get_size()) * 25.4 / 72
    assert size == pytest.approx([paper.width_mm, paper.height_mm], abs=0.01)


def test_a_box_lies_where_its_millimetres_say(sheet, frame):
    sheet.box(100.0, 120.0, 40.0, 25.0, fill="black", edge=None)
    dark = ink(written([sheet], frame))[400:640, 320:640] > 128
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    assert (400 + rows[[0, -1]]) / 4 == pytest.approx([120.0, 145.0], abs=0.3)
    assert (320 + columns[[0, -1]]) / 4 == pytest.approx([100.0, 140.0], abs=0.3)


def test_text_is_found_in_the_file_and_inside_its_box(sheet, frame):
    text = "Kingsdown and $x^2$ at 5 % of 10 offices"
    bottom = sheet.text(50.0, 100.0, text, width=40.0, size_pt=8.0)
    data = written([sheet], frame)
    assert " ".join(page_text(data).split()).count(text) == 1
    dark = ink(data)[4 * 90 : int(4 * (bottom + 10))] > 128
    rows, columns = np.flatnonzero(dark.any(1)), np.flatnonzero(dark.any(0))
    assert rows[0] / 4 + 90 >= 100.0
    assert rows[-1] / 4 + 90 <= bottom
    assert columns[0] / 4 >= 49.5
    assert columns[-1] / 4 <= 90.0


@pytest.mark.parametrize(("align", "at"), [("left", 0), ("center", 0.5), ("right", 1)])
def test_text_is_aligned_by_its_measured_width(sheet, align, at):
    sheet.text(100.0, 100.0, "Aligned", align=align)
    word = sheet.words[-1]
    assert word.x + at * word.width == pytest.approx(100.0)


def test_small_text_is_refused_on_the_page_and_in_its_charts(sheet, frame):
    with pytest.raises(DataError, match="too small to read in print, at 'tiny'"):
        sheet.text(10, 100, "tiny", size_pt=6.9)
    axes = sheet.axes(30, 100, 60, 30)
    axes.plot([0, 1], [0, 1])
    axes.tick_params(labelsize=6)
    with pytest.raises(DataError, match="6 pt is too small"):
        written([sheet], frame)


def test_marking_stands_at_the_top_and_at_the_bottom(sheet, frame):
    text = page_text(written([sheet], frame))
    assert text.count(frame.marking) == 2
    assert text.count(frame.handling) == 2
    at = [word.y for word in sheet.words if word.text == frame.marking]
    assert at[0] < 12
    assert at[1] > A4.height_mm - 16


def test_the_head_counts_the_sheets(sheet, frame):
    assert "Sheet 2 of 7" in page_text(written([sheet], frame))


def test_a_notice_is_on_the_page(toy, frame):
    from dataclasses import replace

    late = replace(frame, notice="EXPIRED: not for duty")
    sheet = Sheet(A4, late, "T", "S", 1, 1)
    assert "EXPIRED: not for duty" in page_text(written([sheet], late))
    assert sheet.top > Sheet(A4, frame, "T", "S", 1, 1).top


def test_long_texts_of_the_frame_stay_on_the_page(frame):
    from dataclasses import replace

    long = replace(
        frame,
        handling="Handle with care. " * 20,
        attribution="Licence " * 200,
        marking="OFFICIAL-SENSITIVE - " * 6,
    )
    sheet = Sheet(A4, long, "Title " * 40, "Subtitle " * 60, 1, 1)
    for word in sheet.words:
        assert word.x >= sheet.left - 0.01
        assert word.x + word.width <= sheet.right + 0.01
        assert 0 < word.y < A4.height_mm - 4
    assert sheet.bottom - sheet.top > 150


def test_cells_of_a_table_wrap_inside_their_columns(sheet):
    rows = [["1", "a long text " * 10, "x"], ["2", "b", "a long text " * 4]]
    before = len(sheet.words)
    bottom = sheet.table(20, 50, [10, 50, 30], ["No", "Text", "End"], rows)
    words = sheet.words[before:]
    assert max(word.y for word in words) < bottom
    for word in words:
        column = next(x for x in (80, 30, 20) if word.x >= x)
        end = {20: 30, 30: 80, 80: 110}[column]
        assert word.x + word.width <= end


def test_fonts_are_embedded_as_truetype_and_cut_to_what_is_used(sheet, frame):
    data = written([sheet], frame)
    assert data.count(b"/FontFile2") >= 2  # regular and bold
    assert b"/FontFile3" not in data
    assert b"/Type3" not in data
    names = set(re.findall(rb"/BaseFont /([A-Z]{6}\+)?(DejaVuSans[-A-Za-z]*)", data))
    assert names
    assert all(prefix for prefix, _ in names)


def test_the_same_sheets_are_the_same_bytes(frame):
    def once():
        sheet = Sheet(A4, frame, "Title", "Subtitle", 1, 1)
        sheet.box(10, 100, 20, 20, fill="white", hatch="///")
        return written([sheet], frame)

    assert once() == once()


def test_the_file_says_what_it_is(sheet, frame):
    said = pypdfium2.PdfDocument(written([sheet], frame)).get_metadata_dict()
    assert said["Title"] == "Briefing sheets: Friday night"
    assert said["Subject"] == "OFFICIAL-SENSITIVE"
    assert said["CreationDate"].startswith("D:20260101")


def test_settings_of_the_user_do_not_show(frame):
    import matplotlib as mpl

    plain = written([Sheet(A4, frame, "T", "S", 1, 1)], frame)
    with mpl.rc_context({"pdf.fonttype": 3, "hatch.linewidth": 3, "font.size": 20}):
        other = written([Sheet(A4, frame, "T", "S", 1, 1)], frame)
        assert mpl.rcParams["pdf.fonttype"] == 3
    assert plain == other


def test_no_sheet_is_refused_before_a_file_is_made(frame, tmp_path):
    with pytest.raises(DataError, match="there is no sheet to write"):
        save([], tmp_path / "none.pdf", frame)
    assert not (tmp_path / "none.pdf").exists()
