// The panel beside the map, and how figures are written.

geoalloc.Panel = class {
  constructor(root) {
    this.root = root;
    this.voice = geoalloc.marks.element("p", "unseen");
    this.voice.setAttribute("role", "status");
    root.before(this.voice);
  }

  /** Tell those who hear the page what was chosen; the whole panel would be too much. */
  say(heading, subheading) {
    this.voice.textContent = [heading, subheading].filter(Boolean).join(". ");
  }

  /** With `close` (a function) the panel can be left again. */
  show(heading, subheading, ...children) {
    const { element } = geoalloc.marks;
    const title = element("h2", "", heading), held = this.root.contains(document.activeElement);
    title.tabIndex = -1;
    this.root.replaceChildren(title, ...(this.close ? [this.closer()] : []),
      element("p", "where", subheading), ...children);
    this.root.scrollTop = this.root.parentElement.scrollTop = 0;
    if (held) title.focus(); // what had the focus is gone
    this.say(heading, subheading);
  }

  closer() {
    const made = geoalloc.marks.element("button", "close", "Close");
    made.type = "button";
    made.addEventListener("click", () => this.close());
    return made;
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
      const head = (tag === "th" || !k) && cell !== "";
      const made = element(head ? "th" : "td", "", cell);
      if (head) made.scope = tag === "th" ? "col" : "row";
      return made;
    }));
    return element("table", "", null,
      element("thead", "", null, line(head, "th")),
      element("tbody", "", null, ...rows.map((row) => line(row, "td"))));
  }

  /** Bars are for the eye; who hears the page is told each label and value. */
  bars(values, labels, chosen) {
    const { element } = geoalloc.marks, most = Math.max(...values, 1e-12);
    const chart = element("ol", "bars");
    const silent = (made) => {
      made.setAttribute("aria-hidden", "true");
      return made;
    };
    values.forEach((value, k) => {
      const bar = element("span", "bar"), text = `${labels[k]}: ${geoalloc.number(value)}`;
      bar.style.height = `${Math.max(1, 44 * value / most)}px`;
      const item = element("li", k === chosen ? "chosen" : "", null, silent(bar),
        silent(element("span", "tick", labels[k].slice(0, 2))),
        element("span", "unseen", text));
      item.title = text;
      chart.append(item);
    });
    return chart;
  }

  /** Parts of a whole as one bar with its words: [name, amount] in order. */
  mix(parts) {
    const { element } = geoalloc.marks;
    const all = parts.reduce((sum, [, amount]) => sum + amount, 0);
    if (!(all > 0)) return element("div");
    const percent = (amount) => `${Math.round(100 * amount / all)}%`;
    const bar = element("div", "mix-bar", null, ...parts.map(([, amount], k) => {
      const part = element("span", `part-${k}`);
      part.style.flexGrow = amount / all;
      return part;
    }));
    bar.setAttribute("aria-hidden", "true");
    return element("div", "mix", null, bar, element("ul", "", null, ...parts.map(
      ([name, amount], k) => element("li", "", null, element("span", `key-of part-${k}`),
        element("span", "", `${name} ${percent(amount)}`)))));
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
