"""The data behind the page's table of problems: what became of every problem under every strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.records.loading import Score, column_key
from harness.records.record import stored
from harness.report.page.blocks import Packer, Piece
from harness.report.page.prompts import prompts
from harness.report.table import row_names
from harness.voting.votes import tied

UNREAD, TRUNCATED, TIED, FAILED = 1, 2, 4, 8
"""What a cell's `flags` add up to."""


@dataclass(slots=True)
class Column:
    """One strategy on one task: how it is called, and a cell for each of its problems.

    `problem` holds places in `Payload.problems`, in the order of the samples; the other lists go with
    it. `credit` is None where the problem did not run; `share` is the winner's part of the chains in
    per cent. `of` is the column whose stored chains this one decides anew, else None. `asked` are its
    prompts (see `prompts`).
    """

    model: str
    task: str
    strategy: str
    of: int | None
    problem: list[int] = field(default_factory=list)
    credit: list[float | None] = field(default_factory=list)
    answer: list[str | None] = field(default_factory=list)
    votes: list[Mapping[str, float]] = field(default_factory=list)
    chains: list[int] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    share: list[int | None] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    asked: Mapping[str, Any] | None = None

    @property
    def most(self) -> int:
        """The chains of the problem that has the most."""
        return max(self.chains, default=0)


@dataclass(slots=True)
class Payload:
    """All problems and columns of a report, and the chains that fit into the page, packed.

    Each problem has its `id`, the `anchor` by which the page is linked to it, `task`, `question`,
    `gold`, `choices` and `tags`. `limit` is how many chains of a problem the page holds at most (None:
    all of them), `every` of how many pieces it holds one (1: all).
    """

    problems: list[dict[str, Any]]
    columns: list[Column]
    pieces: list[Piece]
    limit: int | None
    every: int


def payload(scores: Sequence[Score], budget: int) -> Payload:
    """The payload of scores as `harness.records.loading` reads them, from the samples of their runs.

    `budget` is how many bytes of chains it holds at most: 0 for none. A run without samples has
    columns without problems.
    """
    columns = _columns(scores)
    problems: dict[tuple[str, str, str], int] = {}
    entries: list[dict[str, Any]] = []
    packer = Packer(budget)
    for run in dict.fromkeys(str(score["run"]) for score in scores):
        own: dict[str, list[int]] = {}
        for number, score in enumerate(scores):
            if str(score["run"]) == run:
                own.setdefault(column_key(score), []).append(number)
        _read(run, own, columns, problems, entries, packer if budget else None)
    for number, score in enumerate(scores):
        if (base := columns[number].of) is not None:
            _decided_anew(columns[number], columns[base], entries, score.get("credits", {}))
    _anchored(entries)
    return Payload(entries, columns, packer.finish(), packer.chains, packer.every)


def _columns(scores: Sequence[Score]) -> list[Column]:
    first: dict[tuple[str, str], int] = {}
    columns = []
    for number, (score, name) in enumerate(zip(scores, row_names(scores), strict=True)):
        base = first.setdefault((str(score["run"]), column_key(score)), number)
        of = None if base == number else base
        columns.append(Column(score["model"], score["task"], name, of))
    return columns


def _read(
    run: str,
    own: Mapping[str, Sequence[int]],
    columns: Sequence[Column],
    problems: dict[tuple[str, str, str], int],
    entries: list[dict[str, Any]],
    packer: Packer | None,
) -> None:
    prompts_asked, current = prompts(Path(run)), None
    for key, numbers in own.items():
        columns[numbers[0]].asked = prompts_asked.get(key)
    for sample in stored(Path(run)):
        if (key := column_key(sample)) not in own:
            continue
        numbers = own[key]
        if packer and numbers[0] != current:
            current = numbers[0]
            packer.begin(current)
        name = (sample["task"], sample["problem"], sample["question"])
        if name not in problems:
            problems[name] = len(entries)
            entries.append(_problem(sample))
        _add(columns[numbers[0]], problems[name], sample)
        if packer:
            packer.add(sample)


def _problem(sample: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": sample["problem"],
        "task": sample["task"],
        "question": sample["question"],
        "gold": sample["gold"],
        "choices": sample.get("choices", []),
        "tags": sample.get("tags", {}),
    }


def _add(column: Column, problem: int, sample: Mapping[str, Any]) -> None:
    failed = sample["correct"] is None
    if failed:
        column.errors[len(column.problem)] = str(sample["error"])
    chains = len(sample["chains"])
    most = max(sample["votes"].values(), default=0)
    column.problem.append(problem)
    column.credit.append(sample["correct"])
    column.answer.append(sample["answer"])
    column.votes.append(sample["votes"])
    column.chains.append(chains)
    column.flags.append(FAILED if failed else _flags(sample))
    column.share.append(round(100 * most / chains) if chains > 1 else None)


def _flags(sample: Mapping[str, Any]) -> int:
    truncated = any(chain["finish"] == "length" for chain in sample["chains"])
    unread = sample["answer"] is None
    return UNREAD * unread | TRUNCATED * truncated | TIED * tied(sample["votes"])


def _decided_anew(
    column: Column, base: Column, problems: Sequence[Mapping[str, Any]], credit: Mapping[str, float]
) -> None:
    """A column of the same chains under another vote: its credits are all that is kept of it."""
    for problem in base.problem:
        credited = credit.get(problems[problem]["id"])
        column.problem.append(problem)
        column.credit.append(credited)
        column.flags.append(FAILED if credited is None else 0)


def _anchored(problems: Sequence[dict[str, Any]]) -> None:
    """Give every problem its anchor: its id where that is its own, else with task and number."""
    taken: set[str] = set()
    for one in problems:
        # half a surrogate pair, which JSON may hold, has no place in an address
        name, task = (one[key].encode("utf-8", "replace").decode() for key in ("id", "task"))
        anchor = name if name not in taken else f"{task}/{name}"
        plain, number = anchor, 2
        while anchor in taken:
            anchor, number = f"{plain}~{number}", number + 1
        taken.add(anchor)
        one["anchor"] = anchor
