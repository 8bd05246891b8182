"""HexGrid: an H3 cover of an area, its cells numbered, and what is around each."""

import math
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geoalloc._types import BoolArray, FloatArray, IdArray, IndexArray
from geoalloc.errors import DataError
from geoalloc.hexes import areas, cells, covering, faces, joining, locator, points
from geoalloc.hexes.locator import Locator, Sites
from geoalloc.kernels import lattice

_EARTH_KM = 6371.007180918475  # radius of the sphere that has the area of WGS84
_STEPS = np.array(faces.STEPS, dtype=np.float64)
_CORNERS = (_STEPS + np.roll(_STEPS, -1, axis=0)) / 3.0  # of the hexagon around (0, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class HexGrid:
    """An immutable cover of an area by H3 cells of one resolution.

    Everything is an array over positions 0 to n - 1, in ascending ``hex_id``.

    Attributes
    ----------
    area
        EPSG:4326; its longitudes go beyond 180 where it crosses the antimeridian.
    crs
        For distances in metres.
    hex_id : (n,)
        H3 indexes.
    latitude, longitude : (n,)
        Centers, degrees from -180 to 180.
    x_m, y_m : (n,)
        Centers in ``crs``, metres.
    area_km2, land_share : (n,)
        Area of the whole cell on the sphere, and the share of it inside the area.
    plane
        Where ``area`` is whole: polygons are laid out there.
    locator, sites
        The tables that points are looked up in, and where cells stand in them.
    """

    resolution: int
    area: BaseGeometry
    crs: str
    hex_id: IdArray
    latitude: FloatArray
    longitude: FloatArray
    x_m: FloatArray
    y_m: FloatArray
    area_km2: FloatArray
    land_share: FloatArray
    plane: areas.Plane
    locator: Locator
    sites: Sites

    def __len__(self) -> int:
        return int(self.hex_id.size)

    @cached_property
    def land_km2(self) -> FloatArray:
        """Area of each cell that is inside the area, (n,)."""
        return self.area_km2 * self.land_share

    def locate(self, latitude: FloatArray, longitude: FloatArray) -> IndexArray:
        """Find the position of the hex that holds each point; -1 outside the cover.

        Parameters
        ----------
        latitude, longitude : (n_points,)
            Degrees; what is no point on the globe (nan, too) is outside.

        Raises
        ------
        DataError
            If the arrays are not of numbers, one-dimensional and equally long.
        """
        return self.locator.locate(latitude, longitude)

    def positions(self, hex_id: IdArray) -> IndexArray:
        """Find the positions of H3 indexes; -1 for one that is not in the cover."""
        return self.locator.positions(hex_id)

    def count(
        self,
        latitude: FloatArray,
        longitude: FloatArray,
        weight: FloatArray | None = None,
    ) -> FloatArray:
        """Count the points in each hex, (n,); points outside the cover are not.

        Parameters
        ----------
        latitude, longitude : (n_points,)
            Degrees.
        weight : (n_points,)
            Of each point; 1 if not given.

        Raises
        ------
        DataError
            If the arrays are not of numbers, one-dimensional and equally long.
        """
        position = self.locate(latitude, longitude)
        inside = position >= 0
        kept = None
        if weight is not None:
            weights = points.numbers(weight, "weight")
            if weights.size != position.size:
                raise DataError(
                    f"there are {weights.size} weights for {position.size} points: "
                    "give one for each"
                )
            kept = weights[inside]
        count = np.bincount(position[inside], kept, minlength=len(self))
        return count.astype(np.float64)

    def frame(self, **columns: npt.ArrayLike) -> gpd.GeoDataFrame:
        """Write a row for each hex: its id, areas, the columns given, its outline.

        Parameters
        ----------
        **columns : (n,)
            Anything with a value for each hex.

        Raises
        ------
        DataError
            If a column has another length.
        """
        for name, values in columns.items():
            if np.shape(values) not in ((), (len(self),)):
                raise DataError(
                    f"column {name!r} has shape {np.shape(values)}, but there are "
                    f"{len(self)} hexes: give a value for each"
                )
        own = {
            "hex_id": self.hex_id,
            "area_km2": self.area_km2,
            "land_share": self.land_share,
        }
        return gpd.GeoDataFrame(
            {**own, **columns}, geometry=self.polygons, crs="EPSG:4326"
        )

    @cached_property
    def neighbors(self) -> IndexArray:
        """Positions of the cells around each, (n, 6); -1 outside the cover.

        In the interior of a face neighbor k + 3 is opposite to neighbor k. At its
        border the order is that of the ids. A pentagon has five, and then -1.
        """
        around = np.full((len(self), 6), -1, dtype=np.int64)
        inner = np.flatnonzero(self.sites.inner)
        face, at = self.sites.face[inner], self.sites.coordinates[inner]
        for k, step in enumerate(faces.STEPS):
            around[inner, k] = self.locator.look_up(face, at + step)
        by_h3 = ~self.sites.inner | (around == lattice.UNDECIDED).any(axis=1)
        for i, ring in zip(
            np.flatnonzero(by_h3), cells.rings(self.hex_id[by_h3]), strict=True
        ):
            around[i] = -1
            around[i, : ring.size] = self.positions(ring)
        return around

    @cached_property
    def vertices(self) -> FloatArray:
        """Corners of each hex, (n, 6, 2) longitude and latitude.

        Raises
        ------
        DataError
            If a cell reaches to a border of the icosahedron's faces: it may have
            other than six corners.
        """
        if not self.sites.inner.all():
            raise DataError(
                f"{(~self.sites.inner).sum()} cells lie at the border of a face, where "
                "they may have other than six corners: use polygons"
            )
        return self._inner_vertices()

    @cached_property
    def polygons(self) -> npt.NDArray[np.object_]:
        """Outline of each hex as shapely polygons, EPSG:4326.

        They are continuous, so that their longitudes go beyond 180 where the area
        crosses the antimeridian. The cell that holds a pole reaches up to it.
        """
        found = np.empty(len(self), dtype=object)
        inner, border = self.sites.inner, ~self.sites.inner
        whole = self._inner_vertices()
        if self.plane.pole:
            found[inner] = [shapely.Polygon(cells.continuous(ring)) for ring in whole]
        else:
            found[inner] = shapely.polygons(whole)
        found[border] = self._border_outlines(border)
        return found

    def dissolve(self, position: IndexArray) -> BaseGeometry:
        """Join hexes into one multipolygon that coincides with their ``polygons``.

        Parameters
        ----------
        position : (n_joined,)
            Positions of hexes, each once.

        Raises
        ------
        DataError
            If one is given twice, or is none of this grid.
        """
        outside = (np.asarray(position) < 0) | (np.asarray(position) >= len(self))
        if outside.any():
            raise DataError(
                f"{outside.sum()} of {outside.size} positions are not from 0 to "
                f"{len(self) - 1}: leave out what is outside the grid"
            )
        hex_id = joining.required(self.hex_id[position])
        if self.plane.pole or hex_id.size == 0:
            return joining.dissolve(hex_id)
        return joining.joined(hex_id, self.plane.middle)

    def _inner_vertices(self) -> FloatArray:
        """Corners, (n_inner, 6, 2), of the cells that lie on one face alone."""
        inner = np.flatnonzero(self.sites.inner)
        face = self.sites.face[inner]
        corners = np.empty((inner.size, 6, 2))
        for number in np.unique(face).tolist():
            mine = np.flatnonzero(face == number)
            centers = self.sites.coordinates[inner[mine]]
            at = (centers[:, None, :] + _CORNERS).reshape(-1, 2)
            vectors = faces.face(number, self.resolution).unprojected(at)
            latitude, longitude = faces.degrees(vectors)
            corners[mine, :, 0] = longitude.reshape(-1, 6)
            corners[mine, :, 1] = latitude.reshape(-1, 6)
        if not self.plane.pole:
            corners = self.plane.lay(corners[..., 0], corners[..., 1])
        return corners

    def _border_outlines(self, border: BoolArray) -> list[BaseGeometry]:
        rings = cells.outlines(self.hex_id[border])
        if self.plane.pole:
            return [shapely.Polygon(cells.continuous(ring)) for ring in rings]
        return [shapely.Polygon(self.plane.lay(*ring.T)) for ring in rings]


