// The layers that every map has, from the ground up: land, hexes, hotspots, names.

geoalloc.Layers = class {
  static FONT = "'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, sans-serif";
  static PANES = { tiles: 205, ground: 210, hexes: 220, context: 400, over: 410, spots: 420,
    selected: 430, names: 610, units: 615, ranks: 620 };
  static LARGEST = 3; // names that may stand farther from their point
  static FEW = 28; // names on the whole map; four times as many each zoom farther in
  static PARTS = 1.5; // zooms from the whole map to the names of parts of towns
  static WHOLE_TOWN = 2.7; // zooms to where a town is only the names of its parts

  /** `data` has `areas` (force, river), `places`, `hotspots`. */
  constructor(map, data, hexes, choose) {
    Object.assign(this, { map, data, hexes, choose });
    this.groups = {};
    this.renderers = {};
    this.inked = []; // lines and polygons, each with the name of its ink
    this.night = false;
    this.whole = 0;
    this.grow = 1;
    for (const [name, z] of Object.entries(geoalloc.Layers.PANES)) {
      map.createPane(name).style.zIndex = z;
      if (z < 500 && name !== "hexes" && name !== "tiles") {
        this.renderers[name] = L.canvas({ pane: name, padding: 0.3 });
      }
    }
    map.getPane("names").style.pointerEvents = "none";
    this.outline = geoalloc.codec.lines(data.areas.force);
    this.selection = L.layerGroup().addTo(map);
  }

  get ink() {
    return geoalloc.GROUNDS[this.night ? "dark" : "light"];
  }

  /** Lines of an ink of the ground, by name: they change with it. */
  lines(lines, pane, ink, weight, more = {}) {
    const made = L.polyline(lines, { pane, renderer: this.renderers[pane],
      interactive: false, color: this.ink[ink], weight, ...more });
    this.inked.push([made, ink]);
    return made;
  }

  /** Lines with a casing of the ground, which stand out on any class of the hexes. */
  cased(lines, pane, ink, weight) {
    const options = { smoothFactor: 0 };
    return [
      this.lines(lines, pane, "casing", 2 * weight, options),
      this.lines(lines, pane, ink, weight, options),
    ];
  }

  ground() {
    const { map, data } = this;
    const drawn = (kind) => (data.areas[kind] ? geoalloc.codec.lines(data.areas[kind]) : []);
    this.land = L.polygon(this.outline, { pane: "ground", renderer: this.renderers.ground,
      interactive: false, stroke: false, fillColor: this.ink.land, fillOpacity: 1 });
    this.land.addTo(map);
    this.fill = new geoalloc.HexLayer(this.hexes).addTo(map);
    const water = L.layerGroup([this.lines(drawn("river"), "context", "water", 1.6),
      this.lines(drawn("coast"), "context", "water", 5, { opacity: 0.55 })]);
    const roads = drawn("road");
    this.groups.roads = this.lines(roads, "context", "road", 1.1, { opacity: 0.85 });
    this.hasRoads = roads.length > 0;
    water.addTo(map);
    this.lines(this.outline, "context", "line", 1.6).addTo(map);
  }

  /** Tiles of the force's own network, under everything; the land gives way to them. */
  addTiles({ url }) {
    const tiles = L.tileLayer(url, { pane: "tiles", maxZoom: 20, attribution: "" });
    tiles.on("add", () => this.land.setStyle({ fillOpacity: 0 }));
    tiles.on("remove", () => this.land.setStyle({ fillOpacity: 1 }));
    this.groups.tiles = tiles;
  }

  /** Draw on a dark ground, for a dark room, or on a light one. */
  darken(on) {
    this.night = on;
    const { ink } = this;
    this.land.setStyle({ fillColor: ink.land });
    for (const [line, name] of this.inked) line.setStyle({ color: ink[name] });
    L.setOptions(this.fill, { seam: ink.seam });
  }

  addHotspots(ink) {
    const { element, marker } = geoalloc.marks, made = [];
    const tries = [[-9, -9], ...[15, 21, 28, 37, 48, 60, 75].flatMap((r) =>
      Array.from({ length: 16 }, (_, k) =>
        [r * Math.cos(k * Math.PI / 8) - 9, r * Math.sin(k * Math.PI / 8) - 9]))];
    this.ranks = [];
    for (const spot of this.data.hotspots.filter((one) => one.hexes.length)) {
      const lines = this.hexes.outline(spot.hexes);
      spot.at = lines.flat().reduce((a, b) => (b[0] > a[0] ? b : a)); // northernmost
      spot.lines = this.cased(lines, "spots", ink, 2.3);
      const rank = element("span", "rank", spot.rank), leader = element("span", "leader");
      this.ranks.push({ at: spot.at, element: rank, leader, width: 18, height: 18, tries });
      made.push(...spot.lines, marker(spot.at, "ranks",
        () => element("div", "mark", null, leader, rank),
        `Hotspot ${spot.rank}, ${spot.place}`, () => this.choose({ spot })));
    }
    this.groups.hotspots = L.layerGroup(made);
  }

  named(text, at, style, font, height) {
    const { element, marker, width } = geoalloc.marks;
    const span = element("span", style, text);
    const w = width(text, `${font} ${geoalloc.Layers.FONT}`) + 2;
    const made = marker(at, "names", () => element("div", "mark", null, span));
    return { made, at, element: span, width: w, height };
  }

  /** Offsets of a box: the middle, then eight directions, farther and farther out. */
  near(w, h, rings) {
    return [[-w / 2, -h / 2], ...rings.flatMap((r) => [
      [-w / 2, -r - h], [-w / 2, r], [r, -h / 2], [-r - w, -h / 2],
      [0.8 * r, -r - h + 3], [0.8 * r, r - 2], [-0.8 * r - w, -r - h + 3],
      [-0.8 * r - w, r - 2]])];
  }

  addPlaces() {
    const { FEW, LARGEST, PARTS, WHOLE_TOWN } = geoalloc.Layers;
    const zooms = (k) => Math.max(0, Math.log(k / FEW) / Math.log(4));
    let apart = 0; // places so far that are not parts of towns
    this.places = this.data.places.map(([text, people, rank, ...at], k) => {
      const [style, font, height] = rank === 2 ? ["part", "600 11px", 14]
        : people >= 80000 ? ["city", "700 16px", 18]
          : people >= 15000 ? ["town", "700 13px", 16] : ["village", "600 12px", 14];
      const item = this.named(text, at, `place ${style}`, font, height);
      item.tries = this.near(item.width, height, k < LARGEST ? [12, 26, 42, 60] : [12]);
      item.last = rank === 0 ? WHOLE_TOWN : Infinity;
      item.zooms = rank === 2 ? Math.max(PARTS, zooms(k)) : zooms(apart++);
      return item;
    });
    this.groups.places = L.layerGroup(this.places.map((item) => item.made));
  }

  /** Let the names of `order` take their room in turn, beside what is solid. */
  label(order) {
    this.map.on("zoomend", () => this.resize());
    this.labels = new geoalloc.marks.Labels(this.map);
    this.labels.solid = () => this.solid();
    this.labels.groups = order;
  }

  has(name) {
    return this.map.hasLayer(this.groups[name]);
  }

  put(name, shown) {
    const group = this.groups[name];
    if (shown) group.addTo(this.map); else group.remove();
    this.labels.place();
  }

  /** Points that the whole map must hold. */
  corners() {
    const { latitude, longitude } = this.hexes;
    return this.outline.length ? this.outline.flat()
      : Array.from(latitude, (lat, i) => [lat, longitude[i]]);
  }

  /** Take the zoom of the map as that of the whole. */
  fitted() {
    this.whole = this.map.getZoom();
    this.resize();
  }

  resize() {
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
    const corner = this.map.getContainer().getBoundingClientRect();
    return [...this.map.getContainer().querySelectorAll(".leaflet-control")].map(
      (control) => control.getBoundingClientRect()).map((r) => ({ solid: true,
        left: r.left - corner.left, right: r.right - corner.left,
        top: r.top - corner.top, bottom: r.bottom - corner.top }));
  }

  /** Gap between names of lesser places, which shrinks as the map is enlarged. */
  sparse(zoom) {
    return Math.max(2, 14 - 6 * (zoom - this.whole));
  }

  /** Trace what was chosen. */
  trace(lines, ink = "overprint") {
    const old = new Set(this.selection.getLayers());
    this.inked = this.inked.filter(([line]) => !old.has(line));
    this.selection.clearLayers();
    this.cased(lines, "selected", ink, 3).forEach((line) => this.selection.addLayer(line));
  }
};
