// What the panel tells of a hex, a unit or a hotspot of a plan.

geoalloc.PlanPanel = class extends geoalloc.Panel {
  constructor(root, model, data, state) {
    super(root);
    Object.assign(this, { model, data, state });
    this.hint = [...root.children];
    state.on((now, changed) => {
      if (["chosen", "live", "pair"].some((key) => changed.has(key))) this.follow(now);
      else if (changed.has("hour") && now.chosen?.hex >= 0) this.follow(now);
    });
  }

  say() {} // planReader does, of more than the panel

  follow({ chosen, hour }) {
    const { hex, unit, spot } = chosen || {};
    this.close = () => this.state.set({ chosen: null });
    this.root.classList.toggle("open", Boolean(chosen));
    if (unit) this.unit(unit);
    else if (spot) this.hotspot(spot);
    else if (hex >= 0) this.hex(hex, hour);
    else this.root.replaceChildren(...this.hint);
  }

  hex(i, hour) {
    const { element } = geoalloc.marks, m = this.model, { live } = this.state.now;
    this.show(m.place[i], m.gridRef[i],
      element("p", "answer", null, ...this.answer(i, hour, live)),
      element("h3", "", "Expected this shift"),
      this.expected(i, live),
      ...(this.fine(m.all[i]) ? [this.mix(m.grades.map((grade, g) =>
        [geoalloc.capital(grade), m.total[g][i]]))] : []),
      element("p", "small", "In brackets: how well the mean is known, 9 times in 10. " +
        "The count of one night varies more."),
      element("h3", "", "By hour, all grades"),
      this.bars(m.hours.map((hour_) => hour_[i]), m.hourLabels, hour - 1),
      ...(live ? this.cover(i) : []),
      ...(live && geoalloc.pairTerms ? geoalloc.pairTerms(i, this) : []),
      element("h3", "", "This hex"), this.ground(i));
  }

  /** A page keeps whole steps: what is below one is not nothing where calls arise. */
  interval(value, low, high, step) {
    return value < 0.00095 && step ? `under ${Math.max(step, 0.001)}`
      : `${geoalloc.number(value)} (${geoalloc.number(low)}–${geoalloc.number(high)})`;
  }

  /** Whether a number is so many steps of the page that shares of it mean anything. */
  fine(value) {
    return value > 20 * Math.max(...this.model.step);
  }

  /** What is asked first: how much is expected, and who comes how soon. */
  answer(i, hour, live) {
    const { element } = geoalloc.marks, m = this.model;
    const strong = (text) => element("strong", "", text);
    const sum = (grades) => grades.reduce((all, grade) => all + grade[i], 0);
    const all = this.interval(m.all[i], sum(m.low), sum(m.high), Math.max(...m.step));
    const then = hour ? `, of them ${geoalloc.number(m.hours[hour - 1][i])} at ` +
      m.hourLabels[hour - 1] : "";
    const said = [strong(geoalloc.capital(all)), ` incidents expected this shift${then}.`];
    if (!live) return said;
    const [a, b] = m.first[0].units.map((units) => m.units[units[i] - 1]);
    const minutes = m.first[0].minutes[i];
    if (!a) return [...said, " ", strong("No unit"), " can reach it in time."];
    return [...said, " ", strong(a.id), " is first to an immediate call",
      ...(minutes === null ? [] : [", ", strong(`${minutes.toFixed(1)} min`), " away"]),
      ...(b ? ["; then ", strong(b.id)] : []), "."];
  }

  expected(i, live) {
    const m = this.model, late = live && m.unmet; // not every profile holds it
    return this.table(["Grade", "Incidents (90%)", ...(late ? ["Late"] : [])],
      m.grades.map((grade, g) => [geoalloc.capital(grade),
        this.interval(m.total[g][i], m.low[g][i], m.high[g][i], m.step[g]),
        ...(late ? [geoalloc.number(late[g][i])] : [])]));
  }

  ground(i) {
    const m = this.model, { harm } = this.data, basis = m.basis?.map((part) => part[i]);
    const percent = (share) => `${Math.round(100 * share)}%`;
    return this.terms([["District", m.district[i]], ["Home beat", m.beat[i]],
      ["Area", `${m.area[i].toFixed(2)} km²` +
        (m.land[i] < 0.995 ? `, ${Math.round(100 * m.land[i])}% of it land` : "")],
      ["Harm", harm && m.harm ? `${geoalloc.number(m.harm[i])} (${harm.unit})` : ""],
      ["Rests on", basis && `observed ${percent(basis[0])}, scaled ${percent(basis[1])}, ` +
        `assumed ${percent(Math.max(0, 1 - basis[0] - basis[1]))}`]]);
  }

  cover(i) {
    const { element } = geoalloc.marks, m = this.model;
    const name = (unit) => (unit ? m.units[unit - 1].id : "none");
    const rows = m.grades.map((grade, g) => {
      const first = m.first[g];
      const minutes = first.minutes[i] === null ? "–" : first.minutes[i].toFixed(1);
      return [geoalloc.capital(grade), name(first.units[0][i]), minutes,
        name(first.units[1][i]), geoalloc.number(m.wait[g][i])];
    });
    const usual = m.units.some(geoalloc.moves)
      ? "First and second are those of most hours of the shift. " : "";
    return [
      element("h3", "", "Who is sent"),
      this.table(["Grade", "First", "min", "Second", "Wait"], rows),
      element("p", "small", `${usual}Wait: minutes expected from dispatch to the ` +
        "first unit that is free, in the mean of the shift."),
      element("h3", "", "Why"),
      element("p", "", this.why(i)),
      ...this.borders(i),
    ];
  }

  borders(i) {
    const { element } = geoalloc.marks, { borders } = this.model;
    if (!borders) return [];
    const size = geoalloc.number(Math.abs(borders[i]));
    const told = !borders[i] ? "They make no difference here that can be told."
      : `With borders, ${size} ${borders[i] > 0 ? "more" : "fewer"} immediate calls are ` +
        "late here this shift, by the model.";
    return [element("h3", "", "Value of borders"), element("p", "", told)];
  }

  why(i) {
    const m = this.model, [a, b] = m.first[0].units.map((units) => m.units[units[i] - 1]);
    if (!a) return "No unit of this plan can reach it within the dispatch cap.";
    const minutes = m.first[0].minutes[i];
    const near = minutes === null ? "" : `, ${minutes.toFixed(1)} min away`;
    let text = `${a.id} is nearest for immediate calls: it stands by at ${a.post}${near}.`;
    if (b) text += ` ${b.id}, at ${b.post}, is next when ${a.id} is busy.`;
    return text + this.late(i);
  }

  /** How many immediate calls are late: the model takes those that find no unit free. */
  late(i) {
    const m = this.model, total = m.total[0][i], late = m.unmet?.[0][i];
    if (!(total > 0) || late === undefined) return "";
    const chance = this.fine(total) ? `: the chance that no unit within it is free is ${
      Math.min(100, Math.round(100 * late / total))}%` : "";
    return ` Of ${geoalloc.number(total)} immediate calls expected here, by the model ` +
      `${geoalloc.number(late)} wait longer than their standard${chance}.`;
  }

  unit(unit) {
    const { element } = geoalloc.marks, moving = geoalloc.moves(unit);
    let gain = "";
    if (unit.gain !== null && unit.from !== unit.post) {
      gain = `Back at ${unit.from}, the plan would have ${geoalloc.number(unit.gain)} ` +
        "more late incidents (weighted) a shift.";
    }
    this.show(unit.id, unit.kind,
      this.terms([[moving ? "First post" : "Post", unit.post],
        ["Grid reference", unit.gridRef],
        ["Beat tonight", unit.hexes ? `${unit.hexes.toLocaleString("en-GB")} hexes` +
          (unit.km2 ? `, ${unit.km2.toFixed(0)} km²` : "") : "not first to any hex"],
        ["With it there", unit.crowd.filter((one) => one !== unit)
          .map((one) => one.id).join(", ")],
        ["Home station", unit.station], ["Home beat", unit.beat],
        ["Visible hours", unit.kind === "Response" ? "" : "not measured"]]),
      ...(moving
        ? [element("h3", "", "Timetable"), geoalloc.timetable(unit, this.data)]
        : [element("h3", "", "Why here"), element("p", "", geoalloc.reason(unit, this.data))]),
      ...(unit.visits.length
        ? [element("h3", "", "Patrol visits"), geoalloc.visits(unit)] : []),
      ...(gain ? [element("h3", "", "What the move buys"), element("p", "", gain)] : []));
  }

  hotspot(spot) {
    const size = spot.hexes.length;
    this.show(`Hotspot ${spot.rank}: ${spot.place}`, spot.gridRef, ...geoalloc.flag(spot),
      this.terms([["Category", spot.category],
        ["Peak hours", spot.peak],
        ["Incidents", `${geoalloc.number(spot.incidents)} in the data period`],
        ["Density", `${geoalloc.number(spot.rate)} incidents per km² of land per month ` +
          "(retrospective)"],
        ["Persistence", geoalloc.persistence(spot)],
        ["Size", `${size} ${size === 1 ? "hex" : "hexes"}`]]));
  }
};
