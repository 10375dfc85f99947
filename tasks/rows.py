"""One's own problems from a file, without a line of code.

JSON, JSON lines, CSV, TSV or Parquet; the names of its columns are options. All rows are read before
the first is asked, so that a gold that no answer could match is told at once, with its line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_uppercase

from harness import KINDS, Problem, UserError, choice_letters, task

from .files import shown
from .released import Row, catalogued
from .released import rows as rows_of

GUESSES = ("yes_no", "number")
"""Kinds that golds without options tell by themselves."""

SHOWN = 3
"""Rows that cannot be used, told of one by one."""


@task(
    area="your own",
    kind="of the rows",
    rows="those of the file",
    licence="yours",
)
def rows(
    *,
    path: str | None = None,
    question: str = "question",
    answer: str = "answer",
    choices: str | None = None,
    kind: str | None = None,
    name: str | None = None,
    rationale: str | None = None,
    count_from: int | None = None,
) -> Iterator[Problem]:
    """Your own problems, of a file: JSON, JSONL, CSV, TSV or Parquet.

    `choices` is a column that holds a list (or texts divided by `|`), several columns of one option
    each (`choices=A,B,C,D`), or the options themselves, if all rows have the same (`choices=yes|no`). A
    gold is then a letter, the text of an option, or its number, counted from `count_from`. `name` is a
    column that tells rows apart, `rationale` one with a worked solution. Raises UserError.
    """
    if path is None:
        raise UserError("rows: say which file to read, as in rows:path=mine.csv")
    if kind is not None and kind not in KINDS:
        raise UserError(f"rows: there is no kind {kind!r}: one of {', '.join(KINDS)}")
    columns = [column for column in (question, answer, name, rationale) if column]
    given = [replace(row, expected="") for row in rows_of(path, columns)]
    kind = kind or _guessed(given, answer, choices)
    stem = Path(path).stem

    def problem(row: Row) -> Problem:
        options = _options(row, choices) if choices else ()
        gold = _numbered(row, row[answer], options, count_from)
        return Problem(
            id=f"rows/{stem}/{row[name] if name else f'{row.index:04d}'}",
            question=row.text(question),
            answer=_readable(row, row.gold(gold, kind, options), kind, options),
            kind=kind,
            choices=options,
            rationales=(row.text(rationale),) if rationale else (),
        )

    return catalogued(_all(given, problem))


def _all(given: Sequence[Row], problem: Callable[[Row], Problem]) -> Iterable[Problem]:
    """The problems of all rows, or the faults of those of which none can be made."""
    problems, faults = [], []
    for row in given:
        try:
            problems.append(problem(row))
        except UserError as fault:
            faults.append(str(fault).rstrip("."))
    if not faults:
        return problems
    more = f"; and {len(faults) - SHOWN:,} more" if len(faults) > SHOWN else ""
    raise UserError(
        f"rows: {len(faults):,} of {len(given):,} rows cannot be used: "
        f"{'; '.join(faults[:SHOWN])}{more}"
    )


def _options(row: Row, choices: str) -> tuple[str, ...]:
    """The options of a row, from one column, from several, or the same for all rows."""
    names = [column.strip() for column in choices.split(",")]
    if len(names) > 1:
        texts: object = [row[column] for column in names]
    elif "|" in choices and choices not in row:
        texts = choices.split("|")
    else:
        texts = _listed(row[choices])
    if not isinstance(texts, list) or not 2 <= len(texts) <= len(ascii_uppercase):
        raise row.wrong(f"{choices} is {shown(texts)}, not a list of 2 to 26 options")
    if not all(isinstance(text, (str, int, float)) and str(text).strip() for text in texts):
        raise row.wrong(f"an option of {shown(texts)} is no text")
    return tuple(str(text).strip() for text in texts)


def _listed(cell: object) -> object:
    """A cell's list: itself, in JSON, or divided by `|`."""
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except json.JSONDecodeError:
        return cell.split("|")


def _numbered(row: Row, gold: object, options: tuple[str, ...], count_from: int | None) -> object:
    """A gold that counts options as the letter of the one that it means."""
    if count_from is None:
        return gold
    place = int(str(gold)) - count_from if str(gold).strip().isdecimal() else -1
    if not 0 <= place < len(options):
        last = count_from + len(options) - 1
        raise row.wrong(f"the gold {shown(gold)} is no number from {count_from} to {last}")
    return choice_letters(len(options))[place]


def _readable(row: Row, gold: str, kind: str, options: tuple[str, ...]) -> str:
    """A gold that its own reader gives back."""
    sentence = KINDS[kind].sentence(gold)
    answer = KINDS[kind].read(sentence, options).answer
    if answer is None or not KINDS[kind].same(answer, gold):
        raise row.wrong(f"{sentence!r} is read as {answer!r}: try another kind= than {kind}")
    return gold


def _guessed(given: Sequence[Row], answer: str, choices: str | None) -> str:
    """The kind that all golds fit."""
    if choices:
        return "choice"
    for kind in GUESSES:
        if all(KINDS[kind].normal(str(row[answer])) for row in given):
            return kind
    raise UserError(
        f"rows: the golds are neither all numbers nor all yes or no: say kind=, one of {', '.join(KINDS)}"
    )
