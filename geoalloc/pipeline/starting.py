"""A guided start for a force: incidents in, a folder with a scenario that runs out."""

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from geoalloc import boundaries, hexes, incidents, roster, scenario
from geoalloc.errors import DataError, UsageError
from geoalloc.hexes import HexGrid
from geoalloc.incidents import Asked, Gathered, Reading
from geoalloc.incidents.police_uk import is_police_uk
from geoalloc.pipeline import (
    force,
    stages,
    starting_files,
    starting_ground,
    starting_responses,
    starting_stations,
    starting_times,
    starting_words,
)
from geoalloc.pipeline.requests import Request
from geoalloc.pipeline.starting_files import Beginning
from geoalloc.pipeline.starting_ground import Outline
from geoalloc.runs.folder import Target, text, write_folder

__all__ = [
    "Start",
    "StartRequest",
    "needs_time_zone",
    "require_start_folder",
    "start",
    "write_start",
]

_UNITS_PER_STATION = 4
_MOST_MADE_UP = 12


@dataclass(frozen=True, kw_only=True)
class StartRequest:
    """What is known of a force.

    Attributes
    ----------
    incidents
        File or folder, as `incidents.gather` takes it.
    asked
        What is known of its columns.
    boundary, districts, beats
        File of the area; None takes the footprint of the incidents. Columns of it
        that tell districts and beats apart.
    stations
        File; ``Name:latitude,longitude;...``; a number of them to be made up; or
        None for those of the boundary file, made up if it has none.
    roster, units
        File of call signs, or how many response units there are: one of the two.
    name
        Of the force; by default that of the boundary or the incidents, as words.
    starts_at
        Of the shift: ``2026-12-04T20:00``, or a time for the first Friday after the
        incidents end.
    hours
        Of the shift.
    resolution
        Of H3; None to suit the area.
    attribution
        Whose the boundary is.
    """

    incidents: Path
    asked: Asked = field(default_factory=Asked)
    boundary: Path | None = None
    districts: str | None = None
    beats: str | None = None
    stations: str | None = None
    roster: Path | None = None
    units: int | None = None
    name: str | None = None
    starts_at: str | None = None
    hours: int | None = None
    resolution: int | None = None
    attribution: str = ""

    def __post_init__(self) -> None:
        if (self.roster is None) == (self.units is None):
            raise UsageError("give either --roster, a file, or --units, a number")
        if self.units is not None and not 1 <= self.units <= 500:
            raise UsageError(f"--units must be from 1 to 500, got {self.units}")
        if self.hours is not None and not 1 <= self.hours <= 24:
            raise UsageError(f"--shift-hours must be from 1 to 24, got {self.hours}")
        if self.resolution is not None and not 5 <= self.resolution <= 11:
            raise UsageError(
                f"--resolution must be from 5 to 11, got {self.resolution}"
            )
        if self.boundary is None and (self.districts or self.beats):
            raise UsageError(
                "--districts and --beats are columns of --boundary: name it"
            )


@dataclass(frozen=True, kw_only=True)
class Start:
    """A folder that is ready to be written.

    Attributes
    ----------
    files
        Text by file name.
    words
        What was found and assumed, for those who gave the command.
    """

    files: dict[str, str]
    words: str


@dataclass(frozen=True, kw_only=True)
class _Place:
    """The area, its hexes, and what was recorded in them."""

    outline: Outline
    grid: HexGrid
    reading: Reading
    count: np.ndarray


def needs_time_zone(path: Path) -> bool:
    """Whether incidents do not say which local time theirs are.

    Raises
    ------
    DataError
        If there is no such file or folder.
    """
    if not path.exists():
        raise DataError(f"there is no file or folder {path}: check the path")
    return not is_police_uk(path)


def start(
    request: StartRequest, *, progress: Callable[[str], None] = stages.silent
) -> Start:
    """Make a scenario that runs of what is known of a force.

    What is not known is assumed, and every assumption is named in ``README.md``.

    Raises
    ------
    UsageError
        If what is given does not go together.
    DataError
        If an input is wrong.
    """
    clock = stages.Clock(progress)
    with clock("incidents"):
        gathered = _grouped(incidents.gather([request.incidents], request.asked))
        if gathered.columns is not None and gathered.columns.timeless:
            raise DataError(
                f"{request.incidents.name} has no column of time, and demand cannot be "
                "forecast without one: name it with --time"
            )
        place = _placed(request, gathered)
    if request.roster is not None:
        roster.read(request.roster, time_zone=gathered.time_zone)
    with clock("stations"):
        stations, told = _stations(request, place)
        rows = starting_ground.lay_out(
            place.outline, stations, place.grid, place.reading.incidents
        )
        begun = _begun(request, gathered, place, stations)
    words = starting_words.Found(
        begun=begun,
        outline=place.outline,
        stations=told,
        reading=place.reading,
        n_hexes=len(place.grid),
        rows=rows,
        attribution=request.attribution,
    )
    files = {
        "scenario.toml": starting_files.scenario_toml(begun),
        "bordered.toml": starting_files.bordered_toml(begun),
        "boundary.geojson": starting_ground.geojson(_credited(rows, request)),
        "README.md": starting_words.readme(words),
    }
    if request.roster is not None:
        files["roster.csv"] = _text_of(request.roster)
    with clock("check"):
        _require_right(files)
    return Start(files=files, words=starting_words.summary(words))


