// OS grid references and degrees that a reader types, as a latitude and a longitude.

geoalloc.osgb = (() => {
  // Airy 1830 and the National Grid, and the seven parameters from WGS84 to OSGB36:
  // Ordnance Survey, "A guide to coordinate systems in Great Britain", annexes A to C.
  const AIRY = { a: 6377563.396, b: 6356256.909 }, WGS84 = { a: 6378137, b: 6356752.3141 };
  const F0 = 0.9996012717, PHI0 = 49 * Math.PI / 180, LAM0 = -2 * Math.PI / 180;
  const E0 = 400000, N0 = -100000, ARC = Math.PI / 648000; // of a second
  const SHIFT = [-446.448, 125.157, -542.060], SCALE = 20.4894e-6;
  const TURN = [-0.1502 * ARC, -0.2470 * ARC, -0.8421 * ARC];
  const LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"; // without I
  const squared = ({ a, b }) => (a * a - b * b) / (a * a);

  /** Arc of the meridian from the true origin. */
  function meridian(phi) {
    const { a, b } = AIRY, n = (a - b) / (a + b), n2 = n * n, n3 = n2 * n;
    const less = phi - PHI0, more = phi + PHI0;
    return b * F0 * ((1 + n + 1.25 * n2 + 1.25 * n3) * less -
      (3 * n + 3 * n2 + 2.625 * n3) * Math.sin(less) * Math.cos(more) +
      (1.875 * n2 + 1.875 * n3) * Math.sin(2 * less) * Math.cos(2 * more) -
      35 / 24 * n3 * Math.sin(3 * less) * Math.cos(3 * more));
  }

  /** Latitude and longitude on Airy's ellipsoid, in radians, of metres of the grid. */
  function airy(east, north) {
    let phi = PHI0;
    for (let k = 0; k < 12; k++) phi += (north - N0 - meridian(phi)) / (AIRY.a * F0);
    const e2 = squared(AIRY), root = 1 - e2 * Math.sin(phi) ** 2;
    const nu = AIRY.a * F0 / Math.sqrt(root), rho = nu * (1 - e2) / root;
    const eta2 = nu / rho - 1, t = Math.tan(phi), t2 = t * t, t4 = t2 * t2, t6 = t4 * t2;
    const sec = 1 / Math.cos(phi), d = east - E0;
    return [
      phi - t / (2 * rho * nu) * d ** 2 +
        t / (24 * rho * nu ** 3) * (5 + 3 * t2 + eta2 - 9 * t2 * eta2) * d ** 4 -
        t / (720 * rho * nu ** 5) * (61 + 90 * t2 + 45 * t4) * d ** 6,
      LAM0 + sec / nu * d - sec / (6 * nu ** 3) * (nu / rho + 2 * t2) * d ** 3 +
        sec / (120 * nu ** 5) * (5 + 28 * t2 + 24 * t4) * d ** 5 -
        sec / (5040 * nu ** 7) * (61 + 662 * t2 + 1320 * t4 + 720 * t6) * d ** 7,
    ];
  }

  /** From OSGB36 to WGS84, both in radians: the shift the other way round. */
  function shifted(phi, lam) {
    const e2 = squared(AIRY), nu = AIRY.a / Math.sqrt(1 - e2 * Math.sin(phi) ** 2);
    const [x, y, z] = [nu * Math.cos(phi) * Math.cos(lam),
      nu * Math.cos(phi) * Math.sin(lam), nu * (1 - e2) * Math.sin(phi)];
    const [tx, ty, tz] = SHIFT, [rx, ry, rz] = TURN, s = 1 - SCALE;
    const u = -tx + s * x + rz * y - ry * z, v = -ty - rz * x + s * y + rx * z;
    const w = -tz + ry * x - rx * y + s * z;
    const f2 = squared(WGS84), p = Math.hypot(u, v);
    let found = Math.atan2(w, p * (1 - f2));
    for (let k = 0; k < 6; k++) {
      const radius = WGS84.a / Math.sqrt(1 - f2 * Math.sin(found) ** 2);
      found = Math.atan2(w + f2 * radius * Math.sin(found), p);
    }
    return [found, Math.atan2(v, u)];
  }

  /** Latitude and longitude (WGS84, degrees) of metres of the National Grid. */
  const degrees = (east, north) =>
    shifted(...airy(east, north)).map((angle) => angle * 180 / Math.PI);

  /** Middle of the square that a reference of 4 to 10 figures names; null of no other. */
  function square(text) {
    const found = /^([A-HJ-Z]{2})(\d{4,10})$/.exec(text.toUpperCase().replace(/\s/g, ""));
    if (!found || found[2].length % 2) return null;
    const [large, small] = [...found[1]].map((letter) => LETTERS.indexOf(letter));
    const column = (large % 5 - 2) * 5 + small % 5; // of 100 km, counted from square SV
    const row = (3 - Math.floor(large / 5)) * 5 + 4 - Math.floor(small / 5);
    if (column < 0 || column > 6 || row < 0 || row > 12) return null;
    const half = found[2].length / 2, side = 10 ** (5 - half);
    const part = (digits) => Number(digits) * side + side / 2;
    return { east: column * 1e5 + part(found[2].slice(0, half)),
      north: row * 1e5 + part(found[2].slice(half)), side };
  }

  return { airy, degrees, square };
})();

/** The point that a text names: { at: [latitude, longitude], text, kind }, or null. */
geoalloc.typedPoint = (text) => {
  const square = geoalloc.osgb.square(text);
  if (square) {
    const tidy = text.toUpperCase().replace(/\s/g, ""), half = (tidy.length + 2) / 2;
    return { at: geoalloc.osgb.degrees(square.east, square.north), kind: "Grid reference",
      text: `${tidy.slice(0, 2)} ${tidy.slice(2, half)} ${tidy.slice(half)}` };
  }
  const number = String.raw`([-−+]?\d{1,3}(?:\.\d+)?)\s*°?\s*`;
  const pair = new RegExp(`^${number}([NS]?)(?:\\s*[,;]\\s*|\\s+)${number}([EW]?)$`, "i");
  const found = pair.exec(text.trim());
  if (!found) return null;
  const signed = (digits, letter) =>
    Number(digits.replace("−", "-")) * (/[SW]/i.test(letter) ? -1 : 1);
  const at = [signed(found[1], found[2]), signed(found[3], found[4])];
  if (Math.abs(at[0]) > 90 || Math.abs(at[1]) > 180) return null;
  return { at, kind: "Latitude and longitude",
    text: at.map((angle) => angle.toFixed(4)).join(", ").replaceAll("-", "−") };
};
