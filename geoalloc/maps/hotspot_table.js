// The hotspots as a table that can be sorted: what the map shows, in figures.

geoalloc.HotspotTable = class {
  /** Columns: heading, what a cell says, what it is sorted by (text or number). */
  static COLUMNS = [
    ["Rank", (s) => String(s.rank), (s) => s.rank],
    ["Place", (s) => (s.place === s.gridRef ? "" : s.place), (s) => s.place],
    ["Where", (s) => s.gridRef, (s) => s.gridRef],
    ["Incidents", (s) => geoalloc.whole(s.incidents), (s) => s.incidents],
    ["Share", (s) => geoalloc.percent(s.share), (s) => s.share],
    ["Density", (s) => geoalloc.number(s.rate), (s) => s.rate],
    ["Times the area", (s) => geoalloc.number(s.times), (s) => s.times],
    ["Category", (s) => s.category + (s.categoryShare === null ? ""
      : ` ${geoalloc.percent(s.categoryShare)}`), (s) => s.category],
    ["Peak hours", (s) => s.peak, (s) => s.peak],
    ["Persistence", (s) => [s.persistence, s.windows].filter(Boolean).join(", "),
      (s) => s.persistence],
    ["p, adjusted", (s) => geoalloc.chance(s.chance), (s) => s.chance],
    ["Certainty", (s) => geoalloc.sure(Math.round(100 * s.exceedance)),
      (s) => s.exceedance],
    ["At", (s) => s.institution, (s) => s.institution],
  ];

  constructor(data, choose) {
    const { element } = geoalloc.marks;
    this.choose = choose;
    this.by = 0;
    this.down = false;
    const spots = data.hotspots; // of which a column must say something
    this.columns = geoalloc.HotspotTable.COLUMNS.filter(([, say], k) =>
      k === 0 || spots.some((spot) => say(spot)));
    this.body = element("tbody");
    this.heads = this.columns.map(([title], k) => this.head(title, k));
    this.rows = data.hotspots.map((spot) => [spot, this.row(spot)]);
    const table = element("table", "", null,
      element("thead", "", null, element("tr", "", null, ...this.heads)), this.body);
    const number = data.hotspots.length;
    this.root = element("details", "sheet", null,
      element("summary", "", number === 1 ? "Table of 1 hotspot"
        : `Table of ${number} hotspots`),
      element("div", "scroll", null, table, element("p", "unit-of",
        `Density in ${data.rateUnit}. Certainty: probability that the rate is over ` +
        `${data.times} times the area's. Choose a heading to sort, a row to see it.`)));
    window.addEventListener("beforeprint", () => { this.root.open = true; });
    this.sort();
  }

  head(title, k) {
    const { element } = geoalloc.marks, button = element("button", "", title);
    button.type = "button";
    button.addEventListener("click", () => {
      this.down = this.by === k ? !this.down : false;
      this.by = k;
      this.sort();
    });
    const made = element("th", this.wordy(k), null, button);
    made.scope = "col";
    return made;
  }

  /** Class of the cells of a column of words. */
  wordy(k) {
    return ["Place", "Where", "Category", "Peak hours", "Persistence", "At"]
      .includes(this.columns[k][0]) ? "words" : "";
  }

  row(spot) {
    const { element } = geoalloc.marks;
    const button = element("button", "number", this.columns[0][1](spot));
    button.type = "button";
    button.setAttribute("aria-label", `Hotspot ${spot.rank}, ${spot.place}`);
    const first = element("th", "", null, button);
    first.scope = "row";
    const row = element("tr", "", null, first, ...this.columns.slice(1).map(
      ([, say], k) => element("td", this.wordy(k + 1), say(spot))));
    row.addEventListener("click", () => this.choose(spot));
    return row;
  }

  /** Order the rows; those that tie stay in order of rank. */
  sort() {
    const [, , value] = this.columns[this.by], sign = this.down ? -1 : 1;
    const compare = (a, b) => (typeof a === "string" ? a.localeCompare(b, "en-GB") : a - b);
    this.rows.sort(([a], [b]) => sign * compare(value(a), value(b)) || a.rank - b.rank);
    this.body.replaceChildren(...this.rows.map(([, row]) => row));
    this.heads.forEach((head, k) => {
      if (k !== this.by) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", this.down ? "descending" : "ascending");
    });
  }

  /** Mark the row of the hotspot that is chosen. */
  mark(spot) {
    for (const [one, row] of this.rows) row.classList.toggle("chosen", one === spot);
  }
};
