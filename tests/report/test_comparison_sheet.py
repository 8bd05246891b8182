"""Sheets of a comparison are marked, complete, and hold what is on them."""

import pypdfium2
import pytest

from geoalloc import report
from geoalloc.report import _letters
from geoalloc.report._paper import BOTTOM, LEFT, RIGHT, Column, Paper
from geoalloc.runs import comparison_gist
from tests.compared_scenarios import make_comparison
from tests.report.test_comparison import FEW, some, with_sentences


@pytest.fixture(scope="module")
def toy():
    return with_sentences(make_comparison(resolution=5))


@pytest.fixture(scope="module")
def data(toy):
    return report.comparison_pdf(toy)


def pages(data):
    document = pypdfium2.PdfDocument(data)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    return [" ".join(text.replace("\u00a0", " ").split()) for text in texts]


@pytest.fixture(scope="module")
def texts(data):
    return pages(data)


def test_every_sheet_is_a4_marked_and_numbered(data, texts):
    document = pypdfium2.PdfDocument(data)
    assert 8 <= len(document) <= 30
    for i, (page, text) in enumerate(zip(document, texts, strict=True)):
        assert [round(side) for side in page.get_size()] == [842, 595]
        assert text.count("OFFICIAL-SENSITIVE") >= 2
        assert f"{i + 1} of {len(document)}" in text


def test_the_first_sheet_sums_up(toy, texts):
    assert "EXERCISE" in texts[0]
    assert "SYNTHETIC" in texts[0]
    for sentence in comparison_gist.in_short(toy):
        assert sentence in texts[0]


def test_every_scenario_is_in_the_table_with_its_sentences(toy, texts):
    table = " ".join(text for text in texts if "what came out" in text)
    for name in toy.scenarios["scenario"]:
        assert name in table
    # Lines of other cells stand between the lines of a sentence: its words are there.
    told = set(table.split())
    for sentence in toy.differences.loc[toy.differences["headline"], "sentence"]:
        assert set(sentence.split()) <= told


def test_the_sheets_hold_what_the_page_holds(toy, texts):
    text = " ".join(texts)
    for said in (
        "What less unmet demand costs",
        "One per cent of each lever",
        "elbow: 201 officers",
        "By deprivation decile",
        "Equality Act 2010",
        "The worst served over the best served",
        "allocation.mode is bordered, and not borderless",
        "ab" * 32,
        "1,210 MB",
    ):
        assert said in text


def test_a_comparison_gives_the_same_bytes(toy):
    few = some(toy, *FEW)
    data = report.comparison_pdf(few)
    assert report.comparison_pdf(few) == data
    assert b"CreationDate" not in data


def test_long_and_foreign_text_stays_on_the_sheet():
    text = "\u6f22\u5b57 <b>$x^2$</b> " + "W" * 90 + " word" * 20
    hostile = some(make_comparison(resolution=5, text=text), *FEW)
    document = pypdfium2.PdfDocument(report.comparison_pdf(hostile))
    for page in document:
        found = page.get_textpage()
        boxes = [found.get_charbox(i) for i in range(0, found.count_chars(), 7)]
        assert min(box[0] for box in boxes) >= 0
        assert max(box[2] for box in boxes) <= 842
        assert min(box[1] for box in boxes if box[3] > box[1]) >= 8


def test_a_table_keeps_to_its_columns_and_goes_on_to_another_sheet():
    paper = Paper(marking="M", name="N")
    paper.start("Title")
    columns = [Column(title="a", width=100), Column(title="b", width=80, right=True)]
    rows = [[[f"row {k} " + "w" * 60], [f"{k}", "said " * 9]] for k in range(40)]
    paper.table(columns, rows, size=7)
    assert len(paper.sheets) > 1
    shown = [
        (text.get_position()[0] * 841.9, text.get_text(), text.get_ha())
        for sheet in paper.sheets
        for text in sheet.texts
    ]
    assert {f"row {k}" for k in range(40)} <= {text for _, text, _ in shown}
    for x, text, to in shown:
        if text.startswith(("row", "w")):
            assert x == pytest.approx(LEFT)
            assert _letters.width(text, 7) <= 94
        if text.startswith("said"):
            assert to == "right"
            assert x - _letters.width(text, 7) >= LEFT + 100
    heads = [text for sheet in paper.sheets for text in sheet.texts]
    assert sum(text.get_text() == "a" for text in heads) == len(paper.sheets)
    assert "Title (continued)" in {text for _, text, _ in shown}


def test_a_row_higher_than_a_sheet_is_cut_and_says_so():
    paper = Paper(marking="M", name="N")
    paper.start("Title")
    paper.table([Column(title="a", width=100)], [[["word " * 2000]]])
    assert any(t.get_text() == "..." for sheet in paper.sheets for t in sheet.texts)
    assert len(paper.sheets) <= 2


def test_paragraphs_go_on_to_another_sheet():
    paper = Paper(marking="M", name="N")
    paper.start("Title")
    for _ in range(60):
        paper.say("a sentence of some words " * 12)
    assert len(paper.sheets) > 1
    for sheet in paper.sheets:
        low = min(text.get_position()[1] * 595.3 for text in sheet.texts)
        assert low >= BOTTOM - 1
        for text in sheet.texts:
            assert _letters.width(text.get_text(), text.get_size()) <= RIGHT - LEFT + 1


def test_a_base_alone_is_still_a_document(toy):
    alone = some(toy, "friday-late")
    assert "friday-late" in pages(report.comparison_pdf(alone))[0]
