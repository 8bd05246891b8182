// The frame of a page: marking, header, figures, and the columns beside the map.

/**
 * Lay out a page round the map.
 * words: `prefix` of the marking and the title, `under` the name, `when` in bold and
 * `run` under it, `heading` and `hint` of the empty panel, `label` of the map.
 */
geoalloc.frame = (data, mapElement, words) => {
  const { element } = geoalloc.marks;

  function marking(name) {
    const text = [words.prefix, data.marking, data.handling].filter(Boolean).join(" – ");
    const made = element("p", `marking ${name}`, text);
    made.setAttribute("role", "region");
    made.hidden = !text;
    return named(made, `Protective marking, ${name}`);
  }

  const terms = (pairs) => element("dl", "", null, ...pairs.map(([term, text]) =>
    element("div", "", null, element("dt", "", term), element("dd", "", text))));

  const header = () => element("header", "", null,
    element("div", "", null, element("h1", "", data.name),
      element("p", "question", words.under)),
    element("div", "when", null, element("p", "shift", words.when),
      element("p", "run", words.run)));

  /** A figure: a sentence of plain and emphasized parts, and small print. */
  function card({ title, parts, small, shares }) {
    const sentence = element("p", "sentence", null, ...parts.map((text, k) =>
      element(k % 2 ? "strong" : "span", "", text)));
    const made = element("article", "", null, element("h2", "", title), sentence);
    if (shares) {
      made.append(element("div", "shares", null, ...shares.map(([name, share]) => {
        const part = element("span", name);
        part.style.flexGrow = share;
        return part;
      })));
    }
    made.append(element("p", "small", small));
    return made;
  }

  function panel() {
    const title = element("h2", "", words.heading);
    title.tabIndex = -1; // where a skip leads
    return element("div", "panel", null, title, element("p", "where", words.hint));
  }

  /** The figures; on a narrow screen those after the first wait behind a button. */
  function strip() {
    const more = element("button", "more", "More figures");
    const made = element("section", "figures", null, ...data.figures.map(card));
    more.type = "button";
    more.setAttribute("aria-expanded", "false");
    more.addEventListener("click", () => {
      const open = made.classList.toggle("open");
      more.textContent = open ? "Fewer figures" : "More figures";
      more.setAttribute("aria-expanded", String(open));
    });
    if (data.figures.length > 1) made.append(more);
    return made;
  }

  /** What a forecast was made from: a table of calls, and why it is as it is. */
  function madeFrom({ terms: pairs, head, rows, why }) {
    const cells = (row, tag) => element("tr", "", null, ...row.map((text, k) => {
      const head = (tag === "th" || !k) && text !== "";
      const made = element(head ? "th" : "td", "", text);
      if (head) made.scope = tag === "th" ? "col" : "row";
      return made;
    }));
    const table = element("table", "flow", null,
      element("caption", "", "Where demand comes from and goes"),
      element("thead", "", null, cells(head, "th")),
      element("tbody", "", null, ...rows.map((row) => cells(row, "td"))));
    const made = element("details", "about", null,
      element("summary", "", "What this was made from"), terms(pairs), table,
      element("details", "why", null, element("summary", "", "Why, by category"),
        terms(why)));
    made.open = window.innerWidth > 800;
    return made;
  }

  function about() {
    const made = element("details", "about", null,
      element("summary", "", "About this map"), terms(data.about));
    made.open = window.innerWidth > 800;
    return made;
  }

  function named(made, name) {
    made.setAttribute("aria-label", name);
    return made;
  }

  const banners = named(element("section", "banners"), "Warnings"), chosen = panel();
  const controls = named(element("section", "controls"), "Layers and legend");
  const side = named(element("section", "side", null, chosen,
    ...(data.madeFrom ? [madeFrom(data.madeFrom)] : []), about()), "Details");
  const figures = strip();
  const main = element("main");
  document.title = [words.prefix, data.name, "geoalloc"].filter(Boolean).join(" – ");
  mapElement.setAttribute("role", "application");
  named(mapElement, "Map");
  mapElement.before(marking("top"), banners, header(), named(figures, "Figures"), main);
  main.append(controls, mapElement, side);
  main.after(marking("bottom"));

  /** Show banners, each of a class, a word and a sentence. */
  const say = (said) => {
    banners.hidden = !said.length;
    banners.replaceChildren(...said.map(([name, word, text]) =>
      element("p", `banner ${name}`, null, element("strong", "", word),
        element("span", "", ` ${text}`))));
  };
  say([]);
  banners.setAttribute("aria-live", "polite");

  return { main, chosen, controls, say };
};

/** Let keys reach what scrolls, while it does. */
geoalloc.scrollable = (found, label) => {
  found.setAttribute("role", "region");
  found.setAttribute("aria-label", label);
  new ResizeObserver(() => {
    if (found.scrollHeight > found.clientHeight + 1) found.tabIndex = 0;
    else found.removeAttribute("tabindex");
  }).observe(found);
};
