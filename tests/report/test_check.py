import pytest

from geoalloc import report
from geoalloc.incidents import gather, inspect
from tests.incidents.conftest import street
from tests.report.test_page import Outline

RECORD = {"name": "Toy <i>Town</i>", "marking": "OFFICIAL", "version": "0.1.0"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("street")
    for month in ("2018-01", "2018-02", "2018-03", "2018-04", "2018-05", "2018-07"):
        rows = [
            (
                f"{month}-{i}",
                month,
                "" if i % 9 == 0 else round(-2.6 + (i % 60) / 1000, 4),
                "" if i % 9 == 0 else 51.5,
                "On or near <b>Supermarket</b>",
                "Drugs <script>" if i % (3 if month < "2018-05" else 9) else "Burglary",
            )
            for i in range(150)
        ]
        (folder / f"{month}-a-street.csv").write_text(street(*rows), encoding="utf-8")
    return inspect(gather([folder]), None)


@pytest.fixture(scope="module")
def html(figures):
    return report.check_page(figures, RECORD)


def test_every_item_has_a_section_with_its_grade_and_rule(html, figures):
    text = Outline(html).text
    for item in figures["items"]:
        assert f"{item['title']}: {item['grade']}" in text
        assert item["finding"] in text
        assert item["rule"] in text
        assert item["action"] in text


def test_what_is_poor_is_marked(html, figures):
    poor = [item for item in figures["items"] if item["grade"] == "poor"]
    classes = [attrs.get("class") for attrs in Outline(html).of("p")]
    assert poor
    assert classes.count("flag") == len(poor)


def test_names_from_files_are_text(html):
    outline = Outline(html)
    assert not outline.of("script")
    assert not [tag for tag, _ in outline.tags if tag in ("b", "i")]


def test_charts_have_words_for_those_who_do_not_see_them(html):
    outline = Outline(html)
    labels = [a["aria-label"] for a in outline.of("div") if a.get("role") == "img"]
    assert len(labels) == len(outline.of("svg")) == 4
    assert any("1 of them without a row" in label for label in labels)


def test_a_page_is_the_same_each_time(html, figures):
    assert report.check_page(figures, RECORD) == html
