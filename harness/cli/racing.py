"""`harness race`: which strategy to take, for the least money."""

from __future__ import annotations

import shlex
from typing import Any

import click

from harness.cli.options import FILES, GENERATION, PAID, PROMPTS, SERVER, options, sampling
from harness.cli.running import COMMON, MODEL, STRATEGIES, TASKS
from harness.errors import UserError

OWN = (
    click.option(
        "-m", "--model", "models", multiple=True, help=f"A folder, file, id or URL. [{MODEL}]"
    ),
    click.option("-t", "--task", "tasks", multiple=True, help=f"One task. [{TASKS[0]}]"),
    click.option("-s", "--strategy", "strategies", multiple=True, help="[those of harness run]"),
    click.option("--budget", metavar="AMOUNT", help="2M tokens, 30min or $5."),
    click.option(
        "--alpha", default=0.05, show_default=True, help="The chance of an error, at most."
    ),
    click.option(
        "--margin",
        default=1.0,
        show_default=True,
        metavar="POINTS",
        help="What a dearer one has to be better by; 0: anything.",
    ),
    click.option(
        "--objective",
        type=click.Choice(["accuracy", "accuracy-at-cost"]),
        default="accuracy",
        show_default=True,
        help="The best, or the front.",
    ),
    click.option(
        "--cost",
        type=click.Choice(["tokens", "seconds", "dollars", "joules"]),
        default="tokens",
        show_default=True,
        help="What is cheap.",
    ),
    click.option("--price", metavar="DOLLARS", help="2.50/h, or 0.10,0.40 per M tokens in, out."),
)
"""What a race has in place of a run's models, tasks and strategies, and of its own."""


@click.command("race")
@options(*OWN, *COMMON, *PROMPTS, *GENERATION, *FILES, *SERVER, *PAID)
def race_(
    models: tuple[str, ...], tasks: tuple[str, ...], strategies: tuple[str, ...], **settings: Any
) -> None:
    """Find the strategy to take, and stop paying once that is sure.

    All strategies are asked the same problems, in a random order, round after round. Those that are
    surely worse than another, or surely not worth their price, are out. It ends when one is left, all
    problems were asked, or the budget is spent. The same command goes on where it was, also with a
    larger budget, and `harness run` pays only for what the race did not ask.

    \b
    harness race -t arithmetic --limit 500
    harness race -m ./my-model -t gsm8k -s chain_of_thought -s self_consistency:paths=10
    harness race -t gsm8k --budget "2M tokens" --margin 2
    harness race -t gsm8k --objective accuracy-at-cost --cost dollars --price 2.50/h
    """
    from harness.records.loading import read
    from harness.report.forms import terminal
    from harness.report.report import report
    from harness.running.racing import race

    # the last of several would be taken in silence otherwise
    for option, named in (("-m", models), ("-t", tasks)):
        if len(named) > 1:
            raise UserError(
                f"{option} {named[1]}: a race has one of these, and {named[0]} is named"
            )
    done = race(
        model=models[0] if models else MODEL,
        task=tasks[0] if tasks else TASKS[0],
        strategies=strategies or STRATEGIES,
        generation=sampling(settings),
        **settings,
    )
    terminal.show(report(read([done.directory])).raced())
    click.echo("\nThe whole report:")
    for ending in ("html", "md"):
        click.echo(f"  {done.directory / f'report.{ending}'}")
    click.echo(f"  harness report {shlex.quote(str(done.directory))} --full")
    if all(one["errors"] == one["problems"] for one in done.record["contestants"]):
        click.echo("harness: no problem ran: all failed", err=True)
        raise click.exceptions.Exit(1)
