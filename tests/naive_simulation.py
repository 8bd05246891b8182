"""Slow twin of the simulation: plain Python, from the rules as they are written."""

from math import factorial, inf

from tests.naive_allocation import dense


def waits(units, load):
    """Erlang C from its sums: the chance to wait."""
    terms = [load**k / factorial(k) for k in range(units + 1)]
    tail = terms[-1] * units / (units - load)
    return tail / (sum(terms[:-1]) + tail)


def blocked(units, load):
    """Erlang B from its sums: the chance to be lost."""
    terms = [load**k / factorial(k) for k in range(units + 1)]
    return terms[-1] / sum(terms)


class Shifts:
    """Runs shifts one after another; ``answers`` and figures are lists by shift."""

    def __init__(self, problem, where, params, *, price=None):
        self.p, self.params, self.rules = problem, params, params.rules
        self.minutes = dense(problem.travel_min)
        self.far = max(m for row in self.minutes for m in row if m < inf)
        self.n = problem.n_periods
        duty = problem.present if params.on_duty is None else params.on_duty
        self.duty = [[bool(x) for x in row] for row in duty]
        self.where = [[int(x) for x in row] for row in where]
        self.price = price
        self.classes = list(problem.classes)
        self.names = [{c.name, c.grade} for c in self.classes]
        self.urgent = {0}
        if self.rules.urgent is not None:
            self.urgent = set(self.of(self.rules.urgent))
        self.length = 60.0 * self.n
        drain = 0.0 if params.carry_over else params.drain_h * 60.0
        self.end = self.length + drain

    def of(self, names):
        return [c for c, known in enumerate(self.names) if known & set(names)]

    def rule(self, table, c, usual):
        service = self.classes[c]
        return table.get(service.name, table.get(service.grade, usual))

    # --- where units should be ---

    def plan(self, u, t):
        """Post, None for no post, or "absent"; t is -1 before, n after the shift."""
        if t in (-1, self.n):
            hours = range(self.n) if t == -1 else range(self.n - 1, -1, -1)
            for k in hours:
                if not self.duty[u][k]:
                    break
                if self.where[u][k] >= 0:
                    return self.where[u][k]
            return None if self.duty[u][0 if t == -1 else self.n - 1] else "absent"
        if not self.duty[u][t]:
            return "absent"
        return self.where[u][t] if self.where[u][t] >= 0 else None

    # --- who may go, and how soon ---

    def drive(self, unit, call, position, first):
        c, h = call["class"], call["hex"]
        service, supply = self.classes[c], self.p.supply
        kind = supply.kind[unit["u"]]
        if kind not in service.kinds:
            return inf
        if first and not set(service.skills) <= set(supply.skills[unit["u"]]):
            return inf
        if self.p.bordered or kind in self.p.home_bound:
            home = self.p.station_beat[supply.station[unit["u"]]]
            if home != self.p.hex_beat[h]:
                return inf
        speed = service.speed_factor
        if not supply.blue_light[unit["u"]]:
            speed = min(speed, 1.0)
        travel = self.minutes[position][h] / speed
        cap = self.rule(self.rules.cap_min, c, service.cap_min)
        return travel if travel <= cap else inf

    def way(self, a, b):
        if a == b:
            return 0.0
        minutes = self.minutes[a][self.p.post_hex[b]]
        return minutes if minutes < inf else self.far

    def in_reach(self, call):
        free = [v for v in self.units if v["state"] == "free"]
        return sum(self.drive(v, call, v["at"], True) < inf for v in free)

    def cost(self, unit, call, travel):
        if self.rules.rule == "nearest":
            return travel
        service, worth = self.classes[call["class"]], self.rules.minutes_per_late
        hour = min(max(self.hour, 0), self.n - 1)
        late = travel > service.limit_min[call["hex"]]
        total = travel + worth * self.price[unit["u"]][hour]
        return total + (worth * service.weight if late else 0.0)

    def whereabouts(self, unit, now):
        if unit["state"] != "work":
            return unit["at"]
        half = 2.0 * (now - unit["out"]) < unit["travel"]
        return unit["from"] if half else unit["scene"]

    # --- sending ---

    def send(self, unit, call, now, travel):
        p = self.p
        place = int(p.catchment[call["hex"]])
        place = place if place >= 0 else unit["at"]
        travel = travel * call["factor"]
        unit["from"] = unit["at"]
        unit.update(state="work", call=call, scene=place, at=place, out=now)
        unit.update(travel=travel, leaves=now + travel + call["scene_min"])
        free_at = unit["leaves"]
        if call["lead"] is None:
            call["lead"], call["over"] = unit, unit["leaves"]
            free_at += call["held"]
            if call["arrest"]:
                suite = self.suite(place, unit["leaves"])
                free_at += suite[0]
                unit["at"] = suite[2]
                self.count["arrests"] += 1
        call["need"] -= int(p.supply.officers[unit["u"]])
        call["response"] = min(call["response"], now - call["since"] + travel)
        if call["unit"] < 0:
            call["unit"], call["sent"] = unit["u"], now
        unit["next"] = free_at

    def suite(self, place, at):
        rule = self.params.arrest
        hour = int(min(max(at // 60, 0), self.n - 1))
        options = []
        for k, h in enumerate(rule.suites):
            if rule.open is None or rule.open[k][hour]:
                minutes = self.minutes[place][h]
                minutes = minutes if minutes < inf else self.far
                options.append((minutes, k, int(self.p.catchment[h])))
        return min(options)

    def wanted(self, call, now):
        return call["need"] > 0 and (call["lead"] is None or call["over"] > now)

    def answer(self, call, now):  # noqa: C901
        """Send units to a call; those whose unit was taken are answered in turn."""
        displaced = None
        while self.wanted(call, now):
            first, options = call["lead"] is None, []
            for v in self.units:
                if v["state"] == "free":
                    travel = self.drive(v, call, v["at"], first)
                    if travel < inf:
                        options.append((self.cost(v, call, travel), v["u"], travel))
            _, u, travel = min(options, default=(inf, -1, inf))
            reserve = self.rule(self.rules.reserve, call["class"], 0)
            if first and reserve > 1 and self.in_reach(call) < reserve:
                u, travel = -1, inf
            limit = self.classes[call["class"]].limit_min[call["hex"]]
            if first and call["class"] in self.urgent and travel > limit:
                sooner, v = self.takeable(call, now)
                if sooner < travel:
                    displaced = self.release(self.units[v], now)
                    u, travel = v, sooner
            if u < 0:
                break
            self.send(self.units[u], call, now, travel)
        lost = call["class"] in self.of(self.rules.lost)
        if call["need"] > 0 and call not in self.queue and not lost:
            self.queue.append(call)
        if displaced is not None:
            self.answer(displaced, now)

    def takeable(self, call, now):
        options = [(inf, -1)]
        for v in self.units:
            if v["state"] == "break":
                fit = self.rules.recall_from_break and v["next"] < inf
            elif v["state"] == "work" and v["call"] is not None and now < v["leaves"]:
                other = v["call"]["class"]
                driving = now - v["out"] < v["travel"]
                fit = other > call["class"] and (
                    self.rules.divert
                    if driving
                    else other in self.of(self.rules.interruptible)
                )
            else:
                fit = False
            if fit:
                place = self.whereabouts(v, now)
                options.append((self.drive(v, call, place, True), v["u"]))
        return min(options)

    def release(self, unit, now):
        if unit["state"] == "break":
            unit["owed"] += unit["next"] - now
            self.count["recalled"] += 1
            unit["state"] = "none"
            return None
        call = unit["call"]
        self.book(unit, now)
        unit["at"] = self.whereabouts(unit, now)
        unit["call"], unit["state"] = None, "none"
        call["need"] += int(self.p.supply.officers[unit["u"]])
        if call["lead"] is unit:
            call["lead"] = None
            self.count["arrests"] -= bool(call["arrest"])
        if now - unit["out"] >= unit["travel"]:
            call["scene_min"] = unit["leaves"] - now
            self.count["interrupted"] += 1
            return call
        self.count["diverted"] += 1
        if call["response"] > now - call["since"]:
            others = [v for v in self.units if v["call"] is call]
            arrivals = [
                (v["out"] - call["since"] + v["travel"], v["u"]) for v in others
            ]
            call["response"], call["unit"] = min(arrivals, default=(inf, -1))
            call["sent"] = self.units[call["unit"]]["out"] if arrivals else inf
        return call

    def book(self, unit, until):
        u, start = unit["u"], unit["out"]
        for t in range(self.n):
            spell = min(until, 60.0 * (t + 1)) - max(start, 60.0 * t)
            if spell > 0:
                self.busy[u][t] += spell
                if not self.duty[u][t]:
                    self.overtime[u] += spell
        if start < self.length < until:
            self.overtime[u] += until - self.length

    # --- freed units ---

    def rank(self, call, now):
        if self.rules.queue == "fifo":
            return 0
        waited = (now - call["since"]) / self.rules.promote_min
        return max(0, call["class"] - int(waited))

    def settle(self, unit, now):
        """Give a unit its next call, or let it drive to its post."""
        unit["state"] = "none"
        self.queue = [call for call in self.queue if self.wanted(call, now)]
        options = []
        for call in self.queue:
            first = call["lead"] is None
            travel = self.drive(unit, call, unit["at"], first)
            reserve = self.rule(self.rules.reserve, call["class"], 0)
            if first and reserve > 1 and 1 + self.in_reach(call) < reserve:
                continue
            if travel < inf:
                near = self.rules.queue == "grade-nearest"
                key = travel if near else call["since"]
                options.append((self.rank(call, now), key, call["k"], travel, call))
        if options:
            *_, travel, call = min(options, key=lambda o: o[:3])
            self.send(unit, call, now, travel)
            return
        post = self.plan(unit["u"], self.hour)
        unit["state"], unit["next"] = "free", inf
        if unit["at"] != post:
            unit["next"] = now + self.way(unit["at"], post)

    def freed(self, unit, now):
        here = self.plan(unit["u"], self.hour)
        if unit["state"] == "work":
            self.book(unit, now)
            unit["call"] = None
            if here == "absent":
                unit.update(state="off", next=inf)
                return
            if unit["owed"] > 0:
                unit.update(state="break", next=now + unit["owed"], owed=0.0)
                return
        else:
            unit["at"] = here
        self.settle(unit, now)

    # --- the hour ---

    def turn(self, unit, now):  # noqa: C901
        u, t = unit["u"], self.hour
        old, new = self.plan(u, t - 1), self.plan(u, t)
        if (new == "absent" and old != "absent") or t == self.n:
            self.count["missed"] += 0 < unit["owed"] < inf
            unit["owed"] = 0.0
        if new == "absent":
            if old != "absent" and unit["state"] != "work":
                unit.update(state="off", next=inf)
        elif new is None:
            if old is not None:
                self.go_off(unit, now)
        elif unit["state"] == "free":
            if new != old:
                unit["next"] = now + self.way(unit["at"], new)
        elif unit["state"] == "off":
            unit["at"] = self.home(u)
            self.settle(unit, now)
        elif unit["state"] == "break" and t == self.n:
            unit["at"] = new
            self.settle(unit, now)

    def go_off(self, unit, now):
        stop = self.hour
        while stop < self.n and self.plan(unit["u"], stop) is None:
            stop += 1
        closing = stop == self.n or self.plan(unit["u"], stop) == "absent"
        minutes = inf if closing else 60.0 * (stop - self.hour)
        self.count["planned"] += not closing
        if unit["state"] == "work":
            self.count["delayed"] += not closing
            self.count["missed"] += closing and unit["owed"] > 0
            unit["owed"] += minutes
        elif unit["state"] == "break":
            unit["next"] += minutes
        else:
            if unit["state"] == "off":
                unit["at"] = self.home(unit["u"])
            unit.update(state="break", next=now + minutes)

    def home(self, u):
        return int(self.p.station_post[self.p.supply.station[u]])

    # --- the shift ---

    def begin(self):
        names = "arrests recalled interrupted diverted planned delayed missed"
        self.count = dict.fromkeys(names.split(), 0)
        self.busy = [[0.0] * self.n for _ in self.where]
        self.overtime = [0.0 for _ in self.where]
        self.hour, self.units = -1, []
        for u in range(len(self.where)):
            post = self.plan(u, -1)
            unit = {"u": u, "state": "free", "at": post, "next": inf, "owed": 0.0}
            unit.update(call=None, out=0.0, leaves=0.0, travel=0.0)
            if post in (None, "absent"):
                unit.update(state="off" if post else "break", at=self.home(u))
            self.units.append(unit)
        given = self.params.committed
        if given is not None:
            rows = zip(given.unit, given.hex, given.until_min, strict=True)
            for u, h, until in rows:
                near = int(self.p.catchment[h])
                place = near if near >= 0 else self.home(u)
                self.units[u].update(state="work", at=place, next=float(until))

    def run(self, calls, carried=()):  # noqa: C901
        """Run a shift of ``calls``, dictionaries in order of ``at``; give the queue."""
        self.begin()
        self.queue, pending = [], list(calls)
        while True:
            turn = 60.0 * (self.hour + 1)
            turn = turn if self.hour < self.n and turn < self.end else inf
            called = pending[0]["at"] if pending else inf
            free_at, u = min((v["next"], v["u"]) for v in self.units)
            if turn < inf and turn <= min(called, free_at):
                self.hour += 1
                for unit in self.units:
                    self.turn(unit, turn)
                if self.hour == 0:
                    for call in sorted(carried, key=lambda call: call["class"]):
                        self.answer(call, turn)
            elif called < free_at:
                self.answer(pending.pop(0), called)
            elif free_at <= self.end and free_at < inf:
                self.freed(self.units[u], free_at)
            else:
                break
        for unit in self.units:
            if unit["state"] == "work":
                self.book(unit, unit["next"])
        kept = [c for c in self.queue if c["lead"] is None and c["need"] > 0]
        if self.params.carry_over:
            for call in kept:
                call["since"] -= self.length
                call["need"] = self.classes[call["class"]].officers
        return kept


def simulate(problem, where, params, calls, *, price=None):
    """Run all shifts of drawn calls; give the calls, and figures by shift."""
    shifts, carried, answered, figures = (
        Shifts(problem, where, params, price=price),
        [],
        [],
        [],
    )
    for k in range(len(calls.start) - 1):
        table = []
        for i in range(calls.start[k], calls.start[k + 1]):
            c = int(calls.grade[i])
            call = {"k": i, "class": c, "hex": int(calls.hex[i])}
            call.update(at=float(calls.at[i]), since=float(calls.since[i]))
            call.update(scene_min=float(calls.on_scene[i]), held=float(calls.held[i]))
            call.update(factor=float(calls.factor[i]), arrest=bool(calls.arrest[i]))
            call.update(need=problem.classes[c].officers, lead=None, over=-inf)
            call.update(unit=-1, response=inf, sent=inf)
            table.append(call)
        answered += table
        left = shifts.run(table, carried)
        carried = left if params.carry_over else []
        figures.append((shifts.busy, shifts.overtime, shifts.count))
    return answered, figures
