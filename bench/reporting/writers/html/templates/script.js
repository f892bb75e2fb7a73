"use strict";
document.documentElement.classList.add("js");

function compare(a, b) {
  const x = parseFloat(a), y = parseFloat(b);
  return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, undefined, {numeric: true}) : x - y;
}

function sortRows(table, header) {
  const at = header.cellIndex;
  const down = header.ariaSort === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.ariaSort = down ? "descending" : "ascending";
  const found = [...table.tBodies[0].rows].map(row => [row.cells[at].textContent.trim(), row]);
  // Empty cells were not measured, so they come last either way.
  found.sort(([a], [b]) => (a === "") - (b === "") || (down ? compare(b, a) : compare(a, b)));
  table.tBodies[0].append(...found.map(([, row]) => row));
}

function filterRows(table, words, output) {
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every(word => text.includes(word));
    shown += !row.hidden;
  }
  output.textContent = words.length ? `${shown} of ${table.tBodies[0].rows.length} rows` : "";
}

for (const tools of document.querySelectorAll(".tools")) {
  const table = document.getElementById("t" + tools.dataset.table);
  const output = tools.querySelector("output");
  tools.querySelector("[type=search]").addEventListener("input", event =>
    filterRows(table, event.target.value.toLowerCase().split(/\s+/).filter(Boolean), output));
  tools.querySelector("fieldset").addEventListener("change", event =>
    table.classList.toggle("h" + event.target.value, !event.target.checked));
  table.tHead.addEventListener("click", event => {
    const button = event.target.closest("button");
    if (button) sortRows(table, button.closest("th"));
  });
}

const tip = document.getElementById("tip");
function rowOf(event) {
  const point = event.target.closest?.("[data-r]");
  return point && document.getElementById("r" + point.dataset.r);
}
document.addEventListener("pointerover", event => {
  const row = rowOf(event);
  tip.hidden = !row;
  if (!row) return;
  const texts = [...row.cells].slice(0, 3).map(cell => cell.textContent.trim());
  tip.textContent = texts.filter(Boolean).join(" · ");
  tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = event.clientY + 14 + "px";
});
document.addEventListener("click", event => {
  const row = rowOf(event);
  if (!row) return;
  document.querySelector(".lit")?.classList.remove("lit");
  row.classList.add("lit");
  row.hidden = false;
  row.scrollIntoView({block: "center"});
});

for (const button of document.querySelectorAll(".copy"))
  button.addEventListener("click", async () => {
    const source = document.getElementById(button.dataset.copy);
    getSelection().selectAllChildren(source);
    const label = button.textContent;
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Selected: press Ctrl+C";
    }
    setTimeout(() => button.textContent = label, 2000);
  });

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details:not(.tools details)")) details.open = true;
});
