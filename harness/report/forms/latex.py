r"""A report's table as papers print it: LaTeX with booktabs, every name escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from harness.report.differences import LEVEL
from harness.report.table import Cell, Row, Table, percent, tokens

SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    '"': r"\char`\"{}",
    "–": "--",
    **{sign: f"\\{sign}" for sign in "_%&#${}"},
    # what would be an argument of the line end before it, or join with its like
    **{sign: f"{{{sign}}}" for sign in "[]*-,?!"},
}
"""What means something to TeX, or becomes another sign in its fonts, and how the sign is written."""

SIGNS = re.compile("|".join(map(re.escape, SPECIAL)))

REAL, SCORED = r"$^{\dagger}$", r"\textsuperscript{\S}"


def latex(table: Table) -> str:
    r"""The table, ending in a newline; needs `\usepackage{booktabs}`.

    Strategies are rows, models blocks of rows, and tasks columns; text that no TeX font has is left
    as it is.
    """
    lines = "".join(f"    {line}\n" for line in _lines(table))
    return (
        "% needs \\usepackage{booktabs}\n"
        "\\begin{table}\n"
        "  \\centering\n"
        f"  \\caption{{{_caption(table)}}}\n"
        f"  \\begin{{tabular}}{{l{'r' * len(table.tasks)}r}}\n"
        f"{lines}"
        "  \\end{tabular}\n"
        "\\end{table}\n"
    )


def escaped(text: str) -> str:
    """Text from a run as LaTeX shows it; control characters are shown as `?`."""
    plain = "".join(
        "?" if unicodedata.category(sign) in ("Cc", "Cs") else sign
        for sign in " ".join(text.split())
    )
    return SIGNS.sub(lambda match: SPECIAL[match[0]], plain)


def _lines(table: Table) -> Iterator[str]:
    sizes = [table.problems(task) for task in table.tasks]
    yield r"\toprule"
    yield _row(["Strategy", *map(escaped, table.tasks), "Tokens"])
    yield _row(["", *("" if size is None else f"$n = {_number(size)}$" for size in sizes), ""])
    several = len(table.models) > 1
    for model in table.models:
        yield r"\midrule"
        if several:
            columns = len(table.tasks) + 2
            yield rf"\multicolumn{{{columns}}}{{l}}{{\emph{{{escaped(model)}}}}} \\"
        for row in table.rows:
            if row.model == model:
                mark = SCORED if row.origin else ""
                cells = [_cell(table, task, row) for task in table.tasks]
                yield _row([escaped(row.strategy) + mark, *cells, escaped(tokens(row))])
    yield r"\bottomrule"


def _row(cells: list[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _cell(table: Table, task: str, row: Row) -> str:
    cell = row.cells.get(task)
    if cell is None:
        return ""
    accuracy = escaped(percent(cell))
    marked = any(one.cells[task].mark for one in table.rows if task in one.cells)
    parts = [(rf"\textbf{{{accuracy}}}" if cell.best else accuracy) + _mark(cell, marked)]
    if cell.low is not None and cell.high is not None:
        parts.append(rf"{{\scriptsize [{100 * cell.low:.1f}, {100 * cell.high:.1f}]}}")
    if table.problems(task) is None:
        parts.append(f"($n = {_number(cell.problems)}$)")
    return " ".join(parts)


def _mark(cell: Cell, marked: bool) -> str:
    """The dagger of a real difference, or the space of one where others of the column have it."""
    if cell.mark:
        return REAL
    return rf"\phantom{{{REAL}}}" if marked else ""


def _caption(table: Table) -> str:
    model = "" if len(table.models) > 1 else f" of {escaped(table.models[0])}" if table.rows else ""
    marked = any(cell.mark for row in table.rows for cell in row.cells.values())
    parts = [
        rf"Accuracy in \%{model} with 95\,\% intervals, on $n$ problems of each task, and generated "
        "tokens per problem.",
        r"\textbf{Bold}: the best of a task and what cannot be told from it."
        if any(cell.best for row in table.rows for cell in row.cells.values())
        else "",
        rf"$\dagger$: differs from {escaped(table.against)} by more than chance ($p < {LEVEL}$, paired "
        "by problem, Holm's correction over the rows of a task)."
        if marked
        else "",
        *(
            rf"{SCORED} {escaped(one)}."
            for one in dict.fromkeys(row.origin for row in table.rows)
            if one
        ),
    ]
    return " ".join(filter(None, parts))


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "{,}")
