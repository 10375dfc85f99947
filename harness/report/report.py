"""A whole report: the table of all runs, and the sections that say what to believe of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group

from harness.records.loading import Score
from harness.records.racing import race_of
from harness.report import differences
from harness.report.forms import markdown, terminal
from harness.report.headline import headlines
from harness.report.section import Section
from harness.report.sections import audit, costs, energy, grouping, groups, race
from harness.report.sections.means import means
from harness.report.sections.orders import orders
from harness.report.sections.words import words
from harness.report.table import Table, row_names, table
from harness.report.warnings import warnings


@dataclass(frozen=True, slots=True)
class Report:
    """The answer for every task in a sentence, the table of one or more runs, the sections below."""

    headlines: tuple[str, ...]
    table: Table
    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    tagged: tuple[Section, ...] = ()
    """Those of the sections that were asked for by a tag, or are of a race: they are shown wherever the
    table is."""

    def markdown(self) -> str:
        """The report as GitHub's Markdown, ending in a newline."""
        parts = [markdown.markdown(self.table), *map(markdown.section, self.sections)]
        return "\n".join([markdown.headlines(self.headlines), *parts])

    def raced(self) -> Group:
        """The answer of a race and its table, to be printed on a rich console."""
        warned = [terminal.warnings(self.warnings)] if self.warnings else []
        return Group(
            terminal.headlines(self.headlines), *map(terminal.section, self.tagged), *warned
        )

    def drawn(self, *, full: bool = False) -> Group:
        """The report, to be printed on a rich console.

        `full` is all of it; else the answers, the table, what was asked for, and warnings.
        """
        sections = map(terminal.section, self.sections if full else self.tagged)
        parts = [terminal.drawn(self.table, doubts=full), *sections]
        warned = [terminal.warnings(self.warnings)] if self.warnings else []
        return Group(terminal.headlines(self.headlines), *parts, *warned)


def report(
    scores: Sequence[Score], *, baseline: str | None = None, by: Sequence[str] = ()
) -> Report:
    """The report of scores as `harness.records.loading` reads them.

    `baseline` is the row that the others are held against, `by` are tags that problems are grouped
    by, as in `steps` or `steps,in_domain`. Raises `UserError` where there is none of that name.
    """
    names = row_names(scores)
    raced = race_of(scores)
    # a race has looked many times, and p-values are for a single look
    rows = () if raced else differences.differences(scores, names, baseline)
    several = len({score["model"] for score in scores}) > 1
    tagged = tuple(groups.sections(scores, grouping.wanted(scores, by)))
    tagged = (race.section(raced), *tagged) if raced else tagged
    parts = (
        differences.section(rows, several),
        *tagged,
        means(scores, names),
        words(scores, names),
        orders(scores, names),
        costs.section(scores, names),
        energy.energy(scores, names),
        energy.computation(scores, names),
        audit.paths(scores, names),
        audit.certainty(scores, names),
        audit.readings(scores, names),
    )
    return Report(
        race.headlines(raced) if raced else headlines(scores, names, rows),
        table(scores, rows, frozenset() if raced else None),
        warnings(scores),
        tuple(part for part in parts if part),
        tagged,
    )
