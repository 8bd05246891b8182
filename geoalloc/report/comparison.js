"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  heads.forEach((head, column) => {
    const cells = [...body.rows].map((row) => row.cells[column]);
    if (!cells.some((cell) => "key" in cell.dataset)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(head, column));
  });
  const sort = (head, column) => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.cells[column].dataset.key;
    const number = [...body.rows].every((row) => !Number.isNaN(Number(key(row))));
    const rows = [...body.rows].sort((a, b) => {
      const order = number ? Number(key(a)) - Number(key(b)) : key(a).localeCompare(key(b));
      return up ? order : -order;
    });
    body.append(...rows);
  };
}
// A drawing that is wider than the screen is scrolled with the arrow keys, too.
const reach = () => {
  for (const figure of document.querySelectorAll("figure.chart")) {
    if (figure.scrollWidth > figure.clientWidth) figure.tabIndex = 0;
    else figure.removeAttribute("tabindex");
  }
};
reach();
addEventListener("resize", reach);
