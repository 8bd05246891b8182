"""Slow twins of density: plain Python from the definitions, no geoalloc."""

from math import exp, hypot

SHAPES = {
    "quartic": lambda d: (1 - d * d) ** 2,
    "epanechnikov": lambda d: 1 - d * d,
    "triangular": lambda d: 1 - d,
    "uniform": lambda d: 1.0,
    "gaussian": lambda d: exp(-4.5 * d * d),
}


def density(centers, land, places, radius, weight, kernel):
    """Density, expected weight and spread of each hex, place by place.

    ``radius`` and ``weight`` are of each place, whose incidents are one each.
    """
    per_km2, squares = [0.0] * len(centers), [0.0] * len(centers)
    for (x, y), reach, w in zip(places, radius, weight, strict=True):
        apart = [hypot(a - x, b - y) for a, b in centers]
        value = [SHAPES[kernel](d / reach) if d < reach else 0.0 for d in apart]
        whole = sum(v * km2 for v, km2 in zip(value, land, strict=True))
        if whole == 0:
            dry = [(d, j) for j, d in enumerate(apart) if land[j] > 0]
            nearest = min(dry)[1]
            value = [float(j == nearest) for j in range(len(centers))]
            whole = land[nearest]
        for j, v in enumerate(value):
            per_km2[j] += w * v / whole
            squares[j] += (w * v / whole) ** 2
    expected = [v * km2 for v, km2 in zip(per_km2, land, strict=True)]
    spread = [v * km2 * km2 for v, km2 in zip(squares, land, strict=True)]
    return per_km2, expected, spread


def sums(centers, places, radius, kernel):
    """Kernel sums without any correction."""
    return [
        sum(
            SHAPES[kernel](hypot(a - x, b - y) / radius)
            for x, y in places
            if hypot(a - x, b - y) < radius
        )
        for a, b in centers
    ]


def distinct(points):
    """Distinct points, and which of them each point is."""
    found = list(dict.fromkeys(points))
    return found, [found.index(point) for point in points]


def space_time(share, of, hour, weight, radius_h, shape):
    """Expected weight by hour of the week and hex.

    ``share[j][p]`` is the share of place p in hex j.
    """
    total = [[0.0] * len(share) for _ in range(168)]
    for place, h, w in zip(of, hour, weight, strict=True):
        apart = [min((h - t) % 168, (t - h) % 168) / radius_h for t in range(168)]
        value = [SHAPES[shape](d) if d < 1 else 0.0 for d in apart]
        for t in range(168):
            for j, row in enumerate(share):
                total[t][j] += w * row[place] * value[t] / sum(value)
    return total


def captured(value, count, land, area):
    """Incidents in the hexes of highest value until their land is used up."""
    found = 0.0
    for _, j in sorted((-v, j) for j, v in enumerate(value)):
        if land[j] <= area:
            found += count[j]
            area -= land[j]
        else:
            found += count[j] * area / land[j]
            break
    return found


def kth_nearest(places, number, k):
    """Distance from each place to its k-th nearest incident, None if none is."""
    radius = []
    for x, y in places:
        apart = sorted(
            hypot(a - x, b - y)
            for (a, b), n in zip(places, number, strict=True)
            for _ in range(n)
        )
        radius.append(apart[k - 1] if len(apart) >= k else None)
    return radius
