"""The first look at a file: which of its rows can be scored, as what kind, and why others cannot."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from harness.errors import nearest
from harness.interop.kinds import LETTERED, fitting, gold, guess
from harness.interop.pieces import Chunk, entries
from harness.interop.rows import Row, shown
from harness.interop.source import Source
from harness.interop.workers import Ordered
from harness.reading.kinds import KINDS
from harness.records.record import Column

Seen = dict[bytes, tuple[str, int]]
"""The problems so far by a digest, with the file and the row where each was first."""


@dataclass(frozen=True, slots=True)
class Names:
    """What the rows of a file are called that do not say it themselves; `rows` begins their ids."""

    model: str
    task: str
    strategy: str
    rows: str

    def column(self, row: Row) -> Column:
        """The column that a row belongs to."""
        return Column(
            self.model if row.model is None else row.model,
            self.task if row.task is None else row.task,
            self.strategy if row.strategy is None else row.strategy,
            row.options,
        )

    def problem(self, row: Row, number: int) -> str:
        """The id of a row's problem: its own, else its place in the file."""
        return f"{self.rows}/{number:05}" if row.id is None else row.id


class Treatment(NamedTuple):
    """How a row is to be read: as which kind, and with which options where it lists none."""

    kind: str
    choices: tuple[str, ...] = ()


class Fact(NamedTuple):
    """What the survey needs of a row: its format, the JSON of its column, its problem and its gold.

    `fits` are the kinds that its gold is of: of those that may be guessed, or of the one that is
    `given`. `beyond` is whether it is a letter beyond E, and the row lists no options.
    """

    form: str
    column: str
    task: str
    problem: str
    variant: str
    gold: str
    given: str | None
    fits: tuple[str, ...]
    beyond: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """What a file holds: for every row how it is to be read, or None where it is skipped.

    `names` are what its rows are called, and `form` is their format. `refused` has the numbers of
    the rows that cannot be scored, in order, with the reasons; `repeated` counts those that hold
    the texts of an earlier row again, under another filter. `columns` has the problems of each
    column by its JSON, `guessed` the kinds of tasks.
    """

    source: Source
    names: Names
    form: str
    treatments: Sequence[Treatment | None]
    refused: Sequence[tuple[int, str]]
    repeated: int
    columns: Counter[str]
    guessed: Mapping[str, str]


def surveyed(
    source: Source, names: Names, kind: str | None, ordered: Ordered, seen: Seen
) -> Survey:
    """Look at every row of a file once; `seen` are the problems of the files before, and grows.

    `kind` is what all golds are; None takes what a row says, and else guesses by all golds of its
    task.
    """
    look = partial(facts, names=names, kind=kind)
    looks = [fact for chunk in ordered(look, source.chunks()) for fact in chunk]
    refused, repeated = _apart(looks, source, seen)
    good = {
        number: fact
        for number, fact in enumerate(looks, start=1)
        if isinstance(fact, Fact) and number not in refused and number not in repeated
    }
    guessed = _guessed(list(good.values()))
    beyond = {fact.task for fact in good.values() if fact.beyond}
    treatments: list[Treatment | None] = [None] * len(looks)
    columns: Counter[str] = Counter()
    for number, fact in good.items():
        chosen = fact.given or guessed[fact.task]
        if chosen not in fact.fits:
            refused[number] = f"its gold {fact.gold} reads as no {chosen}"
            continue
        lettered = chosen == "choice" and fact.task in beyond
        treatments[number - 1] = Treatment(chosen, LETTERED if lettered else ())
        columns[fact.column] += 1
    form = next((fact.form for fact in good.values()), "")
    refusals = sorted(refused.items())
    return Survey(source, names, form, treatments, refusals, len(repeated), columns, guessed)


def facts(chunk: Chunk, names: Names, kind: str | None) -> list[Fact | str]:
    """What the survey needs of the rows of a chunk; the reason where there is none."""
    return [
        entry if isinstance(entry, str) else _fact(*entry, number, names, kind)
        for number, entry in enumerate(entries(chunk), start=chunk.first)
    ]


def _fact(form: str, row: Row, number: int, names: Names, kind: str | None) -> Fact | str:
    kind_name = kind or row.kind
    if kind_name is not None and kind_name not in KINDS:
        return f"its kind {shown(kind_name)} is none{nearest(kind_name, KINDS)}"
    choices = row.choices or (LETTERED if kind_name == "choice" else ())
    if kind_name is None:
        each = (fitting(one, choices) for one in row.golds)
        fits = tuple(dict.fromkeys(kind for kinds in each for kind in kinds))
    else:
        reads = any(gold(kind_name, one, choices) is not None for one in row.golds)
        fits = (kind_name,) if reads else ()
    letter = gold("choice", row.gold, LETTERED) if "choice" in fits and not row.choices else None
    column = names.column(row)
    return Fact(
        form,
        json.dumps(column.names()),
        column.task,
        names.problem(row, number),
        row.variant,
        shown(row.gold),
        kind_name,
        fits,
        letter is not None and letter > "E",
    )


def _apart(
    facts: Sequence[Fact | str], source: Source, seen: Seen
) -> tuple[dict[int, str], set[int]]:
    """The rows that are none or whose problem was there before, with the reason; and repetitions."""
    refused: dict[int, str] = {}
    repeated: set[int] = set()
    form = next((fact.form for fact in facts if isinstance(fact, Fact)), "")
    for number, fact in enumerate(facts, start=1):
        if isinstance(fact, str):
            refused[number] = fact
        elif fact.form != form:
            refused[number] = f"a row of the format {fact.form!r} in a file of {form!r}"
        else:
            own, earlier = _key(fact, fact.variant), seen.get(_key(fact))
            if earlier is None:
                seen[_key(fact)] = (source.name, number)
            elif fact.variant and own not in seen:
                repeated.add(number)
            else:
                where = "" if earlier[0] == source.name else f" of {earlier[0]}"
                refused[number] = f"the id {shown(fact.problem)} of row {earlier[1]}{where}"
            seen.setdefault(own, (source.name, number))
    return refused, repeated


def _key(fact: Fact, *more: str) -> bytes:
    key = json.dumps([fact.column, fact.problem, *more])
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


def _guessed(good: Sequence[Fact]) -> dict[str, str]:
    """The kind of every task that has rows which do not say it."""
    fits: dict[str, list[tuple[str, ...]]] = {}
    for fact in good:
        if fact.given is None:
            fits.setdefault(fact.task, []).append(fact.fits)
    return {task: guess(each) for task, each in fits.items()}
