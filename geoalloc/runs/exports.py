"""Files beside a map: styled GeoPackage, GeoParquet, tables, posts for a device."""

import io
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geoalloc import hexes
from geoalloc.runs import devices, qgis
from geoalloc.runs import folder as folders
from geoalloc.runs.picture import PublicPicture
from geoalloc.runs.run import Run, marking
from geoalloc.runs.scale import LEAST_LAND, breaks, densities

__all__ = [
    "export_plan",
    "export_public",
    "geopackage_of_plan",
    "geoparquet",
    "hex_table",
    "local",
    "posts",
]

DENSITY, COUNT = "expected_per_km2_h", "incidents_per_km2"


def hex_table(run: Run) -> gpd.GeoDataFrame:
    """Lay out hexes with what is expected of them over the shift, for a desktop GIS.

    Returns
    -------
    hexes
        The labels of ``run.hexes``; ``expected`` incidents of all grades and of each,
        ``low``, ``high``; ``expected_per_km2_h``, of land and in the mean of the
        shift; ``first_unit`` to immediate calls in most hours, its ``minutes`` and
        the expected ``wait_min``; and, unless the run was cut to a briefing,
        ``unmet``. EPSG:4326; ``hex_id`` as it is in Parquet.
    """
    by_hex = run.demand.groupby("hex_id")[["incidents", "low", "high"]].sum()
    by_grade = run.demand.pivot_table(
        index="hex_id", columns="grade", values="incidents", aggfunc="sum"
    ).add_prefix("expected_")
    frame = run.hexes.join(by_hex.rename(columns={"incidents": "expected"}), "hex_id")
    frame = frame.join(by_grade, "hex_id").join(_first(run), "hex_id")
    frame[DENSITY] = _density(run)
    if run.record.get("profile", "operational") == "operational":
        unmet = run.cover.groupby("hex_id")["unmet"].sum()
        frame = frame.join(unmet, "hex_id")
    outline = hexes.polygons(run.hexes["hex_id"].to_numpy())
    return gpd.GeoDataFrame(frame, geometry=outline, crs="EPSG:4326")


def _first(run: Run) -> pd.DataFrame:
    """Who is first to immediate calls in most hours, the first of equals by name."""
    cover = run.cover[run.cover["grade"] == "immediate"]
    n = cover.groupby(["hex_id", "first_unit"]).size().reset_index(name="n")
    n = n.sort_values(["hex_id", "n", "first_unit"], ascending=[True, False, True])
    first = n.drop_duplicates("hex_id").set_index("hex_id")["first_unit"]
    mean = cover.groupby("hex_id")[["minutes", "wait_min"]].mean()
    return mean.join(first)[["first_unit", "minutes", "wait_min"]]


def _density(run: Run) -> np.ndarray:
    ends = pd.Timestamp(run.record["shift"]["ends_at"])
    density, _ = densities(run.hexes, run.demand, ends)
    return density.mean(axis=0) if len(density) else np.zeros(len(run.hexes))


def posts(run: Run) -> gpd.GeoDataFrame:
    """Lay out where units stand by and when, as points."""
    frame = devices.stays(run)
    at = gpd.points_from_xy(frame.pop("longitude"), frame.pop("latitude"))
    return gpd.GeoDataFrame(frame, geometry=at, crs="EPSG:4326")


def geopackage_of_plan(run: Run, path: Path) -> None:
    """Write posts, beats and hexes as layers that open in their style.

    The posts of the comparison are a layer too, if the run has them.
    """
    cells = hex_table(run)
    ends = pd.Timestamp(run.record["shift"]["ends_at"])
    density, weights = densities(run.hexes, run.demand, ends)
    most = float(cells[DENSITY].max()) if len(cells) else 0.0
    title = "Expected incidents per km2 of land and hour"
    styles = [
        qgis.kinds("posts", "kind", run.posts["kind"].tolist(), "unit_id"),
        qgis.beats("beats", "unit_id"),
        qgis.classes("hexes", title, DENSITY, breaks(density, weights), most),
    ]
    layers = {"posts": run.posts, "beats": run.beats}
    if len(run.compared_posts):
        layers["compared_posts"] = run.compared_posts
        kinds = run.compared_posts["kind"].tolist()
        styles.append(qgis.kinds("compared_posts", "kind", kinds, "unit_id"))
    layers["hexes"] = _readable(cells)
    geopackage(path, layers, styles, marking(run.record), run.record["as_of"])


def local(frame: pd.DataFrame, zone: str) -> pd.DataFrame:
    """Write instants as local times; what is missing is empty."""
    instants = frame.select_dtypes("datetimetz")
    return frame.assign(
        **{
            name: column.dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M").fillna("")
            for name, column in instants.items()
        }
    )


