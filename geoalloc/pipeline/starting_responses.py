"""What a first scenario assumes of each kind of incident, until a force says better."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = [
    "MOST_CATEGORIES",
    "WORDS",
    "Assumed",
    "grouping",
    "hotspot_categories",
    "of",
]

MOST_CATEGORIES = 25  # more are put together: each needs shares of its own

WORDS: Mapping[str, tuple[str, ...]] = {
    "robbery": ("robbery", "carjack", "extortion"),
    "burglary": ("burglary", "breaking-and-entering", "housebreak"),
    "violent-crime": (
        "assault",
        "homicide",
        "murder",
        "manslaughter",
        "violence",
        "violent",
        "battery",
        "rape",
        "sex",
        "kidnap",
        "stalk",
        "harass",
        "threat",
        "domestic",
        "abuse",
    ),
    "possession-of-weapons": ("weapon", "firearm", "gun"),
    "vehicle-crime": (
        "auto-theft",
        "vehicle-theft",
        "vehicle-crime",
        "motor-veh",
        "mtr-veh",
        "theft-of-vehicle",
        "theft-from-vehicle",
    ),
    "bicycle-theft": ("bicycle", "bike"),
    "shoplifting": ("shoplift", "retail-theft"),
    "theft-from-the-person": ("theft-from-the-person", "pickpocket", "purse"),
    "fraud": (
        "fraud",
        "forgery",
        "deceit",
        "identity",
        "embezz",
        "counterfeit",
        "credit-card",
    ),
    "other-theft": ("theft", "larceny", "steal", "stolen", "stlg"),
    "criminal-damage-arson": (
        "damage",
        "arson",
        "vandal",
        "destruct",
        "mischief",
        "graffiti",
    ),
    "drugs": ("drug", "narcotic", "marijuana", "cannabis", "cocaine", "substance"),
    "traffic": ("traffic", "dui", "dwi", "driving", "collision", "leaving-scene"),
    "public-order": (
        "order",
        "disturb",
        "peace",
        "trespass",
        "drunk",
        "liquor",
        "loiter",
        "prostitut",
        "gambling",
    ),
    "anti-social-behaviour": ("anti-social", "nuisance", "noise"),
    "missing-and-welfare": ("missing", "runaway", "welfare", "mental", "suicid"),
    "other-crime": ("*",),
}
"""Words by which the category of any force is known to be of a kind, in this order."""


@dataclass(frozen=True, kw_only=True)
class Assumed:
    """How incidents of one category are answered, by assumption.

    Attributes
    ----------
    kind
        Of the tables here; empty where nothing is known of the category.
    answer
        Keys of ``[demand.categories.<name>]``.
    why
        What the assumption rests on, in words.
    """

    kind: str
    answer: Mapping[str, float | str | bool]
    why: str


def _answer(
    shares: tuple[float, float, float],
    on_scene_min: int,
    units: float = 1.0,
    rhythm: str = "",
    *,
    flag: str = "",
) -> dict[str, float | str | bool]:
    values: dict[str, float | str | bool] = dict(
        zip(("immediate", "priority", "routine"), shares, strict=True)
    )
    values["on_scene_min"] = on_scene_min
    values |= {"units": units} if units != 1.0 else {}
    values |= {"rhythm": rhythm} if rhythm else {}
    return values | ({flag: True} if flag else {})


# Shares, minutes and units of the example scenarios: assumptions of this project.
_ANSWERS: Mapping[str, Mapping[str, float | str | bool]] = {
    "anti-social-behaviour": _answer((0.08, 0.22, 0.15), 35, 1, "night", flag="pcso"),
    "bicycle-theft": _answer((0.01, 0.03, 0.10), 40, flag="pcso"),
    "burglary": _answer((0.12, 0.33, 0.30), 75, 1.2),
    "criminal-damage-arson": _answer((0.07, 0.20, 0.15), 50, 1, "night"),
    "drugs": _answer((0.05, 0.25, 0.20), 90, 1.3, flag="discovered"),
    "fraud": _answer((0.01, 0.04, 0.15), 45),
    "missing-and-welfare": _answer((0.25, 0.45, 0.15), 80, 1.2),
    "other-crime": _answer((0.05, 0.20, 0.25), 70),
    "other-theft": _answer((0.02, 0.10, 0.15), 45),
    "possession-of-weapons": _answer(
        (0.30, 0.40, 0.10), 100, 1.6, "night", flag="discovered"
    ),
    "public-order": _answer((0.20, 0.32, 0.12), 60, 1.4, "night"),
    "robbery": _answer((0.55, 0.35, 0.08), 110, 1.8, "night"),
    "shoplifting": _answer((0.04, 0.16, 0.20), 50, 1, "shops", flag="pcso"),
    "theft-from-the-person": _answer((0.08, 0.25, 0.20), 50, 1, "night"),
    "traffic": _answer((0.30, 0.35, 0.10), 55, 1.2),
    "vehicle-crime": _answer((0.05, 0.12, 0.15), 40),
    "violent-crime": _answer((0.20, 0.32, 0.15), 80, 1.3, "night"),
}
_GENERIC = _answer((0.10, 0.25, 0.20), 60)
# No directed patrol: not seen in public, found by police, or not told apart.
_NOT_PATROLLED = frozenset(
    {"drugs", "fraud", "missing-and-welfare", "other-crime", "possession-of-weapons"}
)
_VIOLENCE = "violent-crime"


def of(category: str) -> Assumed:
    """Assume how incidents of a category are answered, by its slug."""
    if category in _ANSWERS:
        return Assumed(kind=category, answer=_ANSWERS[category], why="assumed")
    for kind, words in WORDS.items():
        word = next((w for w in words if w != "*" and w in category), "")
        if word:
            why = f"assumed, as {kind}, for the word {word!r} in its name"
            return Assumed(kind=kind, answer=_ANSWERS[kind], why=why)
    return Assumed(
        kind="", answer=_GENERIC, why="assumed: nothing is known of this category"
    )


def grouping(categories: Iterable[str]) -> dict[str, list[str]]:
    """Put categories together where there are more than anybody can set shares of.

    Returns
    -------
    words
        As ``[incidents.columns] category_words`` takes them, in the order in which
        they are tried, without those that fit no category; empty where there are few.
    """
    slugs = sorted(set(categories))
    if len(slugs) <= MOST_CATEGORIES:
        return {}
    left, found = slugs, {}
    for kind, words in WORDS.items():
        used = [w for w in words if any(_holds(slug, w) for slug in left)]
        if used:
            found[kind] = used
            left = [s for s in left if not any(_holds(s, w) for w in used)]
    return found


def _holds(slug: str, word: str) -> bool:
    return word == "*" or word in slug


def hotspot_categories(categories: Iterable[str], *, police_uk: bool) -> list[str]:
    """List the categories that hotspots are shown of; all, if none is left.

    "Violence and sexual offences" of data.police.uk does not tell violence in public
    places from that at home: it is left out there.
    """
    categories = list(categories)
    unfit = _NOT_PATROLLED | ({_VIOLENCE} if police_uk else set())
    return [c for c in categories if of(c).kind not in unfit] or categories
