// The controls of a plan: what the hexes show, hour by hour, and what lies over them.

geoalloc.PlanControls = class extends geoalloc.Controls {
  static LAYERS = [ // name, text, key
    ["units", "Units at their posts", "tie"],
    ["beats", "Beats tonight (first unit)", "beat-tonight"],
    ["homeBeats", "Home beats", "home-beat"],
    ["hotspots", "Hotspots by rank", "hotspot"],
    ["districts", "Districts", "district"],
    ["stations", "Stations", "building"],
    ["places", "Place names", ""],
  ];

  /** Layers that are shown to begin with. */
  static SHOWN = { units: true, hotspots: true, districts: true, stations: true,
    places: true };

  constructor(root, data, state, fills, kinds) {
    super(root, null);
    Object.assign(this, { data, state, kinds });
    this.hour = this.slider();
    this.offer(fills);
    state.on((now, changed) => {
      if (changed.has("live")) this.offer(fills);
      this.follow(now);
    });
  }

  /** Offer what may be seen now. */
  offer(fills) {
    const { element } = geoalloc.marks, { live } = this.state.now;
    this.boxes = {};
    this.radios = {};
    this.checks = {};
    this.fills.replaceChildren(this.fills.firstChild);
    this.overs.replaceChildren(this.overs.firstChild);
    for (const [name, fill] of Object.entries(fills)) {
      if (fill.secret && !live) continue;
      const label = this.choice("radio", fill.title, "", false,
        () => this.fillWith(name));
      this.radios[name] = label.firstChild;
      this.boxes[name] = element("div", "sub", null, ...(fill.hourly ? this.hour : []),
        ...(fill.classes ? [this.legend(fill)] : []));
      this.fills.append(label, this.boxes[name]);
    }
    for (const [name, text, key] of geoalloc.PlanControls.LAYERS) {
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

  follow({ fill, layers, hour }) {
    for (const [name, radio] of Object.entries(this.radios)) {
      radio.checked = name === fill;
      this.boxes[name].hidden = name !== fill;
    }
    for (const [name, check] of Object.entries(this.checks)) {
      check.checked = Boolean(layers[name]);
    }
    this.say(hour);
  }

  legendOfKinds() {
    const { element, shape } = geoalloc.marks, { kinds } = this;
    const count = (kind) => this.data.units.filter((unit) => unit.kind === kind).length;
    return element("ul", "kinds", null, ...kinds.map((kind, k) => element("li", "", null,
      shape(k, 15), element("span", "", `${kind}: ${count(kind)}`))),
    element("li", "far-note", "Line to the home station. From afar one mark a post."));
  }

  slider() {
    const { element } = geoalloc.marks, { hours } = this.data;
    const input = element("input"), said = element("output");
    const label = element("label", "hour-label", "Hour of the shift ");
    Object.assign(input, { id: "hour", type: "range", min: 0, max: hours.length, value: 0 });
    input.addEventListener("input", () => this.state.set({ hour: Number(input.value) }));
    label.htmlFor = "hour";
    label.append(said);
    this.say = (hour) => {
      said.textContent = hour ? hours[hour - 1] : "All hours (mean)";
      input.value = hour;
      input.setAttribute("aria-valuetext", said.textContent);
    };
    return [label, input];
  }
};
