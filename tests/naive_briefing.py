"""Plain twins of what the briefing computes."""

import math


def upper_tail(x, n, p):
    """Chance of x or more of n: the terms of the binomial summed one by one."""
    return math.fsum(
        math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x, n + 1)
    )


def p_value(x, n, p):
    """Twice the smaller tail."""
    above = upper_tail(x, n, p)
    below = 1.0 - upper_tail(x + 1, n, p)
    return min(1.0, 2.0 * min(above, below))


def holm(p_values):
    """Multiply the smallest by their number, the next by one less, and so on."""
    left = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for step, i in enumerate(left):
        highest = max(highest, min(1.0, p_values[i] * (len(p_values) - step)))
        adjusted[i] = highest
    return adjusted
