// What the panel tells of a hex, a unit or a hotspot of a plan.

geoalloc.PlanPanel = class extends geoalloc.Panel {
  constructor(root, model, data, state) {
    super(root);
    Object.assign(this, { model, data, state });
    state.on((now, changed) => {
      if (changed.has("chosen") || changed.has("live")) this.follow(now);
      else if (changed.has("hour") && now.chosen?.hex >= 0) this.follow(now);
    });
  }

  follow({ chosen, hour }) {
    const { hex, unit, spot } = chosen || {};
    if (unit) this.unit(unit);
    else if (spot) this.hotspot(spot);
    else if (hex >= 0) this.hex(hex, hour);
    else this.show("Choose a hex", "");
  }

  hex(i, hour) {
    const { element } = geoalloc.marks, m = this.model, { live } = this.state.now;
    // A page keeps whole steps: what is below one is not nothing where calls arise.
    const interval = (value, low, high, step) => (value < 0.00095 && step
      ? `under ${Math.max(step, 0.001)}`
      : `${geoalloc.number(value)} (${geoalloc.number(low)}–${geoalloc.number(high)})`);
    const expected = m.grades.map((grade, g) => [geoalloc.capital(grade),
      interval(m.total[g][i], m.low[g][i], m.high[g][i], m.step[g]),
      ...(live ? [geoalloc.number(m.unmet[g][i])] : [])]);
    const parts = [
      this.terms([["District", m.district[i]], ["Home beat", m.beat[i]],
        ["Area", `${m.area[i].toFixed(2)} km²` +
          (m.land[i] < 0.995 ? `, ${Math.round(100 * m.land[i])}% of it land` : "")]]),
      element("h3", "", "Expected this shift"),
      this.table(["Grade", "Incidents (90%)", ...(live ? ["Late"] : [])], expected),
      element("p", "small", "In brackets: how well the mean is known, 9 times in 10. " +
        "The count of one night varies more."),
      element("h3", "", "By hour, all grades"),
      this.bars(m.hours.map((hour_) => hour_[i]), m.hourLabels, hour - 1),
    ];
    if (live) parts.push(...this.cover(i));
    this.show(m.place[i], m.gridRef[i], ...parts);
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
      ...this.borders(i),
      element("h3", "", "Why"),
      element("p", "", this.why(i)),
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
    const minutes = m.first[0].minutes[i], total = m.total[0][i], late = m.unmet[0][i];
    const near = minutes === null ? "" : `, ${minutes.toFixed(1)} min away`;
    let text = `${a.id} is nearest for immediate calls: it stands by at ${a.post}${near}.`;
    if (b) text += ` ${b.id}, at ${b.post}, is next when ${a.id} is busy.`;
    if (total > 0) {
      text += ` Of ${geoalloc.number(total)} immediate calls expected here, ` +
        `by the model ${geoalloc.number(late)} (${Math.round(100 * late / total)}%) ` +
        "wait longer than their standard.";
    }
    return text;
  }

  unit(unit) {
    const { element } = geoalloc.marks;
    let gain = "";
    if (unit.gain !== null && unit.from !== unit.post) {
      gain = `Back at ${unit.from}, the plan would have ${geoalloc.number(unit.gain)} ` +
        "more late incidents (weighted) a shift.";
    }
    this.show(unit.id, unit.kind,
      this.terms([[geoalloc.moves(unit) ? "First post" : "Post", unit.post], ["Grid reference", unit.gridRef],
        ["With it there", unit.crowd.filter((one) => one !== unit)
          .map((one) => one.id).join(", ")],
        ["Home station", unit.station],
        ["Visible hours", unit.kind === "Response" ? "" : "not measured"],
        ["Beat tonight", unit.hexes ? `${unit.hexes.toLocaleString("en-GB")} hexes` +
          (unit.km2 ? `, ${unit.km2.toFixed(0)} km²` : "") : "not first to any hex"]]),
      ...(geoalloc.moves(unit)
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
        ["Incidents", `${geoalloc.number(spot.incidents)} in the data period`],
        ["Density", `${geoalloc.number(spot.rate)} incidents per km² of land per month ` +
          "(retrospective)"],
        ["Peak hours", spot.peak],
        ["Persistence", geoalloc.persistence(spot)],
        ["Size", `${size} ${size === 1 ? "hex" : "hexes"}`]]));
  }
};
