"""A whole report: the table of all runs, and the sections that say what to believe of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group

from harness.report import audit, differences, markdown, terminal
from harness.report.exports import as_csv, as_json
from harness.report.orders import orders
from harness.report.reading import Score, read
from harness.report.section import Section
from harness.report.table import Table, row_names, table


@dataclass(frozen=True, slots=True)
class Report:
    """The table of one or more runs with the sections below it."""

    table: Table
    sections: tuple[Section, ...]

    def markdown(self) -> str:
        """The report as GitHub's Markdown, ending in a newline."""
        return "\n".join([markdown.markdown(self.table), *map(markdown.section, self.sections)])

    def drawn(self) -> Group:
        """The report, to be printed on a rich console."""
        return Group(terminal.drawn(self.table), *map(terminal.section, self.sections))


def report(scores: Sequence[Score], *, baseline: str | None = None) -> Report:
    """The report of scores as `harness.report.reading` reads them.

    `baseline` is the row that the others are held against. Raises `UserError` where there is none
    of that name.
    """
    names = row_names(scores)
    parts = (
        differences.section(scores, names, baseline),
        orders(scores, names),
        audit.paths(scores, names),
        audit.certainty(scores, names),
        audit.readings(scores, names),
    )
    return Report(table(scores), tuple(part for part in parts if part))


def rendered(scores: Sequence[Score], form: str, *, baseline: str | None = None) -> str:
    """Scores as text: `csv`, `json`, or the whole report as `markdown`."""
    if form == "csv":
        return as_csv(scores)
    if form == "json":
        return as_json(scores)
    return report(scores, baseline=baseline).markdown()


def write(directory: Path) -> Path:
    """Write the `report.md` of a run into its directory, and say where it is."""
    file = directory / "report.md"
    file.write_text(report(read([directory])).markdown(), encoding="utf-8")
    return file
