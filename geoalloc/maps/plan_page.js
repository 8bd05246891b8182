// Opens the page: decodes the columns and lets map, panel and controls answer each other.

/** Decode the columns into one object of plain arrays over hexes. */
geoalloc.model = (data) => {
  const { codec } = geoalloc, { demand, cover, hexes } = data;
  const total = demand.total.map(codec.measure);
  const low = demand.low.map(codec.shares), high = demand.high.map(codec.shares);
  const shape = demand.hours.map(codec.shares);
  const all = total[0].map((_, i) => total.reduce((sum, grade) => sum + grade[i], 0));
  const parts = all.map((_, i) => shape.reduce((sum, hour) => sum + hour[i], 0) || 1);
  return {
    grades: data.grades,
    hourLabels: data.hours,
    units: data.units,
    total,
    step: total.map((grade, g) => (grade.some((value) => value > 0) ? demand.total[g].step : 0)),
    all,
    low: total.map((grade, g) => grade.map((value, i) => value * low[g][i])),
    high: total.map((grade, g) => grade.map((value, i) => value / (high[g][i] || 1 / 63))),
    hours: shape.map((hour) => all.map((value, i) => value * hour[i] / parts[i])),
    unmet: cover.unmet.map(codec.measure),
    first: cover.first.map((grade) => ({
      units: (grade.units || cover.first[0].units).map(codec.runs),
      minutes: codec.near(grade.minutes),
    })),
    wait: cover.wait.map(codec.levels),
    borders: data.borders && geoalloc.signed(codec.levels(data.borders.size),
      codec.runs(data.borders.helped)),
    area: codec.measure(hexes.area),
    land: codec.runs(hexes.land).map((share) => share / 1000),
    place: codec.names(hexes.place),
    district: codec.names(hexes.district),
    beat: codec.names(hexes.beat),
    gridRef: codec.gridReferences(hexes.gridRef),
  };
};

geoalloc.planWords = (data) => ({
  prefix: data.exercise ? "EXERCISE" : "",
  under: data.question,
  when: data.shift,
  run: `Run ${data.runId} · ${data.mode} · ${data.retrospective}`,
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

geoalloc.open = (map, data) => {
  const { element } = geoalloc.marks;
  const model = geoalloc.model(data);
  const hexes = new geoalloc.Hexes(map, geoalloc.codec.mesh(data.hexes.mesh));
  const live = () => data.exercise || // an exercise never expires
    (Date.now() >= data.valid[0] && Date.now() < data.valid[1]);
  const first = { fill: "demand", hour: 0, chosen: null,
    layers: geoalloc.PlanControls.SHOWN };
  const state = new geoalloc.PlanState({ ...first, live: live() });
  const mapElement = map.getContainer();
  const { chosen, controls: column, say } = geoalloc.frame(
    data, mapElement, geoalloc.planWords(data));
  const figure = element("div", "figure"); // the map with what must stay with it
  mapElement.before(figure);
  figure.append(mapElement, element("p", "face", null,
    ...data.face.map((text) => element("span", "", text))));
  say(geoalloc.planWarnings(data, state.now.live)); // before the map is fitted: it takes room
  map.invalidateSize(false);
  const panel = new geoalloc.PlanPanel(chosen, model, data, state);
  const showFolds = geoalloc.planFolds(data, panel, chosen, figure);
  const layers = new geoalloc.PlanLayers(map, data, model, hexes, state);
  const controls = new geoalloc.PlanControls(column, data, state, layers.fills,
    layers.kinds);
  geoalloc.pick(map, hexes, (hex) => state.set({ chosen: { hex } }));
  geoalloc.addCredit(map, data.attribution);
  geoalloc.view(map, layers.corners());
  layers.fitted();
  layers.follow(state.now);
  showFolds(state.now.live);

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
  Object.assign(geoalloc.page, { data, model, state, layers, controls, panel });
};
