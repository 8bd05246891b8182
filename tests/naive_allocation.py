"""Slow twin of allocation: plain Python from the definitions."""

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
    """The value of plans, from the problem's tables as nested lists.

    A plan is one post per unit, or a list of posts by period, -1 for none.
    """

    def __init__(self, problem):
        self.problem = p = problem
        self.hexes, self.periods = range(p.n_hexes), range(p.n_periods)
        self.units, self.grades = range(len(p.supply)), range(len(p.classes))
        self.arrivals = [c.arrivals.tolist() for c in p.classes]
        self.work = [c.load.tolist() for c in p.classes]
        self.drive = p.station_min.tolist()
        self.catchment, self.beat = p.catchment.tolist(), p.hex_beat.tolist()
        home = p.station_beat[p.supply.station].tolist()
        free = [not (p.bordered or kind in p.home_bound) for kind in p.supply.kind]
        self.own = [None if f else b for f, b in zip(free, home, strict=True)]
        self.minutes = dense(p.travel_min)
        self.present = [
            [
                p.supply.present is None or bool(p.supply.present[u, t])
                for t in self.periods
            ]
            for u in self.units
        ]
        self.chance, self.near, self.shares = {}, {}, {}

    def late(self, post):
        """Give expected late incidents [class][hex]."""
        chances = self.chances(post)
        return [
            [
                sum(self.arrivals[c][t][h] * chances[c][t][h] for t in self.periods)
                for h in self.hexes
            ]
            for c in self.grades
        ]

    def chances(self, post):
        """Give the chance that no unit is free in time [class][period][hex]."""
        count = self.count(post)
        return [
            [
                [self.chance_at(c, h, t, count[c][t][h]) for h in self.hexes]
                for t in self.periods
            ]
            for c in self.grades
        ]

    def chance_at(self, c, h, t, parts):
        """Read the curve; between whole answers it is a straight line."""
        need, curve = self.problem.classes[c].officers, self.curve(c, h, t)
        whole, rest = divmod(parts, need)
        return curve[whole] + (curve[whole + 1] - curve[whole]) * rest / need

    def at(self, post, u, t):
        """Where a unit stands in a period: -1 for nowhere."""
        if not self.present[u][t]:
            return -1
        return post[u] if isinstance(post[u], int) else post[u][t]

    def count(self, post):
        """Give the parts in reach [class][period][hex]."""
        post = plain(post)
        return [
            [
                [
                    sum(
                        self.parts(u, c)
                        for u in self.units
                        if self.at(post, u, t) >= 0
                        and self.reaches(u, self.at(post, u, t), c, h)
                    )
                    for h in self.hexes
                ]
                for t in self.periods
            ]
            for c in self.grades
        ]

    def objective(self, post):
        return self.weighted(post) + self.price(post)

    def weighted(self, post, hexes=None):
        """Give the weighted unmet demand, of all hexes or of some."""
        chances = self.chances(post)
        return sum(
            self.value(c, t, h) * chances[c][t][h]
            for c in self.grades
            for t in self.periods
            for h in (self.hexes if hexes is None else hexes)
        )

    def value(self, c, t, h):
        """What all calls of the class are worth in the objective."""
        calls = self.problem.objective == "incidents"
        worth = self.arrivals if calls else self.work
        return self.problem.classes[c].weight * worth[c][t][h]

    def price(self, post):
        """Give the price of the drives, and of hexes beyond the longest travel."""
        post, p = plain(post), self.problem
        total = 0.0
        for u, station in enumerate(p.supply.station.tolist()):
            stands = [self.at(post, u, t) for t in self.periods]
            first = [q for q in stands if q >= 0][:1]
            total += sum(p.deadhead * self.drive[station][q] for q in first)
        if p.longest is not None:
            far = sum(len(self.too_far(post, t)) for t in self.periods)
            total += p.longest.price * far / len(self.periods)
        return total

    def too_far(self, post, t):
        """List the hexes beyond the longest travel in a period."""
        limit = self.problem.longest.limit_min.tolist()
        found = []
        for h in self.hexes:
            near = [
                self.serves(u, 0)
                and self.own[u] in (None, self.beat[h])
                and self.minutes[self.at(post, u, t)][h] <= limit[h] * self.speed(u, 0)
                for u in self.units
                if self.at(post, u, t) >= 0
            ]
            if limit[h] < inf and not any(near):
                found.append(h)
        return found

    def serves(self, u, c):
        p, service = self.problem, self.problem.classes[c]
        skilled = all(skill in p.supply.skills[u] for skill in service.skills)
        return p.supply.kind[u] in service.kinds and skilled

    def parts(self, u, c):
        """What the unit brings of the officers that a call needs."""
        return min(
            int(self.problem.supply.officers[u]), self.problem.classes[c].officers
        )

    def speed(self, u, c):
        fast = self.problem.classes[c].speed_factor
        return fast if self.problem.supply.blue_light[u] else min(fast, 1.0)

    def reaches(self, unit, post, c, h):
        if not self.serves(unit, c) or self.own[unit] not in (None, self.beat[h]):
            return False
        return self.within(post, c, h, self.speed(unit, c))

    def within(self, post, c, h, speed):
        if (post, c, h, speed) not in self.near:
            service = self.problem.classes[c]
            limit = min(float(service.limit_min[h]), service.cap_min)
            self.near[post, c, h, speed] = self.minutes[post][h] / speed <= limit
        return self.near[post, c, h, speed]

    def curve(self, c, h, t):
        """Give the convexified chance by answers, at the load around the hex."""
        if (c, h, t) not in self.chance:
            raw = [self.raw_chance(n, c, h, t) for n in range(22)]
            self.chance[c, h, t] = convex_minorant(raw)
        return self.chance[c, h, t]

    def raw_chance(self, n, c, h, t):
        """Give the chance to be late with n answers in reach."""
        p, patience = self.problem, self.patience(c, h)
        if p.curve == "mclp":
            return float(n == 0)
        if p.curve == "backup":
            return [1.0, p.second, 0.0][min(n, 2)]
        if p.curve == "mexclp":
            return self.busy(c, t) ** n
        before, upto, load = self.loads(c, h, t)
        if p.classes[c].queue:
            f = p.queue_load_factor / p.load_factor
            return waits_behind(n, f * before, f * upto, f * load, patience)
        return none_free(n, load, p.kappa, patience)

    def busy(self, c, t):
        """Give the work that the units of a class share, over those units."""
        if self.problem.busy is not None:
            return self.problem.busy
        work = sum(self.share(k, c) * sum(self.work[k][t]) for k in self.grades)
        here = [
            self.parts(u, c)
            for u in self.units
            if self.present[u][t] and self.serves(u, c)
        ]
        answers = sum(here) / self.problem.classes[c].officers
        return min(work / answers, 0.999) if answers else 0.999

    def share(self, k, c):
        """Give the share of class k that keeps units of class c busy."""
        if (k, c) not in self.shares:
            self.shares[k, c] = self.worked_share(k, c)
        return self.shares[k, c]

    def worked_share(self, k, c):
        mine, theirs = self.problem.classes[c], self.problem.classes[k]
        if not any(kind in theirs.kinds for kind in mine.kinds):
            return 0.0
        if all(skill in theirs.skills for skill in mine.skills):
            return 1.0
        crew = self.problem.supply.officers.tolist()
        of_k = [u for u in self.units if self.serves(u, k)]
        both = sum(crew[u] for u in of_k if self.serves(u, c))
        return both / sum(crew[u] for u in of_k) if of_k else 0.0

    def patience(self, c, h):
        """Give the wait that the standard leaves, in mean services."""
        own = self.problem.classes[c]
        calls = hours = 0.0
        for k in self.grades:
            calls += self.share(k, c) * sum(map(sum, self.arrivals[k]))
            hours += self.share(k, c) * sum(map(sum, self.work[k]))
        limit, drive = own.limit_min[h], own.cap_min
        if own.queue:
            drive = min(limit, drive) * 2 / 3
        spare_min = max(0.0, limit - drive)
        return spare_min / (60.0 * hours / calls)

    def loads(self, c, h, t):
        """Give the load of classes before this one, up to it, and of all."""
        p, kinds = self.problem, self.problem.classes[c].kinds
        speed = p.classes[c].speed_factor
        bound = p.bordered or all(kind in p.home_bound for kind in kinds)
        counted = [
            g
            for g, q in enumerate(self.catchment)
            if q >= 0
            and self.within(q, c, h, speed)
            and not (bound and self.beat[g] != self.beat[h])
        ]
        each = [
            p.load_factor * self.share(k, c) * sum(self.work[k][t][g] for g in counted)
            for k in self.grades
        ]
        return sum(each[:c]), sum(each[: c + 1]), sum(each)


