"""What a command shows at its end: the report of a run, and the files that it has written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from harness.running.run import Run


def shown(done: Run) -> None:
    """The report of a run, and the files that it has written."""
    from harness.records.loading import read
    from harness.report.forms import terminal
    from harness.report.report import report as reported

    terminal.show(reported(read([done.directory])).drawn())
    click.echo("\nWritten:")
    for file in sorted(done.directory.iterdir()):
        if not file.name.startswith("."):
            click.echo(f"  {file}")
