// The maps of a comparison and what stands beside them: key, reading, places.

compared.element = (tag, name = "", text = null, ...inner) => {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== null) made.textContent = text;
  made.append(...inner);
  return made;
};

/** A figure with as many digits as tell it apart. */
compared.figure = (value, signed = false) => {
  const size = Math.abs(value);
  const text = size >= 100 ? size.toFixed(0) : size >= 10 ? size.toFixed(1)
    : size ? size.toPrecision(2) : "0";
  const plain = text.includes("e") ? size.toFixed(7) : text;
  return `${value < 0 ? "\u2212" : signed && value > 0 ? "+" : ""}${plain}`;
};

compared.Page = class {
  constructor(data) {
    this.data = data;
    this.marks = new compared.Marks(data);
    this.by = (id) => document.getElementById(`scaled-${id}`);
    this.view = new compared.View(this.by("map"), data);
    this.dark = window.matchMedia("(prefers-color-scheme: dark)");
  }

  open() {
    const draw = () => this.draw(), form = this.by("chooser");
    document.querySelector(".scaled-columns").hidden = false;
    form.addEventListener("change", () => this.chosen());
    form.addEventListener("submit", (event) => event.preventDefault());
    document.querySelector(".scaled-zoom").addEventListener("click", ({ target }) => {
      const factor = { in: 1.5, out: 1 / 1.5 }[target.value];
      if (factor) this.view.closer(factor);
      else if (target.value === "all") this.view.whole();
      this.soon();
    });
    compared.movable(this.view, { changed: () => this.soon(), read: (i) => this.read(i) });
    this.dark.addEventListener("change", () => this.chosen());
    new ResizeObserver(() => this.fit()).observe(document.querySelector(".scaled-frame"));
    window.addEventListener("beforeprint", () => this.print());
    window.addEventListener("afterprint", () => { this.by("paper").hidden = true; });
    this.fit();
    this.chosen();
    draw();
  }

  /** What is asked for: a view, a measure, and the position of a scenario. */
  get state() {
    const form = new FormData(this.by("chooser"));
    const view = form.get("scaled-view") ?? "change";
    const asked = Number(this.by("scenario").value);
    return { of: view === "change" ? "changes" : "values", view, asked,
      measure: form.get("scaled-measure") ?? "unmet",
      scenario: view === "base" ? 0 : asked,
      posts: this.by("posts").checked, towns: this.by("towns").checked };
  }

  fit() {
    const { clientWidth } = this.view.canvas, { wide, high } = this.data;
    if (!clientWidth || clientWidth === this.view.size?.wide) return;
    const tall = Math.min(clientWidth * high / wide, 0.72 * window.innerHeight);
    const height = Math.round(Math.max(tall, 240));
    this.view.canvas.style.height = `${height}px`;
    this.view.fit(clientWidth, height, Math.min(window.devicePixelRatio || 1, 2));
    this.soon();
  }

  /** Draw once before the next picture of the page, however often it is asked for. */
  soon() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }

  inks(dark) { return this.data.inks[dark ? "dark" : "light"]; }

  breaks({ of, measure }) { return this.data.measures[measure][of].breaks; }

  /** What each code looks like, and the code of each hex. */
  colored(state, inks, paper) {
    const { codes, n, scenarios: { length }, code } = this.data, breaks = this.breaks(state);
    const levels = (breaks.length + 1) * code.steps;
    const many = state.of === "values" ? 1 + levels : code.first + 2 * levels - 1;
    const looks = Array.from({ length: many }, (_, k) => compared.look(
      compared.classOf(k, state.of, code, breaks), breaks.length, inks, paper));
    const all = codes[state.measure][state.of], codeOf = new Uint8Array(n);
    for (let i = 0; i < n; i++) codeOf[i] = all[i * length + state.scenario];
    return { looks, codeOf };
  }

  draw() {
    if (!this.view.size) return;
    const { state } = this, inks = this.inks(this.dark.matches);
    this.view.draw({ ...this.colored(state, inks, false), marks: this.marks,
      over: { inks, towns: state.towns, posts: state.posts, scenario: state.scenario,
        change: state.view === "change" } });
  }

  /** After another choice: the title, the key, the places; and the map anew. */
  chosen() {
    const { state } = this;
    this.by("title").textContent = this.title(state);
    this.by("key").replaceChildren(...this.key(state, this.inks(this.dark.matches), false));
    this.by("places").replaceChildren(...this.places(state));
    this.read(this.view.chosen ?? -1);
    this.soon();
  }

  title(state) {
    const { scenarios, measures, said } = this.data, { title } = measures[state.measure];
    const name = scenarios[state.scenario], base = scenarios[0];
    if (state.view !== "change") return `${name}: ${title}`;
    if (!state.scenario) return `${title}: ${base} is the base, and differs from itself in nothing`;
    return `${name} less ${base}: ${title}. ${said[state.measure][state.scenario]}`;
  }

  /** The classes, the same for every scenario. */
  key(state, inks, paper) {
    const { measures, scenarios } = this.data, { unit, [state.of]: told } = measures[state.measure];
    const n = told.breaks.length;
    const list = compared.element("ul", "scaled-legend", null, ...told.labels.map(([side, k, end, text]) => {
      const swatch = compared.element("canvas"), context = swatch.getContext("2d");
      [swatch.width, swatch.height] = [56, 40];
      compared.paint(context, new Int32Array(56 * 40), { wide: 56, high: 40, over: 1, ratio: 2,
        looks: [compared.look({ side, k, end }, n, inks, paper)], codeOf: [0] });
      swatch.setAttribute("aria-hidden", "true");
      return compared.element("li", "", null, swatch, compared.element("span", "", text));
    }));
    const stands = state.of === "changes" && state.scenario
      ? `Discs: posts of units of ${scenarios[state.scenario]} in the first hour, larger for more units; rings: of ${scenarios[0]}.`
      : "Discs: posts of units in the first hour, larger for more units.";
    return [compared.element("p", "scaled-head", unit), list,
      compared.element("p", "scaled-note", told.note),
      ...(state.posts ? [compared.element("p", "scaled-note", stands)] : [])];
  }

  /** About what a code stands for: the middle of its step. */
  value(code, { of, measure }) {
    const told = this.data.measures[measure][of], { steps, first } = this.data.code;
    const ends = [0, ...told.breaks, Math.max(told.most, ...told.breaks)];
    const level = of === "values" ? code - 1 : code - first - (told.breaks.length + 1) * steps + 1;
    const k = Math.floor(Math.abs(level) / steps), step = Math.abs(level) % steps;
    return Math.sign(level || 1) * (ends[k] + (step + 0.5) / steps * (ends[k + 1] - ends[k]));
  }

  /** Say what is known of a hex. */
  read(i) {
    const { state, data } = this, S = data.scenarios.length;
    if (i !== this.view.chosen) {
      this.view.chosen = i;
      this.soon();
    }
    if (i < 0) {
      this.by("reading").textContent = "";
      return;
    }
    const { unit, absent } = data.measures[state.measure];
    const codes = data.codes[state.measure], names = data.scenarios;
    const worth = (s) => {
      const code = codes.values[i * S + s];
      return code ? `about ${compared.figure(this.value(code, { ...state, of: "values" }))}` : absent;
    };
    const parts = [`${names[0]} ${worth(0)}`];
    if (state.asked) parts.push(`${names[state.asked]} ${worth(state.asked)}`);
    const told = `${data.places[data.place[i]]}. ${unit}: ${parts.join("; ")}`;
    const code = codes.changes[i * S + state.asked];
    this.by("reading").textContent = state.asked && code > data.code.reached
      ? `${told}; ${this.changed(code, state)}.` : `${told}.`;
  }

  changed(code, state) {
    const { breaks } = this.data.measures[state.measure].changes;
    const { side } = compared.classOf(code, "changes", this.data.code, breaks);
    const size = compared.figure(Math.abs(this.value(code, { ...state, of: "changes" })));
    if (side !== "same") return `about ${size} ${side}`;
    return breaks.length ? `less than ${breaks[0]} apart` : "no difference";
  }

  /** Where a scenario has least and most more than the base, by name, for reading. */
  places(state) {
    const { tables, measures, scenarios, places } = this.data, { measure, asked } = state;
    if (!asked) return [];
    const { unit, least, greatest } = measures[measure];
    return [[least, tables[measure][asked][0]], [greatest, tables[measure][asked][1]]].map(
      ([title, rows]) => {
        if (!rows.length) return compared.element("p", "scaled-note", `${title}: nowhere.`);
        const head = ["place", "base", "scenario", "difference"];
        const table = compared.element("table", "", null,
          compared.element("caption", "", `${title}: ${scenarios[asked]} against ${scenarios[0]}. ${unit}.`),
          compared.element("thead", "", null, this.row(head, "th")),
          compared.element("tbody", "", null, ...rows.map(([at, before, after]) =>
            this.row([places[at], compared.figure(before), compared.figure(after),
              compared.figure(after - before, true)], "td"))));
        const scroll = compared.element("div", "scroll", null, table);
        scroll.tabIndex = 0;
        scroll.setAttribute("role", "region");
        scroll.setAttribute("aria-label", title);
        return scroll;
      });
  }

  row(cells, tag) {
    return compared.element("tr", "", null, ...cells.map((text, k) => {
      const made = compared.element(k ? tag : "th", k ? "number" : "", text);
      if (made.tagName === "TH") made.scope = tag === "th" ? "col" : "row";
      return made;
    }));
  }

  /** Put the base and the chosen map beside each other on paper. */
  print() {
    const { state, data } = this, wide = 340, high = Math.round(Math.min(wide * data.high / data.wide, 420));
    const chosen = state.view === "base" && state.asked
      ? { ...state, view: "change", of: "changes", scenario: state.asked } : state;
    const pair = [{ ...state, view: "base", of: "values", scenario: 0 }, chosen];
    const different = chosen.scenario ? pair : pair.slice(0, 1);
    this.by("paper").replaceChildren(...different.map((each) => {
      const canvas = compared.element("canvas"), view = new compared.View(canvas, data);
      const inks = this.inks(false);
      view.fit(wide, high, 3);
      view.draw({ ...this.colored(each, inks, true), marks: this.marks, over: { inks,
        towns: each.towns, posts: each.posts, scenario: each.scenario, change: each.view === "change" } });
      return compared.element("figure", "", null,
        compared.element("figcaption", "scaled-head", this.title(each)), canvas, ...this.key(each, inks, true));
    }));
    this.by("paper").hidden = false;
  }
};

(async () => {
  if (!window.DecompressionStream) return;
  compared.page = new compared.Page(await compared.unpacked("scaled-data"));
  compared.page.open();
  document.getElementById("scaled").dataset.ready = "yes";
})();
