// Opens a map of hotspots: map, panel, table and controls answer each other.

geoalloc.hotspotModel = (data) => {
  const { codec } = geoalloc, { hexes } = data;
  return {
    rateUnit: data.rateUnit,
    times: data.times,
    ids: codec.ids(hexes.ids),
    incidents: codec.integers(hexes.incidents),
    density: codec.measure(hexes.density),
    chance: codec.integers(hexes.chance),
    exceedance: codec.integers(hexes.exceedance),
    tier: codec.runs(hexes.tier),
    persistence: codec.runs(hexes.persistence),
    classes: data.persistence && data.persistence.names,
  };
};

geoalloc.hotspotWords = (data) => ({
  prefix: data.synthetic ? "SYNTHETIC" : "",
  under: data.under,
  when: data.when,
  run: data.run,
  heading: "Choose a hotspot or a hex",
  hint: "Click the map or a row of the table, or move the map with the arrow keys and " +
    "press Enter for the hex in the middle. Hotspots can be reached with Tab.",
});

geoalloc.open = (map, data) => {
  const { element } = geoalloc.marks;
  const model = geoalloc.hotspotModel(data);
  const hexes = new geoalloc.Hexes(map, geoalloc.codec.mesh(data.hexes.mesh));
  const mapElement = map.getContainer();
  const { main, chosen, controls: column, say } = geoalloc.frame(
    data, mapElement, geoalloc.hotspotWords(data));
  if (data.synthetic) {
    say([["exercise", "SYNTHETIC", "Made-up incidents: not for duty."]]);
  }
  const table = new geoalloc.HotspotTable(data, (spot) => {
    choose({ spot });
    go(spot);
  });
  main.after(table.root);
  const figure = element("div", "figure"); // the map with what must stay with it
  mapElement.before(figure);
  figure.append(mapElement, element("p", "face", null,
    ...(data.marking ? [element("span", "marked", data.marking)] : []),
    ...data.face.map((text) => element("span", "", text)),
    element("span", "credit", geoalloc.credit(data.attribution))));
  map.invalidateSize(false);

  const spotOf = new Map(data.hotspots.flatMap((spot) =>
    spot.hexes.map((hex) => [hex, spot])));
  function choose({ hex = -1, spot = spotOf.get(hex) }) {
    const members = spot ? spot.hexes : hex < 0 ? [] : [hex];
    layers.trace(hexes.outline(members));
    layers.mark(spot);
    table.mark(spot);
    if (spot) panel.hotspot(spot, hex);
    else if (hex < 0) panel.nothing();
    else panel.hex(hex);
  }
  function go(spot) {
    const corners = hexes.outline(spot.hexes).flat();
    if (corners.length) {
      map.fitBounds(L.latLngBounds(corners).pad(1.5), { animate: false,
        maxZoom: layers.whole + 4 });
    }
    if (window.innerWidth <= 800) mapElement.scrollIntoView({ block: "start" });
  }
  const panel = new geoalloc.HotspotPanel(chosen, model, go);
  const layers = new geoalloc.HotspotLayers(map, data, hexes, choose);
  geoalloc.pick(map, hexes, (hex) => choose({ hex }), () => choose({}));

  geoalloc.view(map, layers.corners());
  layers.fitted();
  table.root.addEventListener("toggle", () => { // the whole stays whole
    const whole = Math.abs(map.getZoom() - layers.whole) < 0.01;
    map.invalidateSize(false);
    if (!whole) return;
    map.setMinZoom(0);
    geoalloc.fit(map, layers.corners());
    layers.fitted();
    map.setMinZoom(Math.floor(map.getZoom()) - 1);
  });
  const controls = new geoalloc.HotspotControls(column, data, model, layers);
  geoalloc.opened(map, hexes);
  return controls;
};
