"""Small road networks in Toyshire, as files."""

import gzip
import json

import numpy as np


def geojson(path, roads, **more):
    """Write roads (points, tags) as GeoJSON lines, gzipped if the name says so."""
    features = [
        {
            "type": "Feature",
            "properties": tags,
            "geometry": {"type": "LineString", "coordinates": points},
        }
        for points, tags in roads
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features, **more})
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8") as file:
        file.write(text)
    return path


def pbf(path, roads):
    """Write roads as an OpenStreetMap extract whose equal points are one node."""
    osmium = __import__("osmium")
    numbers = {}
    for points, _ in roads:
        for point in points:
            numbers.setdefault(tuple(point), len(numbers) + 1)
    writer = osmium.SimpleWriter(str(path))
    for point, number in numbers.items():
        writer.add_node(osmium.osm.mutable.Node(id=number, location=point))
    for i, (points, tags) in enumerate(roads):
        nodes = [numbers[tuple(point)] for point in points]
        given = {name: value for name, value in tags.items() if value is not None}
        writer.add_way(osmium.osm.mutable.Way(id=i + 1, nodes=nodes, tags=given))
    writer.close()
    return path


def town_roads(seed=0, side=9):
    """A jittered grid of streets over Toyshire, some missing, some one way."""
    rng = np.random.default_rng(seed)
    east = np.linspace(-2.79, -2.51, side)
    north = np.linspace(51.31, 51.44, side)
    at = np.stack(np.meshgrid(east, north), axis=2)
    at = np.round(at + rng.normal(0, 0.003, at.shape), 5)
    roads = []
    for i in range(side):
        for j in range(side):
            for k, m in ((i, j + 1), (i + 1, j)):
                if k == side or m == side or rng.random() < 0.12:
                    continue
                middle = np.round((at[i, j] + at[k, m]) / 2 + 0.0007, 5)
                points = [at[i, j].tolist(), middle.tolist(), at[k, m].tolist()]
                roads.append((points, _tags(rng)))
    return roads


def _tags(rng):
    highway = str(rng.choice(["residential", "primary", "tertiary"]))
    limit = str(rng.choice(["", "20 mph", "60"]))
    oneway = str(rng.choice(["", "yes", "-1"], p=[0.7, 0.2, 0.1]))
    return {
        "highway": highway,
        "maxspeed": limit or None,
        "oneway": oneway or None,
        "junction": None,
    }
