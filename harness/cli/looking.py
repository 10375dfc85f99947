"""`harness list`, `show` and `check`: what there is, and what it will do."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import FILES, GENERATION, PROMPTS, SERVER, options, sampling
from harness.cli.running import MODEL
from harness.errors import UserError


@click.command("list")
@click.argument(
    "what", required=False, type=click.Choice(["tasks", "groups", "strategies", "exemplars"])
)
def list_(what: str | None) -> None:
    """List tasks, groups of them, strategies and worked examples.

    Each with what it is, its options and their defaults, and its source. Options go behind the
    name: -s self_consistency:paths=10,temperature=0.5
    """
    from harness.cli.listing import LISTS, listed
    from harness.report.forms import terminal

    for name in [what] if what else LISTS:
        terminal.show(listed(name, LISTS[name]()))


@click.command()
@click.argument("task")
@click.argument("strategy")
@click.option("--problem", default=1, show_default=True, metavar="N", help="Which problem, from 1.")
@click.option("-m", "--model", default=MODEL, show_default=True, help="A folder, hub id or URL.")
@click.option("--exemplars", metavar="SET", help="Worked examples: a name, FILE or lm_eval:TASK.")
@options(*PROMPTS, *FILES, *GENERATION, *SERVER)
def show(
    task: str,
    strategy: str,
    problem: int,
    model: str,
    exemplars: str | None,
    max_tokens: int | None,
    generation_config: str,
    **settings: Any,
) -> None:
    """Print the prompts of a strategy.

    Every prompt that STRATEGY makes of a problem of TASK, with its exact text. No
    weights are loaded. Each is followed by a scripted reply, such as a worked example gives; what a
    method asks next, it asks of that reply.

    \b
    harness show arithmetic chain_of_thought
    harness show gsm8k:path=test.jsonl self_consistency:paths=5 --problem 7
    harness show arithmetic standard -m ./my-chat-model --chat
    """
    import asyncio

    from harness.catalogue.finding import find, find_all
    from harness.catalogue.marks import marks
    from harness.models import given, load
    from harness.problems.choosing import choose
    from harness.problems.exemplars import exemplar_set
    from harness.running.overriding import Overrides
    from harness.running.showing import questions, transcript

    chosen_task, strategies = find(task, "task"), find_all(strategy, "strategy")
    chosen = choose(
        chosen_task,
        limit=max(problem, 1),
        exemplars=exemplar_set(exemplars) if exemplars else None,
        pool=any(marks(one.function).get("pool") for one in strategies),
    )
    if not 1 <= problem <= len(chosen.problems):
        raise UserError(
            f"there is no problem {problem} of {chosen_task.label}: it has {len(chosen.problems):,}, "
            "counted from 1"
        )
    one = chosen.problems[problem - 1]
    overrides = Overrides(sampling(settings), max_tokens, generation_config)
    writer = load(model, **given(settings))
    asks = [
        put
        for each in strategies
        for put in asyncio.run(
            questions(overrides.limited(each, writer), one, writer, overrides.of(each, writer))
        )
    ]
    click.secho(f"{one.id}, gold: {one.answer}", dim=True)
    click.echo(f"\n{transcript(asks)}", nl=False)


@click.command()
@click.argument("models", metavar="MODEL...", nargs=-1, required=True)
@click.option("--dtype", help="auto, float32, bfloat16 or float16.")
@options(*PROMPTS, *FILES, *SERVER)
def models(models: tuple[str, ...], **settings: Any) -> None:
    """Tell of models without loading their weights.

    Of each MODEL its family, how prompts are written and why, what ends a reply, whether it thinks
    first, its context, how it will run, and what it takes of memory.

    \b
    harness models reference
    harness models ./my-model ./my-model.gguf
    """
    from harness.cli.listing import described
    from harness.models import given, load
    from harness.models.about import about
    from harness.report.forms import terminal

    for spec in models:
        model = load(spec, **given(settings))
        terminal.show(described(model.name, about(model)))


@click.command()
@click.argument("tasks", metavar="[TASK...]", nargs=-1)
@click.option(
    "-s", "--strategy", "strategies", multiple=True, metavar="STRATEGY", help="Try this strategy."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N problems.")
@click.pass_context
def check(
    ctx: click.Context, tasks: tuple[str, ...], strategies: tuple[str, ...], limit: int | None
) -> None:
    """Check that golds pass their reader, or that strategies work.

    Every row of each TASK is read (of a task that never ends, 1,000). Each STRATEGY meets a tiny problem of every
    kind of answer, with a scripted model. The exit code is 1 if a gold or a strategy fails.

    \b
    harness check arithmetic last_letter coin_flip
    harness check svamp:path=SVAMP.json
    harness check -s ./mine.py@my_strategy
    """
    from harness.catalogue.finding import find, find_all
    from harness.problems.checking import check as checked
    from harness.problems.checking import checks
    from harness.report.forms import terminal
    from harness.testing.trying import trials, tried

    if not tasks and not strategies:
        raise UserError("nothing to check: name a task, or a strategy with -s")
    chosen_tasks = [one for spec in tasks for one in find_all(spec, "task")]
    chosen_strategies = [find(spec, "strategy") for spec in strategies]
    results = [checked(task, limit) for task in chosen_tasks]
    tries = [trial for strategy in chosen_strategies for trial in tried(strategy)]
    if results:
        terminal.show(checks(results))
    if tries:
        terminal.show(trials(tries))
    failed = any(result.failures for result in results) or any(trial.failure for trial in tries)
    ctx.exit(1 if failed else 0)
