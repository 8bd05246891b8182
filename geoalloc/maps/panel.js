// The panel beside the map, and how figures are written.

geoalloc.Panel = class {
  constructor(root) {
    this.root = root;
  }

  show(heading, subheading, ...children) {
    const { element } = geoalloc.marks;
    const title = element("h2", "", heading);
    title.tabIndex = -1;
    this.root.replaceChildren(title, element("p", "where", subheading), ...children);
    this.root.parentElement.scrollTop = 0;
  }

  terms(pairs) {
    const { element } = geoalloc.marks, list = element("dl");
    for (const [term, text] of pairs) {
      if (text === null || text === undefined || text === "") continue;
      list.append(element("div", "", null, element("dt", "", term), element("dd", "", text)));
    }
    return list;
  }

  table(head, rows) {
    const { element } = geoalloc.marks;
    const line = (cells, tag) => element("tr", "", null, ...cells.map((cell, k) => {
      const made = element(k ? tag : "th", "", cell);
      if (tag === "th" || !k) made.scope = tag === "th" ? "col" : "row";
      return made;
    }));
    return element("table", "", null,
      element("thead", "", null, line(head, "th")),
      element("tbody", "", null, ...rows.map((row) => line(row, "td"))));
  }

  bars(values, labels, chosen) {
    const { element } = geoalloc.marks, most = Math.max(...values, 1e-12);
    const chart = element("ol", "bars");
    values.forEach((value, k) => {
      const bar = element("span", "bar");
      bar.style.height = `${Math.max(1, 44 * value / most)}px`;
      const item = element("li", k === chosen ? "chosen" : "", null, bar,
        element("span", "tick", labels[k].slice(0, 2)));
      item.title = `${labels[k]}: ${geoalloc.number(value)}`;
      chart.append(item);
    });
    return chart;
  }
};

/** How steadily a hotspot was hot, and where its incidents are recorded. */
geoalloc.persistence = ({ persistence, windows }) => persistence &&
  `${geoalloc.capital(persistence)}${windows ? `: hot in ${windows} windows` : ""}`;

geoalloc.flag = ({ institution }) => (institution ? [geoalloc.marks.element("p", "flag",
  `At a ${institution}: at least half of the incidents are recorded there.`)] : []);

geoalloc.capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Two significant digits, and no false ones. */
geoalloc.number = (value) => {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 9.95) return Math.round(value).toLocaleString("en-GB");
  if (size >= 0.995) return value.toFixed(1);
  if (size < 0.00095) return value < 0 ? "over −0.001" : "under 0.001";
  return value.toFixed(Math.min(4, 1 - Math.floor(Math.log10(size))));
};
