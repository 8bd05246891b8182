"""Slow twins of the hexes: plain Python from the definitions, no geoalloc."""

from collections import Counter
from math import cos, floor, hypot, radians, sin, sqrt


def lattice_position(lat, lng, face):
    """Row and column of the nearest center, and how far the nearest edge is.

    ``face`` holds a center and two lattice axes in its tangent plane, vectors of
    three numbers each. Distances are in spacings of the lattice.
    """
    center, across, up, basis = face
    phi, lam = radians(lat), radians(lng)
    point = (cos(phi) * cos(lam), cos(phi) * sin(lam), sin(phi))
    depth = dot(point, center)
    u, v = dot(point, across) / depth, dot(point, up) / depth
    (e, f), (g, h) = basis
    row = (h * u - f * v) / (e * h - f * g)
    column = (e * v - g * u) / (e * h - f * g)
    around = [
        (spacings(row - i, column - j), i, j)
        for i in range(floor(row) - 1, floor(row) + 3)
        for j in range(floor(column) - 1, floor(column) + 3)
    ]
    (first, i, j), (second, m, n) = sorted(around)[:2]
    apart = spacings(i - m, j - n)
    return (i, j), (second**2 - first**2) / (2 * apart)


def spacings(rows, columns):
    """Length of a step between centers: axes are 120 degrees apart."""
    return hypot(rows - columns / 2, columns * sqrt(3) / 2)


def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def counts(points, cells, cell_of):
    """How many points each cell holds, and how many points no cell does."""
    found = Counter(cell_of(lat, lng) for lat, lng in points)
    inside = [found[cell] for cell in cells]
    return inside, len(points) - sum(inside)


def groups(cells, around):
    """Cells joined by neighborhood, each group sorted, from the lowest cell."""
    left, found = set(cells), []
    while left:
        front, group = [min(left)], []
        left.discard(front[0])
        while front:
            group.append(front.pop())
            near = left & set(around(group[-1]))
            left -= near
            front += near
        found.append(sorted(group))
    return found
