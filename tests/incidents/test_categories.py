import pytest

from geoalloc.incidents import category_slug
from tests.conftest import CATEGORIES

LABELS = {
    "Anti-social behaviour": "anti-social-behaviour",
    "Bicycle theft": "bicycle-theft",
    "Burglary": "burglary",
    "Criminal damage and arson": "criminal-damage-arson",
    "Drugs": "drugs",
    "Other crime": "other-crime",
    "Other theft": "other-theft",
    "Possession of weapons": "possession-of-weapons",
    "Public order": "public-order",
    "Robbery": "robbery",
    "Shoplifting": "shoplifting",
    "Theft from the person": "theft-from-the-person",
    "Vehicle crime": "vehicle-crime",
    "Violence and sexual offences": "violent-crime",
}


@pytest.mark.parametrize(("label", "slug"), LABELS.items())
def test_every_spelling_gives_the_slug(label, slug):
    for text in (label, label.title(), label.upper(), f" {label} ", slug):
        assert category_slug(text) == slug


def test_labels_cover_the_categories():
    assert sorted(LABELS.values()) == list(CATEGORIES)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("LARCENY-MTR VEH PARTS UNDER $500", "larceny-mtr-veh-parts-under-500"),
        ("STLG BY DECEIT/IDENTITY THEFT", "stlg-by-deceit-identity-theft"),
        ("Körperverletzung", "körperverletzung"),
        ("snake_case", "snake-case"),
        ("--", ""),
    ],
)
def test_words_of_other_sources_are_kept(text, slug):
    assert category_slug(text) == slug
