"""Slow twins of the statistics of comparing, in plain Python."""

from itertools import product


def pareto_front(points):
    """Compare each point with each other, measure by measure."""
    found = []
    for one in points:
        beaten = False
        for other in points:
            no_worse = all(b <= a for a, b in zip(one, other, strict=True))
            better = any(b < a for a, b in zip(one, other, strict=True))
            beaten = beaten or (no_worse and better)
        found.append(not beaten and all(a == a for a in one))
    return found


def holm(p):
    """Adjust p by Holm (1979), from his definition: step by step, smallest first."""
    left = sorted(range(len(p)), key=lambda k: p[k])
    adjusted, largest = [0.0] * len(p), 0.0
    while left:
        k = left[0]
        largest = max(largest, min(1.0, len(left) * p[k]))
        adjusted[k] = largest
        left = left[1:]
    return adjusted


def squares_left(x, y, at):
    """Fit a line broken at x[at] by a search on a grid of its slopes, ever finer."""
    middle, width = (0.0, 0.0), 4.0
    best = float("inf")
    for _ in range(40):
        steps = [width * k / 4 for k in range(-4, 5)]
        for a, b in product(steps, steps):
            before, after = middle[0] + a, middle[1] + b
            rest = [
                v - (before if u <= x[at] else after) * (u - x[at])
                for u, v in zip(x, y, strict=True)
            ]
            mean = sum(rest) / len(rest)
            left = sum((r - mean) ** 2 for r in rest)
            if left <= best:
                best, found = left, (before, after)
        middle, width = found, width * 0.6
    return best
