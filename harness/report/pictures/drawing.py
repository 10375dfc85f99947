"""Draws pictures: the JavaScript that a page does it with, and files of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

from platformdirs import user_cache_path

from harness.report.pictures.picture import GAP, Picture
from harness.report.pictures.theme import theme

PADDING = 6
NARROWEST = 280
"""The least width of a panel for which another is set beside it, in pixels."""

# vega-embed has Vega's interpreter for expressions in it and uses it where `ast` is asked for:
# nothing is compiled, so that a page can forbid `eval`. The loader refuses: all data are inside.
SCRIPT = """
const settings = SETTINGS;
const drawn = new WeakMap();
const refuse = () => Promise.reject(new Error("pictures load nothing"));

function sized(view, width) {
  if (view.spec) return {...view, spec: sized(view.spec, width)};
  const layer = view.layer.map((one) =>
    one.mark.limit ? {...one, mark: {...one.mark, limit: width}} : one);
  return {...view, width, layer};
}

function fitted(spec, room) {
  if (!spec.concat) return spec;
  const margin = spec.usermeta.margin;
  const most = Math.floor((room + settings.gap) / (settings.narrowest + margin + settings.gap));
  const columns = Math.max(1, Math.min(spec.concat.length, most));
  const width = Math.floor((room + settings.gap) / columns) - settings.gap - margin;
  return {...spec, columns, concat: spec.concat.map((one) => sized(one, width))};
}

// Sheets made by a script are the page's own, where its policy forbids styles in the text.
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
.vg-tooltip {position: fixed; z-index: 1000; visibility: hidden; pointer-events: none; padding: 6px 8px;
  border-radius: 4px; font: 12px system-ui, sans-serif; max-width: 360px; overflow-wrap: anywhere;
  background: #fff; color: #1c1c1c; border: 1px solid #ccc}
.vg-tooltip.visible {visibility: visible}
.vg-tooltip.dark-theme {background: #262626; color: #e8e8e8; border-color: #4a4a4a}
.vg-tooltip td {padding: 1px 4px; vertical-align: top; text-align: left}
.vg-tooltip td.key {opacity: 0.7; white-space: nowrap}`);
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

window.draw = async function (element, spec, dark) {
  if (drawn.has(element)) drawn.get(element)();
  let made = null, room = 0, waiting = 0, over = false;
  async function again() {
    room = element.clientWidth || 640;  // hidden elements have no width
    const next = await vegaEmbed(element, fitted(spec, room - 2 * settings.padding), {
      mode: "vega-lite",
      actions: false,
      ast: true,
      renderer: "svg",
      padding: settings.padding,
      config: dark ? settings.dark : settings.light,
      loader: {load: refuse, sanitize: refuse, http: refuse, file: refuse},
      defaultStyle: false,
      tooltip: {theme: dark ? "dark" : "light", disableDefaultStyle: true},
    });
    if (made) made.finalize();
    made = next;
    if (over) made.finalize();
  }
  const observer = new ResizeObserver(() => {
    if (Math.abs(element.clientWidth - room) < 4) return;
    clearTimeout(waiting);
    waiting = setTimeout(again, 100);
  });
  drawn.set(element, () => {
    over = true;
    clearTimeout(waiting);
    observer.disconnect();
    if (made) made.finalize();
  });
  await again();
  if (!over) observer.observe(element);
  return made.view;
};
"""


@cache
def bundle() -> str:
    """JavaScript that defines `window.draw(element, spec, dark)`, a promise; about 0.9 MB.

    It holds Vega, Vega-Lite and vega-embed, needs neither `eval` nor a network, and draws again when
    the element's width changes. Making it takes a few seconds, so it is kept in the user's cache.
    """
    settings = {
        "light": theme(dark=False),
        "dark": theme(dark=True),
        "gap": GAP,
        "padding": PADDING,
        "narrowest": NARROWEST,
    }
    notice = "/* Contains Vega, Vega-Lite, vega-embed (BSD-3-Clause), D3 (ISC): https://vega.github.io */\n"
    code = _bundled(SCRIPT.replace("SETTINGS", json.dumps(settings)))
    # in a function, or its thousands of short names would be the page's
    return f"{notice}(() => {{\n{code}\n}})();\n"


def _bundled(script: str) -> str:
    """A script with the libraries that it uses, as it was made before, where that is known."""
    made_by = version("vl-convert-python")
    name = hashlib.sha256(f"{made_by}\n{script}".encode()).hexdigest()[:16]
    kept = user_cache_path("reasoning-harness") / f"pictures-{name}.js"
    # A cache that cannot be read or written costs a few seconds, and nothing else.
    with suppress(OSError):
        return kept.read_text(encoding="utf-8")
    from vl_convert import javascript_bundle

    code = javascript_bundle(script)
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(code, encoding="utf-8")
        part.replace(kept)
    return code


def write(pictures: Sequence[Picture], folder: Path) -> list[Path]:
    """Write each picture into a folder, as PNG and as SVG, on white ground; returns the files."""
    from vl_convert import vegalite_to_png, vegalite_to_svg

    folder.mkdir(parents=True, exist_ok=True)
    config = theme(dark=False) | {"background": "white"}
    files = []
    for picture in pictures:
        spec = {**picture.spec, "padding": 12}
        svg, png = (folder / f"{picture.name}.{form}" for form in ("svg", "png"))
        svg.write_text(vegalite_to_svg(spec, config=config), encoding="utf-8")
        png.write_bytes(vegalite_to_png(spec, config=config, scale=2))
        files += [svg, png]
    return files
