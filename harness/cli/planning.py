"""`harness plan`: how many problems or paths a difference takes, told from a pilot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.errors import UserError


@click.command("plan")
@click.argument(
    "directories", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-d", "--difference", default=2.0, show_default=True, metavar="POINTS", help="To be seen."
)
@click.option("-s", "--strategy", "strategies", multiple=True, metavar="NAME", help="[all pairs]")
@click.option("--power", default=0.8, show_default=True, help="How often it is to be seen.")
@click.option("--alpha", default=0.05, show_default=True, help="The level of the test.")
def plan(
    directories: tuple[Path, ...],
    difference: float,
    strategies: tuple[str, ...],
    power: float,
    alpha: float,
) -> None:
    """Say how many problems a difference takes, and what they cost.

    DIR is a pilot: a run, or a race, of the strategies on some problems, 50 or so. How often two of
    them differ on the same problem decides how many problems show a difference between them.

    \b
    harness run -t arithmetic -s standard -s chain_of_thought --limit 50 -o pilot
    harness plan pilot --difference 3
    """
    from harness.records.loading import read
    from harness.report.forms import terminal
    from harness.report.plan import Goal, pairs, paths, section, sentence, widest

    if not 0 < difference < 100:
        raise UserError(f"--difference {difference:g}: points of accuracy, between 0 and 100")
    for name, value in (("power", power), ("alpha", alpha)):
        if not 0 < value < 1:
            raise UserError(f"--{name} {value:g}: between 0 and 1")
    goal, found = Goal(difference / 100, power, alpha), pairs(read(directories), strategies)
    machine = _machine(directories)
    terminal.show(terminal.headlines([sentence(widest(found, goal), goal, machine)]))
    terminal.show(terminal.section(section(found, goal, machine)))
    more = paths(found, goal)
    if more:
        terminal.show(terminal.section(more))


def _machine(directories: Sequence[Path]) -> str:
    """Whose hours they are: this machine's, or which other's."""
    from harness.records.loading import manifest
    from harness.running.provenance import hardware

    said = [manifest(one).get("hardware") or {} for one in directories]
    here = hardware()["processor"]
    names = {", ".join(one.get("gpus") or [str(one.get("processor"))]) for one in said}
    return "on this machine" if names == {here} else f"on the pilot's {' and '.join(sorted(names))}"
