// Hexes on one canvas, and which hex lies under a point.

geoalloc.Hexes = class {
  /** Corners are kept in the plane of zoom 0, so that a zoom is one multiplication. */
  constructor(map, mesh) {
    this.cells = mesh.cells;
    this.latitude = mesh.latitude;
    this.longitude = mesh.longitude;
    const n = mesh.latitude.length;
    this.x = new Float64Array(n);
    this.y = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const point = map.project([mesh.latitude[i], mesh.longitude[i]], 0);
      this.x[i] = point.x;
      this.y[i] = point.y;
    }
    const mean = (values) => Float64Array.from(this.cells, (cell) =>
      cell.reduce((sum, corner) => sum + values[corner], 0) / cell.length);
    this.cx = mean(this.x);
    this.cy = mean(this.y);
    this.radius = this.cells.length ? Math.max(...this.cells[0].map((corner) =>
      Math.hypot(this.x[corner] - this.cx[0], this.y[corner] - this.cy[0]))) : 1;
    this.buckets = new Map();
    for (let i = 0; i < this.cells.length; i++) {
      const key = this.key(this.cx[i], this.cy[i], 0, 0);
      if (!this.buckets.has(key)) this.buckets.set(key, []);
      this.buckets.get(key).push(i);
    }
  }

  key(x, y, right, down) {
    const size = 2 * this.radius;
    return (Math.floor(x / size) + right) * 1e7 + Math.floor(y / size) + down;
  }

  /** The hex that holds a point of zoom 0; -1 outside every hex. */
  at({ x, y }) {
    // The nearest center names the hex but for a sliver along the edges, because
    // hexes are not quite regular on the map: so the near ones are asked.
    for (let right = -1; right < 2; right++) for (let down = -1; down < 2; down++) {
      for (const i of this.buckets.get(this.key(x, y, right, down)) || []) {
        const near = Math.hypot(this.cx[i] - x, this.cy[i] - y) < 1.2 * this.radius;
        if (near && this.holds(i, x, y)) return i;
      }
    }
    return -1;
  }

  /** Whether a point lies on the same side of every edge of a convex cell. */
  holds(i, x, y) {
    const cell = this.cells[i];
    let left = 0;
    cell.forEach((a, k) => {
      const b = cell[(k + 1) % cell.length];
      const across = (this.x[b] - this.x[a]) * (y - this.y[a]) -
        (this.y[b] - this.y[a]) * (x - this.x[a]);
      left += across > 0;
    });
    return left === 0 || left === cell.length;
  }

  /** Edges with different labels on their two sides, label 0 and outside alike. */
  borders(label) {
    const SAME = -1, APART = -2, n = this.x.length;
    const seen = new Map(), edges = [], lines = [];
    this.cells.forEach((cell, i) => cell.forEach((a, k) => {
      const b = cell[(k + 1) % cell.length], key = Math.min(a, b) * n + Math.max(a, b);
      const other = seen.get(key);
      if (other === undefined) { seen.set(key, i); edges.push([key, a, b, i]); }
      else seen.set(key, label(other) === label(i) ? SAME : APART);
    }));
    for (const [key, a, b, i] of edges) {
      const side = seen.get(key);
      if (side === APART || (side === i && label(i))) {
        lines.push([this.point(a), this.point(b)]);
      }
    }
    return lines;
  }

  point(corner) {
    return [this.latitude[corner], this.longitude[corner]];
  }

  /** Outline of some hexes. */
  outline(members) {
    const edges = new Map(), n = this.x.length;
    for (const i of members) this.cells[i].forEach((a, k, cell) => {
      const b = cell[(k + 1) % cell.length], key = Math.min(a, b) * n + Math.max(a, b);
      if (edges.has(key)) edges.delete(key); else edges.set(key, [a, b]);
    });
    return [...edges.values()].map(([a, b]) => [this.point(a), this.point(b)]);
  }
};

/** What a canvas fills with: a color, or the hatching of `{ hatch, ground }`. */
geoalloc.ink = (context, color) => {
  if (typeof color === "string") return color;
  const tile = document.createElement("canvas"), size = 6;
  tile.width = tile.height = size;
  const draw = tile.getContext("2d");
  draw.fillStyle = color.ground;
  draw.fillRect(0, 0, size, size);
  draw.strokeStyle = color.hatch;
  draw.lineWidth = 1.4;
  for (const x of [-size, 0, size]) {
    draw.moveTo(x, size);
    draw.lineTo(x + size, 0);
  }
  draw.stroke();
  return context.createPattern(tile, "repeat");
};

geoalloc.HexLayer = L.Layer.extend({
  options: { pane: "hexes", flush: 64, seam: "#ffffff" },

  initialize(hexes, options) {
    L.setOptions(this, options);
    this.hexes = hexes;
    this.classes = null;
    this.colors = [];
  },

  /** Classes of all hexes: position in colors, or 255 for a hex left blank. */
  paint(classes, colors) {
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
    const margin = size.multiplyBy(0.3).round(), whole = size.add(margin.multiplyBy(2));
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
    this.fill(context, map.getPixelOrigin().add(corner), whole, 2 ** this.zoom);
  },

  fill(context, origin, size, scale) {
    const { hexes, classes, colors } = this, { flush, seam } = this.options;
    const { x, y, cx, cy, radius } = hexes;
    // A seam of its own color hides the hairlines that smoothing leaves between hexes;
    // from 10 pixels across there is room for an edge that can be seen.
    const wide = radius * scale > 10;
    context.lineWidth = wide ? 0.7 : 0.3;
    colors.forEach((color, wanted) => {
      context.fillStyle = geoalloc.ink(context, color);
      context.strokeStyle = wide ? seam : color.ground || color;
      let waiting = 0;
      const stroke = () => { context.fill(); context.stroke(); context.beginPath(); };
      context.beginPath();
      for (let i = 0; i < classes.length; i++) {
        if (classes[i] !== wanted) continue;
        const px = cx[i] * scale - origin.x, py = cy[i] * scale - origin.y;
        const reach = radius * scale;
        if (px < -reach || py < -reach || px > size.x + reach || py > size.y + reach) {
          continue;
        }
        hexes.cells[i].forEach((c, k) => {
          const to = k ? "lineTo" : "moveTo";
          context[to](x[c] * scale - origin.x, y[c] * scale - origin.y);
        });
        context.closePath();
        if (++waiting % flush === 0) stroke();
      }
      stroke();
    });
  },
});
