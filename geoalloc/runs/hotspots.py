"""The folder that ``geoalloc hotspots`` leaves: tables, layers, map and record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import hexes, schemas
from geoalloc._types import BoolArray
from geoalloc.boundaries import Boundaries
from geoalloc.hotspots import Found
from geoalloc.runs import folder as folders
from geoalloc.runs.folder import Target, write_folder

__all__ = [
    "HotspotRun",
    "hotspot_folder",
    "hotspot_target",
    "reached",
    "write_hotspots",
]

_NO_DAY = "1970-01-01"  # of files, where no incident has a time


@dataclass(frozen=True, kw_only=True)
class HotspotRun:
    """Hotspots, what they were made from, and the rows that were refused.

    Attributes
    ----------
    found
        Hotspots, hexes and figures.
    record
        What ``record.json`` holds: inputs with SHA-256, options, versions, counts
        by reason, notes.
    rejects
        ``schemas.REJECTS``.
    area
        The boundary file, whose places and rivers a map shows; None if none was
        given.
    """

    found: Found
    record: dict[str, Any]
    rejects: pd.DataFrame
    area: Boundaries | None = None

    def __post_init__(self) -> None:
        table = pd.DataFrame(self.found.hotspots.drop(columns="geometry"))
        schemas.check(table, schemas.HOTSPOTS)
        schemas.check(self.rejects, schemas.REJECTS)


def reached(hexes: pd.DataFrame) -> BoolArray:
    """Whether each hex says something: an incident, a density, or that it is hot."""
    figures = ["incidents", "per_km2", "tier", "significant", "hotspot"]
    something = hexes[figures] > 0
    return np.asarray(something.any(axis=1), dtype=np.bool_)


def hotspot_folder(name: str, run_id: str) -> Path:
    """Name the folder of hotspots."""
    return Path("out") / f"hotspots-{name}-{run_id}"


def hotspot_target(path: Path, run_id: str, *, force: bool) -> Target:
    """Say where hotspots go; ``require`` it before the long work."""
    return Target(path=path, record="record.json", run_id=run_id, force=force)


def write_hotspots(
    run: HotspotRun, target: Path, products: Mapping[str, str], *, force: bool = False
) -> Path:
    """Write the folder whole or not at all.

    ``hotspots.csv`` and ``hexes.csv`` (H3 indexes as text, UTF-8 with the mark by
    which Excel knows it), the same with geometry as GeoParquet (H3 indexes as whole
    numbers) and as layers of ``hotspots.gpkg``, ``rejects.csv``, ``record.json``
    and the products. Hexes that no incident reaches are in ``hexes.parquet`` alone.
    A folder of the same run id is replaced.

    Parameters
    ----------
    products
        Text files to put beside the tables, by name, such as ``map.html``.
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
        hotspot_target(target, run.record["run_id"], force=force),
        lambda folder: _fill(run, folder, products),
    )


def _fill(run: HotspotRun, folder: Path, products: Mapping[str, str]) -> None:
    found, marking = run.found, str(run.record["marking"])
    spots = _readable(found.hotspots)
    cells = _readable(found.hexes[reached(found.hexes)])
    for name, frame in (("hotspots", spots), ("hexes", cells)):
        table = pd.DataFrame(frame.drop(columns="geometry")).assign(marking=marking)
        folders.table(table, folder / f"{name}.csv")
    folders.table(run.rejects, folder / "rejects.csv")
    found.hotspots.to_parquet(folder / "hotspots.parquet", compression="zstd")
    found.hexes.to_parquet(folder / "hexes.parquet", compression="zstd")
    outline = gpd.GeoDataFrame(
        {"name": [run.record["name"]]}, geometry=[found.grid.area], crs="EPSG:4326"
    )
    day = f"{found.area.end:%Y-%m-%d}" if found.area.end is not None else _NO_DAY
    layers = {"hotspots": spots, "hexes": cells, "area": outline}
    with folders.fixed_date(day):
        for name, layer in layers.items():
            folders.layer(layer, folder / "hotspots.gpkg", name, MARKING=marking)
    record = json.dumps(run.record, indent=2, ensure_ascii=False)
    folders.text(folder / "record.json", record)
    for name, text in products.items():
        folders.text(folder / name, text)


def _readable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Write H3 indexes and lists of shares as text."""
    frame = frame.copy()
    if "hex_id" in frame:
        frame["hex_id"] = hexes.to_strings(frame["hex_id"].to_numpy())
    if "hex_ids" in frame:
        texts = [" ".join(f"{i:x}" for i in ids) for ids in frame["hex_ids"]]
        frame["hex_ids"] = pd.Series(texts, index=frame.index, dtype="str")
    for name in {"hour_shares", "day_shares"} & set(frame.columns):
        texts = [" ".join(f"{share:.4f}" for share in one) for one in frame[name]]
        frame[name] = pd.Series(texts, index=frame.index, dtype="str")
    return frame
