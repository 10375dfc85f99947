"""A whole report: the table of all runs, and the sections that say what to believe of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group

from harness.report import audit, costs, differences, grouping, groups, markdown, terminal
from harness.report.exports import as_csv, as_json
from harness.report.headline import headlines
from harness.report.latex import latex
from harness.report.orders import orders
from harness.report.reading import Score, read
from harness.report.section import Section
from harness.report.table import Table, row_names, table


@dataclass(frozen=True, slots=True)
class Report:
    """The answer for every task in a sentence, the table of one or more runs, the sections below."""

    headlines: tuple[str, ...]
    table: Table
    sections: tuple[Section, ...]

    def markdown(self) -> str:
        """The report as GitHub's Markdown, ending in a newline."""
        parts = [markdown.markdown(self.table), *map(markdown.section, self.sections)]
        return "\n".join([markdown.headlines(self.headlines), *parts])

    def drawn(self) -> Group:
        """The report, to be printed on a rich console."""
        parts = [terminal.drawn(self.table), *map(terminal.section, self.sections)]
        return Group(terminal.headlines(self.headlines), *parts)


def report(
    scores: Sequence[Score], *, baseline: str | None = None, by: Sequence[str] = ()
) -> Report:
    """The report of scores as `harness.report.reading` reads them.

    `baseline` is the row that the others are held against, `by` are tags that problems are grouped
    by, as in `steps` or `steps,in_domain`. Raises `UserError` where there is none of that name.
    """
    names = row_names(scores)
    found = differences.differences(scores, names, baseline)
    several = len({score["model"] for score in scores}) > 1
    parts = (
        differences.section(found, several),
        *groups.sections(scores, grouping.wanted(scores, by)),
        orders(scores, names),
        costs.section(scores, names),
        audit.paths(scores, names),
        audit.certainty(scores, names),
        audit.readings(scores, names),
    )
    return Report(
        headlines(scores, names, found),
        table(scores, found),
        tuple(part for part in parts if part),
    )


def rendered(
    scores: Sequence[Score], form: str, *, baseline: str | None = None, by: Sequence[str] = ()
) -> str:
    """Scores as text: `csv`, `json`, a table as `latex`, or the whole report as `markdown` or `html`.

    Grouped `by` tags, CSV has a line per group instead of one per score.
    """
    asked = grouping.wanted(scores, by)
    if form == "csv":
        return groups.as_csv(scores, asked) if asked else as_csv(scores)
    if form == "json":
        return as_json(groups.with_groups(scores, asked) if asked else scores)
    whole = report(scores, baseline=baseline, by=by)
    if form == "html":
        from harness.report.page import page  # with a template engine, which others do without

        return page(whole, scores, baseline=baseline)
    return latex(whole.table) if form == "latex" else whole.markdown()


def write(directory: Path) -> None:
    """Write the `report.md`, `report.html` and `report.csv` of a run into its directory."""
    scores = read([directory])
    for ending, form in (("md", "markdown"), ("html", "html"), ("csv", "csv")):
        (directory / f"report.{ending}").write_text(rendered(scores, form), encoding="utf-8")
