// The table of problems: what is searched, filtered and sorted, and the page of it that is shown.

const ROWS = 25; // on a page of the table
const UNREAD = 1, TRUNCATED = 2, TIED = 4, FAILED = 8;
const SHOWS = [
  ["all", "all problems", () => true, ""],
  ["right", "right answers", (cell) => cell.credit === 1, "of"],
  ["wrong", "wrong answers", (cell) => cell.credit === 0, "of"],
  ["flips", "flips: right", (cell) => cell.credit === 1, "with"],
  ["unread", "unread", (cell) => cell.flags & UNREAD, "of"],
  ["truncated", "truncated", (cell) => cell.flags & TRUNCATED, "of"],
  ["ties", "ties", (cell) => cell.flags & TIED, "of"],
  ["low", "low agreement (half of the chains or fewer)", (cell) => cell.share !== null && cell.share <= 50, "of"],
  ["errors", "errors", (cell) => cell.flags & FAILED, "of"],
];
const ANY = "any";
const state = {problems: [], columns: [], rows: [], found: [], page: 0, sort: "", down: false, wanted: {}};

// Columns of several tasks that belong to one strategy of one model.
function strategies(columns) {
  const several = new Set(columns.map((column) => column.model)).size > 1;
  const rows = new Map();
  for (const column of columns) {
    const name = several ? `${column.model}, ${column.strategy}` : column.strategy;
    if (!rows.has(name)) rows.set(name, {name, columns: [], key: String(rows.size)});
    rows.get(name).columns.push(column);
  }
  return [...rows.values()];
}

// What became of a problem under a strategy; null where it was not asked.
function cellOf(row, problem) {
  for (const column of row.columns) {
    const place = column.at.get(problem.place);
    if (place === undefined) continue;
    return {
      column, place,
      credit: column.credit[place], flags: column.flags[place],
      answer: column.answer[place] ?? null, share: column.share[place] ?? null,
    };
  }
  return null;
}

function outcome(cell) {
  if (cell.flags & FAILED) return ["failed", "!", "error"];
  if (cell.credit === 1) return ["right", "✓", "right"];
  if (cell.credit === 0) return cell.flags & UNREAD ? ["unread", "–", "unread"] : ["wrong", "✗", "wrong"];
  return ["part", "½", `a tie, worth ${Math.round(100 * cell.credit) / 100}`];
}

function fits(problem) {
  const {search, task, show, first, second} = state.wanted;
  if (task !== ANY && problem.task !== task) return false;
  if (search && !problem.text.includes(search)) return false;
  if (show[0] === "all") return true;
  const rows = first === ANY ? state.rows : [state.rows[first]];
  const is = rows.some((row) => {
    const cell = cellOf(row, problem);
    return cell && show[2](cell);
  });
  if (show[0] !== "flips" || !is) return is;
  const other = cellOf(state.rows[second], problem);
  return Boolean(other) && other.credit === 0;
}

function rank(problem) {
  if (state.sort === "right") return state.rows.filter((row) => cellOf(row, problem)?.credit === 1).length;
  if (state.sort === "question") return problem.question;
  if (state.sort === "gold") return problem.gold;
  const cell = cellOf(state.rows[state.sort], problem);
  return cell ? cell.credit ?? -1 : -2;
}

function sorted(problems) {
  if (state.sort === "") return state.down ? [...problems].reverse() : problems;
  const ranked = problems.map((problem) => [rank(problem), problem]);
  const sign = state.down ? -1 : 1;
  const text = new Intl.Collator("en", {numeric: true});
  ranked.sort(([one], [other]) => sign * (typeof one === "string" ? text.compare(one, other) : one - other));
  return ranked.map(([, problem]) => problem);
}

function search() {
  const form = document.getElementById("filter");
  const shown = SHOWS.find((one) => one[0] === form.show.value);
  const flips = shown[0] === "flips";
  form.querySelector(".first").hidden = shown[0] === "all";
  form.querySelector(".second").hidden = !flips;
  document.getElementById("swap").hidden = !flips;
  form.first.options[0].disabled = flips;
  if (flips && form.first.value === ANY) choosePair(form);
  state.wanted = {
    search: form.search.value.trim().toLowerCase(), task: form.task.value, show: shown,
    first: form.first.value, second: form.second.value,
  };
  state.found = sorted(state.problems.filter(fits));
  state.page = 0;
  list();
}

function choosePair(form) {
  const base = Math.max(0, state.rows.findIndex((row) => row.name.endsWith("chain_of_thought")));
  form.second.value = String(base);
  form.first.value = String(base === state.rows.length - 1 ? 0 : state.rows.length - 1);
}

