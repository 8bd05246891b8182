// What the hexes may show: the value of a hex, its classes and its legend.

/** What borders cost each hex: less than nothing where they help. */
geoalloc.signed = (sizes, helped) =>
  sizes.map((size, i) => (helped[i] ? -size : size));

/** Minutes of the bands of response time. */
geoalloc.BANDS = [5, 10, 15, 20];

/** Shares of what is expected, that confidence breaks at. */
geoalloc.SURE = [0.2, 0.4, 0.6, 0.8];

/**
 * Fills by name. Each has a `title`, what a legend needs (`classes`, `unit`, `note`),
 * `colors(ground)` and `color(i, hour)`: position in the colors, 255 for a blank hex; one
 * that has an amount gives `value(i, hour)`. `hourly` ones follow the slider; `secret` ones
 * need a plan that is valid now. Classes come with the data, so that two plans on one page
 * share them.
 */
geoalloc.planFills = (data, model) => {
  const sums = "5, 20, 50 and 80% of the sum lie below the breaks.";
  const { length } = data.demand, shift = length.reduce((sum, hours) => sum + hours, 0);
  const land = (i) => model.area[i] * model.land[i];
  const hours = (hour) => (hour ? length[hour - 1] : shift);

  function amount(title, { classes, unit }, value, more = {}) {
    const color = (i, hour) => {
      const found = value(i, hour);
      return found === null ? 255 : geoalloc.classOf(found, classes.breaks);
    };
    const colors = (ground) => geoalloc.highest(ground.five, classes);
    return { title, classes, unit, colors, value, color, ...more };
  }

  /** Labels with the share of immediate calls in hexes of each class. */
  function withShares(labels, position) {
    const [calls] = model.total, held = labels.map(() => 0);
    calls.forEach((n, i) => { if (position(i) < 255) held[position(i)] += n; });
    const all = calls.reduce((sum, n) => sum + n, 0) || 1;
    return labels.map((text, k) => `${text}: ${Math.round(100 * held[k] / all)}%`);
  }

  const demand = amount("Expected demand, all grades", data.demand, (i, hour) =>
    (hour ? model.hours[hour - 1][i] : model.all[i]) / hours(hour) / land(i),
  { note: sums, hourly: true });

  const late = (i) => model.unmet.reduce((sum, grade) => sum + grade[i], 0);
  const unmet = amount("Unmet demand (late incidents)", data.cover, (i, hour) =>
    (hour ? model.lateHours[hour - 1][i] : late(i)) / hours(hour),
  { note: `${data.lateNote} ${sums}`, secret: true, hourly: true });

  const harm = data.harm && amount("Harm expected", data.harm, (i) => model.harm[i],
    { note: data.harm.note });

  function bands() {
    const { BANDS } = geoalloc, town = data.standards?.immediate;
    const country = data.ruralStandards?.immediate;
    const promised = !town ? "" : ` The standard is ${town} min` +
      `${country && country !== town ? ` in town and ${country} in the country` : ""}, ` +
      "with the handling of the call.";
    const value = (i) => model.wait[0][i];
    const color = (i) => (value(i) === null ? 255 : geoalloc.classOf(value(i), BANDS));
    const labels = [`under ${BANDS[0]} min`, ...BANDS.slice(1).map((end, k) =>
      `${BANDS[k]} to ${end} min`), `${BANDS.at(-1)} min and over`];
    return { title: "Response time bands (immediate)", secret: true, value, color,
      colors: (ground) => ground.five,
      classes: { breaks: BANDS, labels: withShares(labels, color) },
      unit: "minutes expected from dispatch to arrival of the first free unit, and share " +
        "of immediate calls",
      note: `Mean of the shift.${promised}` };
  }

  function confidence() {
    const { SURE } = geoalloc, per = (share) => `${Math.round(100 * share)}%`;
    const value = (i) => (model.all[i] > 0 ? model.basis[0][i] : null);
    const color = (i) => (value(i) === null ? 255 : geoalloc.classOf(value(i), SURE));
    const labels = [`under ${per(SURE[0])}`, ...SURE.slice(1).map((end, k) =>
      `${per(SURE[k])} to ${per(end)}`), `${per(SURE.at(-1))} and over`];
    return { title: "Confidence: demand observed", value, color,
      colors: (ground) => ground.five,
      classes: { breaks: SURE, labels: withShares(labels, color) },
      unit: "share of the hex's demand that rests on incidents recorded with a place, and " +
        "share of immediate calls in such hexes",
      note: "The rest is scaled up or assumed: the lighter, the less is known of the " +
        "hex. Its interval stands in the panel." };
  }

  function borders() {
    if (!data.borders) return null;
    const { classes, marked, unit, note } = data.borders, { breaks, labels } = classes;
    const color = (i) => {
      const value = model.borders[i];
      return value < 0 && value <= -(breaks[0] || 0) ? labels.length
        : geoalloc.classOf(value, breaks);
    };
    const least = breaks.length ? `${breaks[0]} or more saved by them` : "by them";
    return { title: "Value of borders", unit, note, secret: true, color,
      value: (i) => model.borders[i],
      colors: (ground) => [...geoalloc.highest(ground.five, classes),
        ...(marked ? [ground.hatch] : [])],
      classes: { breaks, labels: [...labels,
        ...(marked ? [`borders help: ${least}`] : [])] } };
  }

  /** Whose unit is sent first, with the share of immediate calls that each holds. */
  function beats() {
    const color = (i) => model.sender[i];
    const labels = ["a unit of the hex's home beat", "a unit of another beat", "no unit"];
    return { title: "Beats: tonight against home", secret: true, color,
      colors: (ground) => ground.three,
      unit: "First to an immediate call, and its share of such calls",
      classes: { breaks: [], labels: withShares(labels, color) } };
  }

  const none = { title: "None", color: () => 255, colors: () => [] };
  const fills = { demand, harm, unmet: data.cover.unmet && unmet, wait: bands(),
    borders: borders(), beats: beats(), confidence: confidence(), none };
  return Object.fromEntries(Object.entries(fills).filter(([, fill]) => fill));
};

/** Colors of a fill on a ground, hatched if that is asked for. */
geoalloc.colorsOf = (fill, ground, hatch) => {
  const colors = fill.colors(ground);
  return hatch && fill.classes ? geoalloc.hatched(colors, fill.classes, ground) : colors;
};
