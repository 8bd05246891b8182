"""Slow twins of levels: one bin, one candidate at a time, in plain Python."""

import math

from scipy import stats

HALF_LIVES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, math.inf)


def level(count, days, factors, life):
    """Rate a day after the last bin, one incident at the long-run rate mixed in."""
    overall = (sum(count) + 0.5) / (
        sum(d * f for d, f in zip(days, factors, strict=True)) + 1.0
    )
    top, bottom, n = 1.0, 1.0 / overall, len(count)
    covered = [i for i in range(n) if days[i] > 0]
    for i in range(n):
        if life == 0:
            weight = float(bool(covered) and i == covered[-1])
        else:
            weight = 0.5 ** ((n - 1 - i) / life) if math.isfinite(life) else 1.0
        top += weight * count[i]
        bottom += weight * days[i] * factors[i]
    return top / bottom


def plain(count, days):
    """What the candidates without season and drift say after the last bin."""
    return [level(count, days, [1.0] * len(count), life) for life in HALF_LIVES]


def weights(means, counts, lead, fade=0.95, shared=0.15):
    """Weights after all of these forecasts came due, newest last; None never did."""
    k = len(means[0])
    total, held = [0.0] * k, 0.0
    for row, y in zip(means, counts, strict=True):
        held, total = fade * held, [fade * t for t in total]
        if y is None:
            continue
        held += 1.0
        for j, m in enumerate(row):
            log = y * math.log(y / m) if y > 0 else 0.0
            total[j] += 2.0 * (log - y + m)
    spread = max(min(total) / max(held, 1.0), 1.0)
    score = [
        math.exp(-(t - min(total)) / (2.0 * spread * math.sqrt(lead))) for t in total
    ]
    return [(1 - shared) * s / sum(score) + shared / k for s in score]


def alpha(means, counts, prior, alphas, overlap=1):
    """Posterior mean of the relative variance beyond Poisson, on a grid."""
    logs = []
    for a in alphas:
        log = -0.5 * math.log(a / prior) ** 2
        for m, y in zip(means, counts, strict=True):
            log += stats.nbinom.logpmf(y, 1 / a, 1 / (1 + a * m)) / overlap
        logs.append(log)
    chance = [math.exp(x - max(logs)) for x in logs]
    return sum(c * a for c, a in zip(chance, alphas, strict=True)) / sum(chance)
