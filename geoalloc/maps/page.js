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
    all,
    low: total.map((grade, g) => grade.map((value, i) => value * low[g][i])),
    high: total.map((grade, g) => grade.map((value, i) => value / (high[g][i] || 1 / 63))),
    hours: shape.map((hour) => all.map((value, i) => value * hour[i] / parts[i])),
    unmet: cover.unmet.map(codec.measure),
    first: cover.first.map((grade) => ({
      units: (grade.units || cover.first[0].units).map(codec.runs),
      minutes: codec.measure(grade.minutes),
    })),
    area: codec.measure(hexes.area),
    land: codec.runs(hexes.land).map((share) => share / 1000),
    place: codec.names(hexes.place),
    district: codec.names(hexes.district),
    beat: codec.names(hexes.beat),
    gridRef: codec.gridReferences(hexes.gridRef),
  };
};

geoalloc.open = (map, data) => {
  const { element } = geoalloc.marks, mapElement = map.getContainer();
  const model = geoalloc.model(data);
  const hexes = new geoalloc.Hexes(map, geoalloc.codec.mesh(data.hexes.mesh));
  const live = () => data.exercise || // an exercise never expires
    (Date.now() >= data.valid[0] && Date.now() < data.valid[1]);
  const { chosen, controls: column, warn } = geoalloc.frame(data, mapElement);
  warn(live()); // before the map is fitted: banners take their room
  map.invalidateSize(false);
  const panel = new geoalloc.Panel(chosen, model, live);
  let chosenHex = -1, wasLive;

  function choose({ hex = -1, unit, spot }) {
    chosenHex = hex;
    if (unit) { layers.trace(hexes.outline(unit.members)); panel.unit(unit); }
    if (spot) { layers.trace(hexes.outline(spot.hexes)); panel.hotspot(spot); }
    if (hex >= 0) { layers.trace(hexes.outline([hex])); panel.hex(hex, controls.hour); }
  }
  const layers = new geoalloc.Layers(map, data, model, hexes, choose);
  const controls = new geoalloc.Controls(column, data, model, layers, () => {
    if (chosenHex >= 0) panel.hex(chosenHex, controls.hour);
  });

  const chooseAt = (latlng) => {
    const hex = hexes.at(map.project(latlng, 0));
    if (hex >= 0) choose({ hex });
  };
  map.on("click", (event) => chooseAt(event.latlng));
  mapElement.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === mapElement) chooseAt(map.getCenter());
  });

  const Credit = L.Control.extend({
    options: { position: "bottomright" },
    onAdd: () => element("div", "leaflet-control-attribution",
      ["Leaflet", data.attribution].filter(Boolean).join(" | ")),
  });
  map.addControl(new Credit());
  L.control.scale({ imperial: true, maxWidth: 110 }).addTo(map);
  const corners = layers.outline.length ? layers.outline.flat()
    : Array.from(hexes.latitude, (lat, i) => [lat, hexes.longitude[i]]);
  map.fitBounds(L.latLngBounds(corners), { animate: false,
    paddingTopLeft: [8, 8], paddingBottomRight: [8, 30] });
  map.setMinZoom(Math.floor(map.getZoom()) - 1);
  map.setMaxZoom(Math.ceil(map.getZoom()) + 8); // nothing here is finer than a hex
  layers.whole = map.getZoom();
  layers.resize();

  /** Show what may be shown now; called again when the plan begins or ends to hold. */
  function refresh() {
    if (live() === wasLive) return;
    if (wasLive) {
      layers.selection.clearLayers();
      chosenHex = -1;
      chosen.replaceChildren(element("h2", "", "Choose a hex"));
    }
    wasLive = live();
    warn(wasLive);
    controls.reset(wasLive);
    map.invalidateSize(false);
  }
  refresh();
  setInterval(refresh, 15000);
  new ResizeObserver(() => map.invalidateSize(false)).observe(mapElement);
  geoalloc.page = { map, hexes };
  document.documentElement.dataset.ready = "true";
};
