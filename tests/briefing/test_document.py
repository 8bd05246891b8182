"""The briefing put together: what each profile and area holds, and the PDF itself."""

import datetime as dt
import io
import re

import pandas as pd
import pypdfium2
import pytest

from geoalloc.briefing import brief
from geoalloc.errors import DataError, UsageError
from tests.briefing.conftest import changed, hotspot_rows, with_record


def texts(pdf):
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return [page.get_textpage().get_text_range() for page in document]


def joined(pdf):
    return " ".join(" ".join(texts(pdf)).split())


@pytest.fixture(scope="module")
def whole(toy):
    return brief(toy)


@pytest.fixture(scope="module")
def pdf(whole):
    return whole.pdf()


@pytest.fixture(scope="module")
def pages(pdf):
    return texts(pdf)


@pytest.fixture(scope="module")
def duties_pdf(whole):
    return whole.duties_pdf()


def test_pages_are_the_inspectors_the_overview_and_the_areas(whole, pages):
    assert whole.n_sheets == len(pages) == 3
    assert "Inspector's page" in pages[0]
    assert "Overview" in pages[1]
    assert "Central" in pages[2]
    for number, text in enumerate(pages, start=1):
        assert f"Sheet {number} of 3" in text


def test_every_page_bears_its_marking_twice_and_what_it_was_made_from(toy, pages):
    for text in pages:
        assert text.count(toy.record["marking"]) >= 2
        assert toy.record["run_id"] in text
        assert toy.record["attribution"] in text
        assert "Destroy after" in text
        assert "Valid from" in text


def test_every_page_stands_inside_its_paper_and_embeds_its_fonts(pdf):
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    for page in document:
        assert page.get_size() == pytest.approx((595.3, 841.9), abs=0.5)
        text = page.get_textpage()
        for k in range(text.count_rects()):
            left, bottom, right, top = text.get_rect(k)
            assert left > 14
            assert right < 595.3 - 14
            assert bottom > 5
            assert top < 841.9 - 5
    fonts = set(re.findall(rb"/BaseFont /([\w+-]+)", pdf))
    assert fonts
    assert pdf.count(b"/FontFile2") >= len({f for f in fonts if b"DejaVu" in f}) > 0


def test_the_same_run_gives_the_same_bytes(toy, whole, pdf, duties_pdf):
    again = brief(toy)
    assert again.pdf() == pdf
    assert again.duties_pdf() == duties_pdf
    assert again.html() == whole.html()
    assert again.duties_html() == whole.duties_html()


def test_there_is_a_duty_sheet_for_each_unit(toy, duties_pdf):
    found = texts(duties_pdf)
    for unit, text in zip(toy.units["unit_id"], found, strict=True):
        assert f"Duty sheet: {unit}" in text
        assert "Market Square" in text
        assert text.count(toy.record["marking"]) >= 2
    visited = " ".join(found[1].split())
    assert "Visit priority" in visited
    assert "PACE Code A" in visited


def test_duty_sheets_and_sheets_bear_the_same_numbers(whole):
    ranks = {p.rank: p.number for s in whole.sheets for p in s.priorities}
    visited = {entry.number for duty in whole.duties for entry in duty.visits}
    assert visited == {ranks[1]}


def test_the_briefing_profile_has_no_inspectors_page_and_no_worth(toy, whole):
    told = brief(toy, profile="briefing")
    pages = texts(told.pdf())
    assert len(pages) == 2
    text = " ".join(pages) + told.html() + told.duties_html()
    for absent in ("late", "Inspector", "simulation", "easing", "unmet"):
        assert absent not in text.replace("calculate", "")
    assert told.duties[0].entries == whole.duties[0].entries
    assert [p.why for p in told.sheets[0].priorities] == [
        p.why for p in whole.sheets[0].priorities
    ]


def test_there_are_no_public_sheets(toy):
    with pytest.raises(UsageError, match=r"no public sheets.*geoalloc map"):
        brief(toy, profile="public")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "secret"}, "no profile 'secret'.*operational, briefing"),
        ({"paper": "letter"}, "no paper 'letter': choose a4 or a3"),
        ({"area": "Sentral"}, "'Sentral'.*'Central'"),
    ],
)
def test_what_is_not_there_is_one_sentence_that_names_what_is(toy, options, message):
    with pytest.raises(UsageError, match=message) as caught:
        brief(toy, **options)
    assert "\n" not in str(caught.value)


