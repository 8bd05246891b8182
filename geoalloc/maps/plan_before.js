// The plan that this one is compared with: its hexes, its units, and what differs.

/** Fills whose hexes differ from plan to plan; all others are alike in both. */
geoalloc.DIFFERS = new Set(["unmet", "wait", "beats"]);

/** Less and more on a light and a dark ground: more is hatched, so that grey tells. */
geoalloc.DIVERGING = (() => {
  const even = (color) => ({ hatch: color, ground: color }); // never hatched for print
  return {
    light: ["#23598c", "#a9cbe6", even("#f4f1e9"),
      { hatch: "#8a4a0e", ground: "#fae3c6" }, { hatch: "#3a1c00", ground: "#d98a3d" }],
    dark: ["#8ecbff", "#35658f", even("#252d33"),
      { hatch: "#e0a566", ground: "#4d3316" }, { hatch: "#ffe3bf", ground: "#b0641a" }],
  };
})();

/** Data and model of the plan before, in the form of those of the plan after. */
geoalloc.planBefore = (data) => {
  const { cover, units } = data.compared;
  const home = new Map(data.stations.map(([name, ...at]) => [name, at]));
  const mine = {
    ...data,
    cover: { ...data.cover, ...cover, hours: data.cover.hours && cover.hours },
    units: units.map((unit) => ({ ...unit, home: home.get(unit.station) || null,
      hexes: 0, reason: "", from: null, gain: null, spells: [], visits: [] })),
    hotspots: data.hotspots.map((spot) => ({ ...spot })), // each map draws its own
  };
  return { data: mine, model: geoalloc.model(mine) };
};

/** Fills of after less before; `before` gives the model when it is first asked for. */
geoalloc.differenceFills = ({ compared }, model, before) => {
  const fill = (title, { classes, unit, note }, of) => {
    const value = (i) => {
      const [now, then] = [of(model, i), of(before(), i)];
      return now === null || then === null ? null : now - then;
    };
    const color = (i) => {
      const found = value(i);
      return found === null ? 255 : geoalloc.classOf(found, classes.breaks);
    };
    const n = classes.labels.length;
    const colors = (ground) => {
      const five = geoalloc.DIVERGING[ground === geoalloc.GROUNDS.dark ? "dark" : "light"];
      return n === 5 ? five : n === 3 ? [five[0], five[2], five[4]] : [five[2]];
    };
    return { title, classes, unit, note, value, color, colors, secret: true };
  };
  const { unmet, wait } = compared.differences;
  return {
    lateDifference: fill("Difference in late incidents", unmet, geoalloc.lateIn),
    waitDifference: fill("Difference in wait", wait, (of, i) => of.wait[0][i]),
  };
};

/** Late incidents of a hex this shift, all grades. */
geoalloc.lateIn = (model, i) => model.unmet.reduce((sum, grade) => sum + grade[i], 0);

/** Write a change with its sign; what rounds to nothing is 0. */
geoalloc.signedNumber = (value) => {
  const text = geoalloc.number(Math.abs(value));
  return /[1-9]/.test(text) ? `${value < 0 ? "−" : "+"}${text}` : "0";
};

/** Tell of a hex what was before and what is after, for its panel. */
geoalloc.pairTable = (i, panel, after, before) => {
  const { element } = geoalloc.marks;
  const both = (text, of) => {
    const [then, now] = [of(before), of(after)];
    const known = then !== null && now !== null;
    return [text, geoalloc.number(then), geoalloc.number(now),
      known ? geoalloc.signedNumber(now - then) : "–"];
  };
  const first = ({ units, first: [{ units: [sent] }] }) =>
    (sent[i] ? units[sent[i] - 1].id : "none");
  const rows = [
    both("Late, all grades", (of) => geoalloc.lateIn(of, i)),
    both("Late, immediate", (of) => of.unmet[0][i]),
    both("Wait, min (immediate)", (of) => of.wait[0][i]),
    ["First (immediate)", first(before), first(after),
      first(before) === first(after) ? "same" : "other"],
    both("First, min away", (of) => of.first[0].minutes[i]),
  ];
  const table = panel.table(["", "Before", "After", "Change"], rows);
  table.className = "pair-table";
  return [element("h3", "", "Before and after"), table];
};

/** The strip of figures of both plans, with how much has changed. */
geoalloc.strip = ({ figures, headings }) => {
  const { element } = geoalloc.marks;
  const cell = (tag, role, text) => {
    const made = element(tag, role === "rowheader" ? "what" : "", text);
    made.setAttribute("role", role); // a table laid out as a strip is one still
    if (tag === "th") made.scope = role === "rowheader" ? "row" : "col";
    return made;
  };
  const line = (cells) => {
    const made = element("tr", "", null, ...cells);
    made.setAttribute("role", "row");
    return made;
  };
  const head = ["", ...headings.map((text) => text.replace(" (this plan)", "")), "Change"];
  const body = figures.rows.map(([what, ...rest]) => line([cell("th", "rowheader", what),
    ...rest.map((text, k) => {
      const made = cell("td", "cell", null);
      if (k === 2) made.className = "change";
      // A line may end before an interval or a gap, and nowhere else.
      const [told, more] = text.split(/ (?=\(|gap )/);
      made.append(element("span", "", told), ...(more ? [" ", element("span", "", more)] : []));
      return made;
    })]));
  const table = element("table", "", null,
    element("thead", "", null, line(head.map((text) =>
      (text ? cell("th", "columnheader", text) : element("td"))))),
    element("tbody", "", null, ...body));
  table.setAttribute("role", "table");
  table.setAttribute("aria-label", "Figures before and after");
  table.style.setProperty("--columns", figures.rows.length);
  const made = element("details", "strip", null,
    element("summary", "", "Before and after in figures"), table,
    element("p", "small", figures.note));
  made.open = window.innerWidth > 800;
  return made;
};
