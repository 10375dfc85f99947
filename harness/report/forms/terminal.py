"""The table of a run for a terminal, and how tables are printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, JustifyMethod, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from harness.report.section import Section
from harness.report.table import Cell, Table, heading, interval, legend, percent, size, tokens

WIDTH = 200
"""Columns of what goes into a file or a pipe, which have no width of their own, unless `COLUMNS` says."""

# Everything that comes from a run goes in as Text, never as a string: rich would take "[b]" in a
# name for markup.


def drawn(table: Table, *, doubts: bool = True) -> Group:
    """The table with its legend and notes, to be printed on a rich console.

    Without `doubts` the lines of single rows are left out.
    """
    several = len(table.models) > 1
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False)
    if several:
        grid.add_column("model", overflow="fold")
    grid.add_column("strategy", overflow="fold")
    for task in table.tasks:
        # On a narrow terminal the names fold, and no number is cut in two.
        longest = max(len(interval(row.cells[task])) for row in table.rows if task in row.cells)
        title = Text("\n".join(filter(None, heading(table, task))), overflow="fold")
        grid.add_column(title, justify="right", min_width=longest)
    grid.add_column("tokens", justify="right")
    for row in table.rows:
        cells = [_cell(table, task, row.cells.get(task)) for task in table.tasks]
        names = [Text(row.model)] if several else []
        grid.add_row(*names, Text(row.title), *cells, Text(tokens(row)))
    model = [] if several else [Text(f"Model: {', '.join(table.models)}")]
    notes = table.notes if doubts else table.origins
    below = [Text(line, style="dim") for line in (legend(table, "*"), *notes)]
    return Group(*model, grid, *below)


def headlines(lines: Sequence[str]) -> Text:
    """The answers that a report begins with, to be printed on a rich console."""
    return Text("\n".join(lines) + "\n", style="bold")


def warnings(lines: Sequence[str]) -> Text:
    """What may be wrong with the figures, to be printed on a rich console."""
    return Text("\n".join(["", *lines]), style="yellow")


def section(part: Section) -> Group:
    """A section of a report, to be printed on a rich console."""
    grid = Grid(box=SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(part.columns):
        justify: JustifyMethod = "left" if place < part.names else "right"
        grid.add_column(Text(column, overflow="fold"), justify=justify, overflow="fold")
    for row in part.rows:
        grid.add_row(*map(Text, row))
    return Group(Text(f"\n{part.title}", style="bold"), grid, Text(part.caption, style="dim"))


def _cell(table: Table, task: str, cell: Cell | None) -> Text:
    if cell is None:
        return Text("")
    # A star, too: a pipe and a file know no bold.
    marked = any(row.cells[task].mark for row in table.rows if task in row.cells)
    mark = (cell.mark or " ") if marked else ""
    star = "*" if cell.best else " "
    text = Text(f"{percent(cell)}{star}{mark}", style="bold" if cell.best else "")
    # no spaces in `n=4`: on a narrow terminal it would be cut there
    for part in filter(None, (interval(cell), size(table, task, cell).replace(" ", ""))):
        text.append(f" {part}", style="not bold dim")
    return text


def show(shown: RenderableType) -> None:
    """Print on standard output: to the terminal's width, or wide and plain where there is none."""
    if sys.stdout.isatty():
        Console(highlight=False).print(shown)
        return
    columns = os.environ.get("COLUMNS", "")
    console = Console(
        width=int(columns) if columns.isdecimal() and int(columns) else WIDTH,
        highlight=False,
        color_system=None,
    )
    with console.capture() as captured:
        console.print(shown)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))
