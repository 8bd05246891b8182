"""Layers of demand that lie as a file says: roads, or points of any table."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pyogrio

from geoalloc import demand, incidents
from geoalloc._types import FloatArray
from geoalloc.boundaries import Boundaries
from geoalloc.errors import DataError
from geoalloc.hexes import HexGrid
from geoalloc.scenario import Scenario


@dataclass(frozen=True, kw_only=True)
class LayerFile:
    """What the file of a layer holds.

    Attributes
    ----------
    shapes
        Lines or points, with a CRS.
    sources
        SHA-256 of every file read, by name.
    """

    shapes: gpd.GeoDataFrame
    sources: Mapping[str, str]


def read(scenario: Scenario, area: Boundaries) -> dict[str, LayerFile]:
    """Read the file of each layer that has one, by the name of the layer.

    Raises
    ------
    DataError
        If a file is missing, cannot be read, or is not of the kind that it must be.
    """
    readers = {"roads": _roads, "file": _points}
    return {
        layer.name: readers[layer.surface](layer.name, Path(layer.path), area)
        for layer in scenario.demand.layers
        if layer.path is not None
    }


def _roads(name: str, path: Path, _: Boundaries) -> LayerFile:
    _require_file(name, path)
    wanted = "give a GeoPackage, GeoJSON or Shapefile of roads"
    try:
        lines = pyogrio.read_dataframe(path)
    except (pyogrio.errors.DataSourceError, ValueError):
        raise DataError(
            f"{path.name} of the layer {name!r} cannot be read as roads: {wanted}"
        ) from None
    if not isinstance(lines, gpd.GeoDataFrame) or lines.crs is None:
        raise DataError(
            f"{path.name} of the layer {name!r} has no shapes, or names no CRS: "
            f"{wanted}"
        )
    kinds = sorted(set(lines.geom_type.dropna()))
    if not any("Line" in kind for kind in kinds):
        raise DataError(
            f"{path.name} of the layer {name!r} holds {', '.join(kinds) or 'nothing'} "
            f"and no lines: {wanted}"
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return LayerFile(shapes=lines, sources={path.name: digest})


def _points(name: str, path: Path, area: Boundaries) -> LayerFile:
    _require_file(name, path)
    with _of(name):
        reading = incidents.gather([path]).reading(area.outline)
    return LayerFile(
        shapes=reading.incidents,
        sources={source.name: source.sha256 for source in reading.sources},
    )


@contextmanager
def _of(name: str) -> Iterator[None]:
    """Say of what is wrong in the body of a ``with`` which layer it is of."""
    try:
        yield
    except DataError as error:
        raise DataError(f"layer {name!r}: {error}") from None


def _require_file(name: str, path: Path) -> None:
    if not path.exists():
        raise DataError(
            f"there is no file {path}, which the layer {name!r} lies as: paths are "
            "relative to the scenario file"
        )


def surfaces(
    scenario: Scenario,
    grid: HexGrid,
    area: Boundaries,
    files: Mapping[str, LayerFile],
) -> dict[str, FloatArray]:
    """Lay out what is not incidents: people, and the layers that have a file.

    Returns
    -------
    surfaces : each (n_hexes,)
        Shares that sum to 1, under "population" and under the names of layers.

    Raises
    ------
    DataError
        If nothing of a file lies in the area.
    """
    found = {"population": demand.population_surface(grid, area.places)}
    for layer in scenario.demand.layers:
        with _of(layer.name):
            if layer.surface == "roads":
                found[layer.name] = demand.roads_surface(
                    grid,
                    files[layer.name].shapes,
                    class_column=layer.class_column,
                    class_weights=layer.class_weights or None,
                )
            elif layer.surface == "file":
                found[layer.name] = demand.points_surface(
                    grid, files[layer.name].shapes, bandwidth_m=layer.bandwidth_m
                )
    return found
