"use strict";
// Reads what _encode.py and _mesh.py write. Every file adds to this one object.
const geoalloc = {};

geoalloc.codec = (() => {
  const SEXTETS = new Uint8Array(128);
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ", ..."abcdefghijklmnopqrstuvwxyz", ..."0123456789+/"]
    .forEach((character, k) => { SEXTETS[character.charCodeAt(0)] = k; });
  const sextet = (text, i) => SEXTETS[text.charCodeAt(i)];

  function shares(text) {
    const values = new Float64Array(text.length);
    for (let i = 0; i < values.length; i++) values[i] = sextet(text, i) / 63;
    return values;
  }

  /** A reader of integers, five bits a character: next(), and for signed ones signed(). */
  function reader(text) {
    let at = 0;
    const next = () => {
      let value = 0, place = 1, part;
      do {
        part = sextet(text, at++);
        value += (part & 31) * place;
        place *= 32;
      } while (part > 31);
      return value;
    };
    const signed = () => {
      const folded = next();
      return folded % 2 ? -(folded + 1) / 2 : folded / 2;
    };
    return { next, signed, more: () => at < text.length };
  }

  function integers(text) {
    const values = [];
    for (let at = 0, value = 0, place = 1; at < text.length; at++) {
      const part = sextet(text, at);
      value += (part & 31) * place;
      place *= 32;
      if (part > 31) continue;
      values.push(value);
      value = 0;
      place = 1;
    }
    return values;
  }

  function deltas(text) {
    const values = integers(text);
    for (let i = 0, value = 0; i < values.length; i++) {
      const folded = values[i];
      values[i] = value += folded % 2 ? -(folded + 1) / 2 : folded / 2;
    }
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

  const steps = (values, step) => values.map((n) => (n ? (n - 1) * step : null));

  /** Numbers of a measure; null where it is missing. */
  const measure = (column) => steps(integers(column.d), column.step);

  /** The same, where each number is a step from the one before. */
  const near = (column) => steps(deltas(column.d), column.step);

  /** What each hour has of a whole, by the shape that texts of `shares` give it. */
  function profiles(texts, whole) {
    const parts = new Float64Array(whole.length), shape = texts.map(shares);
    for (const hour of shape) hour.forEach((share, i) => { parts[i] += share; });
    for (const hour of shape) {
      for (let i = 0; i < parts.length; i++) hour[i] *= whole[i] / (parts[i] || 1);
    }
    return shape;
  }

  /** Numbers on a scale of ratios; null where one is missing. */
  function levels({ d, most, ratio }) {
    const level = Array.from({ length: 64 }, (_, k) =>
      (k < 2 ? (k ? 0 : null) : most * ratio ** (63 - k)));
    return Array.from(d, (_, i) => level[sextet(d, i)]);
  }

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

  return { reader, shares, profiles, integers, deltas, runs, measure, near, levels, names,
    ids, gridReferences, lines };
})();

/** An object, or a list, whose values are made when they are first asked for. */
geoalloc.lazily = (makers) => {
  const made = Array.isArray(makers) ? [] : {};
  for (const [name, make] of Object.entries(makers)) {
    const settle = (value) => Object.defineProperty(made, name,
      { value, writable: true, enumerable: true, configurable: true });
    Object.defineProperty(made, name, { configurable: true, enumerable: true,
      set: settle, get() {
        settle(make.call(made));
        return made[name];
      } });
  }
  return made;
};

/** The sum of columns, number by number. */
geoalloc.summed = ([first, ...rest]) =>
  rest.reduce((sum, column) => sum.map((value, i) => value + column[i]), first);

/** Unpack the data of the page, and open the map with them. */
geoalloc.start = (map, name) => unpacked(name).then((data) => geoalloc.open(map, data));
