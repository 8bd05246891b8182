// Marks that stand on the map: shapes of units, ranks of hotspots, names.

geoalloc.marks = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SHAPES = [
    "M8 1.5 14.5 14 1.5 14Z", // triangle
    "M8 1 15 8 8 15 1 8Z", // diamond; squares are stations
    "M8 14.5 1.5 2 14.5 2Z", // triangle that stands on its tip
    "M8 2A6 6 0 1 1 8 14A6 6 0 1 1 8 2Z", // circle
  ];

  /** An element with a class, text and children; text is only ever a text node. */
  function element(tag, name, text, ...children) {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined && text !== null) made.textContent = text;
    made.append(...children);
    return made;
  }

  function shape(position, size) {
    const svg = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    svg.setAttribute("viewBox", "0 0 16 16");
    svg.setAttribute("width", size);
    svg.setAttribute("height", size);
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("class", position ? "shape other" : "shape");
    path.setAttribute("d", SHAPES[position % SHAPES.length]);
    svg.append(path);
    return svg;
  }

  const Icon = L.Icon.extend({
    createIcon() { return this.options.build(); },
    createShadow() { return null; },
  });

  /** A marker made of our own elements; one that does something is a button. */
  function marker(at, pane, build, label, action) {
    const made = L.marker(at, {
      pane,
      icon: new Icon({
        build: () => {
          const root = build();
          if (label) root.setAttribute("aria-label", label);
          return root;
        },
      }),
      interactive: Boolean(action),
      keyboard: Boolean(action),
      riseOnHover: Boolean(action),
    });
    if (action) {
      made.on("click", action);
      made.on("keypress", (e) => { if (e.originalEvent.key === "Enter") action(); });
    }
    return made;
  }

  let ruler = null;
  function width(text, font) {
    ruler = ruler || document.createElement("canvas").getContext("2d");
    ruler.font = font;
    return ruler.measureText(text).width;
  }

  const apart = (a, b, gap) => a.right + gap < b.left || b.right + gap < a.left ||
    a.bottom + gap < b.top || b.bottom + gap < a.top;

  /**
   * Names where there is room. A group lists items, first come first placed; an item
   * has a point, an element, a width and height, and offsets of its box to try in turn;
   * one may be kept to some zooms (from, until); one with a leader always has its place, the
   * least bad, with a line to its point.
   */
  class Labels {
    constructor(map) {
      this.map = map;
      this.solid = () => [];
      this.groups = [];
      map.on("zoomend moveend resize", () => this.place());
    }

    place() {
      const taken = this.solid();
      const size = this.map.getSize();
      for (const group of this.groups) {
        if (!group.shown()) {
          group.items.forEach((item) => this.hide(item));
          continue;
        }
        const zoom = this.map.getZoom(), gap = group.gap(zoom);
        for (const item of group.items) {
          if (item.from > zoom || item.until < zoom) this.hide(item);
          else if (item.leader) this.lead(item, taken, size);
          else this.settle(item, taken, gap, size);
        }
      }
    }

    hide(item) {
      item.element.hidden = true;
      if (item.leader) item.leader.hidden = true;
    }

    /** Put an item where it covers least, not farther from its point than it must. */
    lead(item, taken, size) {
      const point = this.map.latLngToContainerPoint(item.at);
      const box = ([x, y]) => ({ left: point.x + x, right: point.x + x + item.width,
        top: point.y + y, bottom: point.y + y + item.height, solid: true, lead: true });
      const shared = (a, b) =>
        Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
        Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
      const center = ([x, y]) => [x + item.width / 2, y + item.height / 2];
      const cost = (offset) => {
        const mine = box(offset);
        const off = mine.left < 0 || mine.top < 0 || mine.right > size.x ||
          mine.bottom > size.y;
        return (off ? 1e6 : 0) + Math.hypot(...center(offset)) + taken.reduce(
          (sum, other) => sum + (other.lead ? 20 : 0.4) * shared(mine, other), 0);
      };
      const [, best] = item.tries.map((offset) => [cost(offset), offset]).reduce(
        (a, b) => (b[0] < a[0] ? b : a));
      taken.push(box(best));
      item.offset = best;
      item.element.hidden = item.leader.hidden = false;
      item.element.style.left = `${best[0]}px`;
      item.element.style.top = `${best[1]}px`;
      const [x, y] = center(best);
      item.leader.style.width = `${Math.hypot(x, y)}px`;
      item.leader.style.transform = `rotate(${Math.atan2(y, x)}rad)`;
    }

    settle(item, taken, gap, size) {
      const point = this.map.latLngToContainerPoint(item.at);
      const outside = point.x < 0 || point.y < 0 || point.x > size.x || point.y > size.y;
      const found = outside ? undefined : item.tries.find(([x, y]) => {
        const box = {
          left: point.x + x, right: point.x + x + item.width,
          top: point.y + y, bottom: point.y + y + item.height,
        };
        if (box.left < 0 || box.top < 0 || box.right > size.x || box.bottom > size.y) {
          return false;
        }
        if (!taken.every((other) => apart(box, other, other.solid ? 0 : gap))) return false;
        taken.push(box);
        return true;
      });
      item.element.hidden = !found;
      if (found) {
        item.element.style.left = `${found[0]}px`;
        item.element.style.top = `${found[1]}px`;
      }
    }
  }

  return { element, shape, marker, width, Labels };
})();
