"""Slow twins of the location models: every choice of sites is tried."""

import itertools
import math


def p_median(cost, p):
    """Least total cost of all choices of p sites; cost[site][demand]."""
    return min(
        median_cost(cost, sites)
        for sites in itertools.combinations(range(len(cost)), p)
    )


def median_cost(cost, sites):
    return sum(min(cost[i][j] for i in sites) for j in range(len(cost[0])))


def max_coverage(covers, weight, p):
    """Most weight that p sites cover; covers[site] is a set of demand."""
    return max(
        covered_weight(covers, weight, sites)
        for sites in itertools.combinations(range(len(covers)), p)
    )


def covered_weight(covers, weight, sites):
    return sum(weight[j] for j in set().union(*(covers[i] for i in sites)))


def min_sites(covers, n_demand):
    """Fewest sites that cover all demand."""
    for p in range(1, len(covers) + 1):
        for sites in itertools.combinations(range(len(covers)), p):
            if len(set().union(*(covers[i] for i in sites))) == n_demand:
                return p
    return math.inf


def capacitated_p_median(cost, size, capacity, p):
    """Least cost of all choices of p sites and all assignments that fit."""
    best = math.inf
    for sites in itertools.combinations(range(len(cost)), p):
        best = min(best, _assign(cost, size, {i: capacity[i] for i in sites}, 0))
    return best


def _assign(cost, size, room, j):
    if j == len(size):
        return 0.0
    best = math.inf
    for i in room:
        if room[i] >= size[j]:
            left = room | {i: room[i] - size[j]}
            best = min(best, cost[i][j] + _assign(cost, size, left, j + 1))
    return best


def knapsack(profit, size, room):
    """Most profit of all sets of items that fit."""
    best = 0.0
    for n in range(len(profit) + 1):
        for items in itertools.combinations(range(len(profit)), n):
            if sum(size[k] for k in items) <= room:
                best = max(best, sum(profit[k] for k in items))
    return best


def shortest_paths(ends, length, n_nodes):
    """Floyd (1962) and Warshall (1962)."""
    far = [
        [0.0 if a == b else math.inf for b in range(n_nodes)] for a in range(n_nodes)
    ]
    for (a, b), way in zip(ends, length, strict=True):
        far[a][b] = far[b][a] = min(far[a][b], way)
    for k in range(n_nodes):
        for a in range(n_nodes):
            for b in range(n_nodes):
                far[a][b] = min(far[a][b], far[a][k] + far[k][b])
    return far
