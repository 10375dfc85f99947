// One problem, opened: its question and gold, and for each strategy the chains by their answers.

function anchored(anchor) {
  return encodeURIComponent(anchor).replaceAll("%2F", "/").replaceAll("%3A", ":");
}

function go(problem) {
  location.hash = anchored(problem.anchor);
}

function wanted() {
  let anchor = location.hash.slice(1);
  try { anchor = decodeURIComponent(anchor); } catch { /* as it stands */ }
  return anchor ? state.problems.find((problem) => problem.anchor === anchor) : undefined;
}

function badge(cell) {
  const [kind, sign, words] = outcome(cell);
  return element("span", {class: `badge ${kind}`}, `${sign} ${words}`);
}

function doubts(cell) {
  const names = [[UNREAD, "unread"], [TRUNCATED, "truncated"], [TIED, "tie"]];
  const found = names.filter(([flag]) => cell.flags & flag).map(([, name]) => name);
  if (cell.share !== null) found.push(`${cell.share} % agree`);
  return found.join(", ");
}

function figure(value, unit) {
  return value === null || value === undefined ? null : `${value.toLocaleString("en")} ${unit}`;
}

// Chains with the same text and fate are shown once.
function chainBox(chains) {
  const [one] = chains;
  const paths = chains.map((chain) => chain.path).join(", ");
  const parts = [
    chains.length > 1 ? `${chains.length} times the same text, paths ${paths}` : `path ${paths}`,
    one.rule ? `read by ${one.rule}` : "nothing read",
    figure(one.tokens, one.tokens === 1 ? "token" : "tokens"),
    one.finish === "length" ? "cut off by the token limit" : null,
    one.logprob === null || one.logprob === undefined ? null : `log-probability ${one.logprob.toFixed(2)}`,
  ];
  return element("article", {class: "chain"},
    passage(one.text, one.read, one.rule),
    element("p", {class: "meta"}, said(parts.filter(Boolean).join(" · "))));
}

function grouped(chains, key) {
  const groups = new Map();
  for (const chain of chains) {
    const name = key(chain);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(chain);
  }
  return [...groups.values()];
}

function votesOf(cell, answer) {
  const votes = cell.column.votes[cell.place] ?? {};
  return answer !== null && Object.hasOwn(votes, answer) ? votes[answer] : null;
}

function groupBox(group, cell, most) {
  const [one] = group;
  const votes = votesOf(cell, one.answer);
  const shown = votes === null ? null : Math.round(votes * 100) / 100;
  const heading = element("h4", {},
    one.answer === null ? element("em", {}, "no answer could be read") : said(shortened(one.answer, 400)),
    element("span", {class: one.correct ? "right" : "wrong"}, one.answer === null ? "" : one.correct ? "✓ the gold" : "✗"),
    shown === null ? null : element("span", {class: "votes"},
      element("meter", {min: "0", max: String(most), value: String(votes), "aria-hidden": "true"}),
      `${shown} ${shown === 1 ? "vote" : "votes"}`));
  const same = grouped(group, (chain) => JSON.stringify([chain.text, chain.finish, chain.rule]));
  return element("section", {class: "group"}, heading, ...same.map(chainBox));
}

function chainsBox(chains, cell) {
  const total = cell.column.chains[cell.place];
  const votes = Object.values(cell.column.votes[cell.place] ?? {});
  const most = Math.max(1, votes.reduce((sum, one) => sum + one, 0));
  const groups = grouped(chains, (chain) => chain.answer);
  const weight = (group) => votesOf(cell, group[0].answer) ?? -1;
  groups.sort((one, other) => weight(other) - weight(one) || other.length - one.length);
  const left = total > chains.length
    ? element("p", {class: "note"}, `${chains.length} of ${total} chains are in this page, at least one of each answer that came often; harness view shows all of them.`)
    : null;
  return [left, ...groups.map((group) => groupBox(group, cell, most))].filter(Boolean);
}

async function fill(box, cell, problem) {
  const {column, place} = cell;
  if (column.of !== null) {
    box.replaceChildren(element("p", {class: "note"}, "Decided anew from the chains of ", said(state.columns[column.of].strategy), "."));
    return;
  }
  if (Object.hasOwn(column.errors, place)) {
    box.replaceChildren(element("p", {class: "warning"}, said(column.errors[place])));
    return;
  }
  box.replaceChildren(element("p", {class: "note"}, "Unpacking …"));
  try {
    const chains = await chainsOf(column, problem);
    box.replaceChildren(...(chains ? chainsBox(chains, cell)
      : [element("p", {class: "note"}, "The chains of this problem are not in this page; harness view shows them.")]));
  } catch (error) {
    box.replaceChildren(element("p", {class: "warning"}, `The chains cannot be shown: ${error.message}`));
  }
}

