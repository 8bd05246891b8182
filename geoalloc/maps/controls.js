// The column of controls: what the hexes show, at which hour, and which layers lie over.

geoalloc.COLORS = ["#fdf3c2", "#dcc96d", "#a39a76", "#5d6472", "#00224e"];
geoalloc.THREE = ["#fdf3c2", "#a39a76", "#00224e"];

geoalloc.Controls = class {
  static SECRET = new Set(["units", "beats"]); // hidden outside the plan's validity
  static OFF = new Set(["homeBeats", "beats"]); // until asked for
  static LAYERS = [
    ["units", "Units at their posts", "tie"],
    ["beats", "Beats tonight (first unit)", "beat-tonight"],
    ["homeBeats", "Home beats", "home-beat"],
    ["hotspots", "Hotspots by rank", "hotspot"],
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
    this.checks = {};
    this.before = {};
    const sums = "5, 20, 50 and 80% of the sum lie below the breaks.";
    this.views = {
      demand: { ...data.demand, note: sums },
      unmet: { ...data.cover, note: `${data.lateNote} ${sums}` },
      beats: this.senders(),
    };
    this.boxes = {};
    for (const [name, kind] of Object.entries(this.views)) {
      this.boxes[name] = element("div", "sub", null,
        ...(name === "demand" ? this.slider() : []), this.legend(kind));
    }
    root.append(this.fills, this.overs);
  }

  /** Offer what may be seen now, with every layer as at the start. */
  reset(live) {
    const { SECRET, OFF, LAYERS } = geoalloc.Controls;
    const radio = (text, name) =>
      this.choice("radio", text, "", name === "demand", () => this.show(name));
    this.fills.replaceChildren(this.fills.firstChild,
      radio("Expected demand, all grades", "demand"), this.boxes.demand,
      ...(live ? [radio("Unmet demand (late incidents)", "unmet"), this.boxes.unmet,
        radio("Beats: tonight against home", "beats"), this.boxes.beats] : []),
      radio("None", "none"));
    this.overs.replaceChildren(this.overs.firstChild);
    for (const [name, text, key] of LAYERS) {
      const allowed = live || !SECRET.has(name), shown = allowed && !OFF.has(name);
      this.layers.put(name, shown);
      if (!allowed) continue;
      const box = this.choice("checkbox", text, key, shown,
        (on) => this.layers.put(name, on));
      this.checks[name] = box.firstChild;
      this.overs.append(box);
      if (name === "units") this.overs.append(this.kinds());
    }
    this.show("demand");
  }

  /** Switch a layer as if its box had been ticked. */
  over(name, on) {
    if (this.checks[name].checked === on) return;
    this.checks[name].checked = on;
    this.layers.put(name, on);
  }

  /** Show something else on the hexes; beats bring both their borders with them. */
  show(name) {
    const borders = ["beats", "homeBeats"].filter((layer) => this.checks[layer]);
    if (name === "beats" && this.fill !== "beats") {
      for (const layer of borders) this.before[layer] = this.checks[layer].checked;
      for (const layer of borders) this.over(layer, true);
    } else if (name !== "beats" && this.fill === "beats") {
      for (const layer of borders) this.over(layer, this.before[layer]);
    }
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
      shape(k, 15), element("span", "", `${kind}: ${count(kind)}`))),
    element("li", "far-note", "Line to the home station. From afar one mark a post."));
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

  /** Whose unit is sent first, with the share of immediate calls that each holds. */
  senders() {
    const { sender, total: [calls] } = this.model, sums = [0, 0, 0];
    sender.forEach((k, i) => { sums[k] += calls[i]; });
    const all = sums[0] + sums[1] + sums[2] || 1;
    const labels = ["a unit of the hex's home beat", "a unit of another beat", "no unit"];
    return {
      classes: { breaks: [], labels: labels.map((text, k) =>
        `${text}: ${Math.round(100 * sums[k] / all)}%`) },
      colors: geoalloc.THREE,
      unit: "First to an immediate call, and its share of such calls",
    };
  }

  /** Five colors; of fewer classes the highest keep the dark end. */
  colors({ classes: { labels }, colors }) {
    return colors || geoalloc.COLORS.slice(geoalloc.COLORS.length - labels.length);
  }

  legend(kind) {
    const { classes, unit, note } = kind;
    const { element } = geoalloc.marks, colors = this.colors(kind);
    const rows = classes.labels.map((text, k) => {
      const swatch = element("span", "swatch");
      swatch.style.background = colors[k];
      return element("li", "", null, swatch, element("span", "", text));
    });
    return element("div", "legend", null, element("p", "unit-of", unit),
      element("ul", "", null, ...rows), element("p", "unit-of", note));
  }

  /** Value of a hex in the layer that is shown: what its legend is in. */
  value(i) {
    const { model, hour } = this, { length } = this.data.demand;
    if (this.fill === "unmet") return model.unmet.reduce((sum, grade) => sum + grade[i], 0);
    const incidents = hour ? model.hours[hour - 1][i] : model.all[i];
    const span = hour ? length[hour - 1] : length.reduce((sum, hours) => sum + hours, 0);
    return incidents / span / (model.area[i] * model.land[i]);
  }

  /** Position of the color of a hex; 255 leaves it blank. */
  color(i, breaks) {
    if (this.fill === "none") return 255;
    if (this.fill === "beats") return this.model.sender[i];
    const value = this.value(i), k = breaks.findIndex((end) => value < end);
    return k < 0 ? breaks.length : k;
  }

  paint() {
    const kind = this.views[this.fill] || this.views.demand;
    const painted = Uint8Array.from(this.model.all, (_, i) =>
      this.color(i, kind.classes.breaks));
    this.layers.fill.paint(painted, this.colors(kind));
  }
};
