"""Writes a report: as text in one of its forms, and as the files of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.records.loading import Score, read
from harness.report.forms.csv import as_csv, as_json
from harness.report.forms.latex import latex
from harness.report.report import report
from harness.report.sections import grouping, groups


def rendered(
    scores: Sequence[Score], form: str, *, baseline: str | None = None, by: Sequence[str] = ()
) -> str:
    """Scores as text: `csv`, `json`, a table as `latex`, or the whole report as `markdown` or `html`.

    Grouped `by` tags, CSV has a line per group instead of one per score.
    """
    groupings = grouping.wanted(scores, by)
    if form == "csv":
        return groups.as_csv(scores, groupings) if groupings else as_csv(scores)
    if form == "json":
        return as_json(groups.with_groups(scores, groupings) if groupings else scores)
    whole = report(scores, baseline=baseline, by=by)
    if form == "html":
        # here, because it brings a template engine, which the other forms do without
        from harness.report.page import page

        return page(whole, scores, baseline=baseline)
    return latex(whole.table) if form == "latex" else whole.markdown()


def write(directory: Path) -> None:
    """Write the `report.md`, `report.html` and `report.csv` of a run into its directory."""
    scores = read([directory])
    for ending, form in (("md", "markdown"), ("html", "html"), ("csv", "csv")):
        (directory / f"report.{ending}").write_text(rendered(scores, form), encoding="utf-8")
