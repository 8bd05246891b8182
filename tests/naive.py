"""Slow twins of the fast code: plain Python from the definition, no geoalloc."""

import heapq
from math import inf


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
