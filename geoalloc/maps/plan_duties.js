// What units do when, and what more or less of them would buy.

geoalloc.ACTIVITIES = { post: "Stands by", break: "Break", travel: "Drives",
  briefing: "Briefing", "close-down": "Closes down", committed: "At a call",
  off: "Off duty" };

/** The hours of a unit: spells of one activity at one post, each with its reason. */
geoalloc.timetable = (unit, { duties, hours }) => {
  const { element } = geoalloc.marks, ends = hours.map((text) => text.split("–"));
  const made = element("ol", "spells");
  const said = new Set();
  for (const [first, n, activity, post, reason] of unit.spells) {
    const word = duties.activities[activity];
    const doing = geoalloc.ACTIVITIES[word] || geoalloc.capital(word);
    const at = word === "post" ? `${doing} at ${duties.posts[post]}` : doing;
    const spell = element("li", word === "post" ? "" : "away", null,
      element("span", "time", `${ends[first][0]}–${ends[first + n - 1][1]}`), " ",
      element("strong", "", at), " ");
    if (!said.has(reason)) spell.append(element("p", "small", duties.reasons[reason]));
    said.add(reason);
    made.append(spell);
  }
  return made;
};

/** Why a unit stands where it does, as its duty begins. */
geoalloc.reason = ({ reason, spells }, { duties }) =>
  (reason === null ? duties.reasons[spells[0][4]] : reason);

/** Whether a unit does anything but stand by at one post. */
geoalloc.moves = ({ spells }) => spells.length > 1;

geoalloc.visits = (unit) => {
  const { element } = geoalloc.marks;
  return element("ol", "spells", null, ...unit.visits.map((visit) =>
    element("li", "", null, element("span", "time", visit.at), " ",
      element("strong", "", `Hotspot ${visit.rank}: ${visit.place}`), " ",
      element("p", "small", `${visit.gridRef}; ${visit.drive} min drive; ` +
        `${visit.made} minutes expected to be made, between calls.`))));
};

/** A fold of tables: what more or less would buy, and what borders cost. */
geoalloc.worth = (tables, panel) => {
  const { element } = geoalloc.marks;
  const made = element("details", "about worth", null,
    element("summary", "", "What more or less would buy"),
    ...tables.flatMap(({ title, head, rows, note }) => [element("h3", "", title),
      panel.table(head, rows), ...(note ? [element("p", "small", note)] : [])]));
  made.hidden = !tables.length;
  return made;
};
