// The controls of a plan: demand by the hour, unmet demand, beats, and what lies over.

geoalloc.PlanControls = class extends geoalloc.Controls {
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
    super(root, layers);
    Object.assign(this, { data, model, turned, hour: 0, fill: "demand" });
    const { element } = geoalloc.marks;
    this.before = {};
    const sums = "5, 20, 50 and 80% of the sum lie below the breaks.";
    this.views = {
      demand: { ...data.demand, note: sums },
      unmet: { ...data.cover, note: `${data.lateNote} ${sums}` },
      wait: data.cover.waitView,
      borders: this.borders(),
      beats: this.senders(),
    };
    this.boxes = {};
    for (const [name, kind] of Object.entries(this.views)) {
      if (!kind) continue; // this run does not know it
      this.boxes[name] = element("div", "sub", null,
        ...(name === "demand" ? this.slider() : []), this.legend(kind));
    }
  }

  /** Offer what may be seen now, with every layer as at the start. */
  reset(live) {
    const { SECRET, OFF, LAYERS } = geoalloc.PlanControls;
    const radio = (text, name) =>
      this.choice("radio", text, "", name === "demand", () => this.show(name));
    this.fills.replaceChildren(this.fills.firstChild,
      radio("Expected demand, all grades", "demand"), this.boxes.demand,
      ...(live ? [["unmet", "Unmet demand (late incidents)"],
        ["wait", "Expected wait (immediate)"], ["borders", "Value of borders"],
        ["beats", "Beats: tonight against home"]].filter(([name]) => this.boxes[name])
        .flatMap(([name, text]) => [radio(text, name), this.boxes[name]]) : []),
      radio("None", "none"));
    this.overs.replaceChildren(this.overs.firstChild);
    for (const [name, text, key] of LAYERS) {
      const allowed = live || !SECRET.has(name), shown = allowed && !OFF.has(name);
      if (!allowed) {
        this.layers.put(name, false);
        continue;
      }
      this.overs.append(this.layer(name, text, key, shown));
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

  /** What borders cost, and apart from its classes where they help. */
  borders() {
    const { borders } = this.data;
    if (!borders) return null;
    const { classes, marked, unit, note } = borders, { breaks } = classes;
    const colors = this.colors({ classes });
    if (!marked) return { classes, unit, note, colors };
    const least = breaks.length ? `${breaks[0]} or more saved by them` : "by them";
    return { unit, note, colors: [...colors, geoalloc.HATCH],
      classes: { breaks, labels: [...classes.labels, `borders help: ${least}`] } };
  }

  /** Value of a hex in the layer that is shown: what its legend is in. */
  value(i) {
    const { model, hour } = this, { length } = this.data.demand;
    if (this.fill === "unmet") return model.unmet.reduce((sum, grade) => sum + grade[i], 0);
    if (this.fill === "wait") return model.wait[0][i];
    if (this.fill === "borders") return model.borders[i];
    const incidents = hour ? model.hours[hour - 1][i] : model.all[i];
    const span = hour ? length[hour - 1] : length.reduce((sum, hours) => sum + hours, 0);
    return incidents / span / (model.area[i] * model.land[i]);
  }

  /** Position of the color of a hex; 255 leaves it blank. */
  color(i, breaks) {
    if (this.fill === "none") return 255;
    if (this.fill === "beats") return this.model.sender[i];
    const value = this.value(i);
    if (value === null) return 255;
    const helped = value < 0 && value <= -(breaks[0] || 0);
    return helped ? breaks.length + 1 : geoalloc.classOf(value, breaks);
  }

  paint() {
    const kind = this.views[this.fill] || this.views.demand;
    const painted = Uint8Array.from(this.model.all, (_, i) =>
      this.color(i, kind.classes.breaks));
    this.layers.fill.paint(painted, this.colors(kind));
  }
};
