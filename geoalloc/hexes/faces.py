"""The lattices on which cells lie, one on each face of the icosahedron.

H3 gives a point to the face whose center is nearest and rounds it there, in the
face's gnomonic plane, to a center of an exact hexagonal lattice. So a lattice position
*of a face* belongs to one cell wherever its hexagon is on that face, also where it
reaches over the border or around a pentagon: there several positions, each of another
face, belong to one cell.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from geoalloc._types import FloatArray, IndexArray
from geoalloc.hexes import cells

STEPS = ((1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1))  # of axes 120 deg apart

# The turn between resolutions of odd and even number, asin(sqrt(3 / 28)).
_TURN = 0.333473172251832115336090755351601070065900389


@dataclass(frozen=True)
class Face:
    """The lattice of one resolution in the plane of one face.

    Attributes
    ----------
    axes : (3, 3)
        Unit vector of the center, and the vectors whose products with a point's
        vector, divided by that with the center, are its lattice row and column.
    borders : (3, 3)
        Vectors across the edges; products with a point on the face are positive.
    vectors : (3, 3)
        Of lattice coordinates 0, 0, and what a row and a column add to it.
    corners : (3, 2)
        Lattice coordinates of the corners.
    """

    axes: FloatArray
    borders: FloatArray
    vectors: FloatArray
    corners: FloatArray

    def coordinates(self, points: FloatArray) -> FloatArray:
        """Lattice coordinates (n, 2) of unit vectors (n, 3)."""
        return np.asarray((points @ self.axes[1:].T) / (points @ self.axes[0])[:, None])

    def unprojected(self, coordinates: FloatArray) -> FloatArray:
        """Vectors (n, 3), longer than 1, of lattice coordinates (n, 2)."""
        return np.asarray(self.vectors[0] + coordinates @ self.vectors[1:])


def unit_vectors(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    """Give unit vectors (n, 3) of points in degrees."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    flat = np.cos(phi)
    return np.stack([flat * np.cos(lam), flat * np.sin(lam), np.sin(phi)], axis=-1)


def degrees(vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Latitude and longitude of vectors (n, 3) of any length."""
    flat = np.hypot(vectors[..., 0], vectors[..., 1])
    latitude = np.degrees(np.arctan2(vectors[..., 2], flat))
    return latitude, np.degrees(np.arctan2(vectors[..., 1], vectors[..., 0]))


@lru_cache(maxsize=1)
def _icosahedron() -> tuple[FloatArray, IndexArray]:
    """Find the centers (20, 3) of the faces, and the three corners of each (20, 3)."""
    corners = unit_vectors(*cells.pentagon_centers())
    near = corners @ corners.T > 0.4  # neighbors are 63.4 degrees apart
    triples = np.array(
        [
            (i, j, k)
            for i in range(12)
            for j in range(i + 1, 12)
            for k in range(j + 1, 12)
            if near[i, j] and near[j, k] and near[i, k]
        ]
    )
    centers = corners[triples].sum(axis=1)
    return centers / np.linalg.norm(centers, axis=1)[:, None], triples


def centers() -> FloatArray:
    """Give unit vectors (20, 3) of the centers of the faces."""
    return _icosahedron()[0]


@lru_cache(maxsize=32)
def face(number: int, resolution: int) -> Face:
    """Lay the lattice of a resolution in the plane of a face."""
    all_centers, triples = _icosahedron()
    center = all_centers[number]
    corners = unit_vectors(*cells.pentagon_centers())[triples[number]]
    axis = corners[0] - (corners[0] @ center) * center
    axis /= np.linalg.norm(axis)
    tangent = np.stack([axis, np.cross(center, axis)])
    around = np.argsort(-(all_centers @ center), kind="stable")[1:4]
    basis = _basis(cells.spacing(resolution), _TURN * (resolution % 2))
    to_lattice = np.linalg.inv(basis) @ tangent
    return Face(
        axes=np.concatenate([center[None], to_lattice]),
        borders=center - all_centers[around],
        vectors=np.concatenate([center[None], basis.T @ tangent]),
        corners=(corners @ to_lattice.T) / (corners @ center)[:, None],
    )


def _basis(spacing: float, turn: float) -> FloatArray:
    second = turn + 2.0 * math.pi / 3.0
    return spacing * np.array(
        [[math.cos(turn), math.cos(second)], [math.sin(turn), math.sin(second)]]
    )
