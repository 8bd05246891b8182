"""Slow twins of road travel: plain Python from the definitions, no geoalloc."""

import heapq
from itertools import pairwise
from math import asin, cos, inf, radians, sin, sqrt

EARTH_KM = 6371.0088


def apart_km(a, b):
    """Great-circle distance of two (longitude, latitude)."""
    (east, north), (to_east, to_north) = [(radians(x), radians(y)) for x, y in (a, b)]
    half = sin((to_north - north) / 2) ** 2
    half += cos(north) * cos(to_north) * sin((to_east - east) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def road_edges(roads, delay):
    """List edges of roads given as (points, km/h, direction), cut where one ends.

    Points within one rounding to 5 decimals are one junction. The delay is added
    where three other junctions or more are next to the end of an edge.
    """

    edges = []
    for begin, end, minutes, direction in pieces_of(roads):
        if direction >= 0:
            edges.append((begin, end, minutes))
        if direction <= 0:
            edges.append((end, begin, minutes))
    edges = strongest(edges)
    beside = {}
    for begin, end, _ in edges:
        if begin != end:
            beside.setdefault(begin, set()).add(end)
            beside.setdefault(end, set()).add(begin)
    return [(b, e, m + delay * (len(beside.get(e, ())) >= 3)) for b, e, m in edges]


def pieces_of(roads):
    """Cut roads where one ends: from, to, minutes, direction."""

    def key(point):
        return round(point[0] * 1e5), round(point[1] * 1e5)

    ends = {key(points[i]) for points, _, _ in roads for i in (0, -1)}
    pieces = []
    for points, kmh, direction in roads:
        begin, length = key(points[0]), 0.0
        for one, other in pairwise(points):
            length += apart_km(one, other)
            if key(other) in ends:
                pieces.append((begin, key(other), 60 * length / kmh, direction))
                begin, length = key(other), 0.0
    return pieces


def strongest(edges):
    """Keep the edges of the largest set of nodes that all reach each other."""
    after, before = {}, {}
    for begin, end, _ in edges:
        after.setdefault(begin, []).append(end)
        before.setdefault(end, []).append(begin)
    nodes = {node for edge in edges for node in edge[:2]}
    best = set()
    left = set(nodes)
    while left:
        start = min(left)
        part = reachable(start, after) & reachable(start, before)
        left -= part
        if len(part) > len(best):
            best = part
    return [e for e in edges if e[0] in best and e[1] in best]


def reachable(start, after):
    seen, waiting = {start}, [start]
    while waiting:
        for there in after.get(waiting.pop(), []):
            if there not in seen:
                seen.add(there)
                waiting.append(there)
    return seen


def shortest(edges, start):
    """Dijkstra's algorithm with a heap: minutes by node."""
    after = {}
    for begin, end, minutes in edges:
        after.setdefault(begin, []).append((end, minutes))
    least = {start: 0.0}
    heap = [(0.0, start)]
    while heap:
        time, here = heapq.heappop(heap)
        if time > least[here]:
            continue
        for there, minutes in after.get(here, []):
            if time + minutes < least.get(there, inf):
                least[there] = time + minutes
                heapq.heappush(heap, (time + minutes, there))
    return least