def test_an_area_has_its_sheets_alone(toy):
    one = brief(toy, area="Northtown")
    assert one.inspection is None
    assert not one.whole
    assert one.n_sheets == len(one.sheets) == len(texts(one.pdf()))
    assert "Inspector" not in one.html()


def test_duty_sheets_of_an_area_are_of_who_stands_or_is_tasked_there(toy):
    units = {d.unit_id for d in brief(toy, area="Central").duties}
    assert units == {"R1", "R2", "P3"}
    # All stand 2 km and more from Northtown's point, where R2 has no visit either.
    assert brief(toy, area="Northtown").duties == ()


@pytest.mark.parametrize("places", [[], ["Only Street"]], ids=["none", "one"])
def test_a_run_with_few_hotspots_has_its_briefing(toy, places):
    rows = hotspot_rows(toy, places) if places else toy.hotspots.iloc[:0]
    made = brief(changed(toy, hotspots=rows, visits=toy.visits.iloc[:0]))
    found = texts(made.pdf())
    assert len(found) == made.n_sheets == 2 + len(places)
    assert all(not duty.visits for duty in made.duties)
    assert made.html()


@pytest.mark.parametrize(
    ("year", "words"), [(2026, ""), (2121, "EXPIRED"), (2019, "NOT YET VALID")]
)
def test_validity_is_judged_by_when_it_is_printed(toy, year, words):
    now = dt.datetime(year, 1, 9, tzinfo=dt.UTC)
    made = brief(toy, now=now, profile="briefing")
    assert made.atlas.frame.notice.startswith(words)
    assert bool(made.atlas.frame.notice) == bool(words)


def test_what_has_expired_says_so_on_every_page(toy):
    late = dt.datetime(2121, 1, 1, tzinfo=dt.UTC)
    made = brief(toy, now=late, profile="briefing")
    for text in [*texts(made.pdf()), *texts(made.duties_pdf()), made.html()]:
        assert "EXPIRED" in text


def test_an_exercise_does_not_expire_and_says_that_it_is_one(toy):
    run = with_record(toy, purpose="exercise", synthetic=True)
    late = dt.datetime(2121, 1, 1, tzinfo=dt.UTC)
    for text in texts(brief(run, now=late, area="Central").pdf()):
        assert "EXPIRED" not in text
        assert "EXERCISE" in text
        assert "SYNTHETIC" in text


def test_no_sheet_shows_a_bare_hex(toy, whole, pdf, duties_pdf):
    shown = joined(pdf) + joined(duties_pdf) + whole.html()
    for hex_id in toy.hexes["hex_id"]:
        assert str(hex_id) not in shown
        assert f"{hex_id:x}" not in shown


def test_without_a_unit_there_is_no_duty_sheet_to_write(toy):
    run = changed(toy, plan=toy.plan.iloc[:0])
    with pytest.raises(DataError, match="no sheet to write"):
        brief(run, profile="briefing").duties_pdf()


def test_a_sheet_holds_few_bytes(whole, pdf, duties_pdf):
    assert len(pdf) / whole.n_sheets < 300_000
    assert len(duties_pdf) / len(whole.duties) < 300_000


def test_long_names_and_strange_letters_neither_warn_nor_leave_the_page(toy):
    name = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch " * 2
    units = toy.units.assign(home_station="$\\frac{1}{2}$ 警察署 \u202e")
    plan = toy.plan.assign(post=name)
    rows = hotspot_rows(toy, [name, "$x_1$ & <b>", "警察署"])
    run = changed(toy, units=units, plan=plan, hotspots=rows)
    made = brief(run)
    for pdf in (made.pdf(), made.duties_pdf()):
        document = pypdfium2.PdfDocument(io.BytesIO(pdf))
        for page in document:
            text = page.get_textpage()
            rects = [text.get_rect(k) for k in range(text.count_rects())]
            assert max(r[2] for r in rects) < 595.3 - 14
    assert "$x_1$" in joined(made.pdf())


def test_nights_are_sorted_as_the_units_of_the_run(toy, whole):
    assert [d.unit_id for d in whole.duties] == toy.units["unit_id"].tolist()
    assert isinstance(whole.duties[0].starts, pd.Timestamp)
