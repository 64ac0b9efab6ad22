// Tables are sorted by their heads: a button in each, by pointer or keyboard.
"use strict";

// The number that a cell shows; what is no number comes last.
function shownNumber(text) {
  const plain = text.replace(/[,+\s]/g, "").replace("−", "-");
  if (/^[<>]/.test(plain)) return Number(plain.slice(1)) / 2;
  return plain === "" || plain === "–" ? NaN : Number(plain);
}

// Compare two values in a direction (1 up, -1 down), unknown ones last in both.
function compareValues(first, second, direction) {
  if (typeof first === "number") {
    if (Number.isNaN(first) || Number.isNaN(second)) return Number.isNaN(first) - Number.isNaN(second);
    return direction * (first - second);
  }
  return direction * first.localeCompare(second, document.documentElement.lang);
}

// Put a button into each head of a table; `sorted(column, direction)` is called when it is pressed.
function makeSortable(heads, sorted) {
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.title = say("sort_by");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
      sorted(column, direction);
    });
  });
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  makeSortable(heads, (column, direction) => {
    const numeric = heads[column].classList.contains("number");
    const rows = [...table.tBodies[0].rows].map((row) => {
      const text = row.cells[column].textContent;
      return [numeric ? shownNumber(text) : text, row];
    });
    rows.sort((first, second) => compareValues(first[0], second[0], direction));
    table.tBodies[0].append(...rows.map((pair) => pair[1]));
  });
}
