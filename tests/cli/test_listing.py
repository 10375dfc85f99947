"""The list of strategies says of each its family, what it costs, and where it helps."""

import inspect

import pytest

from harness.catalogue.finding import find, names
from harness.cli.listing import FAMILIES, NOTES, listed, strategies
from harness.report.forms import terminal


@pytest.mark.parametrize("name", names("strategy"))
def test_every_strategy_says_its_family_its_cost_and_where_it_helps(name: str) -> None:
    module = inspect.getdoc(inspect.getmodule(find(name, "strategy").function)) or ""
    found = NOTES.search(module)
    assert found, (
        f"the docstring of {name} does not end in lines Family: ...., Cost: ..., Helps: ..."
    )
    assert found["family"] in FAMILIES, f"{found['family']!r} is none of {', '.join(FAMILIES)}"
    assert found["cost"].endswith(".")
    assert found["helps"].endswith(".")


def test_strategies_stand_family_by_family() -> None:
    families = [entry.family for entry in strategies()]
    order = [*FAMILIES, ""]
    assert families == sorted(families, key=order.index)
    assert len(families) == len(names("strategy"))


def test_the_list_shows_family_cost_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    programs = [entry for entry in strategies() if entry.family == "programs"]
    terminal.show(listed("strategies", programs))
    shown = capsys.readouterr().out
    assert shown.count("programs\n") == 1
    assert "Cost: one chain of thought, written as code" in shown
    assert "Helps: where the reasoning is right" in shown
