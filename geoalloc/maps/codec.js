"use strict";
// Reads what _encode.py and _mesh.py write. Every file adds to this one object.
const geoalloc = {};

geoalloc.codec = (() => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const SEXTETS = new Map([..."ABCDEFGHIJKLMNOPQRSTUVWXYZ", ..."abcdefghijklmnopqrstuvwxyz",
    ..."0123456789+/"].map((character, k) => [character, k]));
  const shares = (text) => Float64Array.from(text, (c) => SEXTETS.get(c) / 63);

  /** A reader of LEB128 integers: next() and, for signed ones, signed(). */
  function reader(text) {
    const source = bytes(text);
    let at = 0;
    const next = () => {
      let value = 0, place = 1, byte;
      do {
        byte = source[at++];
        value += (byte & 127) * place;
        place *= 128;
      } while (byte > 127);
      return value;
    };
    const signed = () => {
      const folded = next();
      return folded % 2 ? -(folded + 1) / 2 : folded / 2;
    };
    return { next, signed, more: () => at < source.length };
  }

  function integers(text) {
    const read = reader(text), values = [];
    while (read.more()) values.push(read.next());
    return values;
  }

  function deltas(text) {
    const read = reader(text), values = [];
    let value = 0;
    while (read.more()) values.push((value += read.signed()));
    return values;
  }

  function runs(text) {
    const read = reader(text), values = [];
    while (read.more()) {
      const value = read.next();
      for (let left = read.next(); left > 0; left--) values.push(value);
    }
    return values;
  }

  /** Numbers of a measure; null where it is missing. */
  const measure = (column) =>
    integers(column.d).map((n) => (n ? (n - 1) * column.step : null));

  /** The same, where each number is a step from the one before. */
  const near = (column) =>
    deltas(column.d).map((n) => (n ? (n - 1) * column.step : null));

  /** Numbers on a scale of ratios; null where one is missing. */
  const levels = (column) => Array.from(column.d, (character) => {
    const k = SEXTETS.get(character);
    return k < 2 ? (k ? 0 : null) : column.most * column.ratio ** (63 - k);
  });

  const names = (column) => runs(column.d).map((i) => column.names[i]);

  /** H3 indexes as hexadecimal text. */
  function ids(column) {
    const shift = BigInt(column.bits), first = BigInt(`0x${column.first}`);
    let value = first >> shift;
    const last = first - (value << shift);
    return integers(column.d).map((step) =>
      (((value += BigInt(step)) << shift) + last).toString(16));
  }

  function gridReferences(column) {
    const letters = names(column);
    if (!column.east) return letters;
    const east = deltas(column.east), north = deltas(column.north);
    const three = (n) => String(n).padStart(3, "0");
    return letters.map((pair, i) => `${pair} ${three(east[i])} ${three(north[i])}`);
  }

  /** Corners (latitude, longitude) and, for each hex, the numbers of its corners. */
  function mesh(stream) {
    const read = reader(stream.d), scale = 10 ** -stream.digits;
    const latitude = [], longitude = [], cells = [], edges = [];
    let first = [0, 0];
    for (let i = 0; i < stream.n; i++) {
      const cell = [];
      let last = first;
      for (let k = 0, n = read.next(); k < n; k++) {
        const edge = (k && edges[k]) || [0, 0], back = read.next();
        let corner = latitude.length - back;
        if (!back) {
          latitude.push(last[0] + edge[0] + read.signed());
          longitude.push(last[1] + edge[1] + read.signed());
        }
        cell.push(corner);
        const point = [latitude[corner], longitude[corner]];
        if (k) edges[k] = [point[0] - last[0], point[1] - last[1]];
        else first = point;
        last = point;
      }
      cells.push(cell);
    }
    const degrees = (values) => Float64Array.from(values, (v) => v * scale);
    return { latitude: degrees(latitude), longitude: degrees(longitude), cells };
  }

  /** Lines as arrays of [latitude, longitude]. */
  function lines(stream) {
    const read = reader(stream.d), scale = 10 ** -stream.digits;
    let lat = 0, lng = 0;
    return integers(stream.parts).map((n) =>
      Array.from({ length: n }, () => {
        lat += read.signed();
        lng += read.signed();
        return [lat * scale, lng * scale];
      }));
  }

  return { shares, integers, deltas, runs, measure, near, levels, names, ids,
    gridReferences, mesh, lines };
})();

/** Unpack the data of the page, and open the map with them. */
geoalloc.start = (map, name) => {
  const packed = Uint8Array.from(atob(document.getElementById(name).textContent),
    (c) => c.charCodeAt(0));
  if (!window.DecompressionStream) {
    document.body.prepend("This map needs a browser of 2023 or later.");
    return;
  }
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  new Response(stream).text().then((text) => geoalloc.open(map, JSON.parse(text)));
};
