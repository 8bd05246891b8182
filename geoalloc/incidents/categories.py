"""Categories: one spelling for labels, slugs and title case."""

import re
from collections.abc import Mapping, Sequence

import pandas as pd

# Labels of the CSV files whose own slug is not the slug of the API.
_ALIASES = {
    "criminal-damage-and-arson": "criminal-damage-arson",
    "violence-and-sexual-offences": "violent-crime",
}


def category_slug(text: str) -> str:
    """Spell a category in lower case with hyphens, as the API of data.police.uk does.

    Words of other sources are kept: ``"STLG BY DECEIT/IDENTITY THEFT"`` becomes
    ``"stlg-by-deceit-identity-theft"``. A text without letters or digits is "".
    """
    words = re.findall(r"[^\W_]+", text.lower().replace("&", " and "))
    slug = "-".join(words)
    return _ALIASES.get(slug, slug)


def grouped(slugs: pd.Series, words: Mapping[str, Sequence[str]]) -> pd.Series:
    """Put categories together by words in their names.

    Parameters
    ----------
    slugs : (n_rows,)
        Category of each row; missing where there is none.
    words
        By the name of the group, what the slug of a category of it holds anywhere:
        ``{"robbery": ["robbery", "carjack"]}``. Of groups that fit, the first holds
        it; ``*`` fits every slug, and a slug that nothing fits stays as it is.
    """
    named = {name: [_plain(word) for word in of] for name, of in words.items()}

    def group(slug: str) -> str:
        for name, of in named.items():
            if any(word == _ANY or word in slug for word in of):
                return category_slug(name)
        return slug

    if not named:
        return slugs
    return slugs.map({slug: group(slug) for slug in slugs.dropna().unique()}).astype(
        "str"
    )


_ANY = "*"


def _plain(word: str) -> str:
    return word if word == _ANY else category_slug(word)
