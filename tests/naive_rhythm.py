"""Slow twins of the rhythm: plain Python from the definition, no geoalloc."""

import math
from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

WEEK = 168


def aoristic(start, end, time_zone):
    """Share of a window, UTC, in each hour of the local week, a minute at a time."""
    share = [0.0] * WEEK
    minutes = int((end - start).total_seconds() // 60)
    for k in range(minutes):
        middle = start + timedelta(minutes=k, seconds=30)
        local = middle.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone))
        share[local.weekday() * 24 + local.hour] += 1.0 / minutes
    return share


def kernel(radius, n):
    """Quartic kernel on a circle of n hours, by lag."""
    apart = [min(lag, n - lag) for lag in range(n)]
    raw = [max(1.0 - (a / radius) ** 2, 0.0) ** 2 for a in apart]
    return [r / sum(raw) for r in raw]


def smooth(count, radius):
    n, k = len(count), kernel(radius, len(count))
    return [sum(count[j] * k[(i - j) % n] for j in range(n)) for i in range(n)]


def separable(count):
    """The day's smoothed profile times the week's, with the total of the count."""
    total = sum(count)
    if total == 0:
        return [0.0] * WEEK
    days = [sum(count[d * 24 : d * 24 + 24]) for d in range(7)]
    hours = smooth([sum(count[h::24]) for h in range(24)], 3.0)
    product = [days[d] * hours[h] for d in range(7) for h in range(24)]
    return [p * total / sum(product) for p in product]


def candidates(count, prior, trust):
    """Estimates of one half-life, in the order of radii and then of worths."""
    total = sum(count)
    apart = separable(count)
    base = [
        (a + trust * p) / (total + trust) for a, p in zip(apart, prior, strict=True)
    ]
    found = []
    for radius in (2.0, 3.0, 4.0, 6.0):
        near = smooth(count, radius)
        for worth in (3.0, 30.0, 100.0, 300.0, 1000.0, 3000.0):
            pairs = zip(near, base, strict=True)
            found.append([(s + worth * b) / (total + worth) for s, b in pairs])
    return found


def rhythm(blocks, prior, trust):
    """Mix candidates by how probable they made the block after each.

    ``blocks`` are counts by hour, the latest first.
    """

    def estimates(first):
        found = []
        for half_life in (math.inf, 365.0):
            fade = 0.5 ** (28.0 / half_life)
            older = blocks[first:]
            count = [
                sum(block[h] * fade**age for age, block in enumerate(older))
                for h in range(WEEK)
            ]
            found += candidates(count, prior, trust)
        return found

    score = [0.0] * 48
    for b in range(min(26, len(blocks))):
        for c, share in enumerate(estimates(b + 1)):
            score[c] += sum(
                n * math.log(s) for n, s in zip(blocks[b], share, strict=True) if n
            )
    weight = [math.exp(s - max(score)) for s in score]
    weight = [w / sum(weight) for w in weight]
    now = estimates(0)
    return [sum(w * s[h] for w, s in zip(weight, now, strict=True)) for h in range(168)]
