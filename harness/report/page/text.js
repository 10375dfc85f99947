// Text as text: everything that a model or a data set wrote goes through here, never through markup.

const LONG = 6000; // characters that are shown at once
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

// An element with attributes and children; strings become text nodes.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Pieces of a text; signs that turn its direction are named instead of obeyed.
function pieces(text) {
  const found = [];
  let last = 0;
  for (const match of text.matchAll(DIRECTIONS)) {
    if (match.index > last) found.push(text.slice(last, match.index));
    const code = match[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    found.push(element("span", {class: "sign"}, `U+${code}`));
    last = match.index + 1;
  }
  if (last < text.length) found.push(text.slice(last));
  return found;
}

// A text in a box of its own direction.
function said(text) {
  return element("bdi", {}, ...pieces(text));
}

// A name that may be broken behind its signs.
function named(name) {
  const box = element("bdi");
  for (const part of name.split(/(?<=[/_:,])/)) box.append(...pieces(part), element("wbr"));
  return box;
}

function shortened(text, length) {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

// The stretch [first, last) of a text with what was read in it marked; `read` may be null.
function stretch(text, first, last, read, rule) {
  if (!read || read[1] <= first || read[0] >= last) return pieces(text.slice(first, last));
  const begin = Math.max(first, read[0]), end = Math.min(last, read[1]);
  const mark = element("mark", {title: rule === "question" ? "the question" : `read here, by the rule ${rule}`}, ...pieces(text.slice(begin, end)));
  return [...pieces(text.slice(first, begin)), mark, ...pieces(text.slice(end, last))];
}

// A long text shows its beginning and its end (where answers stand), and a button for all of it.
function passage(text, read = null, rule = "") {
  const box = element("div", {class: "passage", dir: "auto"});
  if (text.length <= LONG) {
    box.append(...stretch(text, 0, text.length, read, rule));
    return box;
  }
  const head = LONG / 2, tail = text.length - LONG / 2;
  const left = (tail - head).toLocaleString("en");
  const button = element("button", {type: "button", class: "quiet all"}, `Show all: ${left} characters more`);
  button.addEventListener("click", () => {
    box.replaceChildren();
    // in blocks, so that what is far out of sight is not laid out
    for (let first = 0; first < text.length; first += LONG) {
      const last = Math.min(text.length, first + LONG);
      box.append(element("div", {class: "block"}, ...stretch(text, first, last, read, rule)));
    }
    box.tabIndex = -1;
    box.focus();
  });
  box.append(
    element("div", {}, ...stretch(text, 0, head, read, rule)),
    button,
    element("div", {}, ...stretch(text, tail, text.length, read, rule)),
  );
  return box;
}
