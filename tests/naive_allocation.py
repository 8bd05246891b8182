"""Slow twins of allocation and simulation: plain Python from the definitions."""

from itertools import combinations, combinations_with_replacement, product
from math import exp, factorial, inf


def none_free(units, load, kappa, patience=0.0):
    """Mix Erlang B and C from their sums, before any convexification."""
    terms = [load**k / factorial(k) for k in range(units + 1)]
    b = terms[-1] / sum(terms)
    if units <= load:
        c = 1.0
    else:
        tail = terms[-1] * units / (units - load)
        c = tail / (sum(terms[:-1]) + tail)
    longer = exp(-patience * (units - load)) if units > load else 1.0
    return ((1 - kappa) * b + kappa * c) * longer


def convex_minorant(values):
    """Take, at each point, the lowest of all chords over it."""
    lowest = list(values)
    for a, b in combinations(range(len(values)), 2):
        for n in range(a, b + 1):
            chord = values[a] + (values[b] - values[a]) * (n - a) / (b - a)
            lowest[n] = min(lowest[n], chord)
    return lowest


class Model:
    """The value of plans, from the problem's tables as nested lists."""

    def __init__(self, problem):
        self.problem = p = problem
        self.hexes, self.periods = range(p.n_hexes), range(p.n_periods)
        self.arrivals = [c.arrivals.tolist() for c in p.classes]
        self.work = [c.load.tolist() for c in p.classes]
        self.drive = p.station_min.tolist()
        self.catchment, self.beat = p.catchment.tolist(), p.hex_beat.tolist()
        home = p.station_beat[p.supply.station].tolist()
        free = [not (p.bordered or kind in p.home_bound) for kind in p.supply.kind]
        self.own = [None if f else b for f, b in zip(free, home, strict=True)]
        minutes = dense(p.travel_min)
        self.near = [
            [
                [
                    t / s.speed_factor <= limit and t / s.speed_factor <= s.cap_min
                    for t, limit in zip(row, s.limit_min.tolist(), strict=True)
                ]
                for row in minutes
            ]
            for s in p.classes
        ]
        self.chance = {}

    def late(self, post):
        """Give expected late incidents [class][hex]."""
        return [
            [
                sum(
                    self.arrivals[c][t][h] * self.curve(c, h, t)[n]
                    for t in self.periods
                )
                for h, n in enumerate(row)
            ]
            for c, row in enumerate(self.count(post))
        ]

    def count(self, post):
        """Give units in reach [class][hex]."""
        return [
            [
                sum(self.reaches(u, q, c, h) for u, q in enumerate(post))
                for h in self.hexes
            ]
            for c in range(len(self.problem.classes))
        ]

    def objective(self, post):
        late = zip(self.problem.classes, self.late(post), strict=True)
        return sum(s.weight * sum(row) for s, row in late) + self.price(post)

    def price(self, post):
        """Give the price of the drives to the posts."""
        pairs = zip(self.problem.supply.station.tolist(), post, strict=True)
        return self.problem.deadhead * sum(self.drive[s][q] for s, q in pairs)

    def reaches(self, unit, post, c, h):
        if self.problem.supply.kind[unit] not in self.problem.classes[c].kinds:
            return False
        return self.near[c][post][h] and self.own[unit] in (None, self.beat[h])

    def curve(self, c, h, t):
        """Give the convexified chance by units, at the load around the hex."""
        if (c, h, t) not in self.chance:
            load = self.load(c, h, t)
            kappa, patience = self.problem.kappa, self.patience(c, h)
            raw = [none_free(n, load, kappa, patience) for n in range(22)]
            self.chance[c, h, t] = convex_minorant(raw)
        return self.chance[c, h, t]

    def patience(self, c, h):
        """Give the wait that the standard leaves, in mean services."""
        p, own = self.problem, self.problem.classes[c]
        calls = hours = 0.0
        for k, other in enumerate(p.classes):
            if any(kind in other.kinds for kind in own.kinds):
                calls += sum(map(sum, self.arrivals[k]))
                hours += sum(map(sum, self.work[k]))
        spare_min = max(0.0, own.limit_min[h] - own.cap_min)
        return spare_min / (60.0 * hours / calls)

    def load(self, c, h, t):
        p, kinds = self.problem, self.problem.classes[c].kinds
        bound = p.bordered or all(kind in p.home_bound for kind in kinds)
        counted = [
            g
            for g, q in enumerate(self.catchment)
            if q >= 0
            and self.near[c][q][h]
            and not (bound and self.beat[g] != self.beat[h])
        ]
        return p.load_factor * sum(
            self.work[k][t][g]
            for k, other in enumerate(p.classes)
            if any(kind in other.kinds for kind in kinds)
            for g in counted
        )


