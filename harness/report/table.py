"""Scores as a table: one row per model and strategy, one column per task, best in each marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.report.reading import Score
from harness.report.section import between
from harness.report.section import percent as in_percent

LEGEND = (
    "Accuracy in % with its 95 % interval; the best of each task is {best}. "
    "Tokens: generated per problem, over all paths and stages."
)

DOUBTS = {
    "errors": ("error", "errors"),
    "unread": ("unread", "unread"),
    "truncated": ("truncated", "truncated"),
    "ties": ("tie", "ties"),
}
"""Counts that qualify an accuracy, and the word for one and for more of each."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One strategy on one task: accuracy and interval as fractions of 1, None if nothing ran."""

    accuracy: float | None
    low: float | None
    high: float | None
    problems: int
    best: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy of one model. `cells` lacks the tasks that it was not run on."""

    model: str
    strategy: str
    cells: Mapping[str, Cell]
    tokens: float | None
    """Generated tokens per problem, all tasks of the row together; None where they are not known."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and columns in the order in which they were run; `notes` are lines to stand below."""

    tasks: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The models, each once, in order."""
        return tuple(dict.fromkeys(row.model for row in self.rows))

    def problems(self, task: str) -> int | None:
        """How many problems a column is about, or None where its rows differ."""
        counts = {row.cells[task].problems for row in self.rows if task in row.cells}
        return counts.pop() if len(counts) == 1 else None


def table(scores: Iterable[Score]) -> Table:
    """The table of scores that were read by `harness.report.reading`."""
    scores = list(scores)
    names = row_names(scores)
    tasks = tuple(dict.fromkeys(score["task"] for score in scores))
    best = {task: _best(scores, task) for task in tasks}
    groups: dict[tuple[str, str], list[Score]] = {}
    for score, name in zip(scores, names, strict=True):
        groups.setdefault((score["model"], name), []).append(score)
    rows = tuple(_row(model, name, group, best) for (model, name), group in groups.items())
    several = len({score["model"] for score in scores}) > 1
    notes = tuple(
        f"{f'{model}, ' if several else ''}{name}: {'; '.join(doubts)}"
        for (model, name), group in groups.items()
        if (doubts := [doubt for score in group if (doubt := _doubts(score))])
    )
    return Table(tasks, rows, notes)


def row_names(scores: Sequence[Score]) -> list[str]:
    """The name of each score's row; runs of the same thing are told apart by their directory."""
    names = [score["label"] for score in scores]
    cells = Counter(
        (score["model"], name, score["task"]) for score, name in zip(scores, names, strict=True)
    )
    repeated = {(model, name) for (model, name, _), count in cells.items() if count > 1}
    return [
        f"{name} ({score['run']})" if (score["model"], name) in repeated else name
        for score, name in zip(scores, names, strict=True)
    ]


def full_names(scores: Sequence[Score]) -> list[str]:
    """The name of each score's row, with its model before it where there are several."""
    several = len({score["model"] for score in scores}) > 1
    return [
        f"{score['model']}, {name}" if several else name
        for score, name in zip(scores, row_names(scores), strict=True)
    ]


def _best(scores: Sequence[Score], task: str) -> float | None:
    """The highest accuracy of a task, or None where all are the same: then none is best."""
    shown = {_rounded(score) for score in scores if score["task"] == task} - {None}
    return max(accuracy for accuracy in shown if accuracy is not None) if len(shown) > 1 else None


def _rounded(score: Score) -> float | None:
    # As it is shown: what reads the same is equally good, whatever the digits behind it.
    accuracy: float | None = score["accuracy"]
    return None if accuracy is None else float(f"{100 * accuracy:.1f}")


def _row(model: str, name: str, group: Sequence[Score], best: Mapping[str, float | None]) -> Row:
    cells = {}
    for score in group:
        low, high = score["interval"]
        shown = _rounded(score)
        is_best = shown is not None and shown == best[score["task"]]
        cells[score["task"]] = Cell(score["accuracy"], low, high, score["problems"], is_best)
    problems = sum(score["problems"] for score in group)
    counts = [score["generated_tokens"] for score in group]
    if None in counts:
        return Row(model, name, cells, None)
    return Row(model, name, cells, sum(counts) / problems if problems else 0.0)


def _doubts(score: Score) -> str:
    """`coin_flip 3 unread, 2 ties`, or nothing."""
    counts = [
        f"{score[field]:,} {one if score[field] == 1 else more}"
        for field, (one, more) in DOUBTS.items()
        if score.get(field)
    ]
    return f"{score['task']} {', '.join(counts)}" if counts else ""


def percent(cell: Cell) -> str:
    """The accuracy as it is shown: `62.0`, or a dash where no problem ran."""
    return in_percent(cell.accuracy)


def tokens(row: Row) -> str:
    """Tokens per problem as they are shown: `1,024`, or a dash where they are not known."""
    return "–" if row.tokens is None else f"{row.tokens:,.0f}"


def interval(cell: Cell) -> str:
    """The interval as it is shown: `[57.7–66.1]`."""
    return between((cell.low, cell.high))


def heading(table: Table, task: str) -> tuple[str, str]:
    """A column's name, and `n = 500` where all its rows have as many problems (else nothing)."""
    problems = table.problems(task)
    return task, "" if problems is None else f"n = {problems:,}"


def size(table: Table, task: str, cell: Cell) -> str:
    """`n = 500` for a cell of a column whose rows differ in it, else nothing."""
    return "" if table.problems(task) is not None else f"n = {cell.problems:,}"