def write_start(begun: Start, folder: Path, *, force: bool = False) -> Path:
    """Write the folder whole or not at all.

    Raises
    ------
    UsageError
        If it is there already and holds anything, and ``force`` is not given; with
        it, what is there is set aside.
    DataError
        If it cannot be written.
    """
    require_start_folder(folder, force=force)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()

    def fill(fresh: Path) -> None:
        for name, content in begun.files.items():
            text(fresh / name, content)

    target = Target(path=folder, record="README.md", run_id="", force=True)
    return write_folder(target, fill)


def require_start_folder(folder: Path, *, force: bool) -> None:
    """Refuse a folder that is taken, before the work that leads to it.

    Raises
    ------
    UsageError
        If something is there and ``force`` is not given.
    """
    empty = folder.is_dir() and not any(folder.iterdir())
    if os.path.lexists(folder) and not empty and not force:
        raise UsageError(
            f"{folder} is there already: name another folder, or set it aside with "
            "--force"
        )


def _grouped(gathered: Gathered) -> Gathered:
    """Put categories together where there are hundreds."""
    if gathered.columns is None or not gathered.has_category:
        return gathered
    names = gathered.table.fields["category"].dropna().unique()
    words = starting_responses.grouping(
        slug for name in names if (slug := incidents.category_slug(str(name)))
    )
    return replace(
        gathered,
        options=replace(gathered.options, category_words=words),
        columns=replace(gathered.columns, category_words=words),
    )


def _placed(request: StartRequest, gathered: Gathered) -> _Place:
    """Find the area, and cover it with hexes that suit it."""
    name = _title(request)
    if request.boundary is not None:
        outline = starting_ground.outline_of(
            request.boundary, name, districts=request.districts, beats=request.beats
        )
    else:
        points = gathered.reading(None).incidents.geometry
        outline = starting_ground.footprint(
            points.y.to_numpy(), points.x.to_numpy(), name
        )
    area = outline.area
    wide = starting_ground.area_km2(area)
    resolution = request.resolution or starting_ground.resolution_for(wide)
    grid, reading = hexes.cover(area, resolution), gathered.reading(area)
    points = reading.incidents.geometry
    at = grid.locate(points.y.to_numpy(), points.x.to_numpy())
    return _Place(
        outline=outline,
        grid=grid,
        reading=reading,
        count=np.bincount(at[at >= 0], minlength=len(grid)).astype(np.float64),
    )


def _title(request: StartRequest) -> str:
    """Name the force as hotspots do: by its boundary or its incidents, as words."""
    return Request(
        paths=(request.incidents,), boundary=request.boundary, name=request.name
    ).title


def _stations(request: StartRequest, place: _Place) -> tuple[gpd.GeoDataFrame, str]:
    """Take the stations that are given, or make some up; say which."""
    asked, own = request.stations, place.outline.of("station")
    if asked and not asked.strip().isdigit():
        return starting_stations.with_codes(starting_stations.read(asked)), "given"
    if len(own) and not asked:
        if "code" not in own:
            own = starting_stations.with_codes(own)
        return own[["name", "code", "geometry"]], "those of the boundary file"
    if request.roster is not None:
        raise UsageError(
            "a roster names stations, and nobody says where they are: give --stations"
        )
    assert request.units is not None
    usual = min(max(round(request.units / _UNITS_PER_STATION), 2), _MOST_MADE_UP)
    # One station alone has one beat: a plan with borders would be one without.
    usual = min(usual, request.units)
    made = starting_stations.made_up(
        place.grid,
        place.count,
        place.outline.area,
        n_stations=max(int(asked), 1) if asked else usual,
    )
    return starting_stations.with_codes(made), "made up"


def _begun(
    request: StartRequest,
    gathered: Gathered,
    place: _Place,
    stations: gpd.GeoDataFrame,
) -> Beginning:
    title = _title(request)
    as_of = starting_times.end_of(place.reading)
    duty = None if request.starts_at else request.roster
    shift = starting_times.shift(
        request.starts_at, request.hours, as_of, duty, gathered.time_zone
    )
    as_of = min(as_of, shift.starts_at.date())
    counts = place.reading.counts.set_index("category")["used"]
    units: dict[str, int] = {}
    if request.units is not None:
        of = starting_ground.nearest(stations, place.grid)
        near = np.bincount(of, place.count, len(stations)).astype(np.float64)
        shared = starting_stations.share_out(request.units, near)
        units = {n: k for n, k in zip(stations["name"], shared, strict=True) if k}
    return Beginning(
        title=title,
        slug=_slug(title),
        time_zone=gathered.time_zone,
        resolution=place.grid.resolution,
        area_km2=float(place.grid.land_km2.sum()),
        as_of=as_of,
        starts_at=shift.starts_at,
        hours=shift.hours,
        incidents=request.incidents.resolve().as_posix(),
        columns=gathered.columns,
        counts={str(name): int(n) for name, n in counts[counts > 0].items()},
        per_day=starting_times.per_day(place.reading, as_of),
        units=units,
    )


def _slug(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", title.lower())) or "force"


def _credited(rows: gpd.GeoDataFrame, request: StartRequest) -> gpd.GeoDataFrame:
    if not request.attribution:
        return rows
    return rows.assign(
        attribution=[request.attribution, *[None] * (len(rows) - 1)],
    )


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text in UTF-8: {error}") from None


def _require_right(files: dict[str, Any]) -> None:
    """Read the files back as a plan does, so that what is wrong is said now."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            text(Path(folder) / name, content)
        for name in ("scenario.toml", "bordered.toml"):
            wanted = scenario.read(Path(folder) / name)
        area = boundaries.read(wanted.area.boundary)
        force.tonight(wanted, area)
