// Whole tables: unpacked when they are opened, filtered, sorted, shown piece by piece; and downloaded as they are.
"use strict";

const PIECE = 50;              // rows that are shown at a time
const LONG = 60;               // a wider text is folded

// Rows of a CSV: quotes as in RFC 4180.
function parseCsv(text) {
  const rows = [];
  let row = [], cell = "", quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') { cell += '"'; at++; }
      else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === ",") { row.push(cell); cell = ""; }
    else if (letter === "\n") { rows.push([...row, cell]); row = []; cell = ""; }
    else cell += letter;
  }
  return rows;
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Keys stay on one line. Columns of long texts are wide and show three lines; a click, a tap or the keyboard's focus on
// the table shows all.
function foldSentences(table) {
  for (const row of table.tBodies[0].rows) {
    for (const cell of row.cells) {
      if (/^\w+(-\w+)+$/.test(cell.textContent)) cell.className = "key";
      if (textWidth(cell.textContent) <= LONG) continue;
      const fold = element("div", { className: "fold" });
      fold.append(...cell.childNodes);
      cell.append(fold);
    }
  }
}

// In Latin letters: a Chinese one takes the room of two.
function textWidth(text) {
  let width = 0;
  for (const letter of text) width += letter.codePointAt(0) > 0x2e80 ? 2 : 1;
  return width;
}

async function openTable(box) {
  const { columns, packed } = DATA.tables[box.dataset.table];
  const text = new TextDecoder().decode(await inflate(fromBase64(packed)));
  const rows = parseCsv(text).slice(1).map((cells) => cells.map((cell, column) => {
    const about = columns[column];
    if (about.numeric) return cell === "" ? NaN : Number(cell);
    const said = about.names[cell] ?? cell;
    return said === "" ? cells[about.other] ?? "" : said;
  }));
  let found = rows, shown = PIECE, order = null;

  const heads = columns.map((about) => {
    const head = element("th", { scope: "col", title: about.meaning }, about.heading);
    if (about.numeric) head.className = "number";
    return head;
  });
  const body = element("tbody");
  const said = columns.map((about) => !about.hidden);   // the others say the same in the other language
  const visible = (cells) => cells.filter((cell, column) => said[column]);
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...visible(heads))), body);
  const count = element("span", { className: "small", role: "status" });
  const more = element("button", { type: "button" });
  const chosen = new Map();
  const search = element("input", { type: "search" });

  function draw() {
    body.replaceChildren(...found.slice(0, shown).map((cells) => element("tr", {}, ...visible(cells.map((cell, column) => {
      const about = columns[column];
      if (!about.numeric) return element("td", {}, cell);
      return element("td", { className: "number" }, writeNumber(cell, about.decimals, about.signed));
    })))));
    foldSentences(table);
    count.textContent = say("rows_found", { count: found.length.toLocaleString("en-US") });
    more.hidden = found.length <= shown;
    more.textContent = say("more_rows", { count: Math.min(PIECE * 4, found.length - shown) });
  }

  function choose() {
    const wanted = search.value.trim().toLowerCase();
    found = rows.filter((cells) => {
      for (const [column, value] of chosen) if (value !== "" && String(cells[column]) !== value) return false;
      return !wanted || visible(cells).some((cell) => typeof cell === "string" && cell.toLowerCase().includes(wanted));
    });
    if (order) found.sort((a, b) => compareValues(a[order[0]], b[order[0]], order[1]));
    shown = PIECE;
    draw();
  }

  const filters = element("div", { className: "filters" });
  columns.forEach((about, column) => {
    if (!about.choose || about.hidden) return;
    const values = [...new Set(rows.map((cells) => cells[column]))];
    if (values.length < 2) return;
    const select = element("select", {}, element("option", { value: "" }, say("all_values")),
      ...values.map((value) => element("option", { value }, value)));
    select.addEventListener("change", () => { chosen.set(column, select.value); choose(); });
    filters.append(element("label", {}, about.heading, select));
  });
  filters.append(element("label", {}, say("filter"), search), count);
  search.addEventListener("input", choose);
  more.addEventListener("click", () => { shown += PIECE * 4; draw(); });
  makeSortable(heads, (column, direction) => { order = [column, direction]; choose(); });
  const scroll = element("div", { className: "scroll", tabIndex: 0, role: "region" }, table);
  scroll.setAttribute("aria-label", box.querySelector("summary").textContent);
  box.append(filters, scroll, more);
  draw();
}

for (const table of document.querySelectorAll("table.sortable")) foldSentences(table);

document.addEventListener("click", (event) => {
  const fold = event.target.closest(".fold");
  if (fold && getSelection().isCollapsed) fold.classList.toggle("open");
});

document.addEventListener("mouseover", (event) => {
  const fold = event.target.closest(".fold");
  if (fold) fold.title = fold.scrollHeight > fold.clientHeight + 1 ? fold.textContent : "";
});

for (const box of document.querySelectorAll("details.whole")) {
  box.addEventListener("toggle", () => openTable(box), { once: true });
}

for (const button of document.querySelectorAll("button.download")) {
  button.addEventListener("click", async () => {
    const { file, packed } = DATA.tables[button.dataset.table];
    const link = element("a", {
      href: URL.createObjectURL(new Blob([await inflate(fromBase64(packed))], { type: "text/csv" })), download: file,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });
}
