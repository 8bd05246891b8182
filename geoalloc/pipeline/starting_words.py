"""What a first scenario rests on, in words: what to replace, and in which order."""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from geoalloc.incidents import Reading
from geoalloc.incidents.integrity_rows import spans
from geoalloc.pipeline import starting_responses as responses
from geoalloc.pipeline.starting_files import (
    HOTSPOT_SHARE,
    LAYER,
    TOWN_PER_KM2,
    Beginning,
)
from geoalloc.pipeline.starting_ground import Outline

__all__ = ["Found", "readme", "summary"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found of a force.

    Attributes
    ----------
    stations
        Where they are from: given, those of the boundary file, or made up.
    rows
        Of ``boundary.geojson``.
    attribution
        Whose the boundary is; empty if nobody said.
    """

    begun: Beginning
    outline: Outline
    stations: str
    reading: Reading
    n_hexes: int
    rows: gpd.GeoDataFrame
    attribution: str


def summary(found: Found) -> str:
    """Say in a few lines what was found and what was assumed."""
    begun, reading = found.begun, found.reading
    lines = [
        f"{begun.title}: {len(reading.incidents):,} of {reading.n_read:,} incidents, "
        f"{_days(found)}",
        f"  area      {begun.area_km2:,.1f} km², {found.outline.given}; "
        f"{found.n_hexes:,} hexes of resolution {begun.resolution}",
        f"  stations  {_count(found, 'station')}, {found.stations}; home beats "
        f"{_count(found, 'beat')}; named places {_count(found, 'place')}",
        f"  shift     {begun.starts_at:%A %-d %B %Y, %H:%M}, {begun.hours} hours, "
        f"{_force(found)}",
        f"  demand    {begun.per_day:,.1f} incidents a day of "
        f"{len(begun.counts)} categories, and {begun.unrecorded_per_day:g} calls a "
        "day that are assumed",
        f"  work      {_work(begun)}",
        "Purpose: exercise. README.md lists what was assumed, the first to replace "
        "first.",
    ]
    return "\n".join(lines)


def readme(found: Found) -> str:
    """Write what was found, what was assumed, and what to do next."""
    begun = found.begun
    parts = [
        f"# {begun.title}: a first scenario",
        "```\n"
        "geoalloc plan scenario.toml\n"
        "geoalloc compare scenario.toml bordered.toml\n"
        "```",
        "The first places the units of one shift and leaves a map to open; the second "
        "compares that with units that keep to their home beats. Both run as the files "
        'are, and both are an exercise (`purpose = "exercise"`) until the numbers '
        "below are your own: most of them are not.",
        "## What was found",
        "\n".join(f"- {line}" for line in _found(found)),
        "## Replace first",
        "\n".join(f"{k}. {line}" for k, line in enumerate(_first(found), start=1)),
        "## Every assumed number",
        _table(list(_assumed(found))),
        "Shares, minutes and units of each category stand in `scenario.toml`, a line "
        "each, with the reason. `geoalloc scenario schema` says what every key means.",
    ]
    return "\n\n".join(parts) + "\n"


def _work(begun: Beginning) -> str:
    hours = begun.work_h
    told = f"calls of a mean shift take about {hours:,.0f} unit-hours on scene"
    if not begun.units:
        return told
    there = begun.n_units * begun.hours
    return (
        f"{told}, {hours / there:.0%} of the {there:,} there are; {begun.half_busy} "
        "units would be busy for half of theirs"
    )


def _days(found: Found) -> str:
    start, end = found.reading.period
    zone = found.reading.time_zone
    first = start.tz_convert(zone)
    last = (end - pd.Timedelta(1, "us")).tz_convert(zone)
    exact = "with times of day" if found.reading.timed else "months only"
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d} ({exact})"


def _count(found: Found, kind: str) -> int:
    return max(int((found.rows["kind"] == kind).sum()), 0)


def _force(found: Found) -> str:
    if not found.begun.units:
        return "units of the roster"
    return f"{found.begun.n_units} response units"


def _found(found: Found) -> Iterator[str]:
    begun, reading = found.begun, found.reading
    yield (
        f"**Incidents**: {len(reading.incidents):,} of {reading.n_read:,} rows are "
        f"used, {_days(found)}, local time of {begun.time_zone}; "
        f"about {begun.per_month:,} a month."
    )
    reasons = reading.rejects["reason"].value_counts()
    if len(reasons):
        told = ", ".join(f"{n:,} {reason}" for reason, n in reasons.items())
        yield f"**Refused**: {told}. `geoalloc check` says what that may hide."
    if reading.missing_months:
        missing = reading.missing_months
        yield (
            f"**Missing months**: {len(missing)}, {spans(missing)}; they count as not "
            "covered, and not as quiet."
        )
    yield (
        f"**Area**: {found.outline.given}; {begun.area_km2:,.1f} km², "
        f"{found.n_hexes:,} hexes of resolution {begun.resolution}."
    )
    if begun.columns is not None and begun.columns.category_words:
        yield (
            "**Categories**: the file has too many to set shares of each, so that they "
            f"are put together into {len(begun.counts)} by words in their names."
        )


def _first(found: Found) -> Iterator[str]:
    begun = found.begun
    if found.stations == "made up":
        yield (
            "**Stations** (`boundary.geojson`, rows of kind `station`): they are made "
            "up, at the weighted medians of the incidents, and nobody works there. "
            "Begin again with `--stations`, and `--force`."
        )
    if begun.units:
        yield (
            f"**Units** (`[[units]]`): {begun.n_units} response units of two officers "
            "are shared out among stations as incidents lie nearest. Give a roster, or "
            f"write who is where. Roughly, {_work(begun)}: with far too many nobody "
            "waits and plans do not differ, with far too few nothing helps."
        )
    if found.outline.made_up:
        yield (
            "**Area** (`boundary.geojson`, row of kind `force`): it is where incidents "
            "were recorded, drawn with hexes, and no border of anything. Begin again "
            "with `--boundary`."
        )
    yield (
        f"**Calls that are not recorded** (`[[demand.layers]]`): "
        f"{begun.unrecorded_per_day:g} a day are assumed. Where your incidents are all "
        "calls for service, take the layer out."
    )
    yield (
        "**How calls are answered** (`[demand.categories]`): shares by grade, minutes "
        "on scene and units are assumptions of this project, not measured in your "
        f"force.{_unknown(begun)}"
    )
    yield (
        f"**Speed and standards** (`[travel]`, `[grades]`): {begun.speed_kmh} km/h "
        f"door to door, and immediate calls within {begun.standard_min} minutes, "
        "everywhere. A table of journeys over roads is better: `travel.source`."
    )
    if not found.reading.timed:
        yield (
            "**Hours of the day** (`[demand.rhythms]`): the incidents know months "
            "only, so the rhythm of the week is assumed. Times of calls measure it."
        )
    yield (
        "**Bank holidays** (`[demand.calendar]`): none are given, so that a holiday is "
        "a day like others of its weekday. List your own country's."
    )
    yield (
        f"**Places** (rows of kind `place`): {_places(found)} Nothing is known of "
        "how many people live where: add `population` and `spread_km`, and towns "
        "become urban."
    )
    if not found.attribution:
        yield (
            "**Attribution**: say whose the boundary and the incidents are with "
            "`--attribution`; every map prints it."
        )


def _places(found: Found) -> str:
    named = set(found.rows.loc[found.rows["kind"] == "place", "name"])
    if named <= set(found.rows.loc[found.rows["kind"] == "station", "name"]):
        return "the incidents name no street: posts and hexes are called by stations."
    return (
        f"{len(named)} names are there, streets of the incidents where a boundary file "
        "gave none; they name posts and hexes, and are no places with facilities."
    )


def _unknown(begun: Beginning) -> str:
    names = [name for name in begun.counts if not responses.of(name).kind]
    if not names:
        return ""
    return (
        f" Nothing is known here of {len(names)} of {len(begun.counts)} categories, "
        f"such as {names[0]}: they share generic numbers."
    )


def _assumed(found: Found) -> Iterator[tuple[str, str, str]]:
    begun = found.begun
    density = 30.4 * begun.per_day / begun.area_km2
    kind = "a town" if begun.town else "town and country together"
    yield "`as_of`", f"{begun.as_of}", "the day after the incidents end"
    yield (
        "`shift`",
        f"{begun.starts_at:%Y-%m-%d %H:%M}, {begun.hours} h",
        "as asked for, as the roster says, or the first Friday after the incidents",
    )
    yield (
        "`area.resolution`",
        f"{begun.resolution}",
        "some thousands of hexes, none finer than is sensible",
    )
    if found.stations == "made up":
        yield "stations", f"{_count(found, 'station')}", "made up"
    yield (
        "home beats",
        f"{_count(found, 'beat')}",
        "of the boundary file where it has any; else what is nearest to each station",
    )
    if begun.units:
        yield "`units.count`", f"{begun.n_units} in all", "shared out by incidents"
        yield "`units.officers`", "2", "assumed"
    yield (
        "`travel.urban_kmh`, `rural_kmh`",
        f"{begun.speed_kmh}",
        f"{kind}: {density:.1f} incidents a month and km² (a town has "
        f"{TOWN_PER_KM2:g} or more)",
    )
    yield "`travel.detour`, `setting_off_min`", "1.3, 1.5 min", "assumed"
    yield (
        "`grades.*.urban_min`, `rural_min`",
        f"{begun.standard_min}, 60, 240 min",
        "immediate, priority, routine; assumed",
    )
    yield "`grades.*.call_handling_min`", "2, 5, 10 min", "assumed"
    yield "`grades.*.dispatch_cap_min`", "40, 35, 30 min", "assumed"
    yield "`grades.*.weight`", "1, 0.25, 0.05", "of one late call; assumed"
    yield "`grades.immediate.speed_factor`", "1.25", "blue lights; assumed"
    yield (
        "`demand.layers.per_day`",
        f"{begun.unrecorded_per_day:g}",
        "0.8 of the incidents a day; its error, 0.5, says how little is known",
    )
    yield (
        "`demand.layers`: " + ", ".join(f"`{key}`" for key in LAYER),
        ", ".join(f"{value:g}" for value in LAYER.values()),
        "how those calls are answered; assumed",
    )
    yield (
        "`demand.categories`",
        f"{len(begun.counts)} lines",
        "shares, minutes on scene and units of each; assumed",
    )
    yield (
        "`demand.rhythms`",
        "3 weeks",
        "hours and days of calls; assumed, until times of calls measure them",
    )
    yield "`demand.rhythm_trust`", "100", "timed incidents that a rhythm is worth"
    yield "`duty`", "15, 10 and 45 min", "briefing, close-down, break; assumed"
    yield (
        "`hotspots.bandwidth_m`, `area_share`",
        f"{begun.bandwidth_m} m, {HOTSPOT_SHARE:g}",
        "assumed",
    )
    yield "`allocation.post_reach_min`", "30 min", "farthest post from a station"
    yield "harm weights", "none", "a plan by harm needs your own"


def _table(rows: list[tuple[str, str, str]]) -> str:
    lines = ["| what | value | why |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