def waits_behind(units, before, upto, load, patience):
    """Wait behind the classes before one's own: Cobham's mean, an exponential tail."""
    if units <= upto:
        return 1.0
    mean = units / ((units - before) * (units - upto))
    return none_free(units, load, 1.0) * exp(-patience / mean)


def plain(post):
    """Write a plan in Python's own numbers."""
    return [q if isinstance(q, (int, list)) else q.tolist() for q in post]


def best_plan(problem):
    """Try every plan that keeps the rules; give the lowest objective."""
    model = Model(problem)
    every = (post for post in plans(problem) if keeps(problem, post, model))
    values = [model.objective(post) for post in every]
    return min(values, default=inf)


def plans(problem):
    """List every way to post the units; those alike stand in order."""
    p, s = problem, problem.supply
    alike = {}
    for u in range(len(s)):
        member = tuple(bool(quota.units[u]) for quota in p.quotas)
        able = (s.kind[u], s.skills[u], int(s.officers[u]), bool(s.blue_light[u]))
        present = () if s.present is None else tuple(s.present[u].tolist())
        single = u if p.current is not None else -1
        where = (int(s.station[u]), p.locked.get(u, -1), single)
        alike.setdefault((able, present, member, where), []).append(u)
    choices = []
    for units in alike.values():
        posts = [q for q in range(p.n_posts) if may_stand(p, units[0], q)]
        choices.append(combinations_with_replacement(posts, len(units)))
    order = [u for units in alike.values() for u in units]
    for choice in product(*choices):
        post = [0] * len(order)
        for u, q in zip(order, [q for part in choice for q in part], strict=True):
            post[u] = q
        yield post


