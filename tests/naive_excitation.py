"""Slow twins of the excitation: plain Python from the definition, no geoalloc."""


def rings(neighbors, n_rings):
    """For each hex, the sets of those 0, 1, 2, ... steps away."""
    found = []
    for i in range(len(neighbors)):
        reached, layers = {i}, [{i}]
        for _ in range(n_rings):
            step = {n for here in layers[-1] for n in neighbors[here] if n >= 0}
            layers.append(step - reached)
            reached |= step
        found.append(layers)
    return found


def before(targets, cells, around, lag_of):
    """Incidents near and before targets, by ring and class of lags.

    ``cells`` is a dictionary of (hex, step) to a number of incidents.
    """
    n_lags = max(lag_of[1:]) + 1
    found = []
    for here, step in targets:
        sums = [[0.0] * n_lags for _ in around[here]]
        for ring, layer in enumerate(around[here]):
            for there in layer:
                for lag in range(1, len(lag_of)):
                    sums[ring][lag_of[lag]] += cells.get((there, step - lag), 0.0)
        found.append(sums)
    return found


def weights(parts, count, start, steps):
    """Mix parts by expectation and maximization, a number of steps."""
    weight = list(start)
    for _ in range(steps):
        gain = [0.0] * len(weight)
        for row, n in zip(parts, count, strict=True):
            mixed = sum(w * p for w, p in zip(weight, row, strict=True))
            for c, p in enumerate(row):
                gain[c] += n * weight[c] * p / mixed
        weight = [g / sum(count) for g in gain]
    return weight
