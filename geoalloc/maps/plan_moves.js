// The moves of a plan: who leaves the station for which post, and what that buys.

geoalloc.PlanLayers.SECRET.add("moves"); // a layer of its own beside those of the plan
geoalloc.PlanControls.LAYERS.splice(1, 0, ["moves", "Moves: station to post", "move"]);

geoalloc.PlanMoves = class {
  static HEAD = [ // text, value, and whether the greatest comes first
    ["Unit", (move) => move.unit.id, false],
    ["From", (move) => move.unit.from, false],
    ["To", (move) => move.unit.post, false],
    ["Buys", (move) => move.unit.gain, true],
    ["min", (move) => move.minutes, true],
    ["km", (move) => move.km, true],
  ];
  static LEAST = 26; // pixels of a line with room for an arrow

  /** `page` has map, data, state, layers, chosen (the panel's element). */
  constructor(page) {
    Object.assign(this, page);
    const { data: { units, drives = [] }, state } = this;
    this.moves = units.map((unit, k) => ({ unit, minutes: drives[k] ?? null,
      km: unit.home ? this.map.distance(unit.home, unit.at) / 1000 : null }))
      .filter(({ unit }) => unit.from !== null && unit.from !== unit.post);
    this.draw();
    this.root = this.list();
    this.chosen.after(this.root);
    this.sort(3);
    state.on((now, changed) => {
      if (changed.has("chosen") || changed.has("live")) this.follow(now);
    });
    this.follow(state.now);
  }

  follow({ chosen, live }) {
    this.root.hidden = !live || !this.moves.length;
    this.mark.clearLayers();
    const move = live && this.moves.find(({ unit }) => unit === chosen?.unit);
    for (const { unit, row } of this.moves) {
      row.classList.toggle("chosen", unit === chosen?.unit);
    }
    if (!move || !move.unit.home) return;
    const line = [move.unit.home, move.unit.at];
    this.layers.cased([line], "over", "overprint", 3).forEach((part) =>
      this.mark.addLayer(part));
    this.mark.addLayer(this.arrow(line, "large"));
  }

  draw() {
    const { map, layers } = this;
    const drawn = this.moves.filter(({ unit }) => unit.home);
    const lines = drawn.map(({ unit }) => [unit.home, unit.at]);
    this.arrows = lines.map((line) => this.arrow(line, ""));
    layers.groups.moves = L.layerGroup([
      ...layers.cased(lines, "over", "overprint", 1.6), ...this.arrows]);
    this.mark = L.layerGroup().addTo(map);
    const fit = () => this.arrows.forEach((arrow) => {
      const [a, b] = arrow.line.map((at) => map.latLngToLayerPoint(at));
      arrow.getElement()?.classList.toggle("short",
        a.distanceTo(b) < geoalloc.PlanMoves.LEAST);
    });
    map.on("zoomend layeradd", fit);
  }

  /** An arrowhead on a line, on the way to its end. */
  arrow(line, name) {
    const { element, marker } = geoalloc.marks;
    const [a, b] = line.map((at) => this.map.project(at, 0));
    const at = this.map.unproject(a.multiplyBy(0.4).add(b.multiplyBy(0.6)), 0);
    const made = marker(at, "names", () => {
      const head = element("span", "arrow");
      head.style.transform = `rotate(${Math.atan2(b.y - a.y, b.x - a.x)}rad)`;
      return element("div", `mark ${name}`, null, head);
    });
    made.line = line;
    return made;
  }

  list() {
    const { element } = geoalloc.marks, { HEAD } = geoalloc.PlanMoves;
    this.heads = HEAD.map(([text], k) => {
      const button = element("button", "sort", text), made = element("th", "", null, button);
      button.type = "button";
      made.scope = "col";
      button.addEventListener("click", () => this.sort(k));
      return made;
    });
    for (const move of this.moves) move.row = this.row(move);
    this.body = element("tbody");
    const table = element("table", "", null,
      element("thead", "", null, element("tr", "", null, ...this.heads)), this.body);
    table.setAttribute("aria-label", "Moves");
    return element("details", "about moves", null,
      element("summary", "", `Moves: ${this.moves.length} from stations to posts`), table,
      element("p", "small", "Buys: late incidents (weighted by grade) a shift that the " +
        "plan would have more with this unit back at its station, by the model. min: " +
        "drive to the first post; km: as the crow flies."));
  }

  row(move) {
    const { element } = geoalloc.marks, { unit, minutes, km } = move;
    const name = element("button", "pick", unit.id), head = element("th", "", null, name);
    name.type = "button";
    head.scope = "row";
    const row = element("tr", "", null, head, element("td", "text", unit.from),
      element("td", "text", unit.post), element("td", "", geoalloc.number(unit.gain)),
      element("td", "", minutes === null ? "–" : String(minutes)),
      element("td", "", geoalloc.number(km)));
    row.addEventListener("click", () => this.choose(unit));
    return row;
  }

  choose(unit) {
    this.state.set({ chosen: { unit } });
    const { map } = this, inside = map.getBounds();
    if (!inside.contains(unit.at) || (unit.home && !inside.contains(unit.home))) {
      map.panTo(unit.home ? L.latLngBounds([unit.home, unit.at]).getCenter() : unit.at);
    }
  }

  /** Sort by a column; by the same again, the other way round. Ties by call sign. */
  sort(k) {
    const [, value, down] = geoalloc.PlanMoves.HEAD[k];
    this.turned = this.by === k ? !this.turned : false;
    this.by = k;
    const sign = down !== this.turned ? -1 : 1;
    const order = (a, b) => (a === b ? 0 : a === null ? 1 : b === null ? -1
      : a < b ? -sign : sign);
    this.moves.sort((a, b) => order(value(a), value(b)) ||
      (a.unit.id < b.unit.id ? -1 : 1));
    this.body.replaceChildren(...this.moves.map(({ row }) => row));
    this.heads.forEach((head, at) => {
      if (at === k) {
        head.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
      } else head.removeAttribute("aria-sort");
    });
  }
};
