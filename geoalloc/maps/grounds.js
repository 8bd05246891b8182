// The inks of a light and of a dark ground, and the ramps of classes on each.

geoalloc.GROUNDS = {
  light: { land: "#fffdf7", casing: "#ffffff", line: "#5b6670", water: "#7fa6c4",
    road: "#8f989e", dark: "#1d252b", rank: "#000000", spot: "#a3005c",
    overprint: "#a3005c", chosen: "#000000", seam: "#ffffff",
    five: ["#fdf3c2", "#dcc96d", "#a39a76", "#5d6472", "#00224e"],
    three: ["#fdf3c2", "#a39a76", "#00224e"],
    tiers: ["#dcc96d", "#7f8078", "#00224e"],
    kinds: ["#00224e", "#c2410c", "#d9b23a", "#5b9bc8", "#b9c1c6"],
    hatch: { hatch: "#1d252b", ground: "#ffffff" } }, // apart from any class
  dark: { land: "#1c242a", casing: "#000000", line: "#8b969e", water: "#3c6683",
    road: "#5f6b73", dark: "#c8d0d5", rank: "#ffffff", spot: "#ff7ab8",
    overprint: "#ff7ab8", chosen: "#ffffff", seam: "#11171b",
    five: ["#1c3f78", "#56607a", "#8a8678", "#c6b25f", "#fee838"],
    three: ["#1c3f78", "#8a8678", "#fee838"],
    tiers: ["#4a5f94", "#a39a76", "#fee838"],
    kinds: ["#fee838", "#f0813a", "#a8955a", "#5b9bc8", "#5d6972"],
    hatch: { hatch: "#f2f5f6", ground: "#11171b" } },
};

/** Of fewer classes than colors the highest keep the strong end. */
geoalloc.highest = (ramp, { labels }) => ramp.slice(ramp.length - labels.length);

/** The three highest classes hatched, closer and closer, as on paper without color. */
geoalloc.hatched = (colors, classes, ground) => {
  const n = classes.labels.length, steps = [10, 7, 4];
  return colors.map((color, k) => {
    const step = steps[k - n + 3];
    if (typeof color !== "string" || k >= n || !step) return color;
    return { ground: color, step, hatch: geoalloc.contrast(color, ground) };
  });
};

/** The ink, light or dark, that is seen on a color. */
geoalloc.contrast = (color, { land, dark }) => {
  const light = (hex) => [1, 3, 5].reduce((sum, at, k) =>
    sum + [0.3, 0.59, 0.11][k] * parseInt(hex.slice(at, at + 2), 16), 0);
  const apart = (ink) => Math.abs(light(ink) - light(color));
  return apart(land) > apart(dark) ? land : dark;
};

/** Whether the reader's own system asks for a dark page. */
geoalloc.prefersDark = () => window.matchMedia("(prefers-color-scheme: dark)").matches;

geoalloc.darkPage = (on) => document.documentElement.classList.toggle("dark", on);
