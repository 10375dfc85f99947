"""Scores as a table: one row per model and strategy, one column per task, best in each marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from harness.records.loading import Score, tried
from harness.report.best import best
from harness.report.differences import Difference, baselines
from harness.report.section import between
from harness.report.section import percent as in_percent

LEGEND = (
    "Accuracy in % with its 95 % interval{best}.{arrows} "
    "Tokens: generated per problem, over all paths and stages."
)
BEST = (
    "; {best}: the best of each task and what cannot be told from it "
    "(nothing where that is every row)"
)
ARROWS = (
    " ↑ ↓: better or worse than {against} by more than chance (p < 0.05 after Holm's correction)."
)

SCORED = "§"
"""Marks a row whose chains another program generated."""

CUT = "‡"
"""Marks an accuracy of which many chains were cut off."""

MANY = 0.05
"""Of a column's chains: where more were cut off, its accuracy says so."""

CUTS = f" {CUT} more than 5 % of its chains were cut off: --max-tokens raises their limit."

DOUBTS = {
    "errors": ("error", "errors"),
    "unread": ("unread", "unread"),
    "truncated": ("truncated", "truncated"),
    "ties": ("tie", "ties"),
}
"""Counts that qualify an accuracy, and the word for one and for more of each."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One strategy on one task: accuracy and interval as fractions of 1, None if nothing ran.

    `mark` is an arrow where it is really better or worse than its baseline; `cut` says that more than
    5 % of its chains were cut off.
    """

    accuracy: float | None
    low: float | None
    high: float | None
    problems: int
    best: bool = False
    mark: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One strategy of one model. `cells` lacks the tasks that it was not run on."""

    model: str
    strategy: str
    cells: Mapping[str, Cell]
    tokens: float | None
    """Generated tokens per problem, all tasks of the row together; None where they are not known."""
    origin: str = ""
    """Where the chains came from, if another program generated them."""

    @property
    def title(self) -> str:
        """The strategy, marked where its chains are not a run's own."""
        return f"{self.strategy} {SCORED}" if self.origin else self.strategy


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and columns in the order in which they were run, and lines to stand below.

    `origins` say where the rows marked with `SCORED` come from, `doubts` what qualifies a row.
    `against` names the baselines of the marks; it is empty where nothing was compared.
    """

    tasks: tuple[str, ...]
    rows: tuple[Row, ...]
    origins: tuple[str, ...]
    doubts: tuple[str, ...]
    against: str = ""
    settings: tuple[str, ...] = ()
    """What whole runs said about generation, where that was not left to the strategies."""

    @property
    def notes(self) -> tuple[str, ...]:
        """All lines that stand below."""
        return (*self.origins, *self.settings, *self.doubts)

    @property
    def models(self) -> tuple[str, ...]:
        """The models, each once, in order."""
        return tuple(dict.fromkeys(row.model for row in self.rows))

    def problems(self, task: str) -> int | None:
        """How many problems a column is about, or None where its rows differ."""
        counts = {row.cells[task].problems for row in self.rows if task in row.cells}
        return counts.pop() if len(counts) == 1 else None


def table(
    scores: Iterable[Score],
    comparisons: Sequence[Difference] = (),
    places: Set[int] | None = None,
) -> Table:
    """The table of scores that were read by `harness.records.loading`; `comparisons` give it its marks.

    `places` are those of the best where somebody else says which they are.
    """
    scores = list(scores)
    names = row_names(scores)
    tasks = tuple(dict.fromkeys(score["task"] for score in scores))
    groups: dict[tuple[str, str], list[Score]] = {}
    cells: dict[tuple[str, str], dict[str, Cell]] = {}
    places = best(scores) if places is None else places
    differences = {one.place: one for one in comparisons}
    for place, (score, name) in enumerate(zip(scores, names, strict=True)):
        row = score["model"], name
        groups.setdefault(row, []).append(score)
        cell = _cell(score, place in places, differences.get(place))
        cells.setdefault(row, {})[score["task"]] = cell
    rows = tuple(
        Row(*row, cells[row], _cost(group), origin=group[0].get("origin", ""))
        for row, group in groups.items()
    )
    several = len({score["model"] for score in scores}) > 1
    doubts = tuple(
        f"{f'{model}, ' if several else ''}{name}: {'; '.join(counts)}"
        for (model, name), group in groups.items()
        if (counts := [count for score in group if (count := _doubts(score))])
    )
    come = dict.fromkeys(row.origin for row in rows if row.origin)
    origins = tuple(f"{SCORED} {one}" for one in come)
    settings = _settings(groups, several=several)
    return Table(tasks, rows, origins, doubts, baselines(comparisons), settings)


def _settings(
    groups: Mapping[tuple[str, str], Sequence[Score]], *, several: bool
) -> tuple[str, ...]:
    """What runs said for all their strategies: one line where it is the same for every row."""
    said = {row: str(group[0].get("settings", "")) for row, group in groups.items()}
    if len(set(said.values())) == 1:
        return tuple(f"Settings for all strategies: {one}" for one in set(said.values()) if one)
    return tuple(
        f"{f'{model}, ' if several else ''}{name}: {one}"
        for (model, name), one in said.items()
        if one
    )


def row_names(scores: Sequence[Score]) -> list[str]:
    """The name of each score's row; runs of the same thing are told apart by their directory."""
    names = [score["label"] for score in scores]
    cells = Counter(
        (score["model"], name, score["task"]) for score, name in zip(scores, names, strict=True)
    )
    repeated = {(model, name) for (model, name, _), count in cells.items() if count > 1}
    origins: dict[tuple[str, str], set[str]] = {}
    for score, name in zip(scores, names, strict=True):
        origins.setdefault((score["model"], name), set()).add(score.get("origin", ""))
    repeated |= {row for row, come in origins.items() if len(come) > 1}
    return [
        f"{name} ({score['run']})" if (score["model"], name) in repeated else name
        for score, name in zip(scores, names, strict=True)
    ]


