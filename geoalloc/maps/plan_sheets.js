// What the tables of a plan hold: hexes with what the map shows, units, hotspots.

geoalloc.byName = new Intl.Collator("en-GB", { numeric: true }).compare;

/** Things in order of a key; those that tie keep theirs, what has none comes last. */
geoalloc.ordered = (things, key, down) => {
  const keys = new Map(things.map((thing) => [thing, key(thing)]));
  const sign = down ? -1 : 1, none = (value) => value === null || value === undefined ||
    value === "";
  return [...things].sort((a, b) => {
    const x = keys.get(a), y = keys.get(b);
    if (none(x) || none(y)) return none(x) - none(y);
    return sign * (typeof x === "string" ? geoalloc.byName(x, y) : x - y);
  });
};

/** Rows as a file for spreadsheets, which run no cell of it. */
geoalloc.csv = (rows) => {
  const cell = (value) => {
    const text = value === null || value === undefined ? "" : String(value);
    const calm = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(calm) ? `"${calm.replaceAll('"', '""')}"` : calm;
  };
  // The mark at the start tells Excel that the file is UTF-8.
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
};

/** Hand all rows of a table over as a file, with the marking of the page. */
geoalloc.handOver = (data, { title, caption, columns, things }) => {
  const marking = [data.exercise ? "EXERCISE" : "", data.marking, data.handling]
    .filter(Boolean).join(" – ");
  const text = geoalloc.csv([[marking], [caption], columns.map((column) => column.title),
    ...things.map((thing) => columns.map((column) => (column.raw || column.text)(thing)))]);
  const link = geoalloc.marks.element("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = `${geoalloc.plain(data.name).replaceAll(" ", "-")}-${data.runId}-` +
    `${geoalloc.plain(title)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};

/** Position of each name in the order of names: quicker to sort by than the names. */
geoalloc.nameRanks = (names) => {
  const order = [...new Set(names)].sort(geoalloc.byName);
  const rank = new Map(order.map((name, k) => [name, k]));
  return names.map((name) => rank.get(name));
};

/** A number to two digits, down to a tenth of the lowest break of its classes. */
geoalloc.against = (value, { breaks: [first] }) => {
  const size = Math.abs(value), least = Math.min(0.001, (first || 0.01) / 10);
  const fixed = (number) => number.toFixed(1 - Math.floor(Math.log10(Math.abs(number))));
  if (value === null || size === 0 || size >= 0.00095) return geoalloc.number(value);
  return size >= least ? fixed(value) : `under ${Number(fixed(least)).toFixed(
    Math.max(3, -Math.floor(Math.log10(least) + 1e-9)))}`;
};

/** A number to four digits, for a file. */
geoalloc.four = (value) => (value === null || value === undefined ? null
  : Number(value.toPrecision(4)));

/**
 * Kinds of rows. Each has a title, `things()`, `columns(state)`, `caption(state)`, `order`
 * to begin with and `go(thing)`; a column has a title, what a cell says, the key it is
 * sorted by, and `raw` if a file holds more; one that keeps its `role` stays sorted by.
 */
geoalloc.planSheets = (page) => ({
  hexes: geoalloc.hexSheet(page),
  units: {
    title: "Units",
    secret: true,
    order: { by: "Call sign", down: false },
    things: () => page.data.units,
    caption: () => "Units as the shift begins.",
    columns: () => [
      { title: "Call sign", words: true, text: (u) => u.id, key: (u) => u.id },
      { title: "Kind", words: true, text: (u) => u.kind, key: (u) => u.kind },
      { title: "Post", words: true, text: (u) => u.post, key: (u) => u.post },
      { title: "Grid reference", words: true, text: (u) => u.gridRef, key: (u) => u.gridRef },
      { title: "Home station", words: true, text: (u) => u.station, key: (u) => u.station },
      { title: "First to hexes", text: (u) => u.hexes.toLocaleString("en-GB"),
        key: (u) => u.hexes, raw: (u) => u.hexes },
    ],
    go: (unit) => page.guide.unit(unit),
  },
  hotspots: {
    title: "Hotspots",
    order: { by: "Rank", down: false },
    things: () => page.data.hotspots,
    caption: () => "Hotspots of the data period (retrospective). Density: incidents per " +
      "km² of land per month.",
    columns: () => [
      { title: "Rank", text: (s) => String(s.rank), key: (s) => s.rank },
      { title: "Place", words: true, text: (s) => s.place, key: (s) => s.place },
      { title: "Grid reference", words: true, text: (s) => s.gridRef, key: (s) => s.gridRef },
      { title: "Category", words: true, text: (s) => s.category, key: (s) => s.category },
      { title: "Incidents", text: (s) => geoalloc.number(s.incidents),
        key: (s) => s.incidents, raw: (s) => geoalloc.four(s.incidents) },
      { title: "Density", text: (s) => geoalloc.number(s.rate), key: (s) => s.rate,
        raw: (s) => geoalloc.four(s.rate) },
      { title: "Peak hours", words: true, text: (s) => s.peak, key: (s) => s.peak },
      { title: "Persistence", words: true, text: (s) => geoalloc.persistence(s) || "",
        key: (s) => s.persistence },
    ],
    go: (spot) => page.guide.spot(spot),
  },
});

geoalloc.hexSheet = ({ data, model, layers, guide }) => {
  const all = model.all.map((_, i) => i), ranks = {};
  const named = (title, names) => ({ title, words: true, text: (i) => names[i],
    key: (i) => (ranks[title] = ranks[title] || geoalloc.nameRanks(names))[i] });
  const [{ units: [first], minutes }] = model.first;
  const unit = (i) => (first[i] ? model.units[first[i] - 1].id : "none");

  /** Of a fill its value, if it is an amount, and its class, if it has classes. */
  function shown({ fill, hour }) {
    const { title, value, color, classes } = layers.fills[fill], at = (i) => value(i, hour);
    const label = (i) => (classes.labels[color(i, hour)] || "none")
      .replace(/: \d+%$/, ""); // a share of all calls, which is not the hex's
    return [
      ...(value ? [{ title, role: "value", key: at,
        text: (i) => geoalloc.against(at(i), classes),
        raw: (i) => geoalloc.four(at(i)) }] : []),
      ...(classes ? [{ title: value ? "Class" : title, words: true, text: label,
        role: value ? "" : "value", key: (i) => (color(i, hour) === 255 ? null
          : color(i, hour)) }] : []),
    ];
  }

  function caption({ fill, hour }) {
    const { title, unit: of, classes, hourly } = layers.fills[fill];
    const when = hourly && hour ? data.hours[hour - 1] : "the whole shift";
    return classes ? `${title}, ${when}: ${of}.` : "The map shows no values of hexes.";
  }

  return {
    title: "Hexes",
    order: { by: "value", down: true },
    things: () => all,
    caption,
    district: (i) => model.district[i],
    columns: (now) => [
      named("Place", model.place),
      named("Grid reference", model.gridRef),
      named("District", model.district),
      ...shown(now),
      { title: "First unit", words: true, secret: true, text: unit, key: (i) => first[i] },
      { title: "Minutes", secret: true, key: (i) => minutes[i],
        text: (i) => (minutes[i] === null ? "–" : minutes[i].toFixed(1)),
        raw: (i) => geoalloc.four(minutes[i]) },
    ],
    go: (i) => guide.hex(i),
  };
};
