// The layers of a plan: units and their posts, beats, districts, stations.

geoalloc.PlanLayers = class extends geoalloc.Layers {
  static SECRET = new Set(["units", "beats"]); // hidden outside the plan's validity
  static MAJOR = 8; // names that come before those of units
  static NEAR = 11.6; // from this zoom each unit has its mark, and a name
  static OVERVIEW = 10.2; // below this zoom marks are smallest

  constructor(map, data, model, hexes, state) {
    super(map, data, hexes, (chosen) => state.set({ chosen }));
    this.model = model;
    this.state = state;
    this.kinds = [...new Set(data.units.map((unit) => unit.kind))].sort(
      (a, b) => (b === "Response") - (a === "Response") || (a < b ? -1 : 1));
    this.members();
    this.crowds();
    this.ground();
    this.addAreas();
    this.addHotspots("rank");
    this.addPlaces();
    this.addStations();
    this.addUnits();
    this.label(this.order());
    this.fills = geoalloc.planFills(data, model); // after the members: it counts them
    state.on((now, changed) => this.follow(now, changed));
  }

  /** Show what the state says; all of it where nothing is said to have changed. */
  follow(now, changed) {
    const is = (...keys) => !changed || keys.some((key) => changed.has(key));
    if (is("layers", "live")) this.over(now);
    if (is("dark")) this.darken(now.dark);
    if (is("fill", "hour", "dark", "hatch")) this.paint(now);
    if (is("chosen")) this.traceChosen(now.chosen);
  }

  over({ layers, live }) {
    const { SECRET } = geoalloc.PlanLayers;
    for (const name of Object.keys(this.groups)) {
      const shown = Boolean(layers[name]) && (live || !SECRET.has(name));
      if (shown !== this.has(name)) this.put(name, shown);
    }
  }

  paint({ fill, hour, hatch }) {
    const shown = this.fills[fill];
    this.fill.paint(Uint8Array.from(this.model.all, (_, i) => shown.color(i, hour)),
      geoalloc.colorsOf(shown, this.ink, hatch));
  }

  traceChosen(chosen) {
    const { hex, unit, spot } = chosen || {};
    const members = unit ? unit.members : spot ? spot.hexes : hex >= 0 ? [hex] : [];
    this.trace(this.hexes.outline(members));
  }

  addAreas() {
    const drawn = (kind) => geoalloc.codec.lines(this.data.areas[kind]);
    if (!this.hasRoads) delete this.groups.roads;
    if (this.data.tiles) this.addTiles(this.data.tiles);
    this.groups.districts = this.lines(drawn("district"), "context", "dark", 1.3,
      { opacity: 0.75 });
    this.groups.homeBeats = this.lines(drawn("beat"), "context", "dark", 1.6,
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

  addStations() {
    const { element, marker } = geoalloc.marks;
    this.stations = this.data.stations.map(([text, ...at]) =>
      this.named(text, at, "station", "italic 11px", 14));
    for (const item of this.stations) item.tries = this.near(item.width, 14, [9]).slice(1);
    const buildings = this.data.stations.map(([, ...at]) => marker(at, "names",
      () => element("div", "mark", null, element("span", "building"))));
    this.groups.stations = L.layerGroup(
      [...buildings, ...this.stations.map((item) => item.made)]);
  }

  addUnits() {
    const { units } = this.data;
    this.unitNames = [];
    const made = units.map((unit) => this.unit(unit));
    const ties = units.filter((unit) => unit.home && unit.home.join() !== unit.at.join())
      .map((unit) => [unit.home, unit.at]);
    this.ties = this.lines(ties, "over", "overprint", 1.2);
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

  put(name, shown) {
    const group = this.groups[name];
    if (name === "beats" && shown && !group.getLayers().length) {
      const lines = this.hexes.borders((i) => this.beatOf[i]);
      this.cased(lines, "over", "overprint", 2).forEach(
        (line) => group.addLayer(line));
      this.resize();
    }
    super.put(name, shown);
  }

  /** From afar the symbols shrink; their names come where there is room for both. */
  resize() {
    const { NEAR, OVERVIEW } = geoalloc.PlanLayers, zoom = this.map.getZoom();
    this.grow = zoom < OVERVIEW ? 0.5 : zoom < NEAR ? 0.75 : 1;
    const far = this.grow < 1, container = this.map.getContainer();
    container.classList.toggle("far", far);
    container.style.setProperty("--grow", this.grow);
    this.ties.setStyle({ weight: far ? 0.7 : 1.2, opacity: far ? 0.5 : 0.6 });
    this.groups.beats.getLayers().forEach((line, k) =>
      line.setStyle({ weight: (k ? 2 : 4) * Math.max(0.6, this.grow) }));
    super.resize();
  }

  solid() {
    const box = (at, dx, dy, r) => {
      const p = this.map.latLngToContainerPoint(at).add([dx, dy]);
      return { left: p.x - r, right: p.x + r, top: p.y - r, bottom: p.y + r, solid: true };
    };
    const { grow } = this, units = this.has("units") ? this.data.units : [];
    return [...super.solid(), ...(grow < 1
      ? units.filter((u) => u.leads).map((u) => box(u.at, u.far, 0, 8 * grow * u.size))
      : units.map((u) => box(u.at, u.dx, u.dy, 7.5)))];
  }

  /** Names in the order in which they take their room, with the gap that they keep. */
  order() {
    const { LARGEST, MAJOR } = geoalloc.PlanLayers, near = () => this.grow === 1;
    const sparse = (zoom) => this.sparse(zoom), named = () => this.has("places");
    return [ // numbers have a line to their point, so they give way to a city's name
      { items: this.places.slice(0, LARGEST), shown: named, gap: () => 2 },
      { items: this.ranks, shown: () => this.has("hotspots"), gap: () => 0 },
      { items: this.places.slice(LARGEST, MAJOR), shown: named, gap: () => 2 },
      { items: this.unitNames, shown: () => this.has("units") && near(), gap: () => 1 },
      { items: this.stations, shown: () => this.has("stations") && near(), gap: sparse },
      { items: this.places.slice(MAJOR), shown: named, gap: sparse },
    ];
  }
};
