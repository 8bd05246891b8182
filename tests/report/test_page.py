import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from geoalloc.report._page import (
    Facts,
    Flag,
    Fold,
    Live,
    Points,
    Section,
    Table,
    page,
)

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><svg onload=alert(1)>",
    "{{ 7 * 7 }}",
    "' onmouseover='alert(1)",
)


class Outline(HTMLParser):
    """Collects the tags, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def whole(text: str = "said") -> str:
    """A page with a block of every kind, that says the same everywhere."""
    table = Table(caption=text, columns=(text, "n"), rows=((text, "1.5"), (text, "")))
    blocks = [
        text,
        table,
        Facts(pairs=[(text, text)]),
        Points(sentences=[text]),
        Flag(sentence=text),
        Fold(title=text, blocks=[text, table]),
    ]
    return page(text, [Section(title=text, blocks=blocks)], marking=text, lead=text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_is_never_markup(payload):
    outline, plain = Outline(whole(payload)), Outline(whole())
    assert [tag for tag, _ in outline.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(a) for _, a in outline.tags] == [sorted(a) for _, a in plain.tags]
    assert outline.text.count(payload) == plain.text.count("said")


def test_a_page_asks_for_nothing():
    outline = Outline(whole())
    names = {name for _, attrs in outline.tags for name in attrs}
    assert not names & {"src", "href", "action", "style", "onload", "onclick"}
    assert not outline.of("script")
    assert "@import" not in whole()
    assert "url(" not in re.search(r"<style>(.*?)</style>", whole(), re.DOTALL)[1]


def test_the_policy_allows_the_style_of_the_page_and_nothing_else():
    html = whole()
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(m["content"] for m in Outline(html).of("meta") if "http-equiv" in m)
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_marking_stands_at_the_top_and_the_bottom():
    html = page("T", [], marking="OFFICIAL-SENSITIVE")
    body = html[html.index("<body>") :]
    lines = [line for line in body.splitlines() if line.strip()]
    assert "OFFICIAL-SENSITIVE" in lines[1]
    assert "OFFICIAL-SENSITIVE" in lines[-3]
    assert body.count("OFFICIAL-SENSITIVE") == 2


def test_the_marking_of_sheets_spells_the_marking():
    html = page("T", [], marking='A "B" \\ é')
    content = re.search(r'@top-center \{ content: "([^"]*)"', html)[1]
    letters = re.findall(r"\\([0-9a-f]{6})", content)
    assert "".join(chr(int(letter, 16)) for letter in letters) == 'A "B" \\ é'


def test_a_synthetic_page_says_so_on_its_face():
    assert "SYNTHETIC" in page("T", [], marking="M", synthetic=True)
    assert "SYNTHETIC" not in page("T", [], marking="M")


def test_tables_name_their_rows_and_columns():
    outline = Outline(whole())
    scopes = [attrs.get("scope") for attrs in outline.of("th")]
    assert scopes.count("col") == 4
    assert scopes.count("row") == 4
    assert len(outline.of("caption")) == len(outline.of("table")) == 2


def test_columns_of_numbers_are_told_from_words():
    rows = (("a", "1,200", "-0.1 to 0.2", "", "3 of 4"), ("b", "", "+1", "", "none"))
    table = Table(caption="", columns=tuple("abcde"), rows=rows)
    assert table.numeric == [False, True, True, False, True]


def test_each_section_is_named_by_its_heading():
    html = page("T", [Section(title="One"), Section(title="Two")], marking="M")
    outline = Outline(html)
    named = [attrs["aria-labelledby"] for attrs in outline.of("section")]
    assert named == [attrs["id"] for attrs in outline.of("h2")]
    assert len(set(named)) == 2


def test_a_script_of_the_page_is_allowed_by_its_hash_and_stands_there_once():
    live = Live(html=Markup("<p>x</p>"), style=".x{}", script="let a = 1;")
    blocks = [live, Fold(title="more", blocks=[live])]
    html = page("T", [Section(title="S", blocks=blocks)], marking="M")
    digest = base64.b64encode(hashlib.sha256(b"let a = 1;").digest()).decode()
    policy = next(m["content"] for m in Outline(html).of("meta") if "http-equiv" in m)
    assert f"script-src 'sha256-{digest}';" in policy
    assert html.count("let a = 1;") == html.count(".x{}") == 1
    assert html.count("<p>x</p>") == 2
    assert "script-src" not in whole()
