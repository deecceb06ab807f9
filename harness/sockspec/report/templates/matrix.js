"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filter");
const rows = [...document.querySelectorAll("tbody.row")];
const areas = [...document.querySelectorAll("tbody.area")];

function element(name, text, parent) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

// A case has a line for each behaviour that it showed: the verdict, and the platforms.
function cases(rule) {
  const table = element("table");
  table.className = "cases";
  for (const [shown, ...cells] of data.cases[rule] || []) {
    const groups = new Map();
    cells.forEach(([behaviour, verdict], column) => {
      if (verdict < 0) return;
      const key = `${behaviour} ${verdict}`;
      if (!groups.has(key)) groups.set(key, { behaviour, verdict, columns: [] });
      groups.get(key).columns.push(data.columns[column]);
    });
    let first = true;
    for (const { behaviour, verdict, columns } of groups.values()) {
      const line = element("tr", undefined, table);
      element("th", first ? shown || "-" : "", line);
      const [value, word] = data.verdicts[verdict];
      const cell = element("span", word, element("td", undefined, line));
      cell.className = `cell v-${value.replace(" ", "-")}`;
      element("code", data.behaviours[behaviour] || "-", element("td", undefined, line));
      element("td", columns.length === data.columns.length ? "all" : columns.join(", "), line).className = "where";
      first = false;
    }
  }
  if (!table.rows.length) element("td", "Every platform conforms.", element("tr", undefined, table));
  return table;
}

function toggle(row) {
  const open = row.querySelector("tr.open");
  if (open) { open.remove(); return; }
  const line = element("tr", undefined, row);
  line.className = "open";
  const cell = element("td", undefined, line);
  cell.colSpan = data.columns.length + 1;
  cell.append(cases(row.dataset.rule));
}

function apply() {
  const words = form.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const area of areas) area.hidden = true;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    const fits = (!form.v.value || row.dataset.kinds.split(" ").includes(form.v.value))
      && words.every((word) => text.includes(word));
    row.hidden = !fits;
    shown += fits;
    if (fits) areas.find((area) => area.dataset.area === row.dataset.area).hidden = false;
  }
  document.getElementById("shown").value = `${shown} of ${rows.length} rules`;
}

form.addEventListener("input", apply);
form.addEventListener("submit", (event) => event.preventDefault());
for (const row of rows) row.querySelector("button").addEventListener("click", () => toggle(row));
const wanted = decodeURIComponent(location.hash.slice(1));
if (wanted) { form.v.value = ""; form.q.value = wanted; }
apply();
for (const row of rows) if (row.dataset.rule === wanted) toggle(row);
