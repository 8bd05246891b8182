"""Slow twins of directed patrol: all plans of small shifts, minute by minute."""

from itertools import pairwise, permutations, product
from math import ceil, inf


def best_worth(request, wanted, half=0.5):
    """Try every choice of visits, order and unit; give the most that can be gained.

    ``wanted`` are (hotspot, windows, worth); units are free for the whole shift and
    never called. A visit outside its windows gains ``half``.
    """
    n_units = len(request.units.call_sign)
    best = 0.0
    for given in product(range(-1, n_units), repeat=len(wanted)):
        routes = [
            [k for k, unit in enumerate(given) if unit == u] for u in range(n_units)
        ]
        for orders in product(*(permutations(route) for route in routes)):
            for wide in product((False, True), repeat=len(wanted)):
                gain = _gain(request, wanted, orders, wide, half)
                if gain > best and _fits(request, wanted, orders, wide):
                    best = gain
    return best


def _gain(request, wanted, orders, wide, half):
    gain = 0.0
    heaviest = max(worth for _, _, worth in wanted)
    for unit, order in enumerate(orders):
        post = int(request.units.timetable[unit, 0])
        gain += sum(wanted[k][2] * (half if wide[k] else 1.0) for k in order)
        legs = _legs(request, wanted, post, order)
        gain -= sum(legs) * request.rules.minute_price * heaviest
        if max(legs, default=0) > request.rules.longest_drive_min:
            return -inf
    return gain


def _legs(request, wanted, post, order):
    if not order:
        return []
    spots = [wanted[k][0] for k in order]
    legs = [request.travel.out_min[post, spots[0]]]
    legs += [request.travel.between_min[a, b] for a, b in pairwise(spots)]
    return [ceil(x) for x in [*legs, request.travel.back_min[spots[-1], post]]]


def _fits(request, wanted, orders, wide):
    """Whether there are times: every order of visits at a place, earliest times."""
    made = [k for order in orders for k in order]
    places = {}
    for k in made:
        places.setdefault(wanted[k][0], []).append(k)
    for turns in product(*(permutations(group) for group in places.values())):
        if _times(request, wanted, orders, (wide, turns)):
            return True
    return False


def _times(request, wanted, orders, how):
    """Raise each time to the least that its bounds allow, until nothing changes."""
    wide, turns = how
    visit, last = request.rules.visit_min, request.shift_min - request.rules.visit_min
    at, latest = {}, {}
    least = [
        (a, b, request.rules.apart_min) for turn in turns for a, b in pairwise(turn)
    ]
    for unit, order in enumerate(orders):
        legs = _legs(request, wanted, int(request.units.timetable[unit, 0]), order)
        for i, k in enumerate(order):
            at[k], latest[k] = legs[0] if i == 0 else 0, last - legs[-1]
        least += [
            (a, b, visit + legs[i + 1]) for i, (a, b) in enumerate(pairwise(order))
        ]
    before = None
    while before != at:
        before = dict(at)
        for k in at:
            windows = ((0, last),) if wide[k] else wanted[k][1]
            at[k] = min((max(a, at[k]) for a, b in windows if at[k] <= b), default=inf)
        for a, b, gap in least:
            at[b] = max(at[b], at[a] + gap)
    return all(at[k] <= latest[k] for k in at)


def interrupted_visits(rng, busy, calls_per_h, drive_min, visit_min, n=20_000):
    """Draw visits one by one: share begun, share made, mean minutes."""
    begun = made = spent = 0.0
    per_minute = calls_per_h / 60 / (1 - busy)
    for _ in range(n):
        if rng.random() < busy:
            continue
        call = rng.exponential(1 / per_minute) if per_minute else inf
        if call > drive_min:
            begun += 1
            made += call > drive_min + visit_min
            spent += min(visit_min, call - drive_min)
    return begun / n, made / n, spent / n
