"""Text is as wide as it is measured, breaks where it must, and hides nothing."""

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from geoalloc.briefing import lettering
from geoalloc.errors import DataError

WORDS = [
    "Weston-super-Mare",
    "AVATAR WAVE Yeovil",
    "8,538 recorded incidents in 45 months",
    "é ł Ω …",
]


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("bold", [False, True])
def test_text_is_measured_as_wide_as_it_is_drawn_or_a_little_wider(text, bold):
    font = FontProperties(fname=str(lettering._font_file(bold=bold)), size=8.0)
    drawn, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    measured = lettering.width_mm(text, 8.0, bold=bold)
    assert drawn * 25.4 / 72 <= measured * 1.001
    assert measured <= drawn * 25.4 / 72 * 1.06


def test_a_letter_that_the_font_lacks_is_a_question_mark():
    assert lettering.clean("Bath 漢字 $x^2$") == "Bath ?? $x^2$"
    assert lettering.clean("a\tb\nc\x00d  e") == "a b c?d e"


def test_marks_that_turn_the_direction_of_writing_are_shown_as_missing():
    assert lettering.clean("abc\u202edef\u2066") == "abc?def?"


def test_accents_are_joined_to_their_letters():
    assert lettering.clean("e\u0301") == "é"


def test_lines_hold_all_words_and_none_is_too_wide():
    text = " ".join(WORDS * 4)
    lines = lettering.wrapped(text, 40.0, size_pt=8.0)
    assert all(lettering.width_mm(x, 8.0, bold=False) <= 40.0 for x in lines)
    assert " ".join(lines).split() == text.split()


def test_a_word_too_wide_is_broken_after_a_hyphen_or_after_a_letter():
    assert lettering.wrapped("Weston-super-Mare", 22.0)[0] == "Weston-"
    parts = lettering.wrapped("Llanfairpwllgwyngyll", 15.0)
    assert "".join(parts) == "Llanfairpwllgwyngyll"
    assert len(parts) > 1


def test_what_is_cut_says_so_inside_its_width():
    style = lettering.TextStyle(size_pt=8.0, width=30.0, lines=2)
    lines = lettering.lines_of("one two three four " * 8, style)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert lettering.width_mm(lines[-1], 8.0, bold=False) <= 30.0


def test_what_fits_is_not_cut():
    style = lettering.TextStyle(size_pt=8.0, width=80.0, lines=1)
    assert lettering.lines_of("short", style) == ["short"]


def test_text_too_small_to_read_is_refused():
    with pytest.raises(DataError, match=r"6\.5 pt is too small to read in print"):
        lettering.require_readable(6.5, "x")
    lettering.require_readable(7.0, "x")
