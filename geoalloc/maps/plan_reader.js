// What serves every reader: the way to things, words for those who hear the page, keys.

/** Brings the map to a thing and chooses it. */
geoalloc.PlanGuide = class {
  static CLOSER = 3; // zooms from the whole map to a place
  static WIDEST = 90; // pixels of a hex there
  static NARROW = 800; // pixels, as in the style sheets

  constructor({ map, data, model, hexes, state, layers }) {
    Object.assign(this, { map, data, model, hexes, state, layers });
  }

  center(i) {
    return this.map.unproject([this.hexes.cx[i], this.hexes.cy[i]], 0);
  }

  hexAt(at) {
    return this.hexes.at(this.map.project(at, 0));
  }

  /** The hex of a point, and of a grid reference that is a hex's own that hex. */
  hexOf({ at, text }) {
    const named = this.model.gridRef.indexOf(text);
    return named < 0 ? this.hexAt(at) : named;
  }

  /** Of some hexes the one nearest to their middle. */
  middle(members) {
    const { cx, cy } = this.hexes, mean = (values) =>
      members.reduce((sum, i) => sum + values[i], 0) / members.length;
    const x = mean(cx), y = mean(cy), away = (i) => Math.hypot(cx[i] - x, cy[i] - y);
    return members.reduce((a, b) => (away(b) < away(a) ? b : a));
  }

  near() {
    const { CLOSER, WIDEST } = geoalloc.PlanGuide, { layers, hexes } = this;
    const large = Math.log2(WIDEST / (2 * hexes.radius));
    return Math.max(layers.whole, Math.min(layers.whole + CLOSER, large));
  }

  to(at) {
    this.map.setView(at, Math.max(this.map.getZoom(), this.near()), { animate: false });
    this.show();
  }

  fit(members) {
    const corners = this.hexes.outline(members).flat();
    if (!corners.length) return;
    this.map.fitBounds(L.latLngBounds(corners).pad(0.2), { animate: false,
      maxZoom: this.near() });
    this.show();
  }

  /** On a narrow screen the map may be out of sight. */
  show() {
    if (window.innerWidth > geoalloc.PlanGuide.NARROW) return;
    this.map.getContainer().scrollIntoView({ block: "start" });
  }

  hex(i, at = this.center(i)) {
    this.to(at);
    this.state.set({ chosen: { hex: i } });
  }

  unit(unit) {
    this.to(unit.at);
    this.state.set({ chosen: { unit } });
  }

  spot(spot) {
    this.fit(spot.hexes);
    this.state.set({ chosen: { spot } });
  }

  /** A named point: the hex that holds it, if one does. */
  point(at) {
    const hex = this.hexAt(at);
    this.to(at);
    this.state.set({ chosen: hex < 0 ? null : { hex } });
  }

  area(members) {
    this.fit(members);
    this.state.set({ chosen: null });
  }
};

/** Put the ways round the page before its parts, for those who go by keys. */
geoalloc.skips = (label, targets) => {
  const { element } = geoalloc.marks;
  const made = element("nav", "skips", null, ...targets.map(([text, go]) => {
    const button = element("button", "", text);
    button.type = "button";
    button.addEventListener("click", go);
    return button;
  }));
  made.setAttribute("aria-label", label);
  return made;
};

/** What is said of a choice and of an hour, in few words. */
geoalloc.planSaid = (now, changed, { data, model }) => {
  const { chosen, hour } = now, said = [];
  if (changed.has("chosen") && chosen) {
    const { hex, unit, spot } = chosen;
    if (unit) said.push(`${unit.id}, ${unit.kind}, at ${unit.post}`);
    else if (spot) said.push(`Hotspot ${spot.rank}, ${spot.place}`);
    else {
      said.push(`${model.place[hex]}, ${model.gridRef[hex]}`,
        `${geoalloc.number(model.all[hex])} incidents expected this shift`);
      const first = model.units[model.first[0].units[0][hex] - 1];
      if (now.live) said.push(first ? `${first.id} is first` : "no unit reaches it");
    }
  } else if (changed.has("chosen")) said.push("Nothing is chosen");
  if (changed.has("hour")) said.push(hour ? data.hours[hour - 1] : "All hours");
  return said.length ? `${said.join(". ")}.` : "";
};

/** Search, link, table, skips, Escape, and a voice; `page` is what plan_page.js opens. */
geoalloc.planReader = (page) => {
  const { element } = geoalloc.marks, { map, state, panel } = page;
  const mapElement = map.getContainer(), main = mapElement.closest("main");
  const voice = element("p", "unseen");
  voice.setAttribute("role", "status");
  let waiting = 0; // of quick changes the last is said
  page.announce = (text) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { voice.textContent = text; }, 250);
  };
  page.guide = new geoalloc.PlanGuide(page);
  const find = new geoalloc.PlanFind(page), link = new geoalloc.PlanLink(page);
  const table = new geoalloc.PlanTable(page);
  main.before(element("div", "tools", null, find.root, link.root));
  main.after(table.root);
  document.body.prepend(geoalloc.skips("Ways round the page", [
    ["Skip to the search", () => find.input.focus()],
    ["Skip to the map", () => mapElement.focus()],
    ["Skip to the details", () => panel.root.querySelector("h2").focus()],
    ["Skip to the table", () => table.enter()],
  ]), voice);
  mapElement.before(geoalloc.skips("Way past the map", [
    ["Skip past the marks of the map", () => panel.root.querySelector("h2").focus()]]));
  for (const [name, label] of [["face", "How far to trust the plan"], ["reach", "Reach"]]) {
    main.querySelectorAll(`.${name}`).forEach((found) => geoalloc.scrollable(found, label));
  }
  state.on((now, changed) => {
    if (changed.has("live")) {
      clearTimeout(waiting);
      voice.textContent = ""; // it may have named a post
    }
    const text = geoalloc.planSaid(now, changed, page);
    if (text && !now.playing) page.announce(text);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !state.now.chosen) return;
    if (panel.root.contains(document.activeElement)) mapElement.focus();
    state.set({ chosen: null });
  });
  return { find, link, table, guide: page.guide };
};
