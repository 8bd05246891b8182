// The controls of a map of hotspots: what the hexes show, and what lies over them.

geoalloc.HotspotControls = class extends geoalloc.Controls {
  constructor(root, data, model, layers) {
    super(root, layers);
    Object.assign(this, { data, model, fill: "density" });
    this.views = {
      density: ["Density of incidents", { ...data.density, ramp: "five" }],
      tiers: ["Significance", { ...this.named(data.tiers), ramp: "tiers" }],
      ...(data.persistence && { persistence: ["Persistence",
        { ...this.named(data.persistence), ramp: "kinds" }] }),
    };
    this.legends();
    this.switches();
    this.show("density");
  }

  named({ labels, unit, note }) {
    return { classes: { breaks: [], labels }, unit, note };
  }

  colors({ classes: { labels }, ramp }) {
    const colors = this.layers.ink[ramp];
    return ramp === "five" ? geoalloc.highest(colors, { labels }) : colors;
  }

  legends() {
    const { element } = geoalloc.marks, title = this.fills.firstChild;
    this.boxes = {};
    this.fills.replaceChildren(title);
    for (const [name, [text, view]] of Object.entries(this.views)) {
      this.boxes[name] = element("div", "sub", null, this.legend(view));
      this.fills.append(this.choice("radio", text, "", this.fill === name,
        () => this.show(name)), this.boxes[name]);
    }
    this.fills.append(this.choice("radio", "None", "", this.fill === "none",
      () => this.show("none")));
  }

  switches() {
    const { data, layers, overs } = this;
    overs.append(this.layer("hotspots", "Hotspots by rank", "hotspot", true));
    if (layers.hasDistricts) {
      overs.append(this.layer("districts", "Districts", "district", true));
    }
    if (data.places.length) overs.append(this.layer("places", "Place names", "", true));
    overs.append(this.choice("checkbox", "Dark", "night", false, (on) => {
      geoalloc.darkPage(on);
      layers.darken(on);
      this.legends();
      this.show(this.fill);
    }));
  }

  show(name) {
    this.fill = name;
    for (const [key, box] of Object.entries(this.boxes)) box.hidden = key !== name;
    const [, view] = this.views[name] || this.views.density;
    const { breaks, labels } = view.classes;
    const painted = Uint8Array.from(this.model.density, (_, i) =>
      this.color(i, breaks, labels.length));
    this.layers.fill.paint(painted, this.colors(view));
  }

  /** Position of the color of a hex; 255 leaves it blank. */
  color(i, breaks, n) {
    const { model, fill } = this;
    if (fill === "density") {
      return model.density[i] > 0 ? geoalloc.classOf(model.density[i], breaks) : 255;
    }
    if (fill === "tiers") return model.tier[i] ? model.tier[i] - 1 : 255;
    if (fill === "persistence") return model.persistence[i] < n ? model.persistence[i] : 255;
    return 255;
  }
};
