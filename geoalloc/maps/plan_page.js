// Opens the page: decodes the columns and lets map, panel and controls answer each other.

/** One object of plain arrays over hexes; each column is decoded when it is asked for. */
geoalloc.model = (data) => {
  const { codec, lazily } = geoalloc, { demand, cover, hexes } = data;
  const each = (columns, decode) =>
    lazily(columns.map((column, g) => () => decode(column, g)));
  const total = demand.total.map(codec.measure);
  const some = (values) => values.some((value) => value > 0);
  return lazily({
    grades: () => data.grades,
    hourLabels: () => data.hours,
    units: () => data.units,
    total: () => total,
    step: () => total.map((grade, g) => (some(grade) ? demand.total[g].step : 0)),
    all: () => geoalloc.summed(total),
    low: () => each(demand.low, (shape, g) =>
      codec.shares(shape).map((share, i) => total[g][i] * share)),
    high: () => each(demand.high, (shape, g) =>
      codec.shares(shape).map((share, i) => total[g][i] / (share || 1 / 63))),
    hours() { return codec.profiles(demand.hours, this.all); },
    unmet: () => cover.unmet && each(cover.unmet, codec.measure),
    first: () => cover.first.map((grade) => lazily({
      units: () => each(grade.units || cover.first[0].units, codec.runs),
      minutes: () => codec.near(grade.minutes),
    })),
    lateHours() {
      return cover.hours && codec.profiles(cover.hours, geoalloc.summed(this.unmet));
    },
    wait: () => each(cover.wait, codec.levels),
    basis: () => each(demand.basis, codec.shares), // observed, scaled
    harm: () => data.harm && codec.levels(data.harm.size),
    borders: () => data.borders && geoalloc.signed(codec.levels(data.borders.size),
      codec.runs(data.borders.helped)),
    area: () => codec.measure(hexes.area),
    land: () => codec.runs(hexes.land).map((share) => share / 1000),
    place: () => codec.names(hexes.place),
    district: () => codec.names(hexes.district),
    beat: () => codec.names(hexes.beat),
    gridRef: () => codec.gridReferences(hexes.gridRef),
  });
};

geoalloc.planWords = (data) => ({
  prefix: data.exercise ? "EXERCISE" : "",
  under: data.question,
  when: data.shift,
  run: `Run ${data.runId} · ${data.mode}`,
  heading: "Choose a hex or a unit",
  hint: "Click the map, or move it with the arrow keys and press Enter for the hex in " +
    "the middle. Units and hotspots can be reached with Tab.",
});

/** Say in words what the reader of a plan must not overlook. */
geoalloc.planWarnings = (data, live) => {
  const early = Date.now() < data.valid[0], said = [];
  if (data.exercise) {
    said.push(["exercise", `EXERCISE${data.synthetic ? " – SYNTHETIC" : ""}`,
      `${data.synthetic ? "Made-up" : "Past"} incidents: for practice, not for duty.`]);
  } else if (data.synthetic) {
    said.push(["exercise", "SYNTHETIC", "Made-up incidents: not for duty."]);
  }
  if (!live) {
    said.push(["expired", early ? "NOT YET VALID" : "EXPIRED",
      "This plan is not valid now: posts, beats and cover are hidden."]);
  }
  said.push(["basis", data.retrospective.startsWith("Demand is a forecast") ? "FORECAST"
    : "RETROSPECTIVE", data.retrospective]);
  return said;
};

/** Fold the tables that tell what more or less would buy under the panel. */
geoalloc.planFolds = (data, panel, chosen, figure) => {
  const { element } = geoalloc.marks;
  const worth = geoalloc.worth(data.worth, panel);
  const reach = element("p", "reach", null,
    ...data.reach.map((text) => element("span", "", text)));
  chosen.after(worth);
  figure.append(reach);
  return (live) => { // they name posts and units
    worth.hidden = !live || !data.worth.length;
    reach.hidden = !live || !data.reach.length;
  };
};

/** What is assumed, in sight; and how far to trust the plan, its first sentence in sight. */
geoalloc.planFace = ({ face, trust: [first, ...others] }) => {
  const { element } = geoalloc.marks, assumed = element("p", "", face.join(" "));
  if (!first) return element("div", "face", null, assumed);
  return element("div", "face", null, assumed, element("details", "trust", null,
    element("summary", "", first), element("p", "", others.join(" "))));
};

geoalloc.open = (map, data) => {
  const { element } = geoalloc.marks;
  const model = geoalloc.model(data);
  const hexes = new geoalloc.Hexes(map, geoalloc.codec.mesh(data.hexes.mesh));
  const live = () => data.exercise || // an exercise never expires
    (Date.now() >= data.valid[0] && Date.now() < data.valid[1]);
  const first = { fill: "demand", hour: 0, playing: false, chosen: null,
    layers: geoalloc.PlanControls.SHOWN };
  const state = new geoalloc.PlanState({ ...first, live: live(), hatch: false,
    dark: geoalloc.prefersDark() });
  geoalloc.darkPage(state.now.dark);
  state.on((now) => geoalloc.darkPage(now.dark));
  const mapElement = map.getContainer();
  const { chosen, controls: column, say } = geoalloc.frame(
    data, mapElement, geoalloc.planWords(data));
  const figure = element("div", "figure"); // the map with what must stay with it
  mapElement.before(figure);
  figure.append(mapElement, geoalloc.planFace(data));
  say(geoalloc.planWarnings(data, state.now.live)); // before the map is fitted: it takes room
  map.invalidateSize(false);
  const panel = new geoalloc.PlanPanel(chosen, model, data, state);
  const showFolds = geoalloc.planFolds(data, panel, chosen, figure);
  const layers = new geoalloc.PlanLayers(map, data, model, hexes, state);
  const compared = geoalloc.comparePlans({ map, data, model, hexes, state, layers, panel,
    figure, chosen });
  const controls = new geoalloc.PlanControls(column, data, state, layers);
  geoalloc.pick(map, hexes, (hex) => state.set({ chosen: { hex } }));
  geoalloc.addCredit(map, data.attribution);
  const reader = geoalloc.planReader({ map, data, model, hexes, state, layers, panel });
  showFolds(state.now.live);
  map.invalidateSize(false); // all that takes room stands now
  geoalloc.view(map, layers.corners());
  layers.fitted();
  layers.follow(state.now);
  reader.link.start(); // the view that the address names

  /** Show what may be shown now; called again when the plan begins or ends to hold. */
  function refresh() {
    if (live() === state.now.live) return;
    state.set({ ...first, live: live() });
    say(geoalloc.planWarnings(data, state.now.live));
    showFolds(state.now.live);
    map.invalidateSize(false);
  }
  setInterval(refresh, 15000);
  geoalloc.opened(map, hexes);
  Object.assign(geoalloc.page, { data, model, state, layers, controls, panel,
    compared, reader });
};
