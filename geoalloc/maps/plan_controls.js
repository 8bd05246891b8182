// The controls of a plan: what the hexes show, hour by hour, and what lies over them.

geoalloc.PlanControls = class extends geoalloc.Controls {
  static LAYERS = [ // name, text, key
    ["units", "Units at their posts", "tie"],
    ["beats", "Beats tonight (first unit)", "beat-tonight"],
    ["homeBeats", "Home beats", "home-beat"],
    ["hotspots", "Hotspots by rank", "hotspot"],
    ["districts", "Districts", "district"],
    ["roads", "Main roads", "road"],
    ["tiles", "Base map of the network", ""],
    ["stations", "Stations", "building"],
    ["places", "Place names", ""],
  ];

  /** Layers that are shown to begin with. */
  static SHOWN = { units: true, hotspots: true, districts: true, roads: true,
    stations: true, places: true };
  static BEAT_MS = 900; // an hour of play

  /** `layers` are those of the map, which has only some of the layers that there may be. */
  constructor(root, data, state, layers) {
    super(root, null);
    Object.assign(this, { data, state, on: layers });
    this.hour = this.slider();
    this.looks = this.display();
    this.overs.after(this.looks);
    this.offer();
    state.on((now, changed) => {
      if (["live", "dark", "hatch"].some((key) => changed.has(key))) this.offer();
      this.follow(now);
    });
  }

  colors(fill) {
    const { dark, hatch } = this.state.now;
    return geoalloc.colorsOf(fill, geoalloc.GROUNDS[dark ? "dark" : "light"], hatch);
  }

  /** Offer what may be seen now. */
  offer() {
    const { element } = geoalloc.marks, { live } = this.state.now;
    this.boxes = {};
    this.radios = {};
    this.checks = {};
    this.fills.replaceChildren(this.fills.firstChild);
    this.overs.replaceChildren(this.overs.firstChild);
    for (const [name, fill] of Object.entries(this.on.fills)) {
      if (fill.secret && !live) continue;
      const label = this.choice("radio", fill.title, "", false, () => this.fillWith(name));
      this.radios[name] = label.firstChild;
      this.boxes[name] = element("div", "sub", null,
        ...(fill.classes ? [this.legend(fill)] : []));
      this.fills.append(label, this.boxes[name]);
    }
    for (const [name, text, key] of geoalloc.PlanControls.LAYERS) {
      if (!this.on.groups[name]) continue;
      if (!live && geoalloc.PlanLayers.SECRET.has(name)) continue;
      const label = this.choice("checkbox", text, key, false,
        (on) => this.state.layer(name, on));
      this.checks[name] = label.firstChild;
      this.overs.append(label, ...(name === "units" ? [this.legendOfKinds()] : []));
    }
    this.follow(this.state.now);
  }

  /** Fill the hexes; beats bring both their borders, which leave with them. */
  fillWith(fill) {
    const { layers, fill: last } = this.state.now;
    if (fill === "beats") {
      this.before = { beats: layers.beats, homeBeats: layers.homeBeats };
      this.state.set({ fill, layers: { ...layers, beats: true, homeBeats: true } });
    } else {
      const back = last === "beats" ? this.before : {};
      this.state.set({ fill, layers: { ...layers, ...back } });
    }
  }

  follow({ fill, layers, hour, playing }) {
    for (const [name, radio] of Object.entries(this.radios)) {
      radio.checked = name === fill;
      this.boxes[name].hidden = name !== fill;
    }
    for (const [name, check] of Object.entries(this.checks)) {
      check.checked = Boolean(layers[name]);
    }
    const box = this.on.fills[fill].hourly && this.boxes[fill];
    if (box && this.hour.parentElement !== box) box.prepend(this.hour); // it keeps its focus
    this.say(hour, playing);
  }

  legendOfKinds() {
    const { element, shape } = geoalloc.marks, { kinds } = this.on;
    const count = (kind) => this.data.units.filter((unit) => unit.kind === kind).length;
    return element("ul", "kinds", null, ...kinds.map((kind, k) => element("li", "", null,
      shape(k, 15), element("span", "", `${kind}: ${count(kind)}`))),
    element("li", "far-note", "Line to the home station. From afar one mark a post."));
  }

  /** Hour by hour, by hand or by itself; the first position is the whole shift. */
  slider() {
    const { element } = geoalloc.marks, { hours } = this.data;
    const input = element("input"), said = element("output");
    const play = element("button", "play"), label = element("label", "hour-label", "Hour ");
    Object.assign(input, { id: "hour", type: "range", min: 0, max: hours.length, value: 0 });
    input.addEventListener("input", () =>
      this.state.set({ hour: Number(input.value), playing: false }));
    play.type = "button";
    play.addEventListener("click", () => this.play(!this.state.now.playing));
    label.htmlFor = "hour";
    label.append(said);
    this.say = (hour, playing) => {
      said.textContent = hour ? hours[hour - 1] : "All hours (mean)";
      play.textContent = playing ? "Pause" : "Play";
      input.value = hour;
      input.setAttribute("aria-valuetext", said.textContent);
    };
    return element("div", "hour", null, label, input, play);
  }

  /** Go through the hours again and again until told to stop. */
  play(on) {
    const { state } = this, { hours } = this.data;
    const turn = () => state.set({ hour: state.now.hour % hours.length + 1 });
    clearInterval(this.clock);
    state.set({ playing: on });
    if (!on) return;
    turn();
    this.clock = setInterval(() => {
      const { playing, fill } = state.now;
      if (playing && this.on.fills[fill].hourly) turn();
      else this.play(false);
    }, geoalloc.PlanControls.BEAT_MS);
  }

  display() {
    const { element } = geoalloc.marks, { now } = this.state;
    const box = (text, key) => this.choice("checkbox", text, "", now[key],
      (on) => this.state.set({ [key]: on }));
    return element("fieldset", "", null, element("legend", "", "Display"),
      box("Dark", "dark"), box("Hatching, for print without color", "hatch"));
  }
};
