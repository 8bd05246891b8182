// The corners of hexes, each once, out of what _mesh.py writes.

/**
 * Corners (latitude, longitude), and for hex i the numbers of its corners, which are
 * corner[from[i]] to corner[from[i + 1] - 1], all hexes the same way round.
 */
geoalloc.codec.mesh = (() => {
  /** Steps to the corners of a hex, in thirds of a row and a column. */
  const CORNERS = [[2, 1], [1, 2], [-1, 1], [-2, -1], [-1, -2], [1, -1]];

  /** Rows and columns of the hexes, and how far they reach. */
  function positions({ d, n }) {
    const read = geoalloc.codec.reader(d);
    const at = [new Int32Array(n), new Int32Array(n)];
    const least = [Infinity, Infinity], most = [-Infinity, -Infinity];
    for (let i = 0, here = [0, 0]; i < n; i++) for (const k of [0, 1]) {
      at[k][i] = here[k] += read.signed();
      least[k] = Math.min(least[k], here[k]);
      most[k] = Math.max(most[k], here[k]);
    }
    return { rows: at[0], columns: at[1], least, most };
  }

  /** Of a lattice in the plane of a face of the icosahedron. */
  function lattice(stream) {
    const { rows, columns, least, most } = positions(stream), { n } = stream;
    const [r0, c0] = least.map((v) => 3 * v - 2), wide = 3 * most[1] + 3 - c0;
    const known = new Int32Array(n ? (3 * most[0] + 3 - r0) * wide : 0); // 0 is none yet
    const corner = new Int32Array(6 * n), from = new Int32Array(n + 1);
    const latitude = new Float64Array(6 * n), longitude = new Float64Array(6 * n);
    const place = placed(stream);
    let met = 0;
    for (let i = 0, e = 0; i < n; i++) {
      for (const [down, right] of CORNERS) {
        const r = 3 * rows[i] + down, c = 3 * columns[i] + right;
        const at = (r - r0) * wide + c - c0;
        if (!known[at]) {
          place(r / 3, c / 3, latitude, longitude, met);
          known[at] = ++met;
        }
        corner[e++] = known[at] - 1;
      }
      from[i + 1] = e;
    }
    return { latitude: latitude.slice(0, met), longitude: longitude.slice(0, met), corner,
      from };
  }

  /** Put the degrees of a row and a column at a place of two arrays. */
  function placed({ vectors: [o, r, c], middle }) {
    const turn = 180 / Math.PI;
    return (row, column, latitude, longitude, at) => {
      const x = o[0] + row * r[0] + column * c[0], y = o[1] + row * r[1] + column * c[1];
      const z = o[2] + row * r[2] + column * c[2], east = turn * Math.atan2(y, x);
      latitude[at] = turn * Math.atan2(z, Math.sqrt(x * x + y * y));
      longitude[at] = east - 360 * Math.round((east - middle) / 360);
    };
  }

  /** Of outlines as they came. */
  function outlines(stream) {
    const read = geoalloc.codec.reader(stream.d), scale = 10 ** -stream.digits;
    const latitude = [], longitude = [], corner = [], from = [0], edges = [];
    let first = [0, 0];
    for (let i = 0; i < stream.n; i++) {
      let last = first;
      for (let k = 0, n = read.next(); k < n; k++) {
        const edge = (k && edges[k]) || [0, 0], back = read.next();
        const at = latitude.length - back;
        if (!back) {
          latitude.push(last[0] + edge[0] + read.signed());
          longitude.push(last[1] + edge[1] + read.signed());
        }
        corner.push(at);
        const point = [latitude[at], longitude[at]];
        if (k) edges[k] = [point[0] - last[0], point[1] - last[1]];
        else first = point;
        last = point;
      }
      from.push(corner.length);
    }
    const scaled = (values) => Float64Array.from(values, (v) => v * scale);
    return { latitude: scaled(latitude), longitude: scaled(longitude),
      corner: Int32Array.from(corner), from: Int32Array.from(from) };
  }

  return (stream) => (stream.vectors ? lattice(stream) : outlines(stream));
})();
