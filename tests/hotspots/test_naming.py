"""What hotspots are called, by hand."""

import pandas as pd
import pytest

from geoalloc.errors import DataError
from geoalloc.hotspots import named, naming

WORDS = ("hospital", "police station", "prison")


def texts(*values):
    return pd.Series(values, dtype="str")


@pytest.mark.parametrize(
    ("places", "says"),
    [
        (texts("On or near Hospital", "On or near High Street"), "hospital"),
        (texts("On or near Hospital", "Mill Lane", "Mill Lane"), ""),
        (texts("On or near Hospital Road", "Hospital Lane"), ""),
        (texts("St Mary's Hospital", "HOSPITAL BUILDING / GROUNDS"), "hospital"),
        (texts("Police Station", "Prison", "Prison"), "prison"),
        (texts(None, None), ""),
        (texts(), ""),
    ],
)
def test_an_institution_is_one_where_half_of_the_incidents_stand(places, says):
    assert naming.institution(places, WORDS) == says


def test_of_a_tie_the_first_in_the_alphabet_is_commonest():
    assert naming.commonest(texts("b", "a", "b", "a", "c")) == "a"
    assert naming.commonest(texts()) == ""


def test_a_word_is_found_in_any_case_and_no_place_holds_none():
    found = named(texts("On or near Police Station", None, "Mill Lane"), ["POLICE"])
    assert list(found) == [True, False, False]


@pytest.mark.parametrize("words", ["hospital", ["hospital", None], None, 3])
def test_words_are_several_texts(words):
    with pytest.raises(DataError, match="words must be"):
        named(texts("Mill Lane"), words)
