// Hexes on one canvas, colored by class.

/** What a canvas fills with: a color, or the hatching of `{ hatch, ground, step }`. */
geoalloc.ink = (context, color, origin) => {
  if (typeof color === "string") return color;
  const { hatch, ground, step = 6 } = color, key = `${hatch} ${ground} ${step}`;
  const { tiles } = geoalloc.ink;
  if (!tiles.has(key)) tiles.set(key, geoalloc.hatching(hatch, ground, step));
  const pattern = context.createPattern(tiles.get(key), "repeat");
  // Hatching keeps its place on the ground when the canvas is moved.
  pattern.setTransform(new DOMMatrix().translate(-origin.x % step, -origin.y % step));
  return pattern;
};
geoalloc.ink.tiles = new Map();

geoalloc.hatching = (hatch, ground, step) => {
  const tile = document.createElement("canvas");
  tile.width = tile.height = step;
  const draw = tile.getContext("2d");
  draw.fillStyle = ground;
  draw.fillRect(0, 0, step, step);
  draw.strokeStyle = hatch;
  draw.lineWidth = 1.4;
  for (const x of [-step, 0, step]) {
    draw.moveTo(x, step);
    draw.lineTo(x + step, 0);
  }
  draw.stroke();
  return tile;
};

geoalloc.HexLayer = L.Layer.extend({
  options: { pane: "hexes", flush: 64, seam: "#ffffff", margin: 0.3 },

  initialize(hexes, options) {
    L.setOptions(this, options);
    this.hexes = hexes;
    this.classes = null;
    this.colors = [];
    // Paths keep 24 bits: from the middle of the hexes that is enough at any zoom.
    const middle = (values) => (values.length ? values[values.length >> 1] : 0);
    this.middle = { x: middle(hexes.cx), y: middle(hexes.cy) };
  },

  /** Classes of all hexes: position in colors, or 255 for a hex left blank. */
  paint(classes, colors) {
    const same = this.classes && classes.every((value, i) => value === this.classes[i]);
    if (!same || colors.length !== this.colors.length) this.paths = null;
    this.classes = classes;
    this.colors = colors;
    if (this._map) this.draw();
  },

  onAdd(map) {
    this.canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated", this.getPane());
    map.on("moveend resize", this.draw, this);
    map.on("zoomanim", this.animate, this);
    this.draw();
  },

  onRemove(map) {
    map.off("moveend resize", this.draw, this);
    map.off("zoomanim", this.animate, this);
    this.canvas.remove();
  },

  animate(event) {
    const scale = this._map.getZoomScale(event.zoom, this.zoom);
    const bounds = this._map._latLngBoundsToNewLayerBounds(
      this.bounds, event.zoom, event.center);
    L.DomUtil.setTransform(this.canvas, bounds.min, scale);
  },

  draw() {
    const map = this._map, size = map.getSize(), ratio = window.devicePixelRatio || 1;
    const margin = size.multiplyBy(this.options.margin).round();
    const whole = size.add(margin.multiplyBy(2));
    const corner = map.containerPointToLayerPoint(margin.multiplyBy(-1));
    this.canvas.width = whole.x * ratio;
    this.canvas.height = whole.y * ratio;
    this.canvas.style.width = `${whole.x}px`;
    this.canvas.style.height = `${whole.y}px`;
    L.DomUtil.setTransform(this.canvas, corner, 1);
    this.zoom = map.getZoom();
    this.bounds = L.latLngBounds(
      map.layerPointToLatLng(corner), map.layerPointToLatLng(corner.add(whole)));
    if (!this.classes) return;
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    const origin = map.getPixelOrigin().add(corner), scale = 2 ** this.zoom;
    this.fill(context, origin, scale);
    // From 10 pixels across there is room for an edge that can be seen.
    if (this.hexes.radius * scale > 10) this.seams(context, origin, whole, scale);
  },

  /** For each color a path round all hexes of its class and of those that follow. */
  rims() {
    if (this.paths) return this.paths;
    const { hexes: { x, y }, middle } = this, n = this.colors.length;
    const level = Int16Array.from(this.classes, (c) => (c < n ? c : -1));
    this.paths = this.hexes.rims(level, n).map((rings) => {
      const path = new Path2D();
      let begun = false;
      for (const c of rings) {
        if (c < 0) path.closePath();
        else if (begun) path.lineTo(x[c] - middle.x, y[c] - middle.y);
        else path.moveTo(x[c] - middle.x, y[c] - middle.y);
        begun = c >= 0;
      }
      return path;
    });
    return this.paths;
  },

  /** A class lies on the ones before it: so smoothing leaves no hairline between two. */
  fill(context, origin, scale) {
    const to = new DOMMatrix([scale, 0, 0, scale, this.middle.x * scale - origin.x,
      this.middle.y * scale - origin.y]);
    this.rims().forEach((rim, k) => {
      const path = new Path2D();
      path.addPath(rim, to);
      context.fillStyle = geoalloc.ink(context, this.colors[k], origin);
      context.fill(path);
    });
  },

  seams(context, origin, size, scale) {
    const { hexes, classes } = this, { flush, seam } = this.options;
    const { x, y, cx, cy, radius } = hexes, reach = radius * scale;
    let waiting = 0;
    context.strokeStyle = seam;
    context.lineWidth = 0.7;
    context.beginPath();
    for (let i = 0; i < classes.length; i++) {
      const px = cx[i] * scale - origin.x, py = cy[i] * scale - origin.y;
      if (classes[i] === 255 || px < -reach || py < -reach || px > size.x + reach ||
        py > size.y + reach) continue;
      hexes.cornersOf(i).forEach((c, k) =>
        context[k ? "lineTo" : "moveTo"](x[c] * scale - origin.x, y[c] * scale - origin.y));
      context.closePath();
      if (++waiting % flush === 0) { context.stroke(); context.beginPath(); }
    }
    context.stroke();
  },
});