// A question as prompts put it: with its lettered options.
function put(problem) {
  if (!problem.choices.length) return problem.question;
  const options = problem.choices.map((choice, place) => `(${String.fromCharCode(97 + place)}) ${choice}`);
  return [problem.question, "Answer Choices:", ...options].join("\n");
}

// The prompts of a column, with the question of this problem where that of the first one stood.
function promptBox(column, problem) {
  const {asked} = column;
  if (!asked) return null;
  const first = asked.problem === problem.id;
  const words = first
    ? "As it was put to the model."
    : `As it was put to the model for ${asked.problem}, with the question of this problem in the place of that one's.`;
  const left = asked.number > asked.prompts.length
    ? ` The first ${asked.prompts.length} of ${asked.number} prompts; harness show prints all.` : "";
  const texts = asked.prompts.flatMap((prompt, place) => {
    const question = prompt.question && (first ? prompt.question : put(problem));
    const start = prompt.before.length;
    const read = question ? [start, start + question.length] : null;
    return [
      element("p", {class: "meta"}, said(`prompt ${place + 1}: ${prompt.settings}`)),
      passage(prompt.before + question + prompt.after, read, "question"),
    ];
  });
  return element("details", {class: "prompt"}, element("summary", {}, "Prompt"),
    element("p", {class: "note"}, said(words + left)), ...texts);
}

function strategyBox(row, cell, problem, open) {
  const box = element("div", {class: "chains"});
  const details = element("details", {class: "strategy", open},
    element("summary", {}, element("h3", {}, said(row.name)), badge(cell),
      cell.answer === null ? null : element("span", {class: "given"}, said(shortened(cell.answer, 80))),
      element("span", {class: "doubt"}, doubts(cell))),
    promptBox(cell.column, problem) ?? "", box);
  const once = () => fill(box, cell, problem);
  if (open) once();
  else details.addEventListener("toggle", once, {once: true});
  return details;
}

function facets(problem) {
  const tags = Object.entries(problem.tags).map(([name, value]) => `${name} ${value}`).join(" · ");
  const letters = problem.choices.map((choice, place) =>
    element("li", {}, said(`(${String.fromCharCode(97 + place)}) ${shortened(choice, 2000)}`)));
  return [
    element("div", {class: "asked"}, passage(problem.question)),
    letters.length ? element("ul", {class: "choices"}, ...letters) : null,
    element("p", {class: "answer"}, "Gold: ", element("strong", {}, said(shortened(problem.gold, 2000)))),
    element("p", {class: "meta"}, said([problem.task, tags].filter(Boolean).join(" · "))),
  ];
}

// Which strategies stand open at first: the two of a flip, the chosen one, or the last.
function atFirst(cells) {
  const {show, first, second} = state.wanted;
  const chosen = show[0] === "flips" ? [first, second] : show[0] === "all" || first === ANY ? [] : [first];
  if (chosen.length) return chosen.map(Number);
  return cells.length ? [state.rows.indexOf(cells.at(-1)[0])] : [];
}

function open(problem) {
  const dialog = document.getElementById("one");
  const place = state.found.indexOf(problem);
  const cells = state.rows.map((row) => [row, cellOf(row, problem)]).filter(([, cell]) => cell);
  const first = atFirst(cells);
  const position = place < 0 ? "" : `${(place + 1).toLocaleString("en")} of ${state.found.length.toLocaleString("en")}`;
  const title = document.getElementById("one-title");
  title.replaceChildren(said(problem.anchor), element("small", {}, position));
  document.getElementById("previous").disabled = place <= 0;
  document.getElementById("next").disabled = place < 0 || place === state.found.length - 1;
  const boxes = cells.map(([row, cell]) => strategyBox(row, cell, problem, first.includes(state.rows.indexOf(row))));
  document.getElementById("one-body").replaceChildren(...facets(problem).filter(Boolean), ...boxes);
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
  title.focus();
}

function step(distance) {
  const problem = state.found[state.found.indexOf(wanted()) + distance];
  if (wanted() && problem) history.replaceState(null, "", `#${anchored(problem.anchor)}`);
  if (problem) open(problem);
}

function follow() {
  const problem = wanted();
  const dialog = document.getElementById("one");
  if (problem) open(problem);
  else if (dialog?.open) dialog.close();
}

function reader() {
  const dialog = document.getElementById("one");
  if (!dialog) return;
  document.getElementById("previous").addEventListener("click", () => step(-1));
  document.getElementById("next").addEventListener("click", () => step(1));
  document.getElementById("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("keydown", (event) => {
    const steps = {ArrowLeft: -1, ArrowRight: 1};
    if (event.key in steps && !event.target.closest(".scroll, input, select")) step(steps[event.key]);
  });
  dialog.addEventListener("close", () => {
    const problem = wanted();
    if (!problem) return;
    history.replaceState(null, "", "#problems");
    document.querySelector(`#list tr[data-place="${problem.place}"] a`)?.focus();
  });
  window.addEventListener("hashchange", follow);
}
