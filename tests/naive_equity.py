"""Slow twins of groups of hexes and of what is told of them, in plain Python."""

import math

import shapely


def points(x_m, y_m, area_km2):
    """The seven points of a hex: its center, and six around it."""
    spacing = math.sqrt(2 / math.sqrt(3) * area_km2 * 1e6)
    around = [
        (
            x_m + spacing / math.sqrt(7) * math.cos(k * math.pi / 3),
            y_m + spacing / math.sqrt(7) * math.sin(k * math.pi / 3),
        )
        for k in range(6)
    ]
    return [(x_m, y_m), *around]


def area_of(point, shapes):
    """The first of the shapes that holds a point, or None."""
    for k, shape in enumerate(shapes):
        if shapely.intersects_xy(shape, *point):
            return k
    return None


def residents(hexes, shapes, people):
    """People of each hex: an area's are divided between its points."""
    inside = [[area_of(p, shapes) for p in points(*one)] for one in hexes]
    count = [sum(row.count(k) for row in inside) for k in range(len(shapes))]
    return [sum(people[k] / count[k] for k in row if k is not None) for row in inside]


def last(name):
    return int(name) if name.isdigit() else math.inf


def labels(hexes, shapes, names, weight=None):
    """The group of each hex: that of most of its weight, else of most points.

    Of equals the lowest number, and what is unknown last.
    """
    found = []
    for i, one in enumerate(hexes):
        total = {}
        for j, p in enumerate(points(*one)):
            k = area_of(p, shapes)
            if k is not None:
                add = 0.0 if weight is None else weight[i][j]
                part = total.setdefault(names[k], [0.0, 0])
                part[0], part[1] = part[0] + add, part[1] + 1
        ranked = sorted(
            total, key=lambda name: (*[-v for v in total[name]], last(name))
        )
        found.append(ranked[0] if ranked else "unknown")
    return found


def figures(hexes, here):
    """What is told of a group: sums over its hexes, and their relations.

    ``hexes`` are dicts of people, incidents, covered, exposure_min and visible_h.
    """
    mine = [one for one, inside in zip(hexes, here, strict=True) if inside]

    def total(name):
        return math.fsum(one[name] for one in mine)

    def each(part, whole):
        return part / whole if whole > 0 else math.nan

    people, calls = total("people"), total("incidents")
    return {
        "people": people,
        "hexes": float(len(mine)),
        "incidents": calls,
        "per_1000_people": each(1000 * calls, people),
        "covered_share": each(total("covered"), calls),
        "patrol_min_per_1000_people": each(1000 * total("exposure_min"), people),
        "patrol_min_per_incident": each(total("exposure_min"), calls),
        "visible_h": total("visible_h"),
    }
