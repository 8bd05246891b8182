"""What the page of hotspots says in words."""

from collections.abc import Mapping
from typing import Any

from geoalloc.hotspots import Found
from geoalloc.maps import _words

RETROSPECTIVE = "Where incidents were recorded, not a forecast."
SIGNIFICANCE = (
    "Gi*: a hex and those around it hold more incidents than chance would put there. "
    "The rate is the share of such calls that may be false. Blank: none is called."
)
CLASSES = (
    "Persistent: in at least three of four windows, and in the last. Emerging: of "
    "late. Diminishing: less of late. Former: not of late. Intermittent: at times. "
    "Blank: never."
)
_UNNAMED = ("", "incident")  # what stands for no category
_NAMED = 3  # reasons that a card names
_LISTED = 8  # categories that are counted one by one
_FEW = 3  # categories that a title can name
_SNAPPED = 2.0  # incidents to a place, from which positions are no addresses


def period(record: Mapping[str, Any]) -> str:
    """Write what time the incidents cover."""
    known = record["period"]["from"] is not None
    return record["period"]["text"] if known else "No times known"


def subject(record: Mapping[str, Any]) -> str:
    """Write what the map is of."""
    names = [_words.kind(name).lower() for name in _named(record)]
    of = "recorded incidents"
    if 0 < len(names) <= _FEW:
        of = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
    return f"Hotspots of {of}. {RETROSPECTIVE}"


def used(record: Mapping[str, Any]) -> str:
    """Write how many of the incidents read are on the map."""
    number, word = record["n_read"], _plural("incident", record["n_read"])
    return f"{record['n_used']:,} of {number:,} {word} on the map"


def smoothing(record: Mapping[str, Any]) -> str:
    """Write how the density was estimated."""
    kernel = str(record["kernel"]).capitalize()
    return f"{kernel} kernel, radius {record['bandwidth_m']:,.0f} m"


def face(record: Mapping[str, Any]) -> list[str]:
    """Write what must stay with a picture of the map."""
    hexes = f"{smoothing(record)}, H3 resolution {record['resolution']}"
    return [period(record), used(record), RETROSPECTIVE, hexes]


def density(record: Mapping[str, Any]) -> str:
    """Write the small print of the density."""
    return (
        f"{smoothing(record)}. 5, 20, 50 and 80% of the incidents lie below the "
        "breaks. Blank: no incident within reach."
    )


def windows(found: Found) -> str:
    """Write what persistence is counted in."""
    number = len(found.area.windows)
    return (
        f"over {found.options.times:g} times the area's rate, in {number} windows "
        "of the period"
    )


def category(slug: str) -> str:
    """Write a category as words; of none, nothing."""
    return "" if slug in _UNNAMED else _words.kind(slug)


def chance(p: float) -> str:
    """Write a probability to one digit, and none below a ten-thousandth."""
    return "under 0.0001" if p < 0.0001 else _words.plain(float(f"{p:.1g}"))


