// Before and after: a second map beside the plan's own, or under it to be swiped.

/** One state for the layers of the plan before: units of one plan stand for the other's. */
geoalloc.mirrored = (state, data, before, shown) => {
  const of = ({ units }) => new Map(units.map((unit) => [unit.id, unit]));
  const mine = of(before), theirs = of(data);
  const turn = (chosen, to) => (chosen?.unit
    ? to.has(chosen.unit.id) ? { unit: to.get(chosen.unit.id) } : null : chosen);
  const here = (now) => ({ ...now, chosen: turn(now.chosen, mine) });
  return {
    get now() { return here(state.now); },
    on: (hear) => state.on((now, changed) => { // what may not be seen goes in any case
      if (shown() || changed.has("live")) hear(here(now), changed);
    }),
    set: ({ chosen }) => state.set({ chosen: turn(chosen, theirs) }),
  };
};

geoalloc.PlanPair = class {
  static VIEWS = ["one", "both", "swipe"];
  static TEXTS = [["One map", ""], ["Before and after", ", side by side"], ["Swipe", ""]];

  /** `page` has map, data, hexes, state, layers, and `before()`. */
  constructor(page) {
    Object.assign(this, page);
    const { element } = geoalloc.marks, { map, data, state } = this;
    this.strip = geoalloc.strip(data.compared);
    this.views = this.choices();
    this.alike = element("p", "alike");
    this.titles = data.compared.headings.map((text) => {
      const [told, more] = text.split(/(?= \()/);
      return element("h2", "half-title", told, element("span", "wide", more));
    });
    const own = map.getContainer();
    this.root = element("div", "pair");
    this.credit = element("p", "credit", geoalloc.credit(data.attribution));
    own.before(this.views, this.alike, this.root, this.credit);
    this.halves = [element("div", "half before", null, this.titles[0]),
      element("div", "half after", null, this.titles[1], own)];
    this.root.append(...this.halves);
    this.handle = new geoalloc.SwipeHandle(this.root, "Where before ends and after begins",
      (swipe) => this.state.set({ swipe }));
    this.root.append(this.handle.element);
    document.querySelector(".figures").after(this.strip);
    this.view = "one";
    state.set({ pair: state.now.pair || "one", swipe: state.now.swipe ?? 50 });
    state.on((now, changed) => {
      if (["pair", "live", "fill", "swipe"].some((key) => changed.has(key))) this.follow(now);
    });
    this.show("one");
    this.follow(state.now);
  }

  choices() {
    const { element } = geoalloc.marks, { VIEWS, TEXTS } = geoalloc.PlanPair;
    this.radios = VIEWS.map((view) => {
      const input = element("input");
      Object.assign(input, { type: "radio", name: "pair", value: view });
      input.addEventListener("change", () => this.choose(view));
      return input;
    });
    return element("fieldset", "views", null, element("legend", "", "View"),
      ...this.radios.map((input, k) =>
        element("label", "view", null, input, element("span", "", TEXTS[k][0],
          element("span", "wide", TEXTS[k][1])))));
  }

  /** What is alike on both maps gives way to unmet demand, until there is one map again. */
  choose(pair) {
    const { state, layers } = this, { fill, pair: last } = state.now;
    const { DIFFERS } = geoalloc;
    if (last === "one" && !DIFFERS.has(fill) && layers.fills.unmet) {
      this.left = fill;
      state.set({ pair, fill: "unmet" });
    } else if (pair === "one" && this.left) {
      state.set({ pair, fill: fill === "unmet" ? this.left : fill });
      this.left = null;
    } else state.set({ pair });
  }

  follow(now) {
    const { live, pair, fill, swipe } = now, { VIEWS } = geoalloc.PlanPair;
    const view = live && VIEWS.includes(pair) ? pair : "one";
    this.views.hidden = !live;
    this.radios.forEach((input) => { input.checked = input.value === view; });
    this.handle.show(swipe);
    if (view !== this.view) this.show(view);
    this.alike.hidden = view === "one" || geoalloc.DIFFERS.has(fill);
    this.alike.textContent = `${this.layers.fills[fill].title}: alike on both maps.`;
  }

  /** Lay the page out for a view, on what the map showed before. */
  show(view) {
    const { map, state } = this, from = this.view, paired = view !== "one";
    const seen = map.getZoom() === undefined ? null : this.seen(from);
    this.view = view;
    this.root.dataset.view = view;
    this.halves[0].hidden = !paired;
    for (const title of this.titles) title.hidden = !paired;
    this.handle.element.hidden = view !== "swipe";
    this.credit.hidden = !paired; // under maps that it would cover
    this.root.closest("main").dataset.pair = view;
    this.strip.hidden = !paired;
    document.querySelector(".figures").hidden = paired;
    const [before, after] = this.data.compared.headings;
    map.getContainer().setAttribute("aria-label", paired ? `Map, ${after}` : "Map");
    if (paired && !this.second) this.build(before);
    if (!seen) return;
    map.invalidateSize(false);
    this.second?.map.invalidateSize(false);
    this.look(seen, view);
    if (paired) this.second.layers.follow(this.mirror.now);
    if (paired) this.settle();
  }

  /** What the reader sees, and whether that is the whole area. */
  seen(from) {
    const { map } = this, area = L.latLngBounds(this.layers.corners());
    return { from, center: map.getCenter(), zoom: map.getZoom(),
      whole: map.getBounds().contains(area.pad(-0.1)) };
  }

  /** Fit the whole area into the room that it has now; what was near stays as near. */
  look({ from, center, zoom, whole }, view) {
    const { map, went, layers } = this;
    const back = went && went.from === view && went.zoom === zoom &&
      went.center.distanceTo(center) < 1;
    if (back) map.setView(went.seen.center, went.seen.zoom, { animate: false });
    else if (whole) geoalloc.fit(map, layers.corners());
    else map.setView(center, zoom, { animate: false, reset: true });
    if (whole) layers.fitted(); // names come by how far this is from the whole
    layers.labels.place();
    if (this.second) this.second.layers.whole = layers.whole;
    this.second?.layers.resize();
    this.went = { from, seen: { center, zoom }, center: map.getCenter(),
      zoom: map.getZoom() };
  }

  settle() {
    this.second.map.setView(this.map.getCenter(), this.map.getZoom(),
      { animate: false, reset: true });
  }

  /** Make the second map when it is first asked for: it takes as long as the first. */
  build(heading) {
    const { element } = geoalloc.marks, { map, hexes, state, data } = this;
    const before = this.before(), root = element("div", "folium-map");
    root.setAttribute("role", "application");
    root.setAttribute("aria-label", `Map, ${heading}`);
    this.halves[0].append(root);
    const made = L.map(root, { center: map.getCenter(), zoom: map.getZoom(),
      zoomSnap: map.options.zoomSnap, minZoom: map.getMinZoom(), maxZoom: map.getMaxZoom(),
      attributionControl: false });
    this.mirror = geoalloc.mirrored(state, data, before.data, () => this.view !== "one");
    const layers = new geoalloc.PlanLayers(made, before.data, before.model, hexes,
      this.mirror);
    layers.fills = { ...this.layers.fills, ...layers.fills };
    geoalloc.pick(made, hexes, (hex) => state.set({ chosen: { hex } }));
    L.control.scale({ imperial: true, maxWidth: 110 }).addTo(made);
    layers.whole = this.layers.whole;
    layers.resize();
    new ResizeObserver(() => made.invalidateSize(false)).observe(root);
    geoalloc.together(map, made, () => this.view !== "one");
    this.second = { map: made, layers, ...before };
  }
};

/** Set the plan beside its comparison, if the page holds one; and list its moves. */
geoalloc.comparePlans = (page) => {
  const { data, model, layers, panel } = page;
  const moves = new geoalloc.PlanMoves(page);
  if (!data.compared) return { moves };
  let made = null;
  const before = () => (made = made || geoalloc.planBefore(data));
  const { none, ...fills } = layers.fills;
  layers.fills = { ...fills,
    ...geoalloc.differenceFills(data, model, () => before().model), none };
  geoalloc.pairTerms = (i) => geoalloc.pairTable(i, panel, model, before().model);
  return { moves, before, pair: new geoalloc.PlanPair({ ...page, before }) };
};