def may_stand(p, u, q):
    """Whether reach, home beat, locks and exclusions let a unit stand at a post."""
    station, kind = int(p.supply.station[u]), p.supply.kind[u]
    home = p.hex_beat[p.post_hex[q]] == p.station_beat[station]
    if kind in p.home_bound and not home and q != p.station_post[station]:
        return False
    if q in list(p.excluded.get(kind, [])) or p.locked.get(u, q) != q:
        return False
    return p.station_min[station, q] < inf


def keeps(p, post, model=None):
    """Whether a plan keeps the quotas, the move budget and the caps."""
    if p.most_moves is not None:
        moved = sum(q != now for q, now in zip(post, p.current.tolist(), strict=True))
        if moved > p.most_moves:
            return False
    model = model or Model(p)
    for cap in p.caps:
        group = [h for h in model.hexes if cap.hexes[h]]
        demand = sum(
            model.value(c, t, h)
            for c in model.grades
            for t in model.periods
            for h in group
        )
        if model.weighted(post, group) > cap.share * demand * (1 + 1e-6):
            return False
    return keeps_quotas(p, post, model)


def keeps_quotas(p, post, model=None):
    """Count heads in every period in which somebody is there; or unit-hours."""
    model = model or Model(p)
    for quota in p.quotas:
        here = [u for u in model.units if quota.units[u]]
        held = [
            sum(bool(quota.posts[post[u]]) for u in here if model.present[u][t])
            for t in model.periods
            if quota.hours or any(model.present[u][t] for u in here)
        ] or [0]
        held = [sum(held)] if quota.hours else held
        most = inf if quota.most is None else quota.most
        if not all(quota.least <= n <= most for n in held):
            return False
    return True


def dense(travel):
    """Write a sparse table as nested lists; what is absent is inf."""
    rows = [[inf] * travel.shape[1] for _ in range(travel.shape[0])]
    for q in range(travel.shape[0]):
        for j in range(travel.indptr[q], travel.indptr[q + 1]):
            rows[q][travel.indices[j]] = float(travel.data[j])
    return rows
