"""Backtests in plain Python: slow, and independent of the package's own."""

import math


def first_hexes(density, land, area_share):
    """Part of each hex that is taken, by position."""
    left = area_share * sum(land)
    part = [0.0] * len(land)
    for at in sorted(range(len(land)), key=lambda k: (-density[k], k)):
        if land[at] == 0:
            continue
        part[at] = min(1.0, max(0.0, left / land[at]))
        left -= land[at]
        if left <= 0:
            break
    return part


def window_scores(forecast, count, land, area_share):
    """Score one forecast on one window."""
    expected = (forecast.level.mean * forecast.surface.share).tolist()
    share = forecast.surface.share.tolist()
    density = [e / a if a else 0.0 for e, a in zip(expected, land, strict=True)]
    part = first_hexes(density, land, area_share)
    n, total = sum(count), sum(land)
    hits = sum(p * c for p, c in zip(part, count, strict=True))
    rate = [c / a if a else 0.0 for c, a in zip(count, land, strict=True)]
    best = first_hexes(rate, land, area_share)
    gains = [
        c * math.log(s * total / a)
        for c, s, a in zip(count, share, land, strict=True)
        if c
    ]
    deviances = [
        2 * ((c * math.log(c / e) if c else 0.0) - (c - e))
        for c, e in zip(count, expected, strict=True)
    ]
    return {
        "hit_rate": hits / n,
        "pai": hits / n / area_share,
        "pei": hits / sum(b * c for b, c in zip(best, count, strict=True)),
        "rri": sum(p * e for p, e in zip(part, expected, strict=True)) / hits,
        "log_score": sum(gains) / n,
        "deviance": sum(deviances) / len(deviances),
    }


def urn(rates, seen, steps, rng):
    """Draw a hex in proportion to what was seen there, and see there what happens."""
    seen = list(seen)
    for _ in range(steps):
        pick = rng.random() * sum(seen)
        at, passed = 0, seen[0]
        while passed < pick:
            at += 1
            passed += seen[at]
        seen[at] += rng.poisson(rates[at])
    return seen
