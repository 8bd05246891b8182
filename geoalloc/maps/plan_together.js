// Two maps that move as one, and the handle that swipes from one to the other.

/** Keep two maps of one size on the same view while `on()`: what one does, both do. */
geoalloc.together = (one, other, on) => {
  let busy = false; // the one that is led must not lead back

  const lead = (act) => (event) => {
    if (busy || !on()) return;
    busy = true;
    act(event);
    busy = false;
  };
  const shows = (map, center, zoom) =>
    map.getZoom() === zoom && map.getCenter().equals(center, 0);
  const settle = (from, to) => {
    const center = from.getCenter(), zoom = from.getZoom();
    if (!shows(to, center, zoom)) to.setView(center, zoom, { animate: false, reset: true });
  };

  /** Shift the drawing alone while a map is dragged; it is drawn anew where that ends. */
  const slide = (from, to) => {
    if (from.getZoom() !== to.getZoom()) {
      settle(from, to);
      return;
    }
    const by = to.latLngToContainerPoint(from.getCenter())
      .subtract(to.getSize().divideBy(2)).round();
    if (!by.x && !by.y) return;
    const pane = to.getPane("mapPane");
    L.DomUtil.setPosition(pane, L.DomUtil.getPosition(pane).subtract(by));
    to.fire("move");
  };

  for (const [from, to] of [[one, other], [other, one]]) {
    from.on("move", lead(() => slide(from, to)));
    from.on("moveend zoomend", lead(() => settle(from, to)));
    from.on("zoomanim", lead(({ center, zoom }) => {
      if (!shows(to, center, zoom)) to.setView(center, zoom, { animate: true });
    }));
  }
};

/** A handle on a line between left and right, for mouse, touch and keys. */
geoalloc.SwipeHandle = class {
  static STEPS = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10,
    PageUp: 10, Home: -100, End: 100 };

  /** `root` is the box it divides; `moved(share)` hears per cent of it on the left. */
  constructor(root, label, moved) {
    this.root = root;
    this.moved = moved;
    this.element = geoalloc.marks.element("div", "swipe-handle");
    this.element.tabIndex = 0;
    for (const [name, value] of Object.entries({ role: "slider", "aria-label": label,
      "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100 })) {
      this.element.setAttribute(name, value);
    }
    this.element.addEventListener("keydown", (event) => this.step(event));
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.element.focus({ preventScroll: true });
    });
    this.element.addEventListener("pointermove", (event) => {
      if (this.element.hasPointerCapture(event.pointerId)) this.drag(event.clientX);
    });
  }

  step(event) {
    const by = geoalloc.SwipeHandle.STEPS[event.key];
    if (!by) return;
    event.preventDefault();
    this.put(this.share + by);
  }

  drag(x) {
    const { left, width } = this.root.getBoundingClientRect();
    this.put(100 * (x - left) / width);
  }

  put(share) {
    this.moved(Math.round(Math.min(100, Math.max(0, share))));
  }

  show(share) {
    this.share = share;
    this.root.style.setProperty("--swipe", `${share}%`);
    this.element.setAttribute("aria-valuenow", share);
    this.element.setAttribute("aria-valuetext",
      `Before on the left ${share}%, after on the right ${100 - share}%`);
  }
};
