// What lies over the hexes of a comparison: borders, names of places, posts of units.

compared.Marks = class {
  /** Lines are kept as differences of units until they are first drawn. */
  constructor(data) {
    this.lines = Object.fromEntries(Object.entries(data.lines).map(([kind, parts]) =>
      [kind, parts.map((steps) => {
        const points = new Float64Array(steps.length);
        for (let i = 0; i < steps.length; i++) points[i] = steps[i] + (i > 1 ? points[i - 2] : 0);
        return points;
      })]));
    Object.assign(this, { towns: data.towns, posts: data.posts });
  }

  /** view: scale, left, top in pixels of the page; inks: of the ground. */
  draw(context, view, size, { inks, towns, posts, scenario, change }) {
    const place = (x, y) => [x * view.scale + view.left, y * view.scale + view.top];
    this.strokes(context, place, this.lines.river ?? [], [[1.2, inks.water]]);
    this.strokes(context, place, this.lines.district ?? [], [[2.6, inks.casing], [0.9, inks.line]]);
    this.strokes(context, place, this.lines.force ?? [], [[1.4, inks.line]]);
    if (posts) this.stands(context, place, size, { inks, scenario, change });
    if (towns) this.names(context, place, size, inks);
  }

  strokes(context, place, lines, pens) {
    context.lineJoin = "round";
    context.beginPath();
    for (const points of lines) for (let i = 0; i < points.length; i += 2) {
      context[i ? "lineTo" : "moveTo"](...place(points[i], points[i + 1]));
    }
    for (const [width, color] of pens) {
      context.lineWidth = width;
      context.strokeStyle = color;
      context.stroke();
    }
  }

  /** Posts as discs, larger for more units; of a change those of the base as rings. */
  stands(context, place, size, { inks, scenario, change }) {
    const small = Math.min(1, Math.max(0.7, size.wide / 700));
    const ring = (of, fill) => {
      for (const [at, n] of this.posts.units[of]) {
        const [x, y] = place(...this.posts.at[at]), radius = small * (1.6 + 0.9 * Math.sqrt(n));
        context.beginPath();
        context.arc(x, y, fill ? radius : radius + 1.8 * small, 0, 2 * Math.PI);
        if (fill) {
          context.fillStyle = inks.post;
          context.fill();
        }
        context.lineWidth = fill ? 1 : 1.1;
        context.strokeStyle = fill ? inks.casing : inks.post;
        context.stroke();
      }
    };
    if (change && scenario) ring(0, false);
    ring(scenario, true);
  }

  /** Names where there is room, those of most people first. */
  names(context, place, size, inks) {
    const taken = [];
    context.font = '600 12px "Segoe UI", "Noto Sans", "Liberation Sans", Arial, sans-serif';
    context.textBaseline = "middle";
    context.lineJoin = "round";
    for (const [east, south, name] of this.towns) {
      const [x, y] = place(east, south), wide = context.measureText(name).width;
      const box = [x - wide / 2 - 5, y - 10, x + wide / 2 + 5, y + 10];
      const out = box[0] < 0 || box[1] < 0 || box[2] > size.wide || box[3] > size.high;
      const met = taken.some((other) => box[0] < other[2] && other[0] < box[2] &&
        box[1] < other[3] && other[1] < box[3]);
      if (out || met) continue;
      taken.push(box);
      context.lineWidth = 3;
      context.strokeStyle = inks.halo;
      context.strokeText(name, x - wide / 2, y);
      context.fillStyle = inks.name;
      context.fillText(name, x - wide / 2, y);
    }
  }
};
