// One box that finds places, stations, units, hotspots, grid references and degrees.

/** Text as it is compared: small letters, no accents, no marks. */
geoalloc.plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
  .replace(/[^\p{L}\p{N}]+/gu, " ").trim();

/** Everything of a plan that has a name: { text, kind, plain, secret, go }. */
geoalloc.planNames = ({ data, model, guide }) => {
  const found = [];
  const add = (text, kind, go, secret = false) => {
    if (text) found.push({ text, kind, plain: geoalloc.plain(text), secret, go });
  };
  data.units.forEach((unit) => add(unit.id, `${unit.kind} at ${unit.post}`,
    () => guide.unit(unit), true));
  data.hotspots.forEach((spot) => add(`Hotspot ${spot.rank}: ${spot.place}`,
    spot.category, () => guide.spot(spot)));
  data.stations.forEach(([text, ...at]) => add(text, "Station", () => guide.point(at)));
  const members = (names) => {
    const of = new Map();
    names.forEach((name, i) => {
      if (!of.has(name)) of.set(name, []);
      of.get(name).push(i);
    });
    return of;
  };
  for (const [text, hexes] of members(model.district)) {
    add(text, "District", () => guide.area(hexes));
  }
  const known = new Set();
  data.places.forEach(([text, , , ...at]) => {
    const hex = guide.hexAt(at);
    known.add(text);
    add(text, hex < 0 ? "Place" : `Place, ${model.district[hex]}`, () => guide.point(at));
  });
  for (const [text, hexes] of members(model.place)) {
    if (known.has(text)) continue;
    const middle = guide.middle(hexes);
    add(text, `Place, ${model.district[middle]}`, () => guide.hex(middle));
  }
  return found;
};

geoalloc.PlanFind = class {
  static MOST = 8; // options

  /** What may be typed, with a point of this very map. */
  static hint({ stations: [first] }) {
    const [latitude, longitude] = (first || [""]).slice(1).map((x) => x.toFixed(2));
    return "Place, unit, hotspot, grid reference or "
      + (first ? `“${latitude}, ${longitude}”` : "degrees");
  }

  /** `page` has data, model, state and guide. */
  constructor(page) {
    const { element } = geoalloc.marks;
    Object.assign(this, { page, options: [], at: -1 });
    this.input = element("input");
    Object.assign(this.input, { id: "find", type: "text", autocomplete: "off",
      spellcheck: false, placeholder: geoalloc.PlanFind.hint(page.data) });
    this.list = element("ul", "found");
    this.said = element("p", "found-said");
    Object.assign(this.list, { id: "found", hidden: true });
    const label = element("label", "", "Find");
    label.htmlFor = "find";
    this.describe();
    this.root = element("div", "find", null, label,
      element("div", "find-box", null, this.input, this.list, this.said));
    this.root.setAttribute("role", "search");
    this.listen();
  }

  /** Combobox with a list box, as the ARIA Authoring Practices describe it. */
  describe() {
    const attributes = (one, named) => Object.entries(named).forEach(
      ([name, value]) => one.setAttribute(name, value));
    attributes(this.input, { role: "combobox", "aria-expanded": "false",
      "aria-controls": "found", "aria-autocomplete": "list", "aria-haspopup": "listbox" });
    attributes(this.list, { role: "listbox", "aria-label": "What was found" });
    attributes(this.said, { role: "status" });
  }

  listen() {
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("focus", () => { if (this.input.value) this.look(); });
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // keep focus
    this.list.addEventListener("click", (event) => {
      const k = [...this.list.children].indexOf(event.target.closest("li"));
      if (k >= 0) this.take(k);
    });
    this.page.state.on((now, changed) => { if (changed.has("live")) this.close(); });
  }

  key(event) {
    const { key } = event, n = this.options.length;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.look();
      else if (n) {
        this.mark(key === "ArrowDown" ? (this.at + 1) % n : (Math.max(this.at, 0) + n - 1) % n);
      }
    } else if (key === "Enter") {
      if (this.list.hidden) this.look();
      if (this.options.length) this.take(Math.max(this.at, 0));
    } else if (key === "Escape") {
      event.stopPropagation(); // what is chosen stays
      if (this.list.hidden) this.input.value = "";
      this.close();
    }
  }

  /** What a text finds, the best first. */
  search(text) {
    const { guide, state } = this.page, { live } = state.now;
    this.names = this.names || geoalloc.planNames(this.page);
    const point = geoalloc.typedPoint(text), wanted = geoalloc.plain(text);
    const rank = ({ plain }) => (plain === wanted ? 0 : plain.startsWith(wanted) ? 1
      : ` ${plain}`.includes(` ${wanted}`) ? 2 : plain.includes(wanted) ? 3 : 4);
    const ranked = wanted ? this.names.filter((one) => live || !one.secret).map((one) =>
      [rank(one), one]).filter(([place]) => place < 4).sort(([a], [b]) => a - b) : [];
    const hex = point ? guide.hexOf(point) : -1;
    const first = hex < 0 ? [] : [{ ...point, go: () => guide.hex(hex, point.at) }];
    return { point, options: [...first, ...ranked.map(([, one]) => one)]
      .slice(0, geoalloc.PlanFind.MOST) };
  }

  look() {
    const { element } = geoalloc.marks, text = this.input.value.trim();
    if (!text) { this.close(); return; }
    const { point, options } = this.search(text);
    this.options = options;
    this.list.replaceChildren(...options.map((one, k) => {
      const made = element("li", "", null, element("span", "name", one.text), " ",
        element("span", "kind", one.kind));
      made.id = `found-${k}`;
      made.setAttribute("role", "option");
      return made;
    }));
    this.list.hidden = !options.length;
    this.input.setAttribute("aria-expanded", String(Boolean(options.length)));
    this.mark(-1);
    this.tell(options.length ? "" : point ? `${point.text} lies outside this map.`
      : `Nothing on this map is called “${text}”.`);
    if (options.length) {
      this.page.announce(options.length === 1 ? "1 result" : `${options.length} results`);
    }
  }

  tell(text) {
    this.said.textContent = text;
    this.said.classList.toggle("empty", !text);
  }

  mark(k) {
    this.at = k;
    [...this.list.children].forEach((option, j) =>
      option.setAttribute("aria-selected", String(j === k)));
    if (k < 0) this.input.removeAttribute("aria-activedescendant");
    else {
      this.input.setAttribute("aria-activedescendant", `found-${k}`);
      this.list.children[k].scrollIntoView({ block: "nearest" });
    }
  }

  take(k) {
    const option = this.options[k];
    this.input.value = option.text;
    this.close();
    option.go();
  }

  close() {
    this.options = [];
    this.list.hidden = true;
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.mark(-1);
    this.tell("");
  }
};
