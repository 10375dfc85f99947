// Follows runs that are still going: asks for their progress and writes it where the page shows it.
// Whatever comes from a run is put in as text, never as markup.
"use strict";

const PAUSE = 2000;

function part(place, name) {
  return place.querySelector(`[data-show="${name}"]`);
}

function count(number) {
  return number === null ? "–" : Math.round(number).toLocaleString("en-US");
}

function of(one) {
  return one.of === null ? count(one.done) : `${count(one.done)} of ${count(one.of)}`;
}

function ago(seconds) {
  return seconds < 90 ? `${seconds} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function line(found) {
  const words = [`${found.state}: ${of(found)} problems`];
  if (found.speed !== null) words.push(`${count(found.speed)} tokens per second`);
  if (found.state !== "finished") words.push(`last written ${ago(found.age)} ago`);
  return words.join(", ");
}

function cell(row, text, number) {
  const made = row.insertCell();
  made.textContent = text;
  if (number) made.className = "number";
  return made;
}

function columns(body, run, found) {
  const rows = found.map((column) => {
    const row = document.createElement("tr");
    for (const name of ["model", "task", "strategy"]) cell(row, column[name]);
    cell(row, of(column), true);
    cell(row, count(column.errors), true);
    cell(row, column.accuracy === null ? "–" : String(column.accuracy), true);
    cell(row, count(column.tokens), true);
    const last = cell(row, "");
    if (column.place !== null) {
      const link = document.createElement("a");
      link.href = `/samples?${new URLSearchParams({ run, column: column.place })}`;
      link.textContent = "problems";
      last.append(link);
    }
    return row;
  });
  body.replaceChildren(...rows);
}

function show(place, run, found) {
  part(place, "line").textContent = line(found);
  const bar = part(place, "bar");
  bar.hidden = !found.of || found.state === "finished";
  if (found.of) {
    bar.max = found.of;
    bar.value = found.done;
  }
  const body = part(place, "columns");
  if (body) columns(body, run, found.columns);
}

async function follow(place) {
  const run = place.dataset.run;
  for (;;) {
    try {
      const answer = await fetch(`/progress?${new URLSearchParams({ run })}`);
      if (answer.ok) {
        const found = await answer.json();
        show(place, run, found);
        if (found.state === "finished") return;
      } else {
        part(place, "line").textContent = "no longer there";
        return;
      }
    } catch {
      part(place, "line").textContent = "harness view has ended";
      return;
    }
    await new Promise((later) => setTimeout(later, document.hidden ? 5 * PAUSE : PAUSE));
  }
}

for (const place of document.querySelectorAll("[data-run]")) follow(place);
