"""Slow twins of significance and concentration: plain Python, no geoalloc."""

from fractions import Fraction
from itertools import permutations
from math import exp, hypot, lgamma, log


def around(neighbors, value, i):
    """Sum over the neighbors of one hex."""
    return sum(value[j] for j in neighbors[i] if j >= 0)


def gi_star(neighbors, count, *, given_self):
    """P-values over every order in which the counts can be dealt out."""
    p = []
    for i in range(len(count)):
        window = [i] + [j for j in neighbors[i] if j >= 0]
        observed = sum(count[j] for j in window)
        reached = number = 0
        for dealt in permutations(count):
            if given_self and dealt[i] != count[i]:
                continue
            number += 1
            reached += sum(dealt[j] for j in window) >= observed
        p.append(reached / number)
    return p


def draws(values, most):
    """Ways to draw j values that sum to s: exact whole numbers, {(j, s): ways}."""
    ways = {(0, 0): 1}
    for value in values:
        for (j, s), number in sorted(ways.items(), reverse=True):
            if j < most:
                key = (j + 1, s + value)
                ways[key] = ways.get(key, 0) + number
    return ways


def share_of_draws(values, k, least):
    """Probability that k values drawn without replacement sum to at least so much."""
    ways = draws(values, k)
    drawn = {s: number for (j, s), number in ways.items() if j == k}
    reached = sum(number for s, number in drawn.items() if s >= least)
    return float(Fraction(reached, sum(drawn.values())))


def false_discovery(p, rate):
    """Benjamini and Hochberg's step-up procedure as it is told."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    last = 0
    for rank, i in enumerate(order, start=1):
        if p[i] <= rate * rank / len(p):
            last = rank
    called = set(order[:last])
    return [i in called for i in range(len(p))]


def stepwise(neighbors, count, rate):
    """Call, take out what was called, and test the rest, until none is called."""
    left, step, number = list(range(len(count))), [0] * len(count), 0
    while True:
        number += 1
        p = []
        for i in left:
            window = [i] + [j for j in neighbors[i] if j in left]
            values = [count[j] for j in left]
            total = sum(count[j] for j in window)
            p.append(share_of_draws(values, len(window), total))
        called = [i for i, c in zip(left, false_discovery(p, rate), strict=True) if c]
        if not called:
            return step
        for i in called:
            step[i] = number
        left = [i for i in left if i not in called]


def morans_i(neighbors, value):
    """Moran's I with row-standardized weights, term by term."""
    n, mean = len(value), sum(value) / len(value)
    above = total = 0.0
    for i in range(n):
        near = [j for j in neighbors[i] if j >= 0]
        for j in near:
            above += (value[i] - mean) * (value[j] - mean) / len(near)
            total += 1 / len(near)
    return above / sum((v - mean) ** 2 for v in value) * n / total


def gini(count, area):
    """Half the mean relative difference between two pieces of area."""
    density = [c / a for c, a in zip(count, area, strict=True)]
    apart = sum(
        a * b * abs(x - y)
        for a, x in zip(area, density, strict=True)
        for b, y in zip(area, density, strict=True)
    )
    return apart / (2 * sum(area) * sum(count))


def likelihood(count, exposure, shape, rate):
    """Log of the probability of the counts if rates are gamma distributed."""
    return sum(
        lgamma(shape + c)
        - lgamma(shape)
        - lgamma(c + 1)
        + shape * log(rate / (rate + e))
        + c * log(e / (rate + e))
        for c, e in zip(count, exposure, strict=True)
    )


def posterior(count, exposure, prior, above, steps=200_000):
    """Share of prior times likelihood that lies above a rate, and mean: midpoints."""
    shape, rate = prior
    most = (shape + count) / (rate + exposure) * 20 + 20 / (rate + exposure)
    whole = over = moment = 0.0
    for k in range(steps):
        x = (k + 0.5) * most / steps
        weight = exp((shape + count - 1) * log(x) - (rate + exposure) * x)
        whole += weight
        moment += weight * x
        over += weight * (x > above)
    return over / whole, moment / whole


def knox(x, y, day, edges_m, edges_days):
    """Count pairs near in space and time by going through all of them."""
    table = [[0] * len(edges_days) for _ in range(len(edges_m) + 1)]
    for i in range(len(x)):
        for j in range(i):
            apart_m = hypot(x[i] - x[j], y[i] - y[j])
            apart_days = abs(day[i] - day[j])
            bands = [k for k, edge in enumerate([0, *edges_m]) if apart_m <= edge]
            times = [k for k, edge in enumerate(edges_days) if apart_days <= edge]
            if bands and times:
                table[bands[0]][times[0]] += 1
    return table


def class_of(hot):
    """Persistence of one row of windows, by the words of the rules."""
    half = len(hot) // 2
    older, newer = sum(hot[:half]), sum(hot[len(hot) - half :])
    if not any(hot):
        return "none"
    if hot[-1] and sum(hot) * 4 >= 3 * len(hot):
        return "persistent"
    if newer == 0:
        return "former"
    if hot[-1] and newer >= 2 * older:
        return "emerging"
    if not hot[-1] and older >= 2 * newer:
        return "diminishing"
    return "intermittent"