def cover(area: areas.Area, resolution: int, *, contain: str = "overlap") -> HexGrid:
    """Cover an area by H3 cells.

    Parameters
    ----------
    area
        Polygon or multipolygon, EPSG:4326; or a GeoSeries or GeoDataFrame of
        polygons in any CRS, whose rows are united.
    resolution
        H3 resolution, 5 to 12.
    contain
        "overlap" for every cell that overlaps the area, "center" for those whose
        center is inside it. Either way ``land_share`` is the share inside.

    Raises
    ------
    CrsError
        If a frame has no CRS.
    DataError
        If the resolution is out of range, or the area is empty, not polygonal, not in
        degrees, or wider than 170 degrees of longitude and not around a pole.
    """
    covering.require_resolution(resolution)
    laid = areas.lay_out(areas.in_degrees(area))
    found = covering.find(laid, resolution, contain)
    latitude, longitude = cells.centers(found.hex_id)
    tables, sites = locator.build(found.hex_id, latitude, longitude)
    crs = areas.metric_crs(laid.degrees)
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x_m, y_m = to_metres.transform(longitude, latitude)
    return HexGrid(
        resolution=resolution,
        area=laid.degrees,
        crs=crs,
        hex_id=found.hex_id,
        latitude=latitude,
        longitude=longitude,
        x_m=np.asarray(x_m),
        y_m=np.asarray(y_m),
        area_km2=_areas_km2(found.hex_id, sites, resolution),
        land_share=found.share,
        plane=laid.plane,
        locator=tables,
        sites=sites,
    )


def _areas_km2(hex_id: IdArray, sites: Sites, resolution: int) -> FloatArray:
    """Integrate over each hexagon what a bit of a face's plane takes of the sphere.

    That is f = D ** -1.5, where D is the square of the distance from the center of
    the sphere. Over a regular hexagon of spacing s, f and its Laplacian times
    5 s ** 2 / 144 are exact to 1e-11 from resolution 5 on.
    """
    area = np.empty(hex_id.size)
    area[~sites.inner] = cells.areas_km2(hex_id[~sites.inner])
    spacing = cells.spacing(resolution)
    for number in np.unique(sites.face[sites.inner]).tolist():
        mine = np.flatnonzero(sites.inner & (sites.face == number))
        centers = sites.coordinates[mine].astype(np.float64)
        middle = faces.face(number, resolution).unprojected(centers)
        square = np.einsum("ij,ij->i", middle, middle)
        laplacian = (9.0 * square - 15.0) * square**-3.5
        mean = square**-1.5 + laplacian * (5.0 / 144.0) * spacing**2
        area[mine] = mean * (math.sqrt(0.75) * spacing**2 * _EARTH_KM**2)
    return area
