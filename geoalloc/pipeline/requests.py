"""What is asked of ``geoalloc hotspots``: incidents, where, and how."""

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geoalloc.errors import UsageError
from geoalloc.hotspots import Options
from geoalloc.incidents import Asked

__all__ = ["Request", "hotspot_defaults", "request"]

RESOLUTION = 9
MARKING = "NO MARKING GIVEN"
_SMALL = ("and", "by", "in", "of", "on", "the", "upon")  # words within a name
FOOTPRINT = "footprint of the incidents"


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which incidents to find hotspots of, where, and how.

    Attributes
    ----------
    paths
        Files as `incidents.gather` takes them.
    asked
        What is known of their columns.
    boundary
        File of the area; None takes the footprint of the incidents.
    resolution
        Of H3.
    categories, excluded_categories
        Slugs; all categories if none is named.
    excluded_places
        Incidents whose place holds one of these words are left out.
    since, until
        First and last local day; None for the first and last there are.
    options
        Of `hotspots.find`; its period, missing months and time zone are found here.
    choose_bandwidth
        Choose the bandwidth by how well the past told what came after.
    name
        Of the area, in titles and in the folder's name; by default the boundary's
        or the first file's, written as words.
    marking, attribution
        What every product must say.
    """

    paths: tuple[Path, ...]
    asked: Asked = field(default_factory=Asked)
    boundary: Path | None = None
    resolution: int = RESOLUTION
    categories: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    excluded_places: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    options: Options = field(default_factory=Options)
    choose_bandwidth: bool = False
    name: str | None = None
    marking: str = MARKING
    attribution: str = ""

    @property
    def title(self) -> str:
        """Name of the area."""
        if self.name:
            return self.name
        stem = (self.boundary or self.paths[0]).resolve().name.split(".")[0]
        words = re.split(r"[\W_]+", stem.strip("-_ "))
        first, *rest = [w if w in _SMALL else w[:1].upper() + w[1:] for w in words]
        return " ".join([first[:1].upper() + first[1:], *rest])

    @property
    def slug(self) -> str:
        """Its name in the name of a folder."""
        return re.sub(r"\W+", "-", self.title.lower()).strip("-") or "area"


def request(
    paths: Sequence[Path],
    *,
    columns: Mapping[str, str | None],
    options: Mapping[str, Any],
    crs: str | None = None,
    time_format: str | None = None,
    time_zone: str | None = None,
    **settings: Any,  # noqa: ANN401 - attributes of Request
) -> Request:
    """Make a request of what a command was given; None takes the default.

    Parameters
    ----------
    columns
        As `incidents.Asked`.
    options
        Attributes of `hotspots.Options`, and ``bandwidth``: metres as text, or
        "auto" to have it chosen.

    Raises
    ------
    UsageError
        If no path is given, or the bandwidth is no number.
    DataError
        If an option is out of range.
    """
    if not paths:
        raise UsageError(
            "name the incidents, a file or a folder: geoalloc hotspots incidents.csv"
        )
    given = {name: value for name, value in options.items() if value is not None}
    bandwidth = given.pop("bandwidth", None)
    if bandwidth not in (None, "auto"):
        given["bandwidth_m"] = _metres(bandwidth)
    return Request(
        paths=tuple(paths),
        asked=Asked(
            columns={name: column for name, column in columns.items() if column},
            crs=crs,
            time_format=time_format,
            time_zone=time_zone,
        ),
        options=Options(**given),
        choose_bandwidth=bandwidth == "auto",
        **{name: value for name, value in settings.items() if value is not None},
    )


def _metres(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"--bandwidth takes metres or the word auto, not {text!r}"
        ) from None


def hotspot_defaults() -> list[tuple[str, str, str]]:
    """List every default of the request: its name, value with unit, and reason."""
    rows = [
        (
            "boundary",
            FOOTPRINT,
            "a boundary of your own is better: rates are per area",
        ),
        (
            "resolution",
            f"{RESOLUTION} of H3",
            "hexes of a tenth of a km²: some streets",
        ),
        (
            "categories",
            "all",
            "name some: what is done about a hotspot depends on them",
        ),
        ("since, until", "all that was read", "rates are per month of that"),
        ("marking", MARKING, "only you can know"),
    ]
    for each in dataclasses.fields(Options):
        value, unit = each.default, each.metadata["unit"]
        if isinstance(value, tuple):
            value = ", ".join(value) or None
        shown = "not fixed" if value is None else f"{value} {unit}".strip()
        rows.append((each.name, shown, each.metadata["why"]))
    return rows
