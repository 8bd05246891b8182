// The view as the part of the address after "#", so that it can be sent and kept.

geoalloc.PlanLink = class {
  static LATER = 300; // ms of quiet after which the address follows
  static POINT = /^(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)$/;
  static FREE = ["pair", "hatch"]; // how it is shown; light or dark is the reader's own

  /** `page` has map, data, model, hexes, state, layers and guide. */
  constructor(page) {
    const { element } = geoalloc.marks;
    Object.assign(this, { page, waiting: 0, ready: false });
    this.button = element("button", "copy", "Copy link to this view");
    this.button.type = "button";
    this.said = element("span", "copied");
    this.said.setAttribute("role", "status");
    this.field = element("input", "link-text");
    Object.assign(this.field, { type: "text", readOnly: true, hidden: true });
    this.field.setAttribute("aria-label", "Link to this view");
    this.root = element("div", "link", null, this.button, this.field, this.said);
    this.button.addEventListener("click", () => this.copy());
    this.field.addEventListener("focus", () => this.field.select());
    page.state.on(() => this.later());
    page.map.on("moveend", () => this.later());
    window.addEventListener("hashchange", () => this.read());
  }

  /** Read the address once the map shows the whole; from then on it follows the view. */
  start() {
    this.begun = this.page.state.now;
    this.read();
    this.ready = true;
  }

  later() {
    if (!this.ready) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.write(), geoalloc.PlanLink.LATER);
  }

  /** The view as text. */
  text() {
    const { map, state } = this.page, { now } = state, { lat, lng } = map.getCenter();
    const told = new URLSearchParams({ at: `${lat.toFixed(5)},${lng.toFixed(5)}`,
      zoom: Number(map.getZoom().toFixed(2)), fill: now.fill, hour: now.hour,
      layers: Object.keys(now.layers).filter((name) => now.layers[name]).join(",") });
    const chosen = this.chosen(now.chosen || {});
    if (chosen) told.set("chosen", chosen);
    for (const name of geoalloc.PlanLink.FREE) {
      if (now[name] !== this.begun[name]) told.set(name, String(now[name]));
    }
    return `#${told}`.replaceAll("%2C", ",").replaceAll("%3A", ":");
  }

  chosen({ hex, unit, spot }) {
    if (unit) return `unit:${unit.id}`;
    if (spot) return `hotspot:${spot.rank}`;
    if (!(hex >= 0)) return "";
    const { lat, lng } = this.page.guide.center(hex);
    return `hex:${lat.toFixed(5)},${lng.toFixed(5)}`;
  }

  write() {
    const text = this.text();
    if (text === window.location.hash) return;
    history.replaceState(null, "", text);
    this.field.hidden = true; // it held another view
    this.said.textContent = "";
  }

  /** Show the view that the address names; what it names wrongly stays as it is. */
  read() {
    const told = new URLSearchParams(window.location.hash.slice(1));
    const { state } = this.page;
    if (!geoalloc.PlanLink.POINT.test(told.get("at"))) return; // it names no view
    this.go(told.get("at"), told.get("zoom"));
    state.set({ ...this.shown(told), ...this.free(told),
      chosen: this.named(told.get("chosen") || "") });
  }

  shown(told) {
    const { state, layers, data } = this.page, { fills } = layers, set = {};
    const fill = told.get("fill"), hour = told.get("hour");
    if (Object.hasOwn(fills, fill) && (state.now.live || !fills[fill].secret)) {
      set.fill = fill;
    }
    if (/^\d{1,3}$/.test(hour) && Number(hour) <= data.hours.length) set.hour = Number(hour);
    if (told.has("layers")) {
      const wanted = new Set(told.get("layers").split(","));
      const names = new Set([...Object.keys(layers.groups), ...Object.keys(state.now.layers)]);
      set.layers = Object.fromEntries([...names].map((name) => [name, wanted.has(name)]));
    }
    return set;
  }

  /** Switches are "true" or "false"; words only those that the page offers. */
  free(told) {
    const { state } = this.page, set = {};
    const offered = { pair: geoalloc.PlanPair?.VIEWS || [] };
    for (const name of geoalloc.PlanLink.FREE) {
      const text = told.get(name), is = state.now[name];
      if (typeof is === "boolean") set[name] = text === null ? is : text === "true";
      else if ((offered[name] || []).includes(text)) set[name] = text;
    }
    return set;
  }

  /** A point, or null where the text is none, or one far from the area. */
  point(text) {
    const found = geoalloc.PlanLink.POINT.exec(text || "");
    if (!found) return null;
    const at = L.latLng(Number(found[1]), Number(found[2]));
    return L.latLngBounds(this.page.layers.corners()).pad(0.5).contains(at) ? at : null;
  }

  go(at, zoom) {
    const { map } = this.page, point = this.point(at);
    if (!point) return;
    const wanted = /^\d{1,2}(\.\d+)?$/.test(zoom || "") ? Number(zoom) : map.getZoom();
    map.setView(point, Math.min(map.getMaxZoom(), Math.max(map.getMinZoom(), wanted)),
      { animate: false });
  }

  named(text) {
    const { data, state, guide } = this.page, [, kind, rest] = /^(\w+):(.*)$/s.exec(text) || [];
    if (kind === "unit" && state.now.live) {
      const unit = data.units.find(({ id }) => id === rest);
      return unit ? { unit } : null;
    }
    if (kind === "hotspot") {
      const spot = data.hotspots.find(({ rank }) => String(rank) === rest);
      return spot ? { spot } : null;
    }
    const point = kind === "hex" ? this.point(rest) : null;
    const hex = point ? guide.hexAt(point) : -1;
    return hex < 0 ? null : { hex };
  }

  /** Copy the address; where a browser refuses, show it to be copied by hand. */
  async copy() {
    this.write();
    const address = window.location.href;
    try {
      await navigator.clipboard.writeText(address);
      this.said.textContent = "Link copied.";
    } catch {
      this.field.value = address;
      this.field.hidden = false;
      this.field.focus();
      this.said.textContent = "Copy the link from this field.";
    }
  }
};
