"""The ground of a run in metres: what the maps of all sheets are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Self

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc import hexes
from geoalloc._types import FloatArray, IdArray
from geoalloc.errors import DataError
from geoalloc.runs import Run

__all__ = ["Classes", "Ground", "Named", "Place", "Post", "classes"]

_SHARES = (0.05, 0.20, 0.50, 0.80)  # of all demand, that lie below the breaks
_LINES = ("coast", "river", "road")
_TOLERANCE_M = 1.0  # a tenth of a millimetre at 1:10,000


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Classes of a measure: where they break, and what the legend says of them."""

    breaks: tuple[float, ...]
    labels: tuple[str, ...]

    def of(self, values: FloatArray) -> np.ndarray:
        """Give the class of each value, from 0."""
        return np.searchsorted(np.array(self.breaks), values, side="right")


@dataclass(frozen=True, kw_only=True)
class Named:
    """An area or a line with its name, in metres."""

    name: str
    geometry: BaseGeometry


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place name and its point in metres; the town that it is part of, and people."""

    name: str
    town: str
    population: int
    point: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Post:
    """Where units stand by: one point in metres, and who."""

    name: str
    units: tuple[str, ...]
    point: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What lies where, in metres of one CRS.

    Attributes
    ----------
    crs
        EPSG:27700 in Great Britain, else a local equal-area one.
    classes
        Of expected demand: frozen for all sheets of the run.
    fills
        The hexes of each class in one shape.
    hex_km2
        Mean area of a hex.
    edges
        Outlines of all hexes, in a tree to find those of a sheet.
    hotspots
        Shape of each hotspot by its rank.
    name, outline
        Of the force.
    districts, beats
        Areas by name.
    lines
        Coast, rivers and roads: of a kind that is not there, none.
    places, stations
        Named points, the largest place first.
    posts
        Of units.
    """

    crs: str
    classes: Classes
    fills: tuple[BaseGeometry, ...]
    hex_km2: float
    edges: shapely.STRtree
    hotspots: Mapping[int, BaseGeometry]
    name: str
    outline: BaseGeometry
    districts: tuple[Named, ...]
    beats: tuple[Named, ...]
    lines: Mapping[str, tuple[Named, ...]]
    places: tuple[Place, ...]
    stations: tuple[Place, ...]
    posts: tuple[Post, ...]

    @classmethod
    def of(cls, run: Run) -> Self:
        """Prepare the ground of a run: once for all its sheets.

        Raises
        ------
        DataError
            If the run has no outline of its force.
        """
        outline = run.areas.geometry[run.areas["kind"] == "force"]
        if outline.empty:
            raise DataError(
                f"run {run.record['run_id']} has no outline of its force, and a sheet "
                "cannot be laid out: plan the scenario anew"
            )
        crs = hexes.metric_crs(outline.union_all())
        ids = np.sort(run.hexes["hex_id"].to_numpy())
        expected = _expected(run.demand, ids)
        found = classes(expected)
        of = found.of(expected)
        areas = run.areas.to_crs(crs)
        return cls(
            crs=crs,
            classes=found,
            fills=tuple(
                to_metres(hexes.dissolve(ids[of == k]), crs)
                for k in range(len(found.labels))
            ),
            hex_km2=float(run.hexes["area_km2"].mean()),
            edges=shapely.STRtree(_metres(hexes.polygons(ids), crs)),
            hotspots={
                int(row.rank): shape_of(row.hex_ids, crs)
                for row in run.hotspots.itertuples()
            },
            name=str(areas["name"][areas["kind"] == "force"].iloc[0]),
            outline=areas.geometry[areas["kind"] == "force"].union_all(),
            districts=_named(areas, "district"),
            beats=_named(areas, "beat"),
            lines={kind: _named(areas, kind) for kind in _LINES},
            places=_places(areas, "place"),
            stations=_places(areas, "station"),
            posts=_posts(run.posts.to_crs(crs)),
        )

    def metres(self, shape: BaseGeometry) -> BaseGeometry:
        """Project a shape from EPSG:4326 to metres."""
        return to_metres(shape, self.crs)


