"""Slow twins of closures: Dijkstra and a walk along lines, in plain Python."""

import heapq
import math


def journeys(neighbors, x_m, y_m, urban, speeds, share, origin):
    """Minutes from a hex to every other over open hexes, by Dijkstra's algorithm.

    ``speeds`` is (urban_kmh, rural_kmh, detour over the excess of lattice paths).
    """
    urban_kmh, rural_kmh, by_road = speeds
    least = [math.inf] * len(neighbors)
    least[origin] = 0.0
    queue = [(0.0, origin)]
    while queue:
        minutes, here = heapq.heappop(queue)
        if minutes > least[here]:
            continue
        for there in neighbors[here]:
            if there < 0 or share[here] == 0 or share[there] == 0:
                continue
            km = math.hypot(x_m[there] - x_m[here], y_m[there] - y_m[here]) / 1000
            pace = [
                60 / ((urban_kmh if urban[i] else rural_kmh) * share[i])
                for i in (here, there)
            ]
            then = minutes + km * by_road * sum(pace) / 2
            if then < least[there]:
                least[there] = then
                heapq.heappush(queue, (then, there))
    return least


def line_share(step_km, share):
    """Share of its speed that a line keeps whose steps each keep their own."""
    hours = 0.0
    for km, kept in zip(step_km, share, strict=True):
        if kept == 0:
            return 0.0
        hours += km / kept
    return sum(step_km) / hours


def severity(harm, rated, calls):
    """Mean severity of the calls of each place over the mean of those that have one.

    A call without a severity counts as that mean.
    """
    mean = sum(harm) / sum(rated)
    found = []
    for h, r, n in zip(harm, rated, calls, strict=True):
        found.append((h + (n - r) * mean) / n / mean if n > 0 else 1.0)
    return found
