"""The `harness` command: list, show, check, run, score, report.

What a command needs is imported when it runs: `harness list` and `--help` answer at once, and a
mistyped name is told before torch is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.errors import UserError

if TYPE_CHECKING:
    from harness.run import Run

# What `harness run` does where it is not told. With no arguments it is the demonstration.
MODEL = "reference"
TASKS = ("arithmetic", "last_letter", "coin_flip")
STRATEGIES = (
    "zero_shot",
    "standard",
    "zero_shot_chain_of_thought",
    "chain_of_thought",
    "self_consistency:paths=10",
    "prompt_order_ensemble:paths=5",
    "input_rationale_ensemble:paths=5,pool=4",
)
LIMIT = 32
"""Problems of each task, where neither a task nor a limit is given."""

F = TypeVar("F", bound=Callable[..., Any])


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
            if ctx.invoked_subcommand != "run":  # a run has told by itself how it goes on
                click.echo("harness: stopped", err=True)
            ctx.exit(130)


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
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
    harness run                                  the bundled model, three tasks, every strategy
    harness list strategies                      what there is, with options and sources
    harness show arithmetic chain_of_thought     the exact text of a prompt
    harness run -m ./my-model -t gsm8k:path=test.jsonl -s chain_of_thought --limit 200
    harness score outputs.jsonl                  what others generated
    """


@main.command("list")
@click.argument("what", required=False, type=click.Choice(["tasks", "strategies", "exemplars"]))
def list_(what: str | None) -> None:
    """List tasks, strategies and worked examples.

    Each with what it is, its options and their defaults, and its source. Options go behind the
    name: -s self_consistency:paths=10,temperature=0.5
    """
    from harness.listing import LISTS, listed
    from harness.report import terminal

    for name in [what] if what else LISTS:
        terminal.show(listed(name, LISTS[name]()))


@main.command()
@click.argument("task")
@click.argument("strategy")
@click.option("--problem", default=1, show_default=True, metavar="N", help="Which problem, from 1.")
@click.option("-m", "--model", default=MODEL, show_default=True, help="A folder or hub id.")
@click.option(
    "--chat/--no-chat", default=None, help="The model's chat template, or plain Q: and A:."
)
@click.option("--exemplars", metavar="SET", help="Worked examples: a name, FILE or lm_eval:TASK.")
@click.option("--trust-remote-code", is_flag=True, help="Run code that comes with the tokenizer.")
@click.option("--revision", metavar="NAME", help="A branch, tag or commit on the hub.")
def show(
    task: str,
    strategy: str,
    problem: int,
    model: str,
    exemplars: str | None,
    **settings: Any,
) -> None:
    """Print the prompts of a strategy.

    Every prompt that STRATEGY makes of a problem of TASK, with its exact text. No
    weights are loaded. What a method asks after a first reply is shown with a reply as a worked
    example gives it.

    \b
    harness show arithmetic chain_of_thought
    harness show gsm8k:path=test.jsonl self_consistency:paths=5 --problem 7
    harness show arithmetic standard -m ./my-chat-model --chat
    """
    import asyncio

    from harness.choosing import choose
    from harness.exemplars import exemplar_set
    from harness.finding import find
    from harness.models import load
    from harness.showing import questions

    found, wanted = find(task, "task"), find(strategy, "strategy")
    chosen = choose(
        found,
        limit=max(problem, 1),
        exemplars=exemplar_set(exemplars) if exemplars else None,
    )
    if not 1 <= problem <= len(chosen.problems):
        raise UserError(
            f"there is no problem {problem} of {found.label}: it has {len(chosen.problems):,}, "
            "counted from 1"
        )
    one = chosen.problems[problem - 1]
    asked = asyncio.run(questions(wanted, one, load(model, **settings)))
    click.secho(f"{one.id}, gold: {one.answer}", dim=True)
    for number, question in enumerate(asked, start=1):
        heading = f"--- prompt {number} of {len(asked)}: {question.settings()} ---"
        click.secho(f"\n{heading}", bold=True)
        click.echo(question.text)


