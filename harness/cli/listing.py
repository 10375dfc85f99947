"""The lists of `harness list`: the built-in tasks, groups, strategies and worked examples."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from harness.catalogue.finding import find, names
from harness.catalogue.groups import SIGN, groups
from harness.catalogue.marks import marks, options, summary
from harness.problems.exemplars import exemplar_set
from harness.problems.exemplars import names as exemplar_names

FAMILIES = (
    "prompting",
    "sampling and voting",
    "decomposition",
    "checking and revising",
    "programs",
    "decoding",
    "likelihood",
)
"""What a strategy's module says it is, in the order of `harness list strategies`."""

AREAS = (
    "arithmetic",
    "mathematics",
    "commonsense",
    "science and knowledge",
    "inference and language",
    "pronouns",
    "symbolic",
    "endless",
    "your own",
)
"""What a task is about, in the order of `harness list tasks`."""

NOTES = re.compile(
    r"^Family: (?P<family>.+)\.\nCost: (?P<cost>.+)\nHelps: (?P<helps>.+)\Z", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One of a list: its name, what it is, its options with defaults, and where it comes from.

    A strategy's `family`, `cost` and `helps` are the last three lines of its module's docstring, if they stand there.
    A task's family is its area; `terms` are the kind of its answers, its rows, and its licence.
    """

    name: str
    summary: str
    options: str
    source: str
    family: str = ""
    cost: str = ""
    helps: str = ""
    terms: str = ""


def tasks() -> Iterator[Entry]:
    """The built-in tasks, area by area."""
    entries = [_entry(find(name, "task").function) for name in names("task")]
    places = {area: place for place, area in enumerate(AREAS)}
    return iter(sorted(entries, key=lambda entry: places.get(entry.family, len(places))))


def task_groups() -> Iterator[Entry]:
    """The groups of tasks, with what is in each."""
    for name, group in groups().items():
        number = f"{len(group.tasks)} tasks."
        yield Entry(f"{SIGN}{name}", number, " ".join(group.tasks), group.about)


def strategies() -> Iterator[Entry]:
    """The built-in strategies, family by family; those without one come last."""
    entries = [_entry(find(name, "strategy").function) for name in names("strategy")]
    places = {family: place for place, family in enumerate(FAMILIES)}
    return iter(sorted(entries, key=lambda entry: places.get(entry.family, len(places))))


def exemplars() -> Iterator[Entry]:
    """The worked examples that come with the harness."""
    for name in exemplar_names():
        examples = exemplar_set(name)
        kinds = ", ".join(sorted({problem.kind for problem in examples.problems}))
        annotators = max(len(problem.rationales) for problem in examples.problems)
        rationales = f"{annotators} rationales" if annotators != 1 else "one rationale"
        what = f"{len(examples.problems)} worked examples with {rationales} each; answers: {kinds}."
        yield Entry(name, what, "", examples.source)


LISTS: dict[str, Callable[[], Iterator[Entry]]] = {
    "tasks": tasks,
    "groups": task_groups,
    "strategies": strategies,
    "exemplars": exemplars,
}
"""What `harness list` can list."""


def listed(title: str, entries: Iterable[Entry]) -> Table:
    """A list as a table of two columns: the name, and the lines about it."""
    grid = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.show_header = False
    family = ""
    for entry in entries:
        if entry.family != family:
            family = entry.family
            grid.add_row("", Text(f"\n{family or 'others'}", style="bold underline"))
        about = Text(entry.summary)
        if entry.terms:
            about.append(f"\n{entry.terms}")
        if entry.options:
            about.append(f"\n{entry.options}", style="cyan")
        for heading, note in (("Cost", entry.cost), ("Helps", entry.helps)):
            about.append(f"\n{heading}: {note}" if note else "")
        about.append(f"\n{entry.source}", style="dim")
        grid.add_row(Text(entry.name, style="bold"), about)
    return grid


def described(title: str, facts: Mapping[str, str]) -> Table:
    """One thing as a table of two columns: what a fact is called, and what is so."""
    grid = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.show_header = False
    for name, fact in facts.items():
        grid.add_row(Text(name, style="bold"), Text(fact))
    return grid


def _entry(function: Callable[..., Any]) -> Entry:
    mark = marks(function)
    settings = " ".join(f"{name}={_written(value)}" for name, value in options(function).items())
    if kinds := mark.get("kinds"):
        settings = f"{settings}  (answers: {', '.join(kinds)})"
    module = inspect.getdoc(sys.modules[function.__module__]) or ""
    citation = " ".join(module.partition("\n\n")[0].split())
    notes = NOTES.search(module)
    if area := mark.get("area"):
        terms = f"Answers: {mark['kind']}. Rows: {mark['rows']}. Licence: {mark['licence']}."
        return Entry(
            function.__name__, summary(function), settings, citation, family=area, terms=terms
        )
    return Entry(
        function.__name__,
        summary(function),
        settings,
        citation,
        **(notes.groupdict() if notes else {}),
    )


def _written(value: object) -> str:
    """A default as the command line takes it; a text with spaces in quotes, as for a shell."""
    text = str(value).lower() if value is None or isinstance(value, bool) else str(value)
    return f'"{text}"' if " " in text else text
