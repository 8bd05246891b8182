"""Run: everything one plan is made of; and the only reader and writer of run folders.

A run folder is format version 1. ``run.json`` says what the run was made from;
the frames are Parquet files (and ``plan.csv``), geometry is in ``areas.gpkg``
and ``plan.gpkg``, products such as ``map.html`` lie beside them and are never
read back.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geoalloc import hexes, schemas
from geoalloc.errors import DataError
from geoalloc.runs import folder as folders
from geoalloc.runs.folder import Target, write_folder

FORMAT_VERSION = 1

_FRAMES = {
    "hexes": schemas.HEXES,
    "demand": schemas.DEMAND,
    "demand_flow": schemas.DEMAND_FLOW,
    "hotspots": schemas.HOTSPOTS,
    "units": schemas.UNITS,
    "plan": schemas.PLAN,
    "cover": schemas.COVER,
    "compared_cover": schemas.COVER,
    "moves": schemas.MOVES,
    "scores": schemas.SCORES,
    "prices": schemas.PRICES,
    "borders": schemas.BORDERS,
    "border_value": schemas.BORDER_VALUE,
    "visits": schemas.VISITS,
    "incident_summary": schemas.INCIDENT_SUMMARY,
    "rejects": schemas.REJECTS,
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One plan and all that explains it.

    Attributes
    ----------
    record
        What ``run.json`` holds: the scenario as resolved, inputs with SHA-256,
        versions, seeds, data period, counts, solver status, bound, gap, timings.
    hexes, demand, hotspots, units, plan, cover, moves, scores
        Frames of the schema of that name.
    compared_cover
        As ``cover``, of the plan with the other mode of dispatch (bordered or
        borderless), which is the comparison.
    prices
        What more or less of something would buy; ``what`` says of which kind.
    borders, border_value
        What borders cost, taken apart, by district; and by hex.
    visits
        Directed patrol: who visits which hotspot when.
    demand_flow
        Where demand comes from and goes: ``schemas.DEMAND_FLOW``, in order.
    incident_summary, rejects
        Frames of the schema of that name.
    areas
        ``kind`` (force, district, beat, station, place, river, bridge), ``name``,
        ``population`` of a place and the ``town`` that it is part of (elsewhere 0
        and nothing), and geometry in EPSG:4326.
    posts
        Units at their posts: ``unit_id``, ``kind``, ``home_station``, ``post``,
        ``grid_ref``, ``reason`` and a point.
    beats
        ``unit_id`` and the hexes that the unit is first to tonight, dissolved.
    compared_posts
        As ``posts``, without a reason, of the comparison.
    """

    record: dict[str, Any]
    hexes: pd.DataFrame
    demand: pd.DataFrame
    demand_flow: pd.DataFrame
    hotspots: pd.DataFrame
    units: pd.DataFrame
    plan: pd.DataFrame
    cover: pd.DataFrame
    compared_cover: pd.DataFrame
    moves: pd.DataFrame
    scores: pd.DataFrame
    prices: pd.DataFrame
    borders: pd.DataFrame
    border_value: pd.DataFrame
    visits: pd.DataFrame
    incident_summary: pd.DataFrame
    rejects: pd.DataFrame
    areas: gpd.GeoDataFrame
    posts: gpd.GeoDataFrame
    beats: gpd.GeoDataFrame
    compared_posts: gpd.GeoDataFrame

    def __post_init__(self) -> None:
        for name, schema in _FRAMES.items():
            schemas.check(getattr(self, name), schema)


def default_folder(name: str, run_id: str) -> Path:
    """Name the folder of a scenario's run."""
    return Path("out") / f"{name}-{run_id}"


def write(
    run: Run, target: Path, products: Mapping[str, str], *, force: bool = False
) -> Path:
    """Write a run folder whole or not at all.

    Everything is written to a temporary folder beside the target, which then
    takes its name. A run of the same id is replaced: it is the same plan.

    Parameters
    ----------
    products
        Text files to put beside the frames, by name, such as ``map.html``.
    force
        Set another thing of that name aside, as ``<name>.before-<n>``.

    Raises
    ------
    UsageError
        If something else is there already and ``force`` is not given.
    DataError
        If the folder cannot be written.
    """
    return write_folder(
        _target(target, run.record["run_id"], force=force),
        lambda folder: _fill(run, folder, products),
    )


def require_target(target: Path, run_id: str, *, force: bool) -> bool:
    """Require a folder that the run may take, and tell whether it replaces itself.

    Raises
    ------
    UsageError
        If something other than this run is there and ``force`` is not given.
    """
    return _target(target, run_id, force=force).require()


def _target(path: Path, run_id: str, *, force: bool) -> Target:
    return Target(path=Path(path), record="run.json", run_id=run_id, force=force)


