// The layers of the map, from the ground up, and which names have room.

geoalloc.INK = { overprint: "#a3005c", line: "#5b6670", water: "#7fa6c4",
  dark: "#1d252b", land: "#fffdf7", casing: "#ffffff", rank: "#000000" };

geoalloc.Layers = class {
  static FONT = "'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, sans-serif";
  static PANES = { ground: 210, hexes: 220, context: 400, tonight: 410, spots: 420,
    selected: 430, names: 610, units: 615, ranks: 620 };
  static MAJOR = 8; // names that come before those of units
  static LARGEST = 3; // names that may stand farther from their point

  constructor(map, data, model, hexes, choose) {
    Object.assign(this, { map, data, model, hexes, choose });
    this.groups = {};
    this.renderers = {};
    this.grow = 1;
    for (const [name, z] of Object.entries(geoalloc.Layers.PANES)) {
      map.createPane(name).style.zIndex = z;
      if (z < 500 && name !== "hexes") {
        this.renderers[name] = L.canvas({ pane: name, padding: 0.3 });
      }
    }
    map.getPane("names").style.pointerEvents = "none";
    this.outline = geoalloc.codec.lines(data.areas.force);
    this.selection = L.layerGroup().addTo(map);
    this.kinds = [...new Set(data.units.map((unit) => unit.kind))].sort(
      (a, b) => (b === "Response") - (a === "Response") || (a < b ? -1 : 1));
    this.members();
    this.crowds();
    this.ground();
    this.addHotspots();
    map.on("zoomend", () => this.resize());
    this.labels = new geoalloc.marks.Labels(map);
    this.labels.solid = () => this.solid();
    this.addNames();
    this.addUnits();
    this.labels.groups = this.order();
  }

  lines(lines, pane, color, weight, more = {}) {
    return L.polyline(lines, { pane, renderer: this.renderers[pane], interactive: false,
      color, weight, ...more });
  }

  /** Lines with a white casing, which stand out on any class of the hexes. */
  cased(lines, pane, color, weight) {
    const options = { smoothFactor: 0 };
    return [
      this.lines(lines, pane, geoalloc.INK.casing, 2 * weight, options),
      this.lines(lines, pane, color, weight, options),
    ];
  }

  ground() {
    const { map, data } = this, { INK } = geoalloc;
    const drawn = (kind) => geoalloc.codec.lines(data.areas[kind]);
    L.polygon(this.outline, { pane: "ground", renderer: this.renderers.ground,
      interactive: false, stroke: false, fillColor: INK.land, fillOpacity: 1 }).addTo(map);
    this.fill = new geoalloc.HexLayer(this.hexes).addTo(map);
    this.lines(drawn("river"), "context", INK.water, 1.6).addTo(map);
    this.lines(this.outline, "context", INK.line, 1.6).addTo(map);
    this.groups.districts = this.lines(drawn("district"), "context", INK.dark, 1.3,
      { opacity: 0.75 });
    this.groups.homeBeats = this.lines(drawn("beat"), "context", INK.dark, 1.1,
      { dashArray: "5 4", opacity: 0.7 });
    this.groups.beats = L.layerGroup();
  }

  /** Find the hexes that each unit is first to. */
  members() {
    const { units } = this.data;
    this.beatOf = this.model.first[0].units[0];
    for (const unit of units) Object.assign(unit, { members: [], km2: 0 });
    this.beatOf.forEach((u, i) => {
      if (!u) return;
      units[u - 1].members.push(i);
      units[u - 1].km2 += this.model.area[i];
    });
  }

  /** Units that share a post stand beside each other, four to a row. */
  crowds() {
    const posts = new Map();
    for (const unit of this.data.units) {
      const key = unit.at.join();
      if (!posts.has(key)) posts.set(key, []);
      posts.get(key).push(unit);
    }
    for (const crowd of posts.values()) crowd.forEach((unit, k) => {
      const across = Math.min(4, crowd.length), down = Math.ceil(crowd.length / 4);
      unit.dx = (k % 4 - (across - 1) / 2) * 17;
      unit.dy = (Math.floor(k / 4) - (down - 1) / 2) * 17;
    });
  }

  addHotspots() {
    const { element, marker } = geoalloc.marks, made = [];
    for (const spot of this.data.hotspots.filter((one) => one.hexes.length)) {
      const lines = this.hexes.outline(spot.hexes);
      spot.at = lines.flat().reduce((a, b) => (b[0] > a[0] ? b : a)); // northernmost
      spot.lines = this.cased(lines, "spots", geoalloc.INK.rank, 2.3);
      made.push(...spot.lines, marker(spot.at, "ranks",
        () => element("div", "mark", null, element("span", "rank", spot.rank)),
        `Hotspot ${spot.rank}, ${spot.place}`, () => this.choose({ spot })));
    }
    this.groups.hotspots = L.layerGroup(made);
  }

  addNames() {
    const { element, marker, width } = geoalloc.marks, { FONT, LARGEST } = geoalloc.Layers;
    const named = (points, name, font, tries) => points.map(([text, ...at]) => {
      const span = element("span", name, text), w = width(text, font) + 2;
      const made = marker(at, "names", () => element("div", "mark", null, span));
      return { made, at, element: span, width: w, height: 14, tries: tries(w) };
    });
    // The middle, then eight directions, farther and farther out.
    const near = (w, rings) => [[-w / 2, -7], ...rings.flatMap((r) => [
      [-w / 2, -r - 13], [-w / 2, r], [r, -7], [-r - w, -7],
      [0.8 * r, -r - 11], [0.8 * r, r - 2], [-0.8 * r - w, -r - 11], [-0.8 * r - w, r - 2],
    ])];
    this.places = named(this.data.places, "place", `700 12px ${FONT}`, (w) => near(w, [12]));
    for (const item of this.places.slice(0, LARGEST)) {
      item.tries = near(item.width, [12, 26, 42, 60]);
    }
    this.stations = named(this.data.stations, "station", `italic 11px ${FONT}`,
      (w) => near(w, [9]).slice(1));
    const buildings = this.data.stations.map(([, ...at]) => marker(at, "names",
      () => element("div", "mark", null, element("span", "building"))));
    this.groups.places = L.layerGroup(this.places.map((item) => item.made));
    this.groups.stations = L.layerGroup(
      [...buildings, ...this.stations.map((item) => item.made)]);
  }

  addUnits() {
    const { units } = this.data, { INK } = geoalloc;
    this.unitNames = [];
    const made = units.map((unit) => this.unit(unit));
    const ties = units.filter((unit) => unit.home && unit.home.join() !== unit.at.join())
      .map((unit) => [unit.home, unit.at]);
    this.groups.units = L.layerGroup(
      [...made, this.lines(ties, "tonight", INK.overprint, 1.2, { opacity: 0.8 })]);
  }

  unit(unit) {
    const { element, marker, shape, width } = geoalloc.marks, { dx, dy } = unit;
    const name = element("span", "unit-name", unit.id);
    const w = width(unit.id, `700 11px ${geoalloc.Layers.FONT}`) + 6;
    this.unitNames.push({ at: unit.at, element: name, width: w, height: 15, tries: [
      [dx + 10, dy - 7], [dx - 10 - w, dy - 7], [dx - w / 2, dy - 25],
      [dx - w / 2, dy + 10]] });
    const build = () => {
      const symbol = element("span", "symbol", null,
        shape(this.kinds.indexOf(unit.kind), 17));
      symbol.style.left = `calc(${dx - 8.5}px * var(--grow))`;
      symbol.style.top = `calc(${dy - 8.5}px * var(--grow))`;
      return element("div", "mark unit", null, symbol, name);
    };
    const title = `${unit.id}, ${unit.kind}, at ${unit.post}`;
    return marker(unit.at, "units", build, title, () => this.choose({ unit }));
  }

  has(name) {
    return this.map.hasLayer(this.groups[name]);
  }

  put(name, shown) {
    const group = this.groups[name];
    if (name === "beats" && shown && !group.getLayers().length) {
      const lines = this.hexes.borders((i) => this.beatOf[i]);
      this.cased(lines, "tonight", geoalloc.INK.overprint, 2).forEach(
        (line) => group.addLayer(line));
    }
    if (shown) group.addTo(this.map); else group.remove();
    this.labels.place();
  }

  /** From afar the symbols shrink; their names come where there is room for both. */
  resize() {
    this.grow = this.map.getZoom() < 10.5 ? 0.65 : 1;
    this.map.getContainer().style.setProperty("--grow", this.grow);
    for (const { lines } of this.data.hotspots) {
      lines?.forEach((line, k) => line.setStyle({ weight: (k ? 2.3 : 4.6) * this.grow ** 2 }));
    }
  }

  /** Boxes that no name may cover. */
  solid() {
    const box = (at, dx, dy, r) => {
      const p = this.map.latLngToContainerPoint(at).add([dx, dy]);
      return { left: p.x - r, right: p.x + r, top: p.y - r, bottom: p.y + r, solid: true };
    };
    const { grow } = this;
    const units = this.has("units") ? this.data.units : [];
    const spots = this.has("hotspots") ? this.data.hotspots.filter((one) => one.at) : [];
    return [...units.map((u) => box(u.at, u.dx * grow, u.dy * grow, 7.5 * grow)),
      ...spots.map((spot) => box(spot.at, 0, 0, 10 * (0.5 + 0.5 * grow)))];
  }

  /** Names in the order in which they take their room, with the gap that they keep. */
  order() {
    const { MAJOR } = geoalloc.Layers, near = () => this.grow === 1;
    const sparse = (zoom) => Math.max(2, 26 - 8 * (zoom - 8));
    return [
      { items: this.places.slice(0, MAJOR), shown: () => this.has("places"), gap: () => 2 },
      { items: this.unitNames, shown: () => this.has("units") && near(), gap: () => 1 },
      { items: this.stations, shown: () => this.has("stations") && near(), gap: sparse },
      { items: this.places.slice(MAJOR), shown: () => this.has("places"), gap: sparse },
    ];
  }

  /** Trace what was chosen. */
  trace(lines) {
    this.selection.clearLayers();
    this.cased(lines, "selected", geoalloc.INK.overprint, 3).forEach(
      (line) => this.selection.addLayer(line));
  }
};
