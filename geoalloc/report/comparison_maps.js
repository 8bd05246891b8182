"use strict";
// Hexes of a comparison: out of bytes, and onto a canvas pixel by pixel.
const compared = {};

/** Head and bytes that an element of the page holds, deflated, in base64. */
compared.unpacked = async (id) => {
  const text = atob(document.getElementById(id).textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const whole = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = new DataView(whole.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(whole.subarray(4, 4 + size)));
  return compared.read(head, whole.subarray(4 + size));
};

/** Integers whose first bytes stand before all their second ones, and so on. */
compared.planes = (bytes, from, count, width) => {
  const found = new Int32Array(count), unused = 32 - 8 * width;
  for (let k = 0; k < width; k++) {
    for (let i = 0; i < count; i++) found[i] |= bytes[from + k * count + i] << (8 * k);
  }
  for (let i = 0; i < count; i++) found[i] = found[i] << unused >> unused; // the sign
  return found;
};

/** Everything of the page: the head, corners of hexes, and codes of each measure. */
compared.read = (head, body) => {
  const { n, corners, scenarios } = head, S = scenarios.length;
  let at = 0;
  const planes = (count, width) => {
    const found = compared.planes(body, at, count, width);
    at += count * width;
    return found;
  };
  const centers = planes(2 * n, 4), offsets = planes(2 * corners * n, 2);
  for (let i = 1; i < n; i++) {
    centers[i] += centers[i - 1];
    centers[n + i] += centers[n + i - 1];
  }
  const place = planes(n, 2).map((k) => k & 0xffff);
  const codes = {};
  for (const measure of Object.keys(head.measures)) for (const of of ["values", "changes"]) {
    (codes[measure] ??= {})[of] = body.subarray(at, at += n * S);
  }
  return { ...head, centers, offsets, place, codes };
};

/**
 * The hex of each pixel, -1 where there is none: every pixel whose middle a hex holds,
 * so that no two hexes share one and none is left between them.
 */
compared.raster = ({ n, corners, centers, offsets }, { scale, left, top }, wide, high) => {
  const index = new Int32Array(wide * high).fill(-1);
  const x = new Float64Array(corners), y = new Float64Array(corners);
  for (let i = 0; i < n; i++) {
    let least = Infinity, most = -Infinity;
    for (let k = 0; k < corners; k++) {
      x[k] = (centers[i] + offsets[2 * k * n + i]) * scale + left;
      y[k] = (centers[n + i] + offsets[(2 * k + 1) * n + i]) * scale + top;
      least = Math.min(least, y[k]);
      most = Math.max(most, y[k]);
    }
    const last = Math.min(high, Math.ceil(most - 0.5));
    for (let row = Math.max(0, Math.ceil(least - 0.5)); row < last; row++) {
      const middle = row + 0.5;
      let from = Infinity, to = -Infinity;
      for (let k = 0, j = corners - 1; k < corners; j = k++) {
        if ((y[j] <= middle) === (y[k] <= middle)) continue;
        const cut = x[j] + (middle - y[j]) * (x[k] - x[j]) / (y[k] - y[j]);
        from = Math.min(from, cut);
        to = Math.max(to, cut);
      }
      const begin = Math.max(0, Math.ceil(from - 0.5)), end = Math.min(wide, Math.ceil(to - 0.5));
      if (begin < end) index.fill(i, row * wide + begin, row * wide + end);
    }
  }
  return index;
};

/** Position of a code's class: {side, k}, side "none", "value", "less", "same", "more". */
compared.classOf = (code, of, { steps, lost, reached, first }, breaks) => {
  const n = breaks.length;
  if (of === "values") {
    return code ? { side: "value", k: Math.floor((code - 1) / steps) } : { side: "none", k: 0 };
  }
  if (code === lost) return { side: "more", k: n, end: true };
  if (code === reached) return { side: "less", k: n, end: true };
  if (!code) return { side: "none", k: 0 };
  const signed = code - first - ((n + 1) * steps - 1), k = Math.floor(Math.abs(signed) / steps);
  return k ? { side: signed < 0 ? "less" : "more", k } : { side: "same", k: 0 };
};

/** Color and hatching of a class: of fewer classes the strong colors are kept. */
compared.look = ({ side, k, end }, n, inks, paper) => {
  if (side === "none") return { color: inks.none, hatch: 6, ink: inks.hatch };
  if (side === "value") {
    return { color: inks.values[inks.values.length - n - 1 + k] };
  }
  if (side === "same") return { color: inks.same };
  const color = inks[side][inks[side].length - n - 1 + k];
  if (end) return { color, hatch: 6, ink: inks.hatch };
  // On paper that has no color the two sides are told apart by hatching.
  return paper && side === "more"
    ? { color, hatch: 14 - 2 * (k + inks.more.length - n), ink: "#1d252b" } : { color };
};

compared.rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** Colors of looks side by side, so that a pixel is looked up without an object. */
compared.inked = (looks) => {
  const plain = new Uint8Array(3 * looks.length), lines = plain.slice();
  const period = new Float64Array(looks.length);
  looks.forEach(({ color, hatch, ink }, k) => {
    plain.set(compared.rgb(color), 3 * k);
    lines.set(compared.rgb(ink ?? color), 3 * k);
    period[k] = hatch ?? 0;
  });
  return { plain, lines, period };
};

/**
 * Color pixels by the look of their hex. Each is the mean of `over` by `over` of the
 * index; pixels outside every hex stay clear.
 */
compared.paint = (context, index, { wide, high, over, looks, codeOf, ratio }) => {
  const image = context.createImageData(wide, high), { data } = image;
  const { plain, lines, period } = compared.inked(looks);
  const across = wide * over, all = over * over, inside = [];
  for (let k = 0; k < all; k++) inside.push(Math.floor(k / over) * across + k % over);
  for (let row = 0, at = 0; row < high; row++) {
    for (let column = 0; column < wide; column++, at += 4) {
      const first = row * over * across + column * over;
      let red = 0, green = 0, blue = 0, n = 0;
      for (let k = 0; k < all; k++) {
        const i = index[first + inside[k]];
        if (i < 0) continue;
        const code = codeOf[i], step = period[code];
        const hatched = step && (row + column) % Math.round(step * ratio) < 1.2 * ratio;
        const from = hatched ? lines : plain, c = 3 * code;
        red += from[c];
        green += from[c + 1];
        blue += from[c + 2];
        n++;
      }
      if (!n) continue;
      data[at] = red / n;
      data[at + 1] = green / n;
      data[at + 2] = blue / n;
      data[at + 3] = 255 * n / all;
    }
  }
  context.putImageData(image, 0, 0);
};
