// The layers of the map, from the ground up, and which names have room.

geoalloc.INK = { overprint: "#a3005c", line: "#5b6670", water: "#7fa6c4",
  dark: "#1d252b", land: "#fffdf7", casing: "#ffffff", rank: "#000000" };

geoalloc.Layers = class {
  static FONT = "'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, sans-serif";
  static PANES = { ground: 210, hexes: 220, context: 400, tonight: 410, spots: 420,
    selected: 430, names: 610, units: 615, ranks: 620 };
  static MAJOR = 8; // names that come before those of units
  static LARGEST = 3; // names that may stand farther from their point
  static FEW = 28; // names on the whole map; four times as many each zoom farther in
  static PARTS = 1.5; // zooms from the whole map to the names of parts of towns
  static WHOLE_TOWN = 2.7; // zooms to where a town is only the names of its parts
  static NEAR = 11.6; // from this zoom each unit has its mark, and a name
  static OVERVIEW = 10.2; // below this zoom marks are smallest

  constructor(map, data, model, hexes, choose) {
    Object.assign(this, { map, data, model, hexes, choose });
    this.groups = {};
    this.renderers = {};
    this.whole = 0;
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
    this.addNames();
    this.addUnits();
    map.on("zoomend", () => this.resize());
    this.labels = new geoalloc.marks.Labels(map);
    this.labels.solid = () => this.solid();
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
    this.groups.homeBeats = this.lines(drawn("beat"), "context", INK.dark, 1.6,
      { dashArray: "6 4", opacity: 0.9 });
    this.groups.beats = L.layerGroup();
  }

  /** Find the hexes that each unit is first to, and whether of its home beat. */
  members() {
    const { units } = this.data;
    this.beatOf = this.model.first[0].units[0];
    const beatAt = (at) => this.model.beat[this.hexes.at(this.map.project(at, 0))];
    for (const unit of units) {
      Object.assign(unit, { members: [], km2: 0, beat: unit.home && beatAt(unit.home) });
    }
    this.model.sender = this.beatOf.map((u, i) =>
      (!u ? 2 : Number(units[u - 1].beat !== this.model.beat[i])));
    this.beatOf.forEach((u, i) => {
      if (!u) return;
      units[u - 1].members.push(i);
      units[u - 1].km2 += this.model.area[i];
    });
  }

  /** Units that share a post stand beside each other, four to a row; from afar one of
   * each kind stands for all of them. */
  crowds() {
    const posts = new Map();
    for (const unit of this.data.units) {
      const key = unit.at.join();
      if (!posts.has(key)) posts.set(key, []);
      posts.get(key).push(unit);
    }
    for (const crowd of posts.values()) crowd.forEach((unit, k) => {
      const kinds = [...new Set(crowd.map((one) => one.kind))];
      const alike = crowd.filter((one) => one.kind === unit.kind);
      unit.crowd = crowd;
      unit.leads = alike[0] === unit;
      unit.far = 9 * (kinds.indexOf(unit.kind) - (kinds.length - 1) / 2);
      unit.size = Math.min(1.6, 0.85 + 0.15 * alike.length);
      const across = Math.min(4, crowd.length), down = Math.ceil(crowd.length / 4);
      unit.dx = (k % 4 - (across - 1) / 2) * 17;
      unit.dy = (Math.floor(k / 4) - (down - 1) / 2) * 17;
    });
  }

  addHotspots() {
    const { element, marker } = geoalloc.marks, made = [];
    const tries = [[-9, -9], ...[15, 21, 28, 37, 48, 60, 75].flatMap((r) =>
      Array.from({ length: 16 }, (_, k) =>
        [r * Math.cos(k * Math.PI / 8) - 9, r * Math.sin(k * Math.PI / 8) - 9]))];
    this.ranks = [];
    for (const spot of this.data.hotspots.filter((one) => one.hexes.length)) {
      const lines = this.hexes.outline(spot.hexes);
      spot.at = lines.flat().reduce((a, b) => (b[0] > a[0] ? b : a)); // northernmost
      spot.lines = this.cased(lines, "spots", geoalloc.INK.rank, 2.3);
      const rank = element("span", "rank", spot.rank), leader = element("span", "leader");
      this.ranks.push({ at: spot.at, element: rank, leader, width: 18, height: 18, tries });
      made.push(...spot.lines, marker(spot.at, "ranks",
        () => element("div", "mark", null, leader, rank),
        `Hotspot ${spot.rank}, ${spot.place}`, () => this.choose({ spot })));
    }
    this.groups.hotspots = L.layerGroup(made);
  }

  addNames() {
    const { element, marker, width } = geoalloc.marks;
    const { FONT, FEW, LARGEST, PARTS, WHOLE_TOWN } = geoalloc.Layers;
    const named = (text, at, style, font, height) => {
      const span = element("span", style, text), w = width(text, `${font} ${FONT}`) + 2;
      const made = marker(at, "names", () => element("div", "mark", null, span));
      return { made, at, element: span, width: w, height };
    };
    // The middle, then eight directions, farther and farther out.
    const near = (w, h, rings) => [[-w / 2, -h / 2], ...rings.flatMap((r) => [
      [-w / 2, -r - h], [-w / 2, r], [r, -h / 2], [-r - w, -h / 2],
      [0.8 * r, -r - h + 3], [0.8 * r, r - 2], [-0.8 * r - w, -r - h + 3],
      [-0.8 * r - w, r - 2]])];
    const zooms = (k) => Math.max(0, Math.log(k / FEW) / Math.log(4));
    let apart = 0; // places so far that are not parts of towns
    this.places = this.data.places.map(([text, people, rank, ...at], k) => {
      const [style, font, height] = rank === 2 ? ["part", "600 11px", 14]
        : people >= 80000 ? ["city", "700 16px", 18]
          : people >= 15000 ? ["town", "700 13px", 16] : ["village", "600 12px", 14];
      const item = named(text, at, `place ${style}`, font, height);
      item.tries = near(item.width, height, k < LARGEST ? [12, 26, 42, 60] : [12]);
      item.last = rank === 0 ? WHOLE_TOWN : Infinity;
      item.zooms = rank === 2 ? Math.max(PARTS, zooms(k)) : zooms(apart++);
      return item;
    });
    this.stations = this.data.stations.map(([text, ...at]) =>
      named(text, at, "station", "italic 11px", 14));
    for (const item of this.stations) item.tries = near(item.width, 14, [9]).slice(1);
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
    this.ties = this.lines(ties, "tonight", INK.overprint, 1.2);
    this.groups.units = L.layerGroup([...made, this.ties]);
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
      const set = (property, value) => symbol.style.setProperty(property, value);
      set("--x", `${dx}px`);
      set("--y", `${dy}px`);
      set("--far", `${unit.far}px`);
      set("--size", unit.size);
      return element("div", unit.leads ? "mark unit leads" : "mark unit", null, symbol, name);
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
      this.resize();
    }
    if (shown) group.addTo(this.map); else group.remove();
    this.labels.place();
  }

  /** From afar the symbols shrink; their names come where there is room for both. */
  resize() {
    const { NEAR, OVERVIEW } = geoalloc.Layers, zoom = this.map.getZoom();
    this.grow = zoom < OVERVIEW ? 0.5 : zoom < NEAR ? 0.75 : 1;
    const far = this.grow < 1, container = this.map.getContainer();
    container.classList.toggle("far", far);
    container.style.setProperty("--grow", this.grow);
    this.ties.setStyle({ weight: far ? 0.7 : 1.2, opacity: far ? 0.5 : 0.6 });
    this.groups.beats.getLayers().forEach((line, k) =>
      line.setStyle({ weight: (k ? 2 : 4) * Math.max(0.6, this.grow) }));
    for (const { lines } of this.data.hotspots) {
      lines?.forEach((line, k) => line.setStyle({ weight: (k ? 2.3 : 4.6) * this.grow }));
    }
    for (const item of this.places) {
      item.from = this.whole + item.zooms;
      item.until = this.whole + item.last;
    }
  }

  /** Boxes that no name may cover. */
  solid() {
    const box = (at, dx, dy, r) => {
      const p = this.map.latLngToContainerPoint(at).add([dx, dy]);
      return { left: p.x - r, right: p.x + r, top: p.y - r, bottom: p.y + r, solid: true };
    };
    const { grow } = this, units = this.has("units") ? this.data.units : [];
    const corner = this.map.getContainer().getBoundingClientRect();
    const fixed = [...this.map.getContainer().querySelectorAll(".leaflet-control")].map(
      (control) => control.getBoundingClientRect()).map((r) => ({ solid: true,
        left: r.left - corner.left, right: r.right - corner.left,
        top: r.top - corner.top, bottom: r.bottom - corner.top }));
    return [...fixed, ...(grow < 1
      ? units.filter((u) => u.leads).map((u) => box(u.at, u.far, 0, 8 * grow * u.size))
      : units.map((u) => box(u.at, u.dx, u.dy, 7.5)))];
  }

  /** Names in the order in which they take their room, with the gap that they keep. */
  order() {
    const { MAJOR } = geoalloc.Layers, near = () => this.grow === 1;
    const sparse = (zoom) => Math.max(2, 14 - 6 * (zoom - this.whole));
    return [
      { items: this.ranks, shown: () => this.has("hotspots"), gap: () => 0 },
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
