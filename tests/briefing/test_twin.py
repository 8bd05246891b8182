"""The HTML twin: what a screen reader needs, all of the sheets, nothing that runs."""

import html.parser
import itertools
import re

import pytest

from geoalloc.briefing.duties import duties
from geoalloc.briefing.frame import Frame
from geoalloc.briefing.inspector import inspection
from geoalloc.briefing.priorities import priorities
from geoalloc.briefing.twin import Part, twin
from tests.briefing.conftest import changed, hotspot_rows, with_record

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title><svg onload=alert(1)>",
    '"><iframe src=javascript:alert(1)>',
    "{{ 7 * 7 }}",
    "${7*7}",
    "</style><style>*{display:none}</style>",
    "--><b>x</b><!--",
    "\u2028\u202e=cmd|' /C calc'!A0",
]


class Reader(html.parser.HTMLParser):
    """Collects headings, elements with their attributes, and all text."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.elements, self.headings, self.text = [], [], ""
        self.at = None

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append([int(tag[1]), ""])
            self.at = self.headings[-1]
        if tag == "style":
            self.at = ["style", ""]

    def handle_endtag(self, tag):
        if re.fullmatch(r"h[1-6]", tag) or tag == "style":
            self.at = None

    def handle_data(self, data):
        if self.at is not None:
            self.at[1] += data
        self.text += data


def page_of(run):
    spots = priorities(run)
    return twin(
        Frame.of(run),
        [Part(title="Sheet 3: Central", notes=["A note."], priorities=spots)],
        lead=run.record["question"],
        inspection=inspection(run),
        duties=duties(run, spots),
    )


def read(text):
    reader = Reader()
    reader.feed(text)
    return reader


@pytest.fixture(scope="module")
def page(toy):
    return read(page_of(toy))


def test_the_language_the_landmarks_and_the_title_are_named(page):
    tags = [tag for tag, _ in page.elements]
    assert dict(page.elements)["html"]["lang"] == "en-GB"
    for landmark in ("header", "main", "footer"):
        assert tags.count(landmark) == 1
    assert tags.count("h1") == 1
    assert "Skip to the content" in page.text


def test_headings_step_down_one_at_a_time(page):
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1
    for before, after in itertools.pairwise(levels):
        assert after <= before + 1


def test_each_section_is_labelled_by_a_heading_that_is_there(page):
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    labels = [a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a]
    assert labels
    assert set(labels) <= set(ids)


def test_each_table_has_a_caption_and_heads_with_a_scope(page):
    tags = [tag for tag, _ in page.elements]
    assert tags.count("table") == tags.count("caption") > 0
    heads = [attrs for tag, attrs in page.elements if tag == "th"]
    assert {attrs.get("scope") for attrs in heads} == {"row", "col"}


def test_it_says_what_the_sheets_say(page, toy):
    spots, nights = priorities(toy), duties(toy, priorities(toy))
    said = [
        *(t for p in spots for t in (p.place, p.grid_ref, p.why, p.trend_text)),
        *(t for p in spots for t in (p.peak_text, *p.actions)),
        *(f"{task.unit_id}, {task.times}" for p in spots for task in p.tasks),
        *(block.title for block in inspection(toy).blocks),
        *(t for b in inspection(toy).blocks for t in getattr(b, "sentences", ())),
        *(entry.times for night in nights for entry in night.entries),
        "PACE Code A",
        "Check address markers",
    ]
    assert [text for text in said if text not in page.text] == []


def test_marking_stands_at_the_top_at_the_bottom_and_on_each_printed_page(toy):
    text = page_of(toy)
    marking = toy.record["marking"]
    assert len(re.findall(f'class="marking">{marking}', text)) == 2
    printed = "".join(f"\\{ord(letter):06x}" for letter in marking)
    assert text.count(f'content: "{printed}"') == 2


def test_no_script_and_no_address_is_in_it(page):
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "link", "iframe", "form", "object"}
    for _, attrs in page.elements:
        assert attrs.get("href", "#").startswith("#")
        assert not {"src", "style"} & set(attrs)
        assert not any(name.startswith("on") for name in attrs)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_from_data_stays_text(toy, payload):
    rows = hotspot_rows(toy, [payload], category=[payload], peak_hours=[payload])
    units = toy.units.assign(home_station=payload)
    record = dict.fromkeys(("name", "question", "handling", "attribution"), payload)
    action = {"category": payload, "place": "", "action": payload}
    run = with_record(
        changed(toy, hotspots=rows, units=units),
        briefing={"actions": [action]},
        marking=payload,
        **record,
    )
    clean = {tag for tag, _ in read(page_of(toy)).elements}
    found = read(page_of(run))
    assert {tag for tag, _ in found.elements} <= clean
    assert found.text.count(payload) > 5


@pytest.mark.browser
def test_nothing_is_asked_for_and_its_policy_allows_its_own_style(
    toy, browser, tmp_path
):
    context = browser.new_context(viewport={"width": 360, "height": 700})
    page = context.new_page()
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    path = tmp_path / "briefing.html"
    path.write_text(page_of(toy), encoding="utf-8")
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    assert complaints == []
    style = "getComputedStyle(document.querySelector('.marking')).textAlign"
    assert page.evaluate(style) == "center"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()
