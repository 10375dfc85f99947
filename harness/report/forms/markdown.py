"""A report as Markdown: `report.md`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.report.section import Section
from harness.report.table import Cell, Table, heading, interval, legend, percent, size, tokens

MARKUP = re.compile(r"[\\`*\[\]<>|~]|(?<!\w)_|_(?!\w)")
"""What would be markup or end a cell. Names come from users' files and are shown as they are; an
underscore inside a word is no markup, and stays readable."""


def markdown(table: Table) -> str:
    """The table with its legend and notes, as GitHub's Markdown, ending in a newline."""
    several = len(table.models) > 1
    names = ["model", "strategy"] if several else ["strategy"]
    columns = [", ".join(filter(None, heading(table, task))) for task in table.tasks]
    lines = [
        _line([*names, *map(_shown, columns), "tokens"]),
        _line([*("---" for _ in names), *("---:" for _ in columns), "---:"]),
    ]
    for row in table.rows:
        cells = [_cell(table, task, row.cells.get(task)) for task in table.tasks]
        own = [row.model, row.title] if several else [row.title]
        lines.append(_line([*map(_shown, own), *cells, tokens(row)]))
    title = [] if several else [f"Model: {_shown(', '.join(table.models))}", ""]
    notes = ["", *(f"* {_shown(note)}" for note in table.notes)] if table.notes else []
    return "\n".join([*title, *lines, "", _shown(legend(table, "bold")), *notes]) + "\n"


def headlines(lines: Sequence[str]) -> str:
    """The answers that a report begins with, as a list, ending in a newline."""
    return "\n".join(f"- {_shown(line)}" for line in lines) + "\n"


def section(part: Section) -> str:
    """A section with its heading and caption, ending in a newline."""
    marks = ["---"] * part.names + ["---:"] * (len(part.columns) - part.names)
    lines = [_line([*map(_shown, part.columns)]), _line(marks)]
    lines += [_line([*map(_shown, row)]) for row in part.rows]
    return "\n".join([f"## {_shown(part.title)}", "", *lines, "", part.caption]) + "\n"


def _shown(text: str) -> str:
    return MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(table: Table, task: str, cell: Cell | None) -> str:
    if cell is None:
        return ""
    accuracy = f"**{percent(cell)}**" if cell.best else percent(cell)
    return " ".join(filter(None, [accuracy + cell.mark, interval(cell), size(table, task, cell)]))
