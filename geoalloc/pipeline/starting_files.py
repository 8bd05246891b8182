"""The files of a force that begins: its scenario, a variant, and what was assumed."""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geoalloc.incidents import TableColumns
from geoalloc.pipeline import starting_responses as responses

__all__ = [
    "HOTSPOT_SHARE",
    "LAYER",
    "TOWN_PER_KM2",
    "Beginning",
    "bordered_toml",
    "scenario_toml",
]

HOTSPOT_SHARE = 0.02  # of the land
TOWN_PER_KM2 = 10.0  # incidents a month; above it the whole area is taken for a town
_SPEED = {True: 32, False: 45}
_STANDARD = {True: 15, False: 20}
_WIDE = 70  # a longer list has a line for each entry
_LAYER_SHARE = 0.8  # calls that no file of crime holds, over those that it does
LAYER: Mapping[str, float] = {
    "immediate": 0.2,
    "priority": 0.4,
    "routine": 0.15,
    "on_scene_min": 55,
    "units": 1.2,
}
_DEFAULTS = {f.name: f.default for f in dataclasses.fields(TableColumns)}

_RHYTHMS = """\
# Weights of the hours from 00:00 and of the days from Monday (assumed). Incidents with
# times of day measure their own: these are worth rhythm_trust of them.
[demand.rhythms.default]
hours = [4, 3, 2, 2, 1, 1, 2, 3, 4, 5, 5, 6, 6, 6, 6, 7, 7, 8, 8, 8, 7, 7, 6, 5]
days = [14, 14, 14, 14, 15, 15, 14]

[demand.rhythms.night]
hours = [9, 8, 7, 5, 2, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6, 7, 8, 9, 10, 10]
days = [11, 11, 11, 12, 18, 22, 15]

[demand.rhythms.shops]
hours = [0, 0, 0, 0, 0, 0, 1, 3, 5, 8, 10, 12, 12, 12, 12, 12, 11, 9, 7, 5, 3, 2, 1, 0]
days = [15, 15, 15, 15, 15, 15, 10]
"""

