"""The `harness` command: a file for what looks at things, runs, scores and reports.

What a command needs is imported when it runs: `harness list` and `--help` answer at once, and a
mistyped name is told before torch is loaded.
"""

from __future__ import annotations

from typing import Any

import click

from harness.cli.looking import check, list_, models, show
from harness.cli.planning import plan
from harness.cli.racing import race_
from harness.cli.reporting import merge, report, score
from harness.cli.running import run_
from harness.cli.viewing import view
from harness.errors import UserError


class Commands(click.Group):
    """The commands, and how they end on bad input and on Ctrl-C. A bug gets its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exit 2 for bad input and 130 for Ctrl-C, each with one line."""
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"harness: {' '.join(str(error).split())}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            if ctx.invoked_subcommand not in (
                "run",
                "race",
            ):  # a run has told by itself how it goes on
                click.echo("harness: stopped", err=True)
            ctx.exit(130)


def _version(ctx: click.Context, _: click.Parameter, shown: bool) -> None:
    if shown and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"harness {version('reasoning-harness')}")
        ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Compare ways of prompting a language model to reason.

    Any strategy meets any task on any open model; every chain is kept.

    \b
    harness run                                  the bundled model, three tasks, seven strategies
    harness list strategies                      what there is, with options and sources
    harness models ./my-model                    its format, context, thoughts and size
    harness show arithmetic chain_of_thought     the exact text of a prompt
    harness run -m ./my-model -t gsm8k:path=test.jsonl -s chain_of_thought --limit 200
    harness race -t arithmetic --limit 500       which strategy to take, for the least tokens
    harness score outputs.jsonl                  what others generated
    harness view                                 the results in the browser
    """


for command in (list_, models, show, check, plan, run_, race_, merge, score, report, view):
    main.add_command(command)