def best_plan(problem):
    """Try every plan that keeps the rules; give the lowest objective."""
    p, model = problem, Model(problem)
    teams = {}
    for u, key in enumerate(zip(p.supply.kind, p.supply.station.tolist(), strict=True)):
        teams.setdefault(key, []).append(u)
    choices = []
    for units in teams.values():
        posts = [q for q in range(p.n_posts) if p.allowed[units[0], q]]
        choices.append(combinations_with_replacement(posts, len(units)))
    cost = {
        (c, h): [
            s.weight
            * sum(
                model.arrivals[c][t][h] * model.curve(c, h, t)[n] for t in model.periods
            )
            for n in range(len(p.supply) + 1)
        ]
        for c, s in enumerate(p.classes)
        for h in model.hexes
    }
    covered = {
        (u, q): [key for key in cost if model.reaches(u, q, *key)]
        for u in range(len(p.supply))
        for q in range(p.n_posts)
    }
    order = [u for units in teams.values() for u in units]
    best = inf
    for choice in product(*choices):
        post = [0] * len(order)
        for u, q in zip(order, [q for part in choice for q in part], strict=True):
            post[u] = q
        if keeps_quotas(p, post):
            count = dict.fromkeys(cost, 0)
            for u, q in enumerate(post):
                for key in covered[u, q]:
                    count[key] += 1
            value = sum(cost[key][n] for key, n in count.items())
            best = min(best, value + model.price(post))
    return best


def keeps_quotas(p, post):
    for quota in p.quotas:
        held = sum(bool(quota.units[u] and quota.posts[q]) for u, q in enumerate(post))
        if held < quota.least or (quota.most is not None and held > quota.most):
            return False
    return True


def dense(travel):
    """Write a sparse table as nested lists; what is absent is inf."""
    rows = [[inf] * travel.shape[1] for _ in range(travel.shape[0])]
    for q in range(travel.shape[0]):
        for j in range(travel.indptr[q], travel.indptr[q + 1]):
            rows[q][travel.indices[j]] = float(travel.data[j])
    return rows


def dispatch(  # noqa: C901
    problem, post, calls, end_min
):
    """Answer one shift's calls [(at, hex, class, on_scene)]; see the kernel's rules.

    Gives (response, unit) per call, and the jobs as (unit, from, to).
    """
    p, minutes = problem, dense(problem.travel_min)
    far = max(m for row in minutes for m in row if m < inf)
    place, busy = list(post), [False] * len(post)
    answer, jobs, queue = [(inf, -1)] * len(calls), [], []
    events = [(call[0], "call", k) for k, call in enumerate(calls)]

    def drive(u, k):
        _, h, c, _ = calls[k]
        service, kind = p.classes[c], p.supply.kind[u]
        bound = p.bordered or kind in p.home_bound
        away = p.station_beat[p.supply.station[u]] != p.hex_beat[h]
        travel = minutes[place[u]][h] / service.speed_factor
        if kind not in service.kinds or (bound and away) or travel > service.cap_min:
            return inf
        return travel

    def send(u, k, now):
        at, h, _, on_scene = calls[k]
        there = now + drive(u, k)
        answer[k] = (there - at, u)
        busy[u] = True
        place[u] = p.catchment[h] if p.catchment[h] >= 0 else place[u]
        events[:] = [e for e in events if e[1:] != ("a home", u)]
        events.append((there + on_scene, "a free", u))
        jobs.append((u, now, there + on_scene))

    while events:
        now, what, i = min(events)
        events.remove((now, what, i))
        if what == "call":
            free = [(drive(u, i), u) for u in range(len(post)) if not busy[u]]
            nearest = min(free, default=(inf, -1))
            if nearest[0] < inf:
                send(nearest[1], i, now)
            else:
                queue.append(i)
        elif now <= end_min:
            busy[i] = False
            if what == "a home":
                place[i] = post[i]
            options = [(calls[k][2], drive(i, k), k) for k in queue]
            options = [o for o in options if o[1] < inf]
            if options:
                queue.remove(min(options)[2])
                send(i, min(options)[2], now)
            elif what == "a free":
                back = minutes[place[i]][p.post_hex[post[i]]]
                back = 0.0 if place[i] == post[i] else back
                events.append((now + (back if back < inf else far), "a home", i))
    return answer, jobs
