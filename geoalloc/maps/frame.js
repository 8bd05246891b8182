// The frame of the page: marking, header, figures, and the columns beside the map.

geoalloc.frame = (data, mapElement) => {
  const { element } = geoalloc.marks;

  const marking = (name) => element("p", `marking ${name}`,
    [data.exercise ? "EXERCISE" : "", data.marking, data.handling].filter(Boolean)
      .join(" – "));

  const terms = (pairs) => element("dl", "", null, ...pairs.map(([term, text]) =>
    element("div", "", null, element("dt", "", term), element("dd", "", text))));

  const header = () => element("header", "", null,
    element("div", "", null, element("h1", "", data.name),
      element("p", "question", data.question)),
    element("div", "when", null, element("p", "shift", data.shift),
      element("p", "run", `Run ${data.runId} · ${data.mode} · ${data.retrospective}`)));

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
    const made = element("div", "panel");
    made.setAttribute("aria-live", "polite");
    made.append(element("h2", "", "Choose a hex or a unit"), element("p", "where",
      "Click the map, or move it with the arrow keys and press Enter for the hex in " +
      "the middle. Units and hotspots can be reached with Tab."));
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

  const banners = element("div", "banners"), chosen = panel();
  const controls = named(element("aside", "controls"), "Layers and legend");
  const side = named(element("aside", "side", null, chosen, about()), "Details");
  const figures = element("section", "figures", null, ...data.figures.map(card));
  const main = element("main");
  document.title = `${data.exercise ? "EXERCISE – " : ""}${data.name} – geoalloc`;
  mapElement.setAttribute("role", "application");
  named(mapElement, "Map");
  mapElement.before(marking("top"), banners, header(), named(figures, "Figures"), main);
  main.append(controls, mapElement, side);
  main.after(marking("bottom"));

  /** Say in words what the reader must not overlook. */
  function warn(live) {
    const early = Date.now() < data.valid[0];
    const said = [];
    if (data.exercise) {
      said.push(["exercise", `EXERCISE${data.synthetic ? " – SYNTHETIC" : ""}`,
        `${data.synthetic ? "Made-up" : "Past"} incidents: for practice, not for duty.`]);
    } else if (data.synthetic) {
      said.push(["exercise", "SYNTHETIC", "Made-up incidents: not for duty."]);
    }
    if (!live) {
      said.push(["expired", early ? "NOT YET VALID" : "EXPIRED",
        "This plan is not valid now: posts, beats and cover are hidden."]);
    }
    banners.replaceChildren(...said.map(([name, word, text]) =>
      element("p", `banner ${name}`, null, element("strong", "", word),
        element("span", "", ` ${text}`))));
  }

  return { chosen, controls, warn };
};
