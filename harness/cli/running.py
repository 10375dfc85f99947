"""`harness run`: strategies meet tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import (
    FILES,
    GENERATION,
    PAID,
    PRICE,
    PROMPTS,
    SERVER,
    options,
    sampling,
)
from harness.cli.reporting import shown

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

CHOSEN = (
    click.option(
        "-m", "--model", "models", multiple=True, help=f"A folder, file, id or URL. [{MODEL}]"
    ),
    click.option("-t", "--task", "tasks", multiple=True, help=f"[{', '.join(TASKS)}]"),
    click.option("-s", "--strategy", "strategies", multiple=True, help="[seven, with few paths]"),
)

COMMON = (
    click.option("--limit", type=click.IntRange(1), metavar="N", help="Problems of each task."),
    click.option("--shuffle", type=int, metavar="SEED", help="A random choice of problems."),
    click.option("--seed", default=0, show_default=True, help="How chains are sampled."),
    click.option("--exemplars", metavar="SET", help="A name, FILE or lm_eval:TASK."),
    click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR"),
    click.option("--ledger", type=click.Path(path_type=Path), metavar="FILE"),
    click.option("--dtype", help="auto, float32, bfloat16 or float16."),
    click.option("--device", help="cpu, cuda, mps, or auto: spread over all."),
    click.option("--rows", type=click.IntRange(1), metavar="N", help="Replies side by side."),
    click.option("--exact", is_flag=True, help="The same bits in any company, if slower."),
    click.option("--memory", type=float, metavar="GB", help="What they may use. [0.6 of it]"),
    click.option(
        "--max-model-len", type=click.IntRange(1), metavar="N", help="Of prompt and reply."
    ),
    click.option("--fit-examples", is_flag=True, help="Fewer of them in prompts too long."),
)
"""What a run and a race have in common."""


SPREAD = (
    click.option("--shard", metavar="I/N", help="Part I of N alone, to be merged later."),
    click.option(
        "--replicas", type=click.IntRange(1), metavar="N", help="Copies of the model, as workers."
    ),
    click.option("--gpus-per-replica", type=float, metavar="G", help="Also a part of one. [1]"),
    click.option(
        "--ray",
        is_flag=False,
        flag_value="auto",
        metavar="[ADDRESS]",
        help="Workers on a Ray cluster. [the one here]",
    ),
)
"""How a run is spread over machines."""

METERED = (
    click.option("--energy/--no-energy", default=None, help="Joules. [where they are counted]"),
    click.option("--region", metavar="CODE", help="Whose electricity: DEU, USA/california."),
)


@click.command("run")
@options(*CHOSEN, *COMMON, *SPREAD, *METERED, *PROMPTS, *GENERATION, *FILES, *SERVER, *PAID, PRICE)
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
    generated twice. Results go to results/<date>-<model>-<n>/, or to -o DIR. The exit code is 1 if
    every problem failed.

    \b
    harness run
    harness run -m ./my-model -t arithmetic:steps=3-5 -s standard -s chain_of_thought --limit 200
    harness run -t gsm8k:path=test.jsonl -s self_consistency:paths=20,temperature=0.5
    harness run -t ./mine.py@my_task -s ./mine.py@my_strategy
    """
    from harness.running.run import run

    if limit is None and not tasks:
        limit = LIMIT
    done = run(
        model=models or [MODEL],
        tasks=tasks or TASKS,
        strategies=strategies or STRATEGIES,
        limit=limit,
        generation=sampling(settings),
        **settings,
    )
    shown(done)
    if not any(score["problems"] for score in done.scores):
        failures = [sample["error"] for sample in done.samples if sample["error"]]
        click.echo(
            f"harness: no problem ran: all {len(failures):,} failed, the first with "
            f"{' '.join(failures[0].split())}",
            err=True,
        )
        raise click.exceptions.Exit(1)
