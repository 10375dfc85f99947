"""`harness view`: a folder of results in the browser."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="[DIR]", default="results", type=click.Path(path_type=Path))
@click.option("--port", default=0, type=click.IntRange(0, 65535), metavar="N", help="[a free one]")
@click.option("--open/--no-open", "opened", default=True, help="Whether the browser is opened.")
def view(directory: Path, port: int, opened: bool) -> None:
    """Look at runs in the browser.

    The runs in DIR (results) and below it: compare any of them, follow one that is still going, and
    read every chain. Nothing is changed, and nobody but this machine is answered. Ctrl-C ends it.

    \b
    harness view
    harness view elsewhere --port 8000 --no-open
    """
    from harness.view.serving import serve

    serve(directory, port=port, opened=opened, say=click.echo)
