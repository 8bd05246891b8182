// What the panel of a public map tells of a hex.

geoalloc.PublicPanel = class extends geoalloc.Panel {
  static HIDDEN = "not shown";

  constructor(root, data, model) {
    super(root);
    Object.assign(this, { data, model });
  }

  count(value) {
    return value === null ? geoalloc.PublicPanel.HIDDEN : value.toLocaleString("en-GB");
  }

  hex(i) {
    const { element } = geoalloc.marks, { data, model: m } = this;
    const number = geoalloc.number;
    const expected = m.expected[i] === null ? geoalloc.PublicPanel.HIDDEN
      : `${number(m.expected[i])} (${number(m.low[i])}–${number(m.high[i])})`;
    this.show(m.place[i], `${m.gridRef[i]}, ${m.district[i]}`,
      element("h3", "", "Recorded incidents"),
      this.terms([["Period", data.period], ["All", this.count(m.incidents[i])],
        ["Per km²", m.incidents[i] === null ? "" : number(m.incidents[i] / m.land[i])]]),
      this.table(["Group", "Incidents"],
        data.groups.map((name, k) => [name, this.count(m.groups[k][i])])),
      element("h3", "", "Expected calls (forecast)"),
      this.terms([["For", data.shift], ["Calls", expected]]),
      element("p", "small", "In brackets the interval of the mean. A count that is not " +
        "shown is under 5, or would give one away."));
  }

  nothing() {
    this.show("Nothing here", "This point lies outside the area.");
  }
};
