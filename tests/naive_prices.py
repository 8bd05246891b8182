"""Slow twins of prices and waits: from the definitions, in plain Python."""

import dataclasses
from math import comb, factorial, inf

import numpy as np

from geoalloc.allocation import Supply
from tests import naive_allocation as naive


def enlarged(problem, kind, station, period=None):
    """Add one unit by hand, with the crew of the first of its kind."""
    supply = problem.supply
    like = supply.kind.index(kind)
    present = [list(row) for row in problem.present]
    present.append([period in (None, t) for t in range(problem.n_periods)])
    return dataclasses.replace(
        problem,
        supply=Supply(
            kind=(*supply.kind, kind),
            station=np.array([*supply.station, station]),
            skills=(*supply.skills, supply.skills[like]),
            officers=np.array([*supply.officers, supply.officers[like]]),
            blue_light=np.array([*supply.blue_light, supply.blue_light[like]]),
            present=np.array(present),
        ),
        quotas=tuple(
            dataclasses.replace(q, units=np.array([*q.units, q.units[like]]))
            for q in problem.quotas
        ),
    )


def dismissed(problem, unit):
    """Keep a unit off duty for the whole shift."""
    present = problem.present.copy()
    present[unit] = False
    supply = dataclasses.replace(problem.supply, present=present)
    return dataclasses.replace(problem, supply=supply)


def best_gain(problem, post, kind, station, period=None):
    """Try every post for one more unit; give the best gain and its first post."""
    own = naive.Model(problem)
    before = own.objective(post)
    larger = enlarged(problem, kind, station, period)
    model, best = naive.Model(larger), (-inf, -1)
    model.curve = own.curve  # units are shared between the classes as before
    for p in range(problem.n_posts):
        if larger.allowed[len(problem.supply), p]:
            plan = [*np.asarray(post).tolist(), p]
            if np.ndim(post) == 2:
                plan[-1] = [p] * problem.n_periods
            gain = before - model.objective(np.array(plan))
            if gain > best[0] + 1e-12:
                best = gain, p
    return best


def first_free(n, busy):
    """Share of calls to the 1st, 2nd, ... server asked, and to none: M/M/n."""
    load = n * busy
    terms = [load**k / factorial(k) for k in range(n)]
    tail = load**n / factorial(n) / (1 - busy)
    total = sum(terms) + tail
    found = []
    for j in range(n):
        # With k busy, these are among the asked as often as among all n.
        ways = [terms[k] * comb(n - j - 1, k - j) / comb(n, k) for k in range(j, n)]
        found.append(sum(ways) / total)
    return [*found, tail / total]


def hypercube(  # noqa: C901
    rate, order, service, n_units, longest=40
):
    """Solve the hypercube queue of a few units by its balance equations.

    ``rate`` and ``order`` are by point: calls a minute and units, nearest first.
    Service is exponential; a freed unit takes the first call of the queue. Gives the
    busy fraction of each unit, and the share of each point's calls that each unit
    answers at once.
    """
    full = (1 << n_units) - 1
    states = list(range(full + 1)) + [(full, k) for k in range(1, longest)]
    index = {s: i for i, s in enumerate(states)}
    flow = np.zeros((len(states), len(states)))
    for s in states:
        busy, queue = s if isinstance(s, tuple) else (s, 0)
        for r, units in zip(rate, order, strict=True):
            free = [u for u in units if not busy >> u & 1]
            to = busy | 1 << free[0] if free else (full, queue + 1)
            if to in index:
                flow[index[s], index[to]] += r
        for u in range(n_units):
            if busy >> u & 1:
                to = busy & ~(1 << u)
                if queue:
                    to = (full, queue - 1) if queue > 1 else full
                flow[index[s], index[to]] += 1 / service
    flow -= np.diag(flow.sum(axis=1))
    system = np.vstack([flow.T, np.ones(len(states))])
    chance = np.linalg.lstsq(system, np.eye(len(states) + 1)[-1], rcond=None)[0]
    used, share = np.zeros(n_units), np.zeros((len(rate), n_units))
    for s, p in zip(states, chance, strict=True):
        busy = s[0] if isinstance(s, tuple) else s
        used += [p * (busy >> u & 1) for u in range(n_units)]
        for i, units in enumerate(order):
            free = [u for u in units if not busy >> u & 1]
            if free:
                share[i, free[0]] += p
    return used, share
