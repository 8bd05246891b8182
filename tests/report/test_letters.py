"""Text is as wide as the font makes it, and is cut or broken where it must be."""

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from geoalloc.report import _letters

NAME = "two-stations-merged-at-the-edge-of-the-force"


@pytest.mark.parametrize("text", ["Hill", "WWW iii", "\u221211.6 to \u221210.4 points"])
@pytest.mark.parametrize("bold", [False, True])
def test_a_line_is_about_as_wide_as_its_outline(text, bold):
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    drawn = TextPath((0, 0), text, size=10, prop=font).get_extents().width
    assert _letters.width(text, 10, bold=bold) == pytest.approx(drawn, abs=2.5)


def test_lines_are_not_wider_than_asked_and_lose_nothing():
    text = f"{NAME} cuts immediate calls late, " * 5 + "W" * 200
    lines = _letters.wrapped(text, 8, 120)
    assert max(_letters.width(line, 8) for line in lines) <= 120
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert _letters.wrapped("", 8, 120) == [""]


def test_a_long_word_is_broken_after_a_hyphen():
    assert all(line[-1] == "-" for line in _letters.wrapped(NAME, 8, 90)[:-1])


def test_a_percent_sign_stays_with_its_number():
    lines = _letters.wrapped("from 13.4\u00a0% to 2.4\u00a0%", 8, 60)
    assert not any(line.startswith("%") for line in lines)


def test_a_cut_says_that_it_is_one():
    cut = _letters.cut(NAME, 8, 90)
    assert cut.endswith("...")
    assert NAME.startswith(cut.removesuffix("..."))
    assert _letters.width(cut, 8) <= 90
    assert _letters.cut("short", 8, 90) == "short"


def test_names_are_cut_in_the_middle():
    assert _letters.named(NAME, 20) == "two-stati...he-force"
    assert len(_letters.named(NAME, 20)) == 20
    assert _letters.named("short", 20) == "short"


def test_letters_that_the_font_lacks_are_boxes():
    assert _letters.printable("\u6f22 a\nb\tc") == "\u25a1 a b c"