def _fill(run: Run, folder: Path, products: Mapping[str, str]) -> None:
    for name in _FRAMES:
        folders.parquet(getattr(run, name), folder / f"{name}.parquet")
    zone = run.record["shift"]["time_zone"]
    plan = run.plan.assign(
        period=run.plan["period"].dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M"),
        post_hex=hexes.to_strings(run.plan["post_hex"].to_numpy()),
        marking=marking(run.record),
    )
    # The mark at the start tells Excel that the file is UTF-8.
    folders.neutral(plan).to_csv(
        folder / "plan.csv", index=False, encoding="utf-8-sig", float_format="%.1f"
    )
    for name in ("prices", "borders", "visits"):
        frame = _local(getattr(run, name), zone).assign(marking=marking(run.record))
        folders.table(frame, folder / f"{name}.csv")
    folders.table(
        run.demand_flow.assign(marking=marking(run.record)), folder / "demand_flow.csv"
    )
    with folders.fixed_date(run.record["as_of"]):
        for name, layer in run.areas.groupby("kind", sort=True):
            folders.layer(layer.drop(columns="kind"), folder / "areas.gpkg", name)
        marked = {"MARKING": marking(run.record)}
        folders.layer(run.posts, folder / "plan.gpkg", "posts", **marked)
        folders.layer(run.beats, folder / "plan.gpkg", "beats", **marked)
        folders.layer(
            run.compared_posts, folder / "plan.gpkg", "compared_posts", **marked
        )
        folders.layer(_hex_layer(run), folder / "plan.gpkg", "hexes", **marked)
    folders.text(
        folder / "run.json", json.dumps(run.record, indent=2, ensure_ascii=False)
    )
    for name, text in products.items():
        folders.text(folder / name, text)


def _local(frame: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Write instants as local times; what is missing is empty."""
    instants = frame.select_dtypes("datetimetz")
    return frame.assign(
        **{
            name: column.dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M").fillna("")
            for name, column in instants.items()
        }
    )


def marking(record: dict[str, Any]) -> str:
    """Say how a product of the run must be marked, and if it is no plan for duty."""
    words = [record["marking"]]
    words += ["EXERCISE"] if record["purpose"] == "exercise" else []
    words += ["SYNTHETIC"] if record["synthetic"] else []
    return " - ".join(words)


def _hex_layer(run: Run) -> gpd.GeoDataFrame:
    """Hexes with what is expected of them over the shift, for a desktop GIS."""
    expected = run.demand.pivot_table(
        index="hex_id", columns="grade", values="incidents", aggfunc="sum"
    ).add_prefix("expected_")
    unmet = run.cover.groupby("hex_id")["unmet"].sum()
    frame = run.hexes.join(expected, on="hex_id").join(unmet, on="hex_id")
    ids = run.hexes["hex_id"].to_numpy()
    return gpd.GeoDataFrame(
        frame.assign(hex_id=hexes.to_strings(ids)),
        geometry=hexes.polygons(ids),
        crs="EPSG:4326",
    )


def read(folder: Path) -> Run:
    """Read a run folder.

    Raises
    ------
    DataError
        If it is not a run folder of this format, or a file of it is missing.
    """
    folder = Path(folder)
    record = read_record(folder / "run.json")
    try:
        frames = {n: pd.read_parquet(folder / f"{n}.parquet") for n in _FRAMES}
        kinds = [str(name) for name, _ in pyogrio.list_layers(folder / "areas.gpkg")]
        areas = [
            pyogrio.read_dataframe(folder / "areas.gpkg", layer=kind).assign(kind=kind)
            for kind in kinds
        ]
        posts = pyogrio.read_dataframe(folder / "plan.gpkg", layer="posts")
        beats = pyogrio.read_dataframe(folder / "plan.gpkg", layer="beats")
        compared = pyogrio.read_dataframe(folder / "plan.gpkg", layer="compared_posts")
    except (OSError, ValueError, pyogrio.errors.DataSourceError) as error:
        raise DataError(f"{folder} is not a whole run folder: {error}") from None
    merged = gpd.GeoDataFrame(pd.concat(areas, ignore_index=True), crs="EPSG:4326")
    return Run(
        record=record,
        **frames,
        areas=merged[["kind", "name", "population", "town", "geometry"]],
        posts=posts,
        beats=beats,
        compared_posts=compared,
    )


def read_record(path: Path) -> dict[str, Any]:
    """Read ``run.json``.

    Raises
    ------
    DataError
        If it is missing, not JSON, or of another format version.
    """
    try:
        record = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"there is no run record {path}") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a run record: {error}") from None
    version = record.get("format_version") if isinstance(record, dict) else None
    if version != FORMAT_VERSION:
        raise DataError(
            f"{path} is of run format {version}; this geoalloc reads {FORMAT_VERSION}"
        )
    missing = [key for key in ("run_id", "scenario", "inputs") if key not in record]
    if missing:
        raise DataError(f"{path} is not a whole run record: it has no {missing[0]}")
    return dict(record)
