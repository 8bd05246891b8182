// What the hexes may show: the value of a hex, its classes and its legend.

/** What borders cost each hex: less than nothing where they help. */
geoalloc.signed = (sizes, helped) =>
  sizes.map((size, i) => (helped[i] ? -size : size));

/** The highest classes keep the dark end where there are fewer than five. */
geoalloc.ramp = ({ labels }) =>
  geoalloc.COLORS.slice(geoalloc.COLORS.length - labels.length);

/**
 * Fills by name. Each has a `title`, what a legend needs (`classes`, `unit`, `note`,
 * `colors`), and `color(i, hour)`: position in the colors, 255 for a blank hex; one that
 * has an amount gives `value(i, hour)`. `secret` ones need a plan that is valid now.
 * Classes come with the data, so that two plans on one page share them.
 */
geoalloc.planFills = (data, model) => {
  const sums = "5, 20, 50 and 80% of the sum lie below the breaks.";
  const { length } = data.demand, shift = length.reduce((sum, hours) => sum + hours, 0);
  const land = (i) => model.area[i] * model.land[i];

  function amount(title, { classes, unit }, value, more = {}) {
    const color = (i, hour) => {
      const found = value(i, hour);
      return found === null ? 255 : geoalloc.classOf(found, classes.breaks);
    };
    return { title, classes, unit, colors: geoalloc.ramp(classes), value, color, ...more };
  }

  const demand = amount("Expected demand, all grades", data.demand, (i, hour) => (hour
    ? model.hours[hour - 1][i] / length[hour - 1]
    : model.all[i] / shift) / land(i), { note: sums, hourly: true });

  const unmet = amount("Unmet demand (late incidents)", data.cover,
    (i) => model.unmet.reduce((sum, grade) => sum + grade[i], 0),
    { note: `${data.lateNote} ${sums}`, secret: true });

  const wait = data.cover.waitView && amount("Expected wait (immediate)",
    data.cover.waitView, (i) => model.wait[0][i],
    { note: data.cover.waitView.note, secret: true });

  function borders() {
    if (!data.borders) return null;
    const { classes, marked, unit, note } = data.borders, { breaks, labels } = classes;
    const color = (i) => {
      const value = model.borders[i];
      return value < 0 && value <= -(breaks[0] || 0) ? labels.length
        : geoalloc.classOf(value, breaks);
    };
    const least = breaks.length ? `${breaks[0]} or more saved by them` : "by them";
    const ramp = geoalloc.ramp(classes);
    return { title: "Value of borders", unit, note, secret: true, color,
      value: (i) => model.borders[i],
      colors: marked ? [...ramp, geoalloc.HATCH] : ramp,
      classes: { breaks, labels: [...labels,
        ...(marked ? [`borders help: ${least}`] : [])] } };
  }

  /** Whose unit is sent first, with the share of immediate calls that each holds. */
  function beats() {
    const { sender, total: [calls] } = model, held = [0, 0, 0];
    sender.forEach((k, i) => { held[k] += calls[i]; });
    const all = held[0] + held[1] + held[2] || 1;
    const labels = ["a unit of the hex's home beat", "a unit of another beat", "no unit"];
    return { title: "Beats: tonight against home", secret: true,
      color: (i) => model.sender[i], colors: geoalloc.THREE,
      unit: "First to an immediate call, and its share of such calls",
      classes: { breaks: [], labels: labels.map((text, k) =>
        `${text}: ${Math.round(100 * held[k] / all)}%`) } };
  }

  const none = { title: "None", color: () => 255, colors: [] };
  const fills = { demand, unmet, wait, borders: borders(), beats: beats(), none };
  return Object.fromEntries(Object.entries(fills).filter(([, fill]) => fill));
};
