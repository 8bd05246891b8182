// The column of controls: what every map has of choices, switches and legends.

geoalloc.Controls = class {
  /** Values of `views` have `classes` (labels and breaks), `unit`, `note`, `colors`. */
  constructor(root, layers) {
    const { element } = geoalloc.marks;
    const titled = (title) =>
      element("fieldset", "", null, element("legend", "", title));
    this.layers = layers;
    this.fills = titled("Hexes show");
    this.overs = titled("Layers");
    this.checks = {};
    root.append(this.fills, this.overs);
  }

  choice(type, text, key, checked, act) {
    const { element } = geoalloc.marks, input = element("input");
    Object.assign(input, { type, checked, name: type === "radio" ? "fill" : "" });
    input.addEventListener("change", () => act(input.checked));
    const symbol = type === "radio" ? [] : [element("span", `key ${key}`)];
    return element("label", "choice", null, input, ...symbol, element("span", "", text));
  }

  /** A box that switches a layer, which is shown or not to begin with. */
  layer(name, text, key, shown) {
    this.layers.put(name, shown);
    const box = this.choice("checkbox", text, key, shown,
      (on) => this.layers.put(name, on));
    this.checks[name] = box.firstChild;
    return box;
  }

  /** `colors(kind)` is what each kind of page says. */
  legend(kind) {
    const { classes, unit, note } = kind;
    const { element } = geoalloc.marks, colors = this.colors(kind);
    const rows = classes.labels.map((text, k) => {
      const swatch = element("span", "swatch");
      const { hatch, ground, step = 6 } = colors[k];
      swatch.style.background = hatch ? "repeating-linear-gradient(-45deg, " +
        `${hatch} 0 1.4px, ${ground} 1.4px ${0.7 * step}px)` : colors[k];
      return element("li", "", null, swatch, element("span", "", text));
    });
    return element("div", "legend", null, element("p", "unit-of", unit),
      element("ul", "", null, ...rows), element("p", "unit-of", note));
  }
};

/** Position of the class of a value. */
geoalloc.classOf = (value, breaks) => {
  const k = breaks.findIndex((end) => value < end);
  return k < 0 ? breaks.length : k;
};
