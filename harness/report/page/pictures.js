// Pictures are drawn when they come into sight, and drawn again when the colours change.

const specs = JSON.parse(document.getElementById("specs").textContent);
const inSight = new Set();

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

async function paint(drawing) {
  if (!window.draw) return;
  await window.draw(drawing, specs[drawing.dataset.picture], isDark());
  drawing.dataset.drawn = "yes";
  performance.mark("picture");
}

function repaint() {
  inSight.forEach(paint);
}

function watch() {
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      observer.unobserve(entry.target);
      inSight.add(entry.target);
      paint(entry.target);
    }
  }, {rootMargin: "300px"});
  document.querySelectorAll(".drawing").forEach((drawing) => observer.observe(drawing));
}

// Every set of values in a picture, with the title of the panel that it stands in.
function* sets(spec, title = "") {
  const own = spec.title ? spec.title.text ?? spec.title : title;
  const shown = typeof own === "string" ? own : title;
  if (spec.data && spec.data.values && spec.data.values.length) yield [shown, spec.data.values];
  for (const key of ["layer", "concat", "hconcat", "vconcat"]) {
    for (const part of spec[key] ?? []) yield* sets(part, shown);
  }
  if (spec.spec) yield* sets(spec.spec, shown);
}

function written(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return String(Math.round(value * 1e6) / 1e6);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function figures(title, values) {
  const fields = [...new Set(values.flatMap((value) => Object.keys(value)))];
  const head = fields.map((field) => element("th", {scope: "col"}, said(field)));
  const rows = values.map((value) => element("tr", {}, ...fields.map((field) =>
    element("td", {class: typeof value[field] === "number" ? "figure" : null}, said(written(value[field]))))));
  return element("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": `Figures: ${title}`},
    element("table", {class: "figures"},
      element("caption", {}, said(title)),
      element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows)));
}

function alternatives() {
  for (const details of document.querySelectorAll("details.data")) {
    details.addEventListener("toggle", () => {
      for (const [title, values] of sets(specs[details.dataset.picture])) details.append(figures(title, values));
    }, {once: true});
  }
}