def _cell(score: Score, is_best: bool, difference: Difference | None) -> Cell:
    low, high = score["interval"]
    return Cell(
        score["accuracy"],
        low,
        high,
        score["problems"],
        best=is_best,
        mark=difference.mark if difference else "",
        cut=_cut(score) > MANY,
    )


def _cut(score: Score) -> float:
    """The part of a column's chains that were cut off, as a fraction of 1."""
    chains = (score.get("paths") or {}).get("chains")
    return score.get("cut_off", 0) / chains if chains else 0.0


def full_names(scores: Sequence[Score]) -> list[str]:
    """The name of each score's row, with its model before it where there are several."""
    several = len({score["model"] for score in scores}) > 1
    return [
        f"{score['model']}, {name}" if several else name
        for score, name in zip(scores, row_names(scores), strict=True)
    ]


def _cost(group: Sequence[Score]) -> float | None:
    problems = sum(map(tried, group))
    counts = [score["generated_tokens"] for score in group]
    if None in counts:
        return None
    return sum(counts) / problems if problems else 0.0


def _doubts(score: Score) -> str:
    """`coin_flip 3 unread, 2 ties`, or nothing."""
    counts = [
        f"{score[field]:,} {one if score[field] == 1 else more}"
        for field, (one, more) in DOUBTS.items()
        if score.get(field)
    ]
    return f"{score['task']} {', '.join(counts)}" if counts else ""


def legend(table: Table, best: str) -> str:
    """What the figures and marks of a table mean, the best being shown as `best` says."""
    cells = [cell for row in table.rows for cell in row.cells.values()]
    return LEGEND.format(
        best=BEST.format(best=best) if any(cell.best for cell in cells) else "",
        arrows="".join(
            [
                ARROWS.format(against=table.against) if any(cell.mark for cell in cells) else "",
                CUTS if any(cell.cut for cell in cells) else "",
            ]
        ),
    )


def percent(cell: Cell) -> str:
    """The accuracy as it is shown: `62.0`, with `CUT` where it is marked; a dash where no problem ran."""
    return in_percent(cell.accuracy) + (CUT if cell.cut else "")


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
