// One canvas with a map of a comparison: where it looks, and what is under a point.

compared.View = class {
  constructor(canvas, data) {
    Object.assign(this, { canvas, data, zoom: 1, middle: [data.wide / 2, data.high / 2] });
    // Every pixel is written from here: a canvas of the graphics card would be slower.
    this.context = canvas.getContext("2d", { willReadFrequently: true });
  }

  /** Take the width that the page gives; fine enough for the screen, or for paper. */
  fit(wide, high, ratio) {
    this.size = { wide, high };
    this.ratio = ratio;
    this.over = ratio < 1.5 ? 2 : 1;
    this.canvas.width = Math.round(wide * ratio);
    this.canvas.height = Math.round(high * ratio);
    this.index = null;
  }

  /** Pixels of the page to a unit, and where the units begin. */
  get place() {
    const { size: { wide, high }, data, zoom } = this, room = 10;
    const scale = zoom * Math.min((wide - 2 * room) / data.wide, (high - 2 * room) / data.high);
    return { scale, left: wide / 2 - this.middle[0] * scale, top: high / 2 - this.middle[1] * scale };
  }

  draw({ looks, codeOf, marks, over }) {
    const fine = this.ratio * this.over, { scale, left, top } = this.place;
    const [wide, high] = [this.canvas.width, this.canvas.height];
    this.index ??= compared.raster(this.data, { scale: scale * fine, left: left * fine,
      top: top * fine }, wide * this.over, high * this.over);
    compared.paint(this.context, this.index,
      { wide, high, over: this.over, looks, codeOf, ratio: this.ratio });
    this.context.save();
    this.context.scale(this.ratio, this.ratio);
    marks.draw(this.context, this.place, this.size, over);
    if (this.chosen >= 0) this.outline(this.chosen, over.inks);
    this.context.restore();
  }

  outline(i, inks) {
    const { n, corners, centers, offsets } = this.data, { scale, left, top } = this.place;
    this.context.beginPath();
    for (let k = 0; k < corners; k++) {
      this.context[k ? "lineTo" : "moveTo"](
        (centers[i] + offsets[2 * k * n + i]) * scale + left,
        (centers[n + i] + offsets[(2 * k + 1) * n + i]) * scale + top);
    }
    this.context.closePath();
    for (const [width, color] of [[5, inks.casing], [2.5, inks.post]]) {
      this.context.lineWidth = width;
      this.context.strokeStyle = color;
      this.context.stroke();
    }
  }

  /** The hex at a point of the canvas, in pixels of the page; -1 outside. */
  at(x, y) {
    const fine = this.ratio * this.over, wide = this.canvas.width * this.over;
    const column = Math.floor(x * fine), row = Math.floor(y * fine);
    if (!this.index || column < 0 || row < 0 || column >= wide) return -1;
    return this.index[row * wide + column] ?? -1;
  }

  /** The hex at a point of the plane, whether it is seen or not. */
  holding(x, y) {
    const { n, centers } = this.data;
    let best = -1, least = Infinity;
    for (let i = 0; i < n; i++) {
      const away = (centers[i] - x) ** 2 + (centers[n + i] - y) ** 2;
      if (away < least) [best, least] = [i, away];
    }
    return best;
  }

  /** Zoom about a point of the canvas, which stays where it is. */
  closer(factor, x = this.size.wide / 2, y = this.size.high / 2) {
    const before = this.place;
    this.zoom = Math.min(24, Math.max(1, this.zoom * factor));
    const { scale } = this.place;
    this.middle = [(x - before.left) / before.scale - (x - this.size.wide / 2) / scale,
      (y - before.top) / before.scale - (y - this.size.high / 2) / scale];
    this.settle();
  }

  move(right, down) {
    const { scale } = this.place;
    this.middle = [this.middle[0] - right / scale, this.middle[1] - down / scale];
    this.settle();
  }

  whole() {
    this.zoom = 1;
    this.settle();
  }

  /** Keep the middle within what there is; the whole area lies in the middle. */
  settle() {
    const { wide, high } = this.data;
    const within = (value, most) => Math.min(most, Math.max(0, value));
    this.middle = this.zoom === 1 ? [wide / 2, high / 2]
      : [within(this.middle[0], wide), within(this.middle[1], high)];
    this.index = null;
    this.canvas.classList.toggle("near", this.zoom > 1);
  }
};

/** Let a pointer, a wheel and keys move a view; `changed` draws, `read` says a hex. */
compared.movable = (view, { changed, read }) => {
  const { canvas } = view, held = new Map();
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    held.set(event.pointerId, point(event));
    canvas.setPointerCapture(event.pointerId);
    read(view.at(...point(event)));
  });
  canvas.addEventListener("pointermove", (event) => {
    const now = point(event), before = held.get(event.pointerId);
    if (!before) return read(view.at(...now));
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const away = ([x, y]) => Math.hypot(x - other[0], y - other[1]) || 1;
      view.closer(away(now) / away(before), ...other);
    } else if (view.zoom > 1) view.move(now[0] - before[0], now[1] - before[1]);
    held.set(event.pointerId, now);
    if (other || view.zoom > 1) changed();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, (event) => held.delete(event.pointerId));
  }
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page is scrolled
    event.preventDefault();
    view.closer(Math.exp(-event.deltaY / 200), ...point(event));
    changed();
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => compared.key(event, view, { changed, read }));
};

/** Arrows go from hex to hex; plus and minus zoom about the hex; 0 shows all. */
compared.key = (event, view, { changed, read }) => {
  const { data: { n, centers, step } } = view;
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const zoom = { "+": 1.5, "=": 1.5, "-": 1 / 1.5 }[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey || !(way || zoom || event.key === "0")) return;
  event.preventDefault();
  const from = view.chosen >= 0 ? [centers[view.chosen], centers[n + view.chosen]] : view.middle;
  if (way) {
    const to = from.map((value, k) => value + way[k] * step), next = view.holding(...to);
    if (next >= 0) read(next);
    const { scale, left, top } = view.place, { wide, high } = view.size;
    const [x, y] = [centers[next] * scale + left, centers[n + next] * scale + top];
    if (x < 0 || y < 0 || x > wide || y > high) view.move(wide / 2 - x, high / 2 - y);
  } else if (zoom) {
    const { scale, left, top } = view.place;
    view.closer(zoom, from[0] * scale + left, from[1] * scale + top);
  } else view.whole();
  changed();
};