def classes(values: FloatArray) -> Classes:
    """Break values into at most five classes.

    The breaks are those values, rounded, below which 5, 20, 50 and 80 % of the sum
    lie: most hexes of a force are almost empty, and quantiles of hexes would spend
    the classes on them. They are rounded to as many digits as tell them apart.
    """
    if not (values > 0).any():
        return Classes(breaks=(), labels=("none",))
    ordered = np.sort(values)
    below = np.cumsum(ordered)
    raw = ordered[np.searchsorted(below, np.array(_SHARES) * below[-1])].tolist()
    breaks = _rounded(raw, 1)
    if len(breaks) < len(_SHARES):
        breaks = _rounded(raw, 2)
    texts = [np.format_float_positional(value, trim="-") for value in breaks]
    labels = [f"{low} to {high}" for low, high in pairwise(texts)]
    return Classes(
        breaks=tuple(breaks),
        labels=(f"under {texts[0]}", *labels, f"{texts[-1]} and over"),
    )


def to_metres(shape: BaseGeometry, crs: str) -> BaseGeometry:
    """Project a shape from EPSG:4326 to metres."""
    return _metres(np.array([shape], dtype=object), crs)[0]


def shape_of(hex_ids: object, crs: str) -> BaseGeometry:
    """Join hexes into one shape, in metres."""
    ids: IdArray = np.sort(np.asarray(hex_ids, dtype=np.uint64))
    return to_metres(hexes.dissolve(ids), crs)


def _rounded(values: list[float], digits: int) -> list[float]:
    rounded = {float(f"{value:.{digits}g}") for value in values}
    return sorted(value for value in rounded if value > 0)


def _expected(demand: pd.DataFrame, ids: IdArray) -> FloatArray:
    """Sum what is expected in each hex over the shift, of all grades, (n,)."""
    total = demand.groupby("hex_id")["incidents"].sum()
    return total.reindex(ids, fill_value=0.0).to_numpy(np.float64)


@lru_cache(maxsize=4)
def _projection(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def _metres(shapes: np.ndarray, crs: str) -> np.ndarray:
    project = _projection(crs)

    def moved(points: FloatArray) -> FloatArray:
        return np.stack(project.transform(points[:, 0], points[:, 1]), axis=1)

    return np.asarray(shapely.transform(shapes, moved))


def _named(areas: gpd.GeoDataFrame, kind: str) -> tuple[Named, ...]:
    rows = areas[areas["kind"] == kind]
    simple = shapely.simplify(rows.geometry.to_numpy(), _TOLERANCE_M)
    return tuple(
        Named(name=str(name), geometry=shape)
        for name, shape in zip(rows["name"].fillna(""), simple, strict=True)
    )


def _places(areas: gpd.GeoDataFrame, kind: str) -> tuple[Place, ...]:
    rows = areas[areas["kind"] == kind]
    found = [
        Place(
            name=row.name,
            town=row.town or row.name,
            population=int(row.population),
            point=(row.geometry.x, row.geometry.y),
        )
        for row in rows.itertuples(index=False)
    ]
    return tuple(sorted(found, key=lambda p: (-p.population, p.name, p.point)))


def _posts(posts: gpd.GeoDataFrame) -> tuple[Post, ...]:
    """Gather the units that stand at one point."""
    at: dict[tuple[float, float], list[tuple[str, str]]] = {}
    for row in posts.itertuples(index=False):
        spot = (round(row.geometry.x, 1), round(row.geometry.y, 1))
        at.setdefault(spot, []).append((row.post, row.unit_id))
    return tuple(
        Post(name=min(name for name, _ in who), units=_units(who), point=spot)
        for spot, who in sorted(at.items())
    )


def _units(who: list[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(unit for _, unit in who))
