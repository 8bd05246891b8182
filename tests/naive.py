"""Slow twins of the fast code: plain Python from the definition, no geoalloc."""

import heapq
from math import hypot, inf


def quartic(x, y, weight, spread, at_x, at_y, bandwidth):
    """Sum quartic kernels, and their squares, term by term."""
    totals, squares = [], []
    for a, b in zip(at_x, at_y, strict=True):
        total = square = 0.0
        for px, py, w, s in zip(x, y, weight, spread, strict=True):
            distance = hypot(px - a, py - b)
            if distance < bandwidth:
                k = (1 - (distance / bandwidth) ** 2) ** 2
                total += w * k
                square += s * k * k
        totals.append(total)
        squares.append(square)
    return totals, squares


def shortest(origin, neighbors, minutes, reach):
    """Dijkstra's algorithm with a heap."""
    least = [inf] * len(neighbors)
    least[origin] = 0.0
    heap = [(0.0, origin)]
    while heap:
        time, here = heapq.heappop(heap)
        if time > least[here]:
            continue
        for there, step in zip(neighbors[here], minutes[here], strict=True):
            if there >= 0 and time + step <= reach and time + step < least[there]:
                least[there] = time + step
                heapq.heappush(heap, (time + step, there))
    return least
