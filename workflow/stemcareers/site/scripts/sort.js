// Tables that can be sorted by a column: a button in each header, aria-sort, and words for who does not see it.
// Without this script the tables stand in their own order and read whole.
"use strict";

(() => {
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // A cell as a number, or null: what stands in a <data> element, else the first number of the text. A true minus,
  // thousands separators and "under 1%" are understood; "w", "none" and empty cells have no number.
  function number(cell) {
    const given = cell.querySelector("data");
    if (given) return Number(given.value);
    const own = [...cell.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    const text = (own || cell).textContent.trim().replaceAll("\u2212", "-").replaceAll(",", "");
    const found = /^(under |over |about |< ?)?(-?\d+(?:\.\d+)?)/.exec(text);
    if (!found) return null;
    const nudge = { "under ": -1e-9, "< ": -1e-9, "<": -1e-9, "over ": 1e-9 }[found[1]] || 0;
    return Number(found[2]) + nudge;
  }

  function sorted(rows, place, down) {
    const keyed = rows.map((row, order) => {
      const cell = row.cells[place];
      return { row, order, text: cell.textContent.trim(), number: number(cell) };
    });
    const filled = keyed.filter((one) => one.text !== "");
    const numeric = filled.some((one) => one.number !== null)
      && filled.every((one) => one.number !== null || /^(w|none|withheld.*|n not given)$/i.test(one.text));
    const key = (one) => (numeric ? one.number : one.text || null);
    return keyed.sort((a, b) => {
      const [first, second] = [key(a), key(b)];
      // What has no number, or no text, stands last in either order.
      if (first === null || second === null) return (first === null) - (second === null) || a.order - b.order;
      const by = numeric ? first - second : words.compare(first, second);
      return (down ? -by : by) || a.order - b.order;
    }).map((one) => one.row);
  }

  function enhance(table) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    const told = document.createElement("p");
    told.className = "hidden";
    told.setAttribute("role", "status");
    table.parentElement.after(told);
    heads.forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" };
        const order = next[head.getAttribute("aria-sort") || "none"];
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (order !== "none") head.setAttribute("aria-sort", order);
        body.append(...(order === "none" ? rows : sorted(rows, place, order === "descending")));
        told.textContent = order === "none" ? "In the order of the page"
          : `Sorted by ${button.textContent.trim()}, ${order}`;
      });
    });
  }

  document.querySelectorAll("table.sortable").forEach((table) => {
    if (table.tBodies.length === 1 && table.tBodies[0].rows.length > 2) enhance(table);
  });
})();