def _readable(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Write H3 indexes as text, which no program takes for a rounded number."""
    return frame.assign(hex_id=hexes.to_strings(frame["hex_id"].to_numpy()))


def export_plan(run: Run, folder: Path) -> None:
    """Write the exports of an operational or a briefing profile into a folder.

    ``plan.gpkg`` (posts, beats, hexes, styled), ``hexes.geoparquet``, ``hexes.csv``,
    ``posts.csv``, ``timetable.csv``, ``visits.csv``, ``posts.gpx``, ``posts.geojson``.
    """
    marked, zone = marking(run.record), run.record["shift"]["time_zone"]
    geopackage_of_plan(run, folder / "plan.gpkg")
    cells, stand = hex_table(run), posts(run)
    folders.product(folder / "hexes.geoparquet", geoparquet(cells, marked))
    duty = run.plan.drop(columns=["post_hex", "hexes_covered"])
    tables = {
        "hexes": pd.DataFrame(_readable(cells).drop(columns="geometry")),
        "posts": pd.DataFrame(stand.drop(columns="geometry")),
        "timetable": local(duty, zone),
        "visits": local(run.visits, zone),
    }
    for name, table in tables.items():
        folders.table(table.assign(marking=marked), folder / f"{name}.csv")
    folders.text(folder / "posts.gpx", devices.gpx(run))
    folders.text(folder / "posts.geojson", devices.geojson(run))


def export_public(picture: PublicPicture, folder: Path) -> None:
    """Write the exports of a public picture into a folder.

    ``public.gpkg`` (hexes, districts, styled), ``hexes.geoparquet``, ``hexes.csv``,
    ``groups.csv``, ``districts.csv``, ``years.csv``. What is kept back is empty.
    """
    facts = picture.facts
    marked = facts["marking"] + (" - SYNTHETIC" if facts["synthetic"] else "")
    cells = public_hexes(picture)
    layers = {"hexes": _readable(cells), "districts": _districts(picture)}
    known = cells[COUNT].fillna(0.0).to_numpy(np.float64)
    weights = cells["incidents"].fillna(0).to_numpy(np.float64)
    title = f"Recorded incidents per km2 of land, {facts['period']['text']}"
    found = breaks(known, weights)
    styles = [
        qgis.classes("hexes", title, COUNT, found, float(known.max(initial=0.0))),
        qgis.outline("districts", "Districts", label="name"),
    ]
    geopackage(folder / "public.gpkg", layers, styles, marked, facts["as_of"])
    folders.product(folder / "hexes.geoparquet", geoparquet(cells, marked))
    ids = hexes.to_strings(picture.groups["hex_id"].to_numpy())
    tables = {
        "hexes": pd.DataFrame(layers["hexes"].drop(columns="geometry")),
        "groups": picture.groups.assign(hex_id=ids),
        "districts": picture.districts,
        "years": picture.years,
    }
    for name, table in tables.items():
        folders.table(table.assign(marking=marked), folder / f"{name}.csv")


def public_hexes(picture: PublicPicture) -> gpd.GeoDataFrame:
    """Lay out the hexes of a public picture with densities per km2 of land."""
    land = picture.hexes["land_km2"].clip(lower=LEAST_LAND * picture.hexes["area_km2"])
    count = (
        picture.hexes["incidents"]
        .astype("Float64")
        .to_numpy(np.float64, na_value=np.nan)
    )
    return picture.hexes.assign(**{COUNT: count / land.to_numpy()})


def _districts(picture: PublicPicture) -> gpd.GeoDataFrame:
    chosen = picture.areas[picture.areas["kind"] == "district"][["name", "geometry"]]
    whole = picture.districts[picture.districts["group"] == "all"]
    told = dict(zip(whole["district"], whole["incidents"], strict=True))
    incidents = pd.array([told.get(name, pd.NA) for name in chosen["name"]], "Int64")
    return chosen.assign(incidents=incidents)


def geopackage(
    path: Path,
    layers: dict[str, gpd.GeoDataFrame],
    styles: Sequence[qgis.Style],
    marked: str,
    day: str,
) -> None:
    """Write layers with their marking and styles, dated as of a day of the data."""
    with folders.fixed_date(day):
        for name, layer in layers.items():
            folders.layer(layer, path, name, MARKING=marked)
        qgis.write(path, styles, day)


def geoparquet(frame: gpd.GeoDataFrame, marked: str) -> bytes:
    """Write GeoParquet 1.1 with a column of bounding boxes, and the marking."""
    held = io.BytesIO()
    frame.assign(marking=marked).to_parquet(
        held,
        index=False,
        compression="zstd",
        schema_version="1.1.0",
        write_covering_bbox=True,
    )
    return held.getvalue()