_DUTY = """\
# What a duty holds besides calls (assumed).
[duty]
briefing_min = 15
close_down_min = 10
break_min = 45
"""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What is known of a force as it begins, and what had to be assumed.

    Attributes
    ----------
    title, slug
        Its name, and the same as the name of a scenario.
    resolution
        Of the hexes.
    area_km2
        Of the whole area.
    as_of, starts_at, hours
        Day after the data; start (local) and length of the shift.
    incidents
        Path, as it is written into the scenario.
    columns
        Of a table; None of data.police.uk.
    counts
        Incidents used by category, in the order of their names.
    per_day
        Incidents used a day, over the last year that is covered.
    units
        Response units by station; empty with a roster.
    """

    title: str
    slug: str
    time_zone: str
    resolution: int
    area_km2: float
    as_of: dt.date
    starts_at: dt.datetime
    hours: int
    incidents: str
    columns: TableColumns | None
    counts: Mapping[str, int]
    per_day: float
    units: Mapping[str, int]

    @property
    def police_uk(self) -> bool:
        """Whether the incidents are as data.police.uk publishes them."""
        return self.columns is None

    @property
    def n_units(self) -> int:
        """Response units, without those of a roster."""
        return sum(self.units.values())

    @property
    def town(self) -> bool:
        """Whether the whole area is taken for a town."""
        return 30.4 * self.per_day / self.area_km2 >= TOWN_PER_KM2

    @property
    def speed_kmh(self) -> int:
        """Mean door-to-door speed that is assumed."""
        return _SPEED[self.town]

    @property
    def standard_min(self) -> int:
        """Minutes in which an immediate call is to be reached, assumed."""
        return _STANDARD[self.town]

    @property
    def bandwidth_m(self) -> int:
        """Radius of the kernel by which hotspots are found, assumed."""
        return {7: 1600, 8: 800, 9: 500}.get(self.resolution, 300)

    @property
    def unrecorded_per_day(self) -> float:
        """Calls a day of which the file holds nothing, assumed."""
        return max(float(f"{_LAYER_SHARE * self.per_day:.2g}"), 0.1)

    @property
    def work_h(self) -> float:
        """Unit-hours on scene in a shift that is as busy as a mean one, roughly."""
        total = max(sum(self.counts.values()), 1)
        minutes = self.unrecorded_per_day * _unit_minutes(LAYER)
        for name, count in self.counts.items():
            values = responses.of(name).answer
            minutes += self.per_day * count / total * _unit_minutes(values)
        return minutes / 60.0 * self.hours / 24.0

    @property
    def half_busy(self) -> int:
        """Units of whose hours such calls would take about a half."""
        return max(round(self.work_h / (0.5 * self.hours)), 1)

    @property
    def per_month(self) -> int:
        """Incidents in a mean month."""
        return round(30.4 * self.per_day)


def scenario_toml(of: Beginning) -> str:
    """Write the scenario, each assumption with a comment that says so."""
    return "\n".join(
        [
            _head(of),
            _incidents(of),
            _demand(of),
            _RHYTHMS,
            _categories(of),
            _layer(of),
            _service(of),
            _units(of),
            _DUTY,
            _placing(of),
        ]
    )


def bordered_toml(of: Beginning) -> str:
    """Write a variant in which every unit keeps to its home beat."""
    return (
        "# The same shift, units and calls; but a unit answers only in its home beat.\n"
        'extends = "scenario.toml"\n'
        f"name = {text(f'{of.slug}-bordered')}\n"
        'question = "What if units kept to their home beats?"\n\n'
        '[allocation]\nmode = "bordered"\n'
    )


def _unit_minutes(values: Mapping[str, Any]) -> float:
    """Give the unit-minutes that a mean call of such shares takes."""
    deployed = values["immediate"] + values["priority"] + values["routine"]
    return float(deployed * values["on_scene_min"] * values.get("units", 1.0))


def text(value: str) -> str:
    """Write a text as TOML reads it."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _head(of: Beginning) -> str:
    return f"""\
# A first scenario of {" ".join(of.title.split())}, written by `geoalloc new`.
#
# It runs as it is. Every number that is not measured from the incidents is an
# assumption, marked (assumed): README.md lists them, the first to replace first.
# Leave purpose at "exercise" until they are your own.

name = {text(of.slug)}
question = "Where should the shift stand by, if any unit may answer any call?"
purpose = "exercise"
marking = "OFFICIAL-SENSITIVE"
handling = "Exercise on past incidents and assumed figures: not for duty."
time_zone = {text(of.time_zone)}
as_of = {of.as_of.isoformat()}  # the day after the incidents end

[area]
boundary = "boundary.geojson"
resolution = {of.resolution}

[shift]
starts_at = {of.starts_at:%Y-%m-%dT%H:%M:%S}
hours = {of.hours}
"""


def _incidents(of: Beginning) -> str:
    source = "data.police.uk" if of.police_uk else "table"
    lines = [
        "# They stay where they are: no copy is kept here.",
        "[incidents]",
        f"source = {text(source)}",
        f"path = {text(of.incidents)}",
        "",
    ]
    if of.columns is None:
        return "\n".join(lines)
    given = {
        name: getattr(of.columns, name)
        for name, usual in _DEFAULTS.items()
        if name not in ("timeless", "synthetic") and getattr(of.columns, name)
        if getattr(of.columns, name) != usual
    }
    words = given.pop("category_words", {})
    lines += ["[incidents.columns]"]
    lines += [f"{name} = {text(str(value))}" for name, value in given.items()]
    if words:
        lines += [
            "",
            "# The file has too many categories to set shares of each: they are put",
            "# together by words in their names, the first that fits; * fits all.",
            "[incidents.columns.category_words]",
            *(f"{_key(name)} = {_list(of_name)}" for name, of_name in words.items()),
        ]
    return "\n".join([*lines, ""])