@main.command()
@click.argument("tasks", metavar="TASK...", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N problems.")
@click.pass_context
def check(ctx: click.Context, tasks: tuple[str, ...], limit: int | None) -> None:
    """Check that golds pass their reader.

    Every row of each TASK is read (of a task that never ends, 1,000). The exit code is 1 if a gold
    fails.

    \b
    harness check arithmetic last_letter coin_flip
    harness check svamp:path=SVAMP.json
    """
    from harness.checking import check as checked
    from harness.checking import checks
    from harness.finding import find
    from harness.report import terminal

    found = [find(spec, "task") for spec in tasks]
    results = [checked(task, limit) for task in found]
    terminal.show(checks(results))
    ctx.exit(1 if any(result.failures for result in results) else 0)


def _run_options(function: F) -> F:
    """The options of `harness run`, in the order of its help."""
    several: dict[str, Any] = {"multiple": True}
    options = [
        click.option("-m", "--model", "models", **several, help=f"A folder or hub id. [{MODEL}]"),
        click.option("-t", "--task", "tasks", **several, help=f"[{', '.join(TASKS)}]"),
        click.option("-s", "--strategy", "strategies", **several, help="[all, with few paths]"),
        click.option("--limit", type=click.IntRange(1), metavar="N", help="Problems of each task."),
        click.option("--shuffle", type=int, metavar="SEED", help="A random choice of problems."),
        click.option("--seed", default=0, show_default=True, help="How chains are sampled."),
        click.option("--exemplars", metavar="SET", help="A name, FILE or lm_eval:TASK."),
        click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR"),
        click.option("--ledger", type=click.Path(path_type=Path), metavar="FILE"),
        click.option("--dtype", help="auto, float32, bfloat16 or float16."),
        click.option("--device", help="cpu, cuda, mps, or auto: spread over all."),
        click.option("--rows", type=click.IntRange(1), metavar="N", help="Replies side by side."),
        click.option("--memory", type=float, metavar="GB", help="What they may use. [most of it]"),
        click.option("--chat/--no-chat", default=None, help="Chat template, or plain Q: and A:."),
        click.option("--trust-remote-code", is_flag=True, help="Run code that comes with a model."),
        click.option("--revision", metavar="NAME", help="A branch, tag or commit on the hub."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@main.command("run")
@_run_options
def run_(
    models: tuple[str, ...],
    tasks: tuple[str, ...],
    strategies: tuple[str, ...],
    limit: int | None,
    **settings: Any,
) -> None:
    """Run and compare strategies.

    Every strategy meets every task with every model. -m, -t and -s can be given
    several times. The same command again goes on where an interrupted one was: nothing is
    generated twice. Results go to results/<date>-<model>-<n>/, or to -o DIR.

    \b
    harness run
    harness run -m ./my-model -t arithmetic:steps=3-5 -s standard -s chain_of_thought --limit 200
    harness run -t gsm8k:path=test.jsonl -s self_consistency:paths=20,temperature=0.5
    harness run -t ./mine.py@my_task -s ./mine.py@my_strategy
    """
    from harness.run import run

    if limit is None and not tasks:
        limit = LIMIT
    done = run(
        model=models or [MODEL],
        tasks=tasks or TASKS,
        strategies=strategies or STRATEGIES,
        limit=limit,
        **settings,
    )
    _show(done)


def _show(done: Run) -> None:
    """The report of a run, and the files that it has written."""
    from harness.report import terminal
    from harness.report.reading import read
    from harness.report.report import report as reported

    terminal.show(reported(read([done.directory])).drawn())
    click.echo("\nWritten:")
    for file in sorted(done.directory.iterdir()):
        if not file.name.startswith("."):
            click.echo(f"  {file}")


@main.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--kind", metavar="KIND", help="What all golds are; else a row's own, or a guess.")
@click.option("-m", "--model", metavar="NAME", help="The model of rows that name none. [FILE]")
@click.option("-t", "--task", metavar="NAME", help="The task of rows that name none. [FILE]")
@click.option("-s", "--strategy", metavar="NAME", default="scored", show_default=True)
@click.option("--strict", is_flag=True, help="One bad row, and nothing is written.")
def score(files: tuple[Path, ...], **settings: Any) -> None:
    """Score what others generated.

    Each FILE has rows {"gold": "18", "texts": ["...", ...]}, or is a samples_*.jsonl of
    lm-evaluation-harness, a JSON log of Inspect's, or a samples.jsonl of ours: known by content,
    gzipped or not. They are read, voted on and reported like a run. Rows that cannot be scored are
    skipped and named.

    \b
    harness score outputs.jsonl -o scored
    harness score samples_gsm8k_cot_2026-01-31T12-00-00.jsonl --kind number -m my-model
    harness score one.jsonl two.jsonl -t gsm8k
    """
    from harness.others.scoring import score

    _show(score(files, **settings))


@main.command()
@click.argument(
    "directories", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--vote", "votes", multiple=True, metavar="RULE", help="Vote anew: weighted_sum ...")
@click.option("--stop", "stops", multiple=True, metavar="RULE", help="Had it stopped: adaptive ...")
@click.option("--baseline", metavar="STRATEGY", help="The row that others are held against.")
@click.option("--csv", "form", flag_value="csv", help="One line per score, as CSV.")
@click.option("--json", "form", flag_value="json", help="The scores, as JSON.")
@click.option("--markdown", "form", flag_value="markdown", help="The report, as Markdown.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write it there."
)
def report(
    directories: tuple[Path, ...],
    votes: tuple[str, ...],
    stops: tuple[str, ...],
    baseline: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Put several runs into one report.

    Accuracies with intervals, which differences are real, what more paths bring, and how
    the chains were read. --vote and --stop decide the stored chains anew, with no model:
    by another rule of voting, or as if a stopping rule had ended the paths.

    \b
    harness report results/2026-01-31-reference-1
    harness report results/2026-01-31-reference-1 --vote weighted_sum --stop adaptive
    harness report results/*/ --csv -o all.csv

    \b
    Rules of voting: majority first complexity weighted_sum weighted_average sample_and_rank
    confidence borda; options behind them, as in weighted_sum:normalised=no or first:k=5.
    Rules of stopping: adaptive window decided.
    """
    from harness.report import terminal
    from harness.report.reading import finished, read
    from harness.report.report import rendered
    from harness.report.report import report as reported
    from harness.revoting import revoted

    scores = revoted(read(directories), votes=votes, stops=stops)
    for directory in directories:
        if not finished(directory):
            click.echo(f"harness: the run in {directory} is not finished; this is a part", err=True)
    if form is None and output is None:
        terminal.show(reported(scores, baseline=baseline).drawn())
        return
    text = rendered(scores, form or "markdown", baseline=baseline)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"the report cannot be written to {output}: {error.strerror}") from error
    click.echo(output)


if __name__ == "__main__":
    main(prog_name="harness")
