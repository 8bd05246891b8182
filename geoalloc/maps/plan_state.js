// What the reader looks at: one state that controls, maps, panel, table and link share.

geoalloc.PlanState = class {
  /**
   * fill: name of what the hexes show; hour: 0 for the whole shift, else 1 and on; layers:
   * shown or not, by name; chosen: null, { hex }, { unit } or { spot }; live: whether the
   * plan is valid now, so that posts may be seen.
   */
  constructor(first) {
    this.now = first;
    this.listeners = [];
  }

  /** Call back with the state and the set of what has changed in it. */
  on(listener) {
    this.listeners.push(listener);
  }

  set(changes) {
    const changed = new Set(Object.keys(changes).filter(
      (key) => changes[key] !== this.now[key]));
    if (!changed.size) return;
    this.now = { ...this.now, ...changes };
    for (const listener of this.listeners) listener(this.now, changed);
  }

  layer(name, shown) {
    if (Boolean(this.now.layers[name]) === shown) return;
    this.set({ layers: { ...this.now.layers, [name]: shown } });
  }
};