def _demand(of: Beginning) -> str:
    shown = responses.hotspot_categories(of.counts, police_uk=of.police_uk)
    return f"""\
# Which concentrations are shown (bandwidth and share assumed).
[hotspots]
bandwidth_m = {of.bandwidth_m}
area_share = {HOTSPOT_SHARE:g}
most = 20
categories = {_list(shown)}
excluded_places = ["Police Station", "Hospital", "Prison"]

[demand]
forecaster = "mixture"
rhythm_trust = 100
"""


def _categories(of: Beginning) -> str:
    lines = [
        "# Shares of recorded incidents by how they are answered; what is left of 1 is",
        "# resolved without a unit. Minutes on scene, and units (all assumed).",
        "[demand.categories]",
    ]
    for name, count in of.counts.items():
        found = responses.of(name)
        values = ", ".join(f"{k} = {_value(v)}" for k, v in found.answer.items())
        lines += [
            f"# {count:,} recorded; {found.why}",
            f"{_key(name)} = {{ {values} }}",
        ]
    return "\n".join([*lines, ""])


def _layer(of: Beginning) -> str:
    answer = "\n".join(f"{key} = {value:g}" for key, value in LAYER.items())
    return f"""\
# Calls that no file of crime holds: welfare, missing people, mental health, roads, what
# becomes no crime. Assumed: {_LAYER_SHARE:g} of what is recorded, and where that is. If
# the incidents are all calls for service, take this layer out.
[[demand.layers]]
name = "calls that are not recorded as incidents"
per_day = {of.unrecorded_per_day:g}
error = 0.5
surface = "recorded"
{answer}
"""


def _service(of: Beginning) -> str:
    late, speed = of.standard_min, of.speed_kmh
    return f"""\
# Door to door without blue lights, in kilometres an hour (assumed; 20 miles are 32 km).
# Hexes count as urban where the boundary file has places with people in them: without
# such places all are rural, and so both speeds are the same.
[travel]
urban_kmh = {speed}
rural_kmh = {speed}
detour = 1.3
setting_off_min = 1.5

# Minutes in which callers are to be reached, by grade (assumed).
[grades.immediate]
urban_min = {late}
rural_min = {late}
call_handling_min = 2
speed_factor = 1.25
dispatch_cap_min = 40
weight = 1.0

[grades.priority]
urban_min = 60
rural_min = 60
call_handling_min = 5
dispatch_cap_min = 35
weight = 0.25

[grades.routine]
urban_min = 240
rural_min = 240
call_handling_min = 10
dispatch_cap_min = 30
weight = 0.05
"""


def _units(of: Beginning) -> str:
    if not of.units:
        return '# Call signs on duty, and when.\n[roster]\npath = "roster.csv"\n'
    lines = [
        "# Response units by station: shared out as incidents lie nearest (assumed),",
        "# each with two officers (assumed).",
    ]
    for station, count in of.units.items():
        lines += [
            "[[units]]",
            'kind = "response"',
            f"station = {text(station)}",
            f"count = {count}",
            "officers = 2",
            "",
        ]
    return "\n".join(lines)


def _placing(of: Beginning) -> str:
    patrol = min(max(of.resolution - 1, 5), 9)
    return f"""\
[allocation]
mode = "borderless"
post_reach_min = 30
patrol_resolution = {patrol}

[simulation]
shifts = 400
seed = 1
"""


def _key(name: str) -> str:
    """Write a key bare where TOML allows it."""
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isascii() and plain.isalnum() else text(name)


def _list(values: Sequence[str]) -> str:
    written = [text(value) for value in values]
    line = f"[{', '.join(written)}]"
    if len(line) <= _WIDE:
        return line
    return "\n".join(["[", *(f"    {one}," for one in written), "]"])


def _value(value: Any) -> str:  # noqa: ANN401 - a number, a text or a flag
    if isinstance(value, bool):
        return str(value).lower()
    return text(value) if isinstance(value, str) else f"{value:g}"