function header(key, name, figure = false) {
  const active = state.sort === key;
  const button = element("button", {type: "button", "data-sort": key}, named(name),
    element("span", {class: "arrow", "aria-hidden": "true"}, active ? (state.down ? "▼" : "▲") : ""));
  const order = state.down ? "descending" : "ascending";
  return element("th", {scope: "col", class: figure ? "cell" : null, "aria-sort": active ? order : null}, button);
}

function listRow(problem) {
  const link = element("a", {href: `#${anchored(problem.anchor)}`}, named(problem.anchor));
  const cells = state.rows.map((row) => {
    const cell = cellOf(row, problem);
    if (!cell) return element("td", {class: "cell"});
    const [kind, sign, words] = outcome(cell);
    return element("td", {class: `cell ${kind}`, title: `${row.name}: ${words}`},
      element("span", {class: "outcome", role: "img", "aria-label": words}, sign), " ",
      element("span", {class: "given"}, said(shortened(cell.answer ?? "", 24))));
  });
  return element("tr", {"data-place": problem.place},
    element("th", {scope: "row"}, link),
    element("td", {class: "question"}, element("span", {}, said(shortened(problem.question, 300)))),
    element("td", {class: "gold"}, said(shortened(problem.gold, 40))), ...cells);
}

function list() {
  const table = document.getElementById("list");
  const begin = state.page * ROWS;
  const heads = state.rows.map((row) => header(row.key, row.name, true));
  const focused = document.activeElement?.dataset?.sort;
  table.tHead.replaceChildren(element("tr", {}, header("", "problem"), header("question", "question"), header("gold", "gold"), ...heads));
  table.tBodies[0].replaceChildren(...state.found.slice(begin, begin + ROWS).map(listRow));
  if (focused !== undefined) table.tHead.querySelector(`[data-sort="${focused}"]`).focus();
  const all = state.problems.length.toLocaleString("en"), some = state.found.length.toLocaleString("en");
  document.getElementById("count").textContent =
    state.found.length === state.problems.length ? `${all} problems` : `${some} of ${all} problems`;
  paging();
}

function paging() {
  const last = Math.max(0, Math.ceil(state.found.length / ROWS) - 1);
  const turn = (name, page, allowed) => element("button", {
    type: "button", class: "quiet", disabled: !allowed,
    onclick: () => { state.page = page; list(); document.getElementById("problems").scrollIntoView(); },
  }, name);
  document.getElementById("pages").replaceChildren(...(last ? [
    turn("← Previous", state.page - 1, state.page > 0),
    element("span", {}, `page ${state.page + 1} of ${(last + 1).toLocaleString("en")}`),
    turn("Next →", state.page + 1, state.page < last),
  ] : []));
}

function filled(select, pairs) {
  select.replaceChildren(...pairs.map(([value, name]) => element("option", {value}, name)));
}

function controls() {
  const form = document.getElementById("filter");
  const tasks = [...new Set(state.problems.map((problem) => problem.task))];
  const names = state.rows.map((row) => [row.key, row.name]);
  filled(form.task, [[ANY, "all tasks"], ...tasks.map((task) => [task, task])]);
  filled(form.show, SHOWS.filter((one) => one[0] !== "flips" || names.length > 1));
  filled(form.first, [[ANY, "any strategy"], ...names]);
  filled(form.second, names);
  form.task.closest("label").hidden = tasks.length < 2;
  const order = state.rows.flatMap((row, place) => [place ? ", " : "", named(row.name)]);
  document.getElementById("order").replaceChildren("Each sign is a strategy: ", ...order, ".");
  form.addEventListener("input", search);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("swap").addEventListener("click", () => {
    [form.first.value, form.second.value] = [form.second.value, form.first.value];
    search();
  });
  const table = document.getElementById("list");
  table.tHead.addEventListener("click", (event) => {
    const key = event.target.closest("button")?.dataset.sort;
    if (key === undefined) return;
    state.down = state.sort === key && !state.down;
    state.sort = key;
    state.found = sorted(state.problems.filter(fits));
    state.page = 0;
    list();
  });
  table.tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !event.target.closest("a") && !String(getSelection())) go(state.problems[row.dataset.place]);
  });
}

async function start() {
  if (!document.getElementById("filter")) return;
  Object.assign(state, await loaded());
  state.rows = strategies(state.columns);
  for (const problem of state.problems) {
    const answers = state.rows.map((row) => cellOf(row, problem)?.answer ?? "");
    problem.text = [problem.anchor, problem.question, problem.gold, ...problem.choices, ...answers].join("\n").toLowerCase();
  }
  controls();
  search();
  performance.mark("problems");
}
