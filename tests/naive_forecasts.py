"""Slow twins of the surfaces, in plain Python: loops over incidents and hexes."""

import math

import pandas as pd

EPOCH = pd.Timestamp(0, tz="UTC")


def day(instant):
    return (instant - EPOCH) / pd.Timedelta(days=1)


def count(history, until, since=-math.inf):
    """Count incidents known by a day and standing for one not before another."""
    found = [0.0] * len(history.grid)
    for at, start, end in zip(
        history.position.tolist(),
        history.started.tolist(),
        history.ended.tolist(),
        strict=True,
    ):
        if end <= until and (start + end) / 2 >= since:
            found[at] += 1.0
    return found


def since(history, now, days):
    """Walk back hour by hour until so many covered days are passed."""
    hours, at = days * 24.0, now
    first = float(history.covered[0, 0])
    while hours > 1e-6 and at > first:
        at -= 1.0 / 24.0
        middle = at + 0.5 / 24.0
        if any(low <= middle < high for low, high in history.covered.tolist()):
            hours -= 1.0
    return max(at, first)


def spread(history, bandwidth_m, weights):
    """Spread weighted points by quartic kernels, each of which keeps its weight."""
    grid = history.grid
    centers = list(
        zip(grid.x_m.tolist(), grid.y_m.tolist(), grid.land_km2.tolist(), strict=True)
    )
    found = [0.0] * len(grid)
    for (x, y), weight in weights.items():
        apart = [math.hypot(x - a, y - b) / bandwidth_m for a, b, _ in centers]
        kernel = [
            (1.0 - d * d) ** 2 * land if d < 1.0 else 0.0
            for d, (_, _, land) in zip(apart, centers, strict=True)
        ]
        total = sum(kernel)
        if total == 0.0:
            kernel = [0.0] * len(grid)
            kernel[apart.index(min(apart))] = total = 1.0
        for j, value in enumerate(kernel):
            found[j] += weight * value / total
    return found


def known_points(history, now, half_life=math.inf):
    """Sum the weights of incidents known by a day at each distinct point."""
    found = {}
    for x, y, start, end in zip(
        history.x_m.tolist(),
        history.y_m.tolist(),
        history.started.tolist(),
        history.ended.tolist(),
        strict=True,
    ):
        if end <= now:
            weight = 0.5 ** ((now - (start + end) / 2) / half_life)
            found[x, y] = found.get((x, y), 0.0) + weight
    return found


def streets(whole, now):
    """Sum the places in use, and the roots of their incidents: by point, by hex."""
    home = {
        (x, y): at
        for x, y, at in zip(
            whole.x_m.tolist(), whole.y_m.tolist(), whole.position.tolist(), strict=True
        )
    }
    known = known_points(whole, now)
    kinds = {
        "places": dict.fromkeys(known, 1.0),
        "busy places": {point: math.sqrt(n) for point, n in known.items()},
    }
    here = {name: [0.0] * len(whole.grid) for name in kinds}
    for name, weights in kinds.items():
        for point, weight in weights.items():
            here[name][home[point]] += weight
    return kinds, here


def densities(history, now, widths):
    """Work out densities, and rates of places, by name."""
    whole = history.whole or history
    kinds, here = streets(whole, now)
    found = dict(here)
    for width in widths:
        for half_life, span in ((math.inf, "long run"), (90.0, "half-life 90 days")):
            near = spread(history, width, known_points(history, now, half_life))
            found[f"density of {width:g} m, {span}"] = near
            for name in kinds if width != widths[1] else ():
                around = spread(whole, width, kinds[name])
                found[f"rate within {width:g} m, {span}, of {name}"] = [
                    n / a * e if a > 0 else 0.0
                    for n, a, e in zip(near, around, here[name], strict=True)
                ]
    return found


def components(history, now, widths):
    """Work out the components of the mixture, by name, each summing to 1."""
    land = history.grid.land_km2.tolist()
    even = [each / sum(land) for each in land]
    found = {"an even spread": even, "count of all the past": count(history, now)}
    for days in (365.0, 90.0, 30.0):
        low = since(history, now, days)
        found[f"count of {days:g} days"] = count(history, now, low)
    found.update(densities(history, now, widths))
    shares = {}
    for name, value in found.items():
        total = sum(value)
        shares[name] = [v / total for v in value] if total > 0 else even
    return shares


def weights(value, counts, prior, *, steps=3000):
    """Expectation-maximization, one step at a time, for long."""
    total = sum(prior)
    weight = [each / total for each in prior]
    for _ in range(steps):
        gained = list(prior)
        for h, n in enumerate(counts):
            mixed = sum(w * row[h] for w, row in zip(weight, value, strict=True))
            for k, row in enumerate(value):
                gained[k] += n * weight[k] * row[h] / mixed
        weight = [each / sum(gained) for each in gained]
    return weight