def figures(found: Found, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write the strip: cards of a title, a sentence in parts, and small print.

    Returns
    -------
    cards
        ``title``, ``parts`` (plain and emphasized text in turn, plain first) and
        ``small``.
    """
    return [
        _held(found),
        _concentrated(found),
        _significant(found),
        _incidents(record),
        _smoothed(found, record),
    ]


def _held(found: Found) -> dict[str, Any]:
    spots, number = found.hotspots, len(found.hotspots)
    small = (
        f"{'Each is' if number else 'A hotspot is'} significant (at "
        f"{percent(found.options.rate)}) and among the densest "
        f"{percent(found.options.area_share)} of the land."
    )
    if not number:
        return {"title": "Hotspots", "parts": ["", "None found"], "small": small}
    share, land = float(spots["share"].sum()), float(spots["area_share"].sum())
    parts = ["", f"{number} {_plural('hotspot', number)}"]
    parts += [
        " holds " if number == 1 else " hold ",
        percent(share),
        " of the incidents on ",
        percent(land),
    ]
    return {"title": "Hotspots", "parts": [*parts, " of the land"], "small": small}


def _concentrated(found: Found) -> dict[str, Any]:
    area = found.area
    parts = ["Half of the incidents on ", percent(area.half_share), " of the land"]
    small = f"The fullest hexes first. Gini of the counts by hex {area.gini:.2f}."
    return {"title": "Concentration", "parts": parts, "small": small}


def _significant(found: Found) -> dict[str, Any]:
    area = found.area
    parts = ["", f"{area.significant:,}", f" of {area.hexes:,} hexes stand out"]
    small = (
        f"{area.clustered:,} in clusters (exact Gi*, false discovery rate "
        f"{percent(found.options.rate)}), {area.exceeding:,} over "
        f"{found.options.times:g} times the area's rate."
    )
    if area.morans_i == area.morans_i:
        moran = round(area.morans_i, 2) + 0.0  # no minus before a nought
        small += f" Moran's I {moran:.2f} (p {chance(area.morans_p)})."
    return {"title": "Significance", "parts": parts, "small": small}


def _incidents(record: Mapping[str, Any]) -> dict[str, Any]:
    parts = ["", f"{record['n_used']:,}", f" of {record['n_read']:,} on the map"]
    return {"title": "Incidents", "parts": parts, "small": _left_out(record)}


def _left_out(record: Mapping[str, Any]) -> str:
    reasons = _reasons(record)
    if not reasons:
        return "None left out."
    left = sum(record["rejects"].values())
    named = ", ".join(reasons[:_NAMED])
    more = ", and others" if len(reasons) > _NAMED else ""
    return f"{left:,} left out: {named}{more}."


def _reasons(record: Mapping[str, Any]) -> list[str]:
    """Write the reasons for which rows were left out, the commonest first."""
    counts = sorted(record["rejects"].items(), key=lambda item: (-item[1], item[0]))
    return [f"{reason} {n:,}" for reason, n in counts if n]


def _smoothed(found: Found, record: Mapping[str, Any]) -> dict[str, Any]:
    before, radius = smoothing(record).rsplit("radius ", 1)
    parts = [f"{before}radius ", radius]
    return {"title": "Density", "parts": parts, "small": positions(found)}


def positions(found: Found) -> str:
    """Write how far the positions can be trusted."""
    incidents, places = found.area.incidents, found.area.places
    stand = "stands" if incidents == 1 else "stand"
    text = (
        f"{incidents:,} {_plural('incident', incidents)} {stand} at "
        f"{places:,} {_plural('place', places)}"
    )
    if incidents >= _SNAPPED * places > 0:
        return f"{text}, several to one: read no finer detail than that."
    return f"{text}."


def about(found: Found, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Write what the page was made from, as terms and texts."""
    area = found.area
    zone = record.get("time_zone", "")
    terms = [
        ("Kind of map", f"Retrospective. {RETROSPECTIVE}"),
        ("Period", period(record) + (f" ({zone})" if zone else "")),
        ("Incidents", f"{record['n_read']:,} read, {record['n_used']:,} on the map"),
        ("Left out", "; ".join(_reasons(record)) or "none"),
        ("Categories", _categories(record)),
        ("Area", f"{record['area']}: {area.land_km2:,.0f} km² of land"),
        ("Hexes", f"H3 resolution {record['resolution']}, {area.hexes:,} of them"),
        ("Density", smoothing(record)),
        ("Positions", positions(found)),
        ("Notes", "\n".join(record["notes"])),
        ("Windows", "\n".join(area.windows)),
        ("Made", _made(record)),
        ("Attribution", record.get("attribution", "")),
    ]
    return [(term, text) for term, text in terms if text]


def _named(record: Mapping[str, Any]) -> dict[str, int]:
    """Count incidents by category; of incidents that have none, nothing."""
    counts = record.get("categories", {})
    return {name: n for name, n in counts.items() if name not in _UNNAMED}


def _categories(record: Mapping[str, Any]) -> str:
    largest = sorted(_named(record).items(), key=lambda item: (-item[1], item[0]))
    told = [f"{_words.kind(name)} {n:,}" for name, n in largest[:_LISTED]]
    rest = sum(n for _, n in largest[_LISTED:])
    told += [f"{len(largest) - _LISTED} others {rest:,}"] if rest else []
    return ", ".join(told)


def _made(record: Mapping[str, Any]) -> str:
    # When it was made is not said: the same finding gives the same page.
    made = f"by geoalloc {record['version']}"
    return f"{made}, run {record['run_id']}" if "run_id" in record else made


def percent(share: float) -> str:
    """Write a share in percent to two digits."""
    percent = 100 * share
    if percent >= 9.5 or percent == 0:
        return f"{percent:.0f}%"
    return f"{_words.plain(float(f'{percent:.2g}'))}%"


def _plural(word: str, number: int) -> str:
    return word if number == 1 else f"{word}s"
