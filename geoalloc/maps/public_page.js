// Opens a public map: map, panel, tables and controls answer each other.

geoalloc.publicModel = ({ hexes }) => {
  const { codec } = geoalloc;
  const counts = (text) => codec.integers(text).map((n) => (n ? n - 1 : null));
  return {
    place: codec.names(hexes.place),
    district: codec.names(hexes.district),
    gridRef: codec.gridReferences(hexes.gridRef),
    land: codec.measure(hexes.land),
    incidents: counts(hexes.incidents),
    groups: hexes.groups.map(counts),
    expected: codec.measure(hexes.expected),
    low: codec.measure(hexes.low),
    high: codec.measure(hexes.high),
  };
};

geoalloc.publicWords = (data) => ({
  prefix: data.synthetic ? "SYNTHETIC" : "",
  under: "Recorded incidents and expected calls by place",
  when: data.period,
  run: `Forecast for ${data.shift}`,
  heading: "Choose a hex",
  hint: "Click the map, or move it with the arrow keys and press Enter for the hex in " +
    "the middle.",
});

/** A fold with a table of texts. */
geoalloc.publicTable = ({ title, head, rows }) => {
  const { element } = geoalloc.marks;
  const line = (cells, tag) => element("tr", "", null, ...cells.map((text, k) => {
    const made = element(k ? tag : "th", "", text);
    if (tag === "th" || !k) made.scope = tag === "th" ? "col" : "row";
    return made;
  }));
  const table = element("table", "", null,
    element("thead", "", null, line(head, "th")),
    element("tbody", "", null, ...rows.map((row) => line(row, "td"))));
  const scroll = element("div", "scroll", null, table);
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", title);
  const made = element("details", "sheet", null, element("summary", "", title), scroll);
  window.addEventListener("beforeprint", () => { made.open = true; });
  return made;
};

geoalloc.open = (map, data) => {
  const { element } = geoalloc.marks;
  const model = geoalloc.publicModel(data), mapElement = map.getContainer();
  const hexes = new geoalloc.Hexes(map, geoalloc.codec.mesh(data.hexes.mesh));
  const { main, chosen, controls: column, say } = geoalloc.frame(
    data, mapElement, geoalloc.publicWords(data));
  if (data.synthetic) {
    say([["exercise", "SYNTHETIC", "Made-up incidents: none of them happened."]]);
  }
  const tables = data.tables.map(geoalloc.publicTable);
  main.after(...tables);
  const figure = element("div", "figure"); // the map with what must stay with it
  mapElement.before(figure);
  figure.append(mapElement, element("p", "face", null,
    element("span", "", "Counts are retrospective; expected calls are a forecast."),
    element("span", "", "Counts under 5 are not shown, nor those that would give one away."),
    element("span", "credit", geoalloc.credit(data.attribution))));
  map.invalidateSize(false);
  const choose = (hex) => {
    layers.trace(hexes.outline(hex < 0 ? [] : [hex]));
    if (hex < 0) panel.nothing(); else panel.hex(hex);
  };
  const panel = new geoalloc.PublicPanel(chosen, data, model);
  const layers = new geoalloc.PublicLayers(map, data, hexes, choose);
  geoalloc.pick(map, hexes, choose, () => choose(-1));
  geoalloc.view(map, layers.corners());
  layers.fitted();
  tables.forEach((one) => one.addEventListener("toggle", () => { // the whole stays whole
    const whole = Math.abs(map.getZoom() - layers.whole) < 0.01;
    map.invalidateSize(false);
    if (!whole) return;
    map.setMinZoom(0);
    geoalloc.fit(map, layers.corners());
    layers.fitted();
    map.setMinZoom(Math.floor(map.getZoom()) - 1);
  }));
  new geoalloc.PublicControls(column, data, model, layers);
  geoalloc.opened(map, hexes);
};
