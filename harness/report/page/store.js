// The data of the page: unpacked when they are wanted, or fetched where the page has a server.

const SIZE = 50; // problems in a piece, as in blocks.py
const facts = JSON.parse(document.getElementById("facts").textContent);
const opened = new Map();

// JSON out of base64 and zlib.
async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

async function loaded() {
  const {problems, columns} = await unpacked(document.getElementById("index").textContent);
  problems.forEach((problem, place) => { problem.place = place; });
  columns.forEach((column, number) => {
    column.number = number;
    column.at = new Map(column.problem.map((problem, place) => [problem, place]));
  });
  return {problems, columns};
}

function piece(column, number, layer) {
  const key = `piece-${column}-${number}-${layer}`;
  if (!opened.has(key)) {
    const source = document.getElementById(key);
    opened.set(key, source ? unpacked(source.textContent) : null);
  }
  return opened.get(key);
}

// The chains of one problem in one column, in the order of their paths; null where the page has none.
async function chainsOf(column, problem) {
  const place = column.at.get(problem.place);
  if (facts.source) return fetched(column.number, problem.id);
  const number = Math.floor(place / SIZE);
  const layers = [];
  for (let layer = 0; ; layer += 1) {
    const content = await piece(column.number, number, layer);
    if (!content) break;
    layers.push(...content[place % SIZE]);
  }
  if (!layers.length && column.chains[place]) return null;
  return layers.sort((one, other) => one.path - other.path);
}

async function fetched(column, problem) {
  const answer = await fetch(`${facts.source}?column=${column}&problem=${encodeURIComponent(problem.toWellFormed())}`);
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return (await answer.json()).chains;
}
