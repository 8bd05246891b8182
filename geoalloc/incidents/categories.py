"""Categories: one spelling for labels, slugs and title case."""

import re

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
