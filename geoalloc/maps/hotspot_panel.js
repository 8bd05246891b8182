// What the panel tells of a hotspot or a hex.

geoalloc.HotspotPanel = class extends geoalloc.Panel {
  /** `go` moves the map to a hotspot. */
  constructor(root, model, go) {
    super(root);
    this.model = model;
    this.go = go;
  }

  /** A hotspot, and if one of its hexes was chosen, that hex. */
  hotspot(spot, hex = -1) {
    const { element } = geoalloc.marks, m = this.model, size = spot.hexes.length;
    const button = element("button", "go", "Show it on the map");
    button.type = "button";
    button.addEventListener("click", () => this.go(spot));
    const at = spot.gridRef === spot.place ? "" : spot.gridRef;
    this.show(`Hotspot ${spot.rank}: ${spot.place}`, at, ...geoalloc.flag(spot),
      this.terms([
        ["Incidents", `${geoalloc.whole(spot.incidents)} ` +
          `(${geoalloc.percent(spot.share)} of all)`],
        ["Density", `${geoalloc.number(spot.rate)} ${m.rateUnit}`],
        ["Against area", `${geoalloc.number(spot.times)} times the area's rate`],
        ["Land", `${geoalloc.number(spot.km2)} km² in ${size} ` +
          `${size === 1 ? "hex" : "hexes"} (${geoalloc.percent(spot.areaShare)} of all)`],
        ["Category", spot.category && spot.category + (spot.categoryShare === null ? ""
          : ` (${geoalloc.percent(spot.categoryShare)} of its incidents)`)],
        ["Peak hours", spot.peak],
        ["Persistence", geoalloc.persistence(spot)],
        ["By chance", `p ${geoalloc.chance(spot.chance)}, adjusted`],
        ["Certainty", `${geoalloc.sure(Math.round(100 * spot.exceedance))} that its ` +
          `rate is over ${m.times} times the area's`],
      ]), button, ...(hex < 0 ? [] : [element("h3", "", "The hex chosen"), this.cell(hex),
        element("p", "where id", m.ids[hex])]));
  }

  hex(i) {
    this.show("A hex outside every hotspot", this.model.ids[i], this.cell(i));
  }

  nothing() {
    this.show("Nothing here", "No incident of the map was recorded within reach of this " +
      "point, or it lies outside the area.");
  }

  cell(i) {
    const m = this.model;
    return this.terms([
      ["Incidents", geoalloc.whole(m.incidents[i])],
      ["Density", `${geoalloc.number(m.density[i])} ${m.rateUnit}`],
      ["By chance", m.tier[i] ? `p ${geoalloc.chance(10 ** (-m.chance[i] / 10))}, adjusted`
        : "not significant"],
      ["Certainty", m.exceedance[i] && `${geoalloc.sure(m.exceedance[i] - 1)} that its ` +
        `rate is over ${m.times} times the area's`],
      ["Persistence", m.classes && geoalloc.capital(m.classes[m.persistence[i]])],
    ]);
  }
};

geoalloc.whole = (value) => Math.round(value).toLocaleString("en-GB");

/** A share in percent, to two digits. */
geoalloc.percent = (share) => {
  const percent = 100 * share;
  return `${percent >= 9.5 || percent === 0 ? percent.toFixed(0)
    : Number(percent.toPrecision(2))}%`;
};

/** A p-value to one digit, and none below a ten-thousandth. */
geoalloc.chance = (p) => (p < 0.0001 ? "under 0.0001" : String(Number(p.toPrecision(1))));

/** A probability in whole percent, never certain. */
geoalloc.sure = (percent) => (percent > 99 ? "over 99%" : percent < 1 ? "under 1%"
  : `${percent}%`);
