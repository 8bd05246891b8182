// Hexes in the plane of the map: which lies under a point, and what parts them.

geoalloc.Hexes = class {
  /** Corners are kept in the plane of zoom 0, so that a zoom is one multiplication. */
  constructor(map, mesh) {
    Object.assign(this, mesh); // latitude, longitude, corner, from
    this.n = mesh.from.length - 1;
    this.x = mesh.longitude.map((longitude) => 256 * (0.5 + longitude / 360));
    this.y = mesh.latitude.map((latitude) =>
      128 - 128 / Math.PI * Math.atanh(Math.sin(latitude * Math.PI / 180)));
    this.cx = this.means(this.x);
    this.cy = this.means(this.y);
    this.radius = this.n ? this.farthest() : 1; // of the largest hex on the map
    this.fillBuckets();
  }

  /** The longest way from a center to a corner. */
  farthest() {
    const { x, y, cx, cy, corner, from, n } = this;
    let most = 0;
    for (let i = 0; i < n; i++) for (let e = from[i]; e < from[i + 1]; e++) {
      const right = x[corner[e]] - cx[i], down = y[corner[e]] - cy[i];
      most = Math.max(most, right * right + down * down);
    }
    return Math.sqrt(most);
  }

  /** Sort the hexes by the square of the plane that holds their center. */
  fillBuckets() {
    const { cx, cy, n } = this;
    const ends = (values) => (n ? [values.reduce((a, b) => Math.min(a, b)),
      values.reduce((a, b) => Math.max(a, b))] : [0, 0]);
    const [[left, right], [top, bottom]] = [ends(cx), ends(cy)];
    Object.assign(this, { left, top });
    const across = ([low, high]) => Math.floor((high - low) / (2 * this.radius)) + 1;
    this.wide = across([left, right]);
    this.high = across([top, bottom]);
    const bucket = Int32Array.from(cx, (x, i) => this.bucket(x, cy[i]));
    this.begins = new Int32Array(this.wide * this.high + 1); // of each bucket in `sorted`
    for (const k of bucket) this.begins[k + 1]++;
    for (let k = 1; k < this.begins.length; k++) this.begins[k] += this.begins[k - 1];
    const next = this.begins.slice();
    this.sorted = new Int32Array(n);
    bucket.forEach((k, i) => { this.sorted[next[k]++] = i; });
  }

  /** Number of the bucket that a point, or one some buckets away, lies in; or -1. */
  bucket(x, y, right = 0, down = 0) {
    const column = Math.floor((x - this.left) / (2 * this.radius)) + right;
    const row = Math.floor((y - this.top) / (2 * this.radius)) + down;
    const outside = column < 0 || row < 0 || column >= this.wide || row >= this.high;
    return outside ? -1 : row * this.wide + column;
  }

  cornersOf(i) {
    return this.corner.subarray(this.from[i], this.from[i + 1]);
  }

  /** Mean over the corners of each hex. */
  means(values) {
    const { corner, from } = this, found = new Float64Array(this.n);
    for (let i = 0; i < this.n; i++) {
      for (let e = from[i]; e < from[i + 1]; e++) found[i] += values[corner[e]];
      found[i] /= from[i + 1] - from[i];
    }
    return found;
  }

  /** The hex that holds a point of zoom 0; -1 outside every hex. */
  at({ x, y }) {
    // The nearest center names the hex but for a sliver along the edges, because
    // hexes are not quite regular on the map: so the near ones are asked.
    for (let right = -1; right < 2; right++) for (let down = -1; down < 2; down++) {
      const k = this.bucket(x, y, right, down);
      const there = k < 0 ? [] : this.sorted.subarray(this.begins[k], this.begins[k + 1]);
      for (const i of there) {
        const near = Math.hypot(this.cx[i] - x, this.cy[i] - y) < 1.2 * this.radius;
        if (near && this.holds(i, x, y)) return i;
      }
    }
    return -1;
  }

  /** Whether a point lies on the same side of every edge of a convex cell. */
  holds(i, x, y) {
    const cell = this.cornersOf(i);
    let left = 0;
    cell.forEach((a, k) => {
      const b = cell[(k + 1) % cell.length];
      const across = (this.x[b] - this.x[a]) * (y - this.y[a]) -
        (this.y[b] - this.y[a]) * (x - this.x[a]);
      left += across > 0;
    });
    return left === 0 || left === cell.length;
  }

  /** Of each edge, which begins at the corner of its number, the corner where it ends. */
  get ends() {
    if (this.endsOfEdges) return this.endsOfEdges;
    const { corner, from, n } = this, ends = new Int32Array(corner.length);
    for (let i = 0; i < n; i++) {
      for (let e = from[i]; e < from[i + 1] - 1; e++) ends[e] = corner[e + 1];
      ends[from[i + 1] - 1] = corner[from[i]];
    }
    this.endsOfEdges = ends;
    return ends;
  }

  /** For each edge the hex on its other side; -1 where there is none. */
  get across() {
    if (this.acrossEdges) return this.acrossEdges;
    const { corner, ends, from, n } = this, across = new Int32Array(corner.length).fill(-1);
    const leaving = new Int32Array(3 * this.x.length).fill(-1); // edges, up to 3 a corner
    const hexOf = new Int32Array(corner.length);
    for (let i = 0; i < n; i++) for (let e = from[i]; e < from[i + 1]; e++) {
      hexOf[e] = i;
      let at = 3 * corner[e];
      while (leaving[at] >= 0) at++;
      leaving[at] = e;
      // The same edge of another hex runs the other way, from its end to its start.
      for (at = 3 * ends[e]; at < 3 * ends[e] + 3 && leaving[at] >= 0; at++) {
        const other = leaving[at];
        if (ends[other] !== corner[e]) continue;
        across[e] = hexOf[other];
        across[other] = i;
      }
    }
    this.acrossEdges = across;
    return across;
  }

  /** Edges of chosen hexes that part them as `apart(hex, other)` says, other -1 outside. */
  edges(members, apart) {
    const { across, corner, ends, from } = this, found = [];
    for (const i of members) for (let e = from[i]; e < from[i + 1]; e++) {
      if (apart(i, across[e])) found.push([corner[e], ends[e]]);
    }
    return found;
  }

  lines(edges) {
    const point = (c) => [this.latitude[c], this.longitude[c]];
    return edges.map(([a, b]) => [point(a), point(b)]);
  }

  /** Edges with different labels on their two sides, label 0 and outside alike. */
  borders(label) {
    const labels = Array.from({ length: this.n }, (_, i) => label(i) || 0);
    const all = labels.map((_, i) => i);
    return this.lines(this.edges(all, (i, j) => (j < 0 ? Boolean(labels[i])
      : i < j && labels[i] !== labels[j])));
  }

  /** Outline of some hexes. */
  outline(members) {
    const chosen = new Set(members);
    return this.lines(this.edges(chosen, (i, j) => !chosen.has(j)));
  }

  /**
   * For each k below `n` the rings round all hexes of that `level` or a higher one, -1
   * being none: corners, each ring ended by -1, holes the other way round. Three hexes
   * meet at a corner, so that at most one edge of a rim leaves it.
   */
  rims(level, n) {
    const { across, corner, ends, from } = this;
    const rims = Array.from({ length: n }, () =>
      ({ next: new Int32Array(this.x.length).fill(-1), starts: [] }));
    for (let i = 0; i < this.n; i++) for (let e = from[i]; e < from[i + 1]; e++) {
      const beyond = across[e] < 0 ? -1 : level[across[e]];
      for (let k = beyond + 1; k <= level[i]; k++) {
        rims[k].next[corner[e]] = ends[e];
        rims[k].starts.push(corner[e]);
      }
    }
    return rims.map(({ next, starts }) => {
      const rings = [];
      for (const start of starts) {
        if (next[start] < 0) continue; // in a ring before
        for (let c = start; next[c] >= 0;) {
          const to = next[c];
          rings.push(c);
          next[c] = -1;
          c = to;
        }
        rings.push(-1);
      }
      return rings;
    });
  }
};
