// The controls of a public map: what the hexes show, and what lies over them.

geoalloc.PublicControls = class extends geoalloc.Controls {
  static BLANK = { light: "#e7e8e2", dark: "#2a3339" }; // of hexes that are not shown

  constructor(root, data, model, layers) {
    super(root, layers);
    Object.assign(this, { data, model, fill: "incidents" });
    this.legends();
    this.switches();
    this.show("incidents");
  }

  get blank() {
    return geoalloc.PublicControls.BLANK[this.layers.night ? "dark" : "light"];
  }

  colors({ classes }) {
    const ramp = geoalloc.highest(this.layers.ink.five, classes);
    return [...ramp, this.blank];
  }

  legends() {
    const { element } = geoalloc.marks, title = this.fills.firstChild;
    this.boxes = {};
    this.fills.replaceChildren(title);
    for (const [name, view] of Object.entries(this.data.views)) {
      const box = element("div", "sub", null, this.legend(view));
      if (view.classes.hidden) {
        const swatch = element("span", "swatch");
        swatch.style.background = this.blank;
        box.querySelector("ul").append(element("li", "", null, swatch,
          element("span", "", view.classes.hidden)));
      }
      this.boxes[name] = box;
      this.fills.append(this.choice("radio", view.title, "", this.fill === name,
        () => this.show(name)), box);
    }
    this.fills.append(this.choice("radio", "None", "", this.fill === "none",
      () => this.show("none")));
  }

  switches() {
    const { data, layers, overs } = this;
    if (layers.hasDistricts) {
      overs.append(this.layer("districts", "Districts", "district", true));
    }
    if (layers.hasRoads) overs.append(this.layer("roads", "Main roads", "road", true));
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
    const { classes } = this.data.views[name] || this.data.views.incidents;
    const values = this.model[name] || [], { land } = this.model;
    const painted = Uint8Array.from(land, (km2, i) => {
      if (values[i] === undefined) return 255;
      return values[i] === null ? classes.labels.length
        : geoalloc.classOf(values[i] / km2, classes.breaks);
    });
    this.layers.fill.paint(painted, this.colors({ classes }));
  }
};
