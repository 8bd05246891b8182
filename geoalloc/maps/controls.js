// The column of controls: what the hexes show, at which hour, and which layers lie over.

geoalloc.COLORS = ["#fdf3c2", "#dcc96d", "#a39a76", "#5d6472", "#00224e"];

geoalloc.Controls = class {
  static SECRET = new Set(["units", "beats"]); // hidden outside the plan's validity
  static OFF = new Set(["homeBeats", "beats"]); // until asked for
  static LAYERS = [
    ["units", "Units at their posts, line to home station", "tie"],
    ["beats", "Beats tonight (first unit)", "beat-tonight"],
    ["hotspots", "Hotspots by rank", "hotspot"],
    ["homeBeats", "Home beats", "home-beat"],
    ["districts", "Districts", "district"],
    ["stations", "Stations", "building"],
    ["places", "Place names", ""],
  ];

  constructor(root, data, model, layers, turned) {
    Object.assign(this, { data, model, layers, turned, hour: 0, fill: "demand" });
    const { element } = geoalloc.marks;
    const titled = (title) =>
      element("fieldset", "", null, element("legend", "", title));
    this.fills = titled("Hexes show");
    this.overs = titled("Layers");
    this.boxes = {
      demand: element("div", "sub", null, ...this.slider(), this.legend(data.demand)),
      unmet: element("div", "sub", null, this.legend(data.cover)),
    };
    root.append(this.fills, this.overs);
  }

  /** Offer what may be seen now, with every layer as at the start. */
  reset(live) {
    const { SECRET, OFF, LAYERS } = geoalloc.Controls;
    const radio = (text, name) =>
      this.choice("radio", text, "", name === "demand", () => this.show(name));
    this.fills.replaceChildren(this.fills.firstChild,
      radio("Expected demand, all grades", "demand"), this.boxes.demand,
      ...(live ? [radio("Unmet demand", "unmet"), this.boxes.unmet] : []),
      radio("None", "none"));
    this.overs.replaceChildren(this.overs.firstChild);
    for (const [name, text, key] of LAYERS) {
      const allowed = live || !SECRET.has(name), shown = allowed && !OFF.has(name);
      this.layers.put(name, shown);
      if (!allowed) continue;
      this.overs.append(this.choice("checkbox", text, key, shown,
        (on) => this.layers.put(name, on)));
      if (name === "units") this.overs.append(this.kinds());
    }
    this.show("demand");
  }

  show(name) {
    this.fill = name;
    for (const [key, box] of Object.entries(this.boxes)) box.hidden = key !== name;
    this.paint();
  }

  choice(type, text, key, checked, act) {
    const { element } = geoalloc.marks, input = element("input");
    Object.assign(input, { type, checked, name: type === "radio" ? "fill" : "" });
    input.addEventListener("change", () => act(input.checked));
    const symbol = type === "radio" ? [] : [element("span", `key ${key}`)];
    return element("label", "choice", null, input, ...symbol, element("span", "", text));
  }

  kinds() {
    const { element, shape } = geoalloc.marks, { kinds } = this.layers;
    const count = (kind) => this.data.units.filter((unit) => unit.kind === kind).length;
    return element("ul", "kinds", null, ...kinds.map((kind, k) => element("li", "", null,
      shape(k, 15), element("span", "", `${kind}: ${count(kind)}`))));
  }

  slider() {
    const { element } = geoalloc.marks, { hours } = this.data;
    const input = element("input"), said = element("output");
    const label = element("label", "hour-label", "Hour of the shift ");
    const say = () => {
      said.textContent = this.hour ? hours[this.hour - 1] : "All hours (mean)";
      input.setAttribute("aria-valuetext", said.textContent);
    };
    Object.assign(input, { id: "hour", type: "range", min: 0, max: hours.length, value: 0 });
    input.addEventListener("input", () => {
      this.hour = Number(input.value);
      say();
      this.paint();
      this.turned();
    });
    label.htmlFor = "hour";
    label.append(said);
    say();
    return [label, input];
  }

  /** Five colors; of fewer classes the highest keep the dark end. */
  colors({ labels }) {
    return geoalloc.COLORS.slice(geoalloc.COLORS.length - labels.length);
  }

  legend({ classes, unit }) {
    const { element } = geoalloc.marks, colors = this.colors(classes);
    const rows = classes.labels.map((text, k) => {
      const swatch = element("span", "swatch");
      swatch.style.background = colors[k];
      return element("li", "", null, swatch, element("span", "", text));
    });
    return element("div", "legend", null, element("p", "unit-of", unit),
      element("ul", "", null, ...rows));
  }

  /** Value of a hex in the layer that is shown: what its legend is in. */
  value(i) {
    const { model, hour } = this, { length } = this.data.demand;
    if (this.fill === "unmet") return model.unmet.reduce((sum, grade) => sum + grade[i], 0);
    const incidents = hour ? model.hours[hour - 1][i] : model.all[i];
    const span = hour ? length[hour - 1] : length.reduce((sum, hours) => sum + hours, 0);
    return incidents / span / model.area[i];
  }

  paint() {
    const { classes } = this.fill === "unmet" ? this.data.cover : this.data.demand;
    const painted = new Uint8Array(this.model.all.length);
    for (let i = 0; i < painted.length; i++) {
      const value = this.value(i);
      let k = 0;
      while (k < classes.breaks.length && value >= classes.breaks[k]) k++;
      painted[i] = this.fill === "none" || !(value > 0) ? 255 : k;
    }
    this.layers.fill.paint(painted, this.colors(classes));
  }
};
