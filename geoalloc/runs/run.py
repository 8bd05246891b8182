"""Run: everything one plan is made of; and the only reader of run folders.

A run folder is format version 1. ``run.json`` says what the run was made from;
the frames are Parquet files (and ``plan.csv``), geometry is in ``areas.gpkg``
and ``plan.gpkg``, products such as ``map.html`` lie beside them and are never
read back.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geoalloc import schemas
from geoalloc.errors import DataError

FORMAT_VERSION = 1

FRAMES = {
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
"""Frames of a run that are Parquet files of its folder, each with its schema."""


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
        for name, schema in FRAMES.items():
            schemas.check(getattr(self, name), schema)


def marking(record: dict[str, Any]) -> str:
    """Say how a product of the run must be marked, and if it is no plan for duty."""
    words = [record["marking"]]
    words += ["EXERCISE"] if record["purpose"] == "exercise" else []
    words += ["SYNTHETIC"] if record["synthetic"] else []
    return " - ".join(words)


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
        frames = {n: pd.read_parquet(folder / f"{n}.parquet") for n in FRAMES}
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
