"""Groups of hexes, and who lives in them, from any table of areas.

Each hex is looked at in seven points of equal weight: its center and those around it
at which the hexes of the next resolution would have theirs.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geoalloc._types import FloatArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.evaluation import equity
from geoalloc.hexes import HexGrid
from geoalloc.scenario.tables import Group, People

__all__ = ["labels", "residents"]

_MOST_GROUPS = 20  # of numbers that are not cut into bands
_POINTS = 7  # of a hex


def residents(grid: HexGrid, wanted: People) -> FloatArray:
    """Spread the residents of areas over hexes, (n_hexes, 7), by points.

    What lives in an area is divided evenly between the points that lie in it (areal
    weighting; Goodchild and Lam, 1980, Geo-Processing 1, 297-312); of an area so small
    that it holds none, it counts at the center of the hex that holds the area.

    Raises
    ------
    DataError
        If a file cannot be read, a column is missing, what it holds is no number of
        people, or nobody lives in a hex.
    """
    what = "[people]"
    shapes = _polygons(wanted, what).to_crs(grid.crs)
    people = _numbers(shapes["value"], what, wanted.column)
    point, area = _inside(grid, shapes)
    share = np.bincount(area, minlength=len(shapes)).astype(np.float64)
    found = np.zeros(len(grid) * _POINTS)
    np.add.at(found, point, people[area] / share[area])
    missed = np.flatnonzero((share == 0) & (people > 0))
    middle = shapes.geometry.iloc[missed].representative_point().to_crs("EPSG:4326")
    at = grid.locate(middle.y.to_numpy(), middle.x.to_numpy())
    np.add.at(found, at[at >= 0] * _POINTS, people[missed][at >= 0])
    if found.sum() <= 0:
        raise DataError(
            f"nobody of {what} lives in a hex of the area: check {wanted.path} and the "
            f"column {wanted.column!r}"
        )
    return found.reshape(-1, _POINTS)


def _numbers(values: pd.Series, what: str, column: str) -> FloatArray:
    """Take numbers of people; where nothing is said, nobody."""
    number = pd.to_numeric(values, errors="coerce").astype("float64")
    wrong = values.notna() & ~((number >= 0) & np.isfinite(number))
    if wrong.any():
        raise DataError(
            f"{column} of {what} must hold numbers of people of 0 or more, got "
            f"{values[wrong].iloc[0]!r} in {int(wrong.sum())} of {len(values)} areas"
        )
    return number.fillna(0.0).to_numpy()


def labels(grid: HexGrid, group: Group, people: FloatArray | None = None) -> np.ndarray:
    """Name the group of each hex: the one that most of its residents belong to.

    Parameters
    ----------
    people : (n_hexes, 7)
        As ``residents`` gives them; where nobody lives, or None, points count alike,
        so that it is the group of most of the hex's surface.

    Returns
    -------
    labels : (n_hexes,)
        "unknown" where no area lies, or its group is not said. Of equals, the first
        in natural order.

    Raises
    ------
    DataError
        If a file cannot be read, lacks a column, or holds no hex; or if there are too
        many numbers to be groups.
    """
    what = f"the group {group.name!r}"
    shapes = _polygons(group, what).to_crs(grid.crs)
    point, area = _inside(grid, shapes)
    if not point.size:
        raise DataError(
            f"{Path(group.path).name} of {what} holds no hex of the area: check the "
            "file"
        )
    named = _names(shapes["value"], np.unique(area), group)
    names = [*equity.in_order(set(named) - {equity.UNKNOWN}), equity.UNKNOWN]
    code = pd.Index(names).get_indexer(named)
    weight = np.full(len(grid) * _POINTS, 1e-6)  # of a point where nobody lives
    weight += 0.0 if people is None else people.ravel()
    total = np.zeros((len(grid), len(names)))
    np.add.at(total, (point // _POINTS, code[area]), weight[point])
    total[:, -1] += 1e-12  # where there is no area at all
    found = np.array(names, dtype=object)[total.argmax(axis=1)]
    return found.astype("str")


def _names(values: pd.Series, used: IndexArray, group: Group) -> np.ndarray:
    """Name the group of each area; numbers are cut into bands if it is asked for."""
    number = pd.to_numeric(values, errors="coerce").astype("float64")
    numeric = bool((number.notna() == values.notna()).all() and number.notna().any())
    if group.bands is not None:
        if not numeric:
            raise DataError(
                f"{group.column!r} of the group {group.name!r} does not hold numbers "
                "alone: leave bands out, or name another column"
            )
        return _bands(number.to_numpy(), used, group.bands)
    if numeric and number.nunique() > _MOST_GROUPS:
        raise DataError(
            f"{group.column!r} of the group {group.name!r} holds {number.nunique()} "
            "different numbers: say how many bands to cut them into, such as bands = 5"
        )
    text = values.astype("str").str.strip()
    if numeric:
        text = number.map("{:.15g}".format)
    said = values.notna() & (text != "")
    return text.where(said, equity.UNKNOWN).to_numpy(dtype=object)


def _bands(number: FloatArray, used: IndexArray, n_bands: int) -> np.ndarray:
    """Cut numbers into bands of as many areas each, of those that lie in the area."""
    known = number[used][np.isfinite(number[used])]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, n_bands + 1)[1:-1]))
    band = np.searchsorted(edges, number, side="left")
    names = np.full(number.size, equity.UNKNOWN, dtype=object)
    for k, each in enumerate(np.unique(band[used][np.isfinite(number[used])]).tolist()):
        inside = (band == each) & np.isfinite(number)
        held = number[used][inside[used]]
        names[inside] = f"{k + 1} ({held.min():.6g} to {held.max():.6g})"
    return names


def _inside(grid: HexGrid, shapes: gpd.GeoDataFrame) -> tuple[IndexArray, IndexArray]:
    """Find the area that each point lies in: points, ascending, and areas.

    A point on a border belongs to the first of the areas that it touches.
    """
    tree = shapely.STRtree(shapes.geometry.to_numpy())
    point, area = tree.query(_points(grid), predicate="intersects")
    order = np.lexsort((area, point))
    point, area = point[order], area[order]
    first = np.append(True, point[1:] != point[:-1])[: point.size]
    return point[first].astype(np.int64), area[first].astype(np.int64)


def _points(grid: HexGrid) -> np.ndarray:
    """Give seven points of each hex, in the plane of the grid: (n_hexes * 7,)."""
    spacing = np.sqrt(2.0 / np.sqrt(3.0) * grid.area_km2 * 1e6)
    angle = np.arange(_POINTS - 1) * np.pi / 3.0
    reach = spacing[:, None] / np.sqrt(7.0)
    x = np.column_stack([grid.x_m, grid.x_m[:, None] + reach * np.cos(angle)])
    y = np.column_stack([grid.y_m, grid.y_m[:, None] + reach * np.sin(angle)])
    return np.asarray(shapely.points(x.ravel(), y.ravel()))


def _polygons(wanted: Group | People, what: str) -> gpd.GeoDataFrame:
    """Read areas with what is said of each, as the column ``value``."""
    path = Path(wanted.path)
    try:
        shapes = pyogrio.read_dataframe(path)
    except (pyogrio.errors.DataSourceError, ValueError):
        raise DataError(f"{path.name} of {what} cannot be read as polygons") from None
    if not isinstance(shapes, gpd.GeoDataFrame) or shapes.crs is None:
        raise DataError(f"{path.name} of {what} has no shapes, or names no CRS")
    shapes = shapes.assign(geometry=shapely.make_valid(shapes.geometry.to_numpy()))
    values = shapes if wanted.table is None else _joined(shapes, wanted, what)
    if wanted.column not in values.columns:
        columns = [str(name) for name in values.columns if name != "geometry"]
        raise DataError(
            f"{what} has no column {wanted.column!r}; there are {', '.join(columns)}"
        )
    found = values[wanted.column].replace("", None)
    return gpd.GeoDataFrame({"value": found}, geometry=values.geometry, crs=shapes.crs)


def _joined(
    shapes: gpd.GeoDataFrame, wanted: Group | People, what: str
) -> gpd.GeoDataFrame:
    try:
        table = pd.read_csv(
            str(wanted.table), dtype="str", keep_default_na=False, encoding="utf-8-sig"
        )
    except (OSError, ValueError):
        raise DataError(f"{wanted.table} cannot be read as CSV") from None
    key = str(wanted.key)
    own = wanted.table_key or key
    for name, found, column in (
        ("the polygons", shapes, key),
        ("the table", table, own),
    ):
        if column not in found.columns:
            raise DataError(f"{name} of {what} have no column {column!r}")
    if wanted.column not in table.columns:
        raise DataError(
            f"the table of {what} has no column {wanted.column!r}; there are "
            f"{', '.join(table.columns)}"
        )
    twice = table[own][table[own].duplicated()]
    if len(twice):
        raise DataError(
            f"{own} is not unique in the table of {what}: {twice.iloc[0]!r} stands "
            "more than once, so that it is not clear which row counts"
        )
    codes = shapes[key].astype("str")
    said = table.set_index(own)[wanted.column]
    if not codes.isin(said.index).any():
        raise DataError(
            f"no {key} of the polygons of {what} is a {own} of the table, such as "
            f"{codes.iloc[0]!r}: they may be of different years"
        )
    return shapes.assign(**{wanted.column: codes.map(said)})
