// The map as a table: the same values, sorted, filtered, saved and printed.

geoalloc.PlanTable = class {
  static ROWS = 100; // in the page at a time
  static PRINTED = 200;

  /** `page` has data, model, state, layers and guide. */
  constructor(page) {
    const { element } = geoalloc.marks;
    Object.assign(this, { page, kind: "hexes", first: 0, district: "", stale: true,
      printing: false });
    this.sorted = {}; // by kind: title of the column, and whether downwards
    this.sheets = geoalloc.planSheets(page);
    this.toggle = this.button("sheet-toggle", "Table of the values on the map",
      () => this.open(this.body.hidden));
    this.body = element("div", "sheet-body");
    Object.assign(this.body, { id: "sheet-body", hidden: true });
    this.toggle.setAttribute("aria-controls", this.body.id);
    this.toggle.setAttribute("aria-expanded", "false");
    this.root = element("section", "sheet plan-sheet", null,
      element("h2", "", null, this.toggle), this.body);
    this.root.setAttribute("aria-label", "Table");
    this.layOut();
    page.state.on((now, changed) => {
      if (changed.has("live")) this.pick("hexes");
      if (["fill", "hour", "live"].some((key) => changed.has(key))) this.refresh();
      else if (changed.has("chosen")) this.mark();
    });
    window.addEventListener("beforeprint", () => this.print(true));
    window.addEventListener("afterprint", () => this.print(false));
  }

  /** On paper stand the first rows, however many pages the reader has turned. */
  print(on) {
    this.printing = on;
    this.show();
  }

  button(name, text, act) {
    const made = geoalloc.marks.element("button", name, text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  layOut() {
    const { element } = geoalloc.marks;
    this.tabs = element("div", "tabs");
    this.tabs.setAttribute("role", "tablist");
    this.tabs.setAttribute("aria-label", "Rows of the table");
    this.tabs.addEventListener("keydown", (event) => this.tabKey(event));
    this.where = element("select");
    const names = [...new Set(this.page.model.district)].sort(geoalloc.byName);
    this.where.append(...["", ...names].map((name) => {
      const option = element("option", "", name || "All districts");
      option.value = name;
      return option;
    }));
    this.where.addEventListener("change", () => {
      Object.assign(this, { district: this.where.value, first: 0 });
      this.refresh();
    });
    this.filter = element("label", "filter", "District ", this.where);
    this.before = this.button("step", "Previous", () => this.turn(-1));
    this.after = this.button("step", "Next", () => this.turn(1));
    this.range = element("p", "range");
    this.range.setAttribute("role", "status");
    const bar = element("div", "bar-of-table", null, this.filter, this.range, this.before,
      this.after, this.button("save", "Save all as CSV", () => this.save()));
    this.caption = element("caption");
    this.head = element("thead");
    this.rows = element("tbody");
    this.cut = element("p", "cut");
    const foot = element("tfoot", "", null, element("tr", "", null, element("td")));
    this.panel = element("div", "scroll", null,
      element("table", "", null, this.caption, this.head, this.rows, foot), this.cut);
    Object.assign(this.panel, { id: "sheet-panel", tabIndex: 0 });
    this.panel.setAttribute("role", "tabpanel");
    this.body.append(this.tabs, bar, this.panel);
    this.addTabs();
  }

  addTabs() {
    const { live } = this.page.state.now;
    this.tabs.replaceChildren(...Object.entries(this.sheets).filter(
      ([, sheet]) => live || !sheet.secret).map(([kind, sheet]) => {
      const tab = this.button("tab", sheet.title, () => this.pick(kind));
      tab.id = `tab-${kind}`;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", this.panel.id);
      const on = kind === this.kind;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      return tab;
    }));
    this.panel.setAttribute("aria-labelledby", `tab-${this.kind}`);
  }

  tabKey({ key }) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key], tabs = [...this.tabs.children];
    if (!step) return;
    const at = tabs.findIndex((tab) => tab.tabIndex === 0);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    next.click();
    document.getElementById(next.id).focus();
  }

  pick(kind) {
    Object.assign(this, { kind, first: 0 });
    this.addTabs();
    this.refresh();
  }

  /** The map keeps its height when the table takes room under it. */
  open(on) {
    const main = this.page.map.getContainer().closest("main");
    main.style.minHeight = on ? `${main.offsetHeight}px` : "";
    this.body.hidden = !on;
    this.toggle.setAttribute("aria-expanded", String(on));
    if (on && this.stale) this.refresh();
  }

  enter() {
    this.open(true);
    this.toggle.focus();
    this.root.scrollIntoView({ block: "start" });
  }

  /** Take the values anew, if anyone sees them. */
  refresh() {
    this.stale = true;
    if (this.body.hidden) return;
    this.stale = false;
    const { now } = this.page.state, sheet = this.sheets[this.kind];
    this.columns = sheet.columns(now).filter((column) => now.live || !column.secret);
    this.caption.textContent = sheet.caption(now);
    this.filter.hidden = !sheet.district;
    const things = sheet.things();
    this.found = sheet.district && this.district
      ? things.filter((thing) => sheet.district(thing) === this.district) : things;
    this.sort();
  }

  sort() {
    const sheet = this.sheets[this.kind];
    const { by, down } = this.sorted[this.kind] || sheet.order;
    const column = this.columns.find(({ title, role }) => by === (role || title)) ||
      this.columns[0];
    this.by = column;
    this.down = down;
    this.things = geoalloc.ordered(this.found, column.key, down);
    this.first = Math.min(this.first, Math.max(0, this.things.length - 1));
    this.show();
  }

  sortBy(column) {
    const down = column === this.by ? !this.down : !column.words;
    this.sorted[this.kind] = { by: column.role || column.title, down };
    this.first = 0;
    this.sort();
    this.head.querySelector("[aria-sort] button").focus();
  }

  turn(step) {
    this.first = Math.max(0, this.first + step * geoalloc.PlanTable.ROWS);
    this.show();
    this.panel.scrollTop = 0;
  }

  show() {
    if (this.body.hidden) return;
    const { PRINTED, ROWS } = geoalloc.PlanTable, { printing, things } = this;
    const [from, n] = printing ? [0, PRINTED] : [this.first, ROWS];
    const shown = things.slice(from, from + n), whole = things.length.toLocaleString("en-GB");
    this.head.replaceChildren(this.heads());
    this.shown = shown.map((thing) => [thing, this.row(thing)]);
    this.rows.replaceChildren(...this.shown.map(([, row]) => row));
    this.before.disabled = from === 0;
    this.after.disabled = from + n >= things.length;
    this.range.textContent = things.length <= n ? `${whole} rows`
      : `Rows ${from + 1} to ${Math.min(from + n, things.length)} of ${whole}`;
    this.cut.textContent = printing && things.length > n
      ? `The first ${n} of ${whole} rows are printed; save the table for all of them.` : "";
    this.mark();
  }

  heads() {
    const { element } = geoalloc.marks;
    return element("tr", "", null, ...this.columns.map((column) => {
      const made = element("th", column.words ? "words" : "", null,
        this.button("", column.title, () => this.sortBy(column)),
        element("span", "printed", column.title));
      made.scope = "col";
      if (column === this.by) {
        made.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      }
      return made;
    }));
  }

  row(thing) {
    const { element } = geoalloc.marks, [first, ...rest] = this.columns;
    const go = this.button("number", first.text(thing), () => this.sheets[this.kind].go(thing));
    const head = element("th", "words", null, go);
    head.scope = "row";
    return element("tr", "", null, head, ...rest.map((column) =>
      element("td", column.words ? "words" : "", column.text(thing))));
  }

  /** Mark the row of what is chosen. */
  mark() {
    const { hex, unit, spot } = this.page.state.now.chosen || {};
    const chosen = { hexes: hex, units: unit, hotspots: spot }[this.kind];
    for (const [thing, row] of this.shown || []) {
      row.classList.toggle("chosen", thing === chosen);
    }
  }

  save() {
    geoalloc.handOver(this.page.data, { title: this.sheets[this.kind].title,
      caption: this.caption.textContent, columns: this.columns, things: this.things });
  }
};
