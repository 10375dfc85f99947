"""Scores what others generated: files of texts become a directory like that of a run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.errors import UserError, nearest
from harness.interop.formats import fields as meanings
from harness.interop.manifest import manifest
from harness.interop.records import Job, records
from harness.interop.source import sources
from harness.interop.survey import Names, Seen, Survey, surveyed
from harness.interop.workers import Ordered, workers
from harness.reading.kinds import KINDS, require
from harness.records.record import Column, Score
from harness.records.scoring import Cost, Tally, tallied
from harness.records.scoring import score as entry
from harness.report.writing import write
from harness.running.directory import Directory, place
from harness.running.planning import now
from harness.running.progress import progress_bar
from harness.running.run import Run

NAMED = 5
"""Rows that the summary of skipped ones names."""


def score(
    files: Sequence[Path],
    *,
    output: Path | None = None,
    kind: str | None = None,
    model: str | None = None,
    task: str | None = None,
    strategy: str = "scored",
    fields: str | None = None,
    strict: bool = False,
    progress: bool | None = None,
    command: str | None = None,
) -> Run:
    """Read, vote on and score the texts in `files`, and write what a run writes.

    `kind` is what all golds are; None takes what each row says, and else guesses by the golds of
    its task and says so on standard error. `model`, `task` and `strategy` are what rows are called
    that do not say it; without them a model and a task are called after their file. `fields` says which
    fields of the rows are what, as in "gold=answer,texts=outputs". Rows that
    cannot be scored are skipped and summed up in one line on standard error; `strict` writes
    nothing then. Large files are read in several processes (see `harness.interop.workers`).

    Raises `UserError` for a file that cannot be read or has no row that can be scored, an unknown
    kind, skipped rows where that is `strict`, and a directory that holds something else.
    """
    if kind is not None and kind not in KINDS:
        raise UserError(f"there is no kind {kind!r}{nearest(kind, KINDS)}: {', '.join(KINDS)}")
    named = [
        (source, Names(model or source.model, task or source.task, strategy, source.name))
        for source in sources(files, None if fields is None else meanings.parsed(fields))
    ]
    with workers(sum(source.size for source, _ in named)) as ordered:
        seen: Seen = {}
        surveys = [surveyed(*one, kind, ordered, seen) for one in named]
        _tell(surveys, strict)
        require(one.kind for survey in surveys for one in survey.treatments if one)
        return _write(surveys, ordered, manifest(surveys, kind, fields, command), output, progress)


def _tell(surveys: Sequence[Survey], strict: bool) -> None:
    """Say what was guessed and what is skipped, each on one line of standard error."""
    for survey in surveys:
        if not survey.columns:
            same = {reason for _, reason in survey.refused}
            why = same.pop() if len(same) == 1 else _skipped([survey])
            raise UserError(f"{survey.source.path} has no row to score: {why}")
    guessed: dict[str, list[str]] = {}
    for survey in surveys:
        for task, kind in survey.guessed.items():
            guessed.setdefault(kind, []).append(task)
    kinds = [
        kind if len(guessed) == 1 else f"{kind} for {', '.join(tasks)}"
        for kind, tasks in guessed.items()
    ]
    if kinds:
        print(
            f"harness: kind of answer guessed from the golds: {'; '.join(kinds)} "
            "(--kind says it for sure)",
            file=sys.stderr,
        )
    skipped = _skipped(surveys)
    if skipped and strict:
        raise UserError(f"nothing is written, because --strict allows no bad row: {skipped}")
    if skipped:
        print(f"harness: {skipped}", file=sys.stderr)


def _skipped(surveys: Sequence[Survey]) -> str:
    """How many rows are skipped, and where and why the first are; nothing where none is."""
    reasons = [
        f"{survey.source.unit} {number}{f' of {survey.source.name}' if len(surveys) > 1 else ''} ({reason})"
        for survey in surveys
        for number, reason in survey.refused
    ]
    rows = sum(len(survey.treatments) for survey in surveys)
    more = f", and {len(reasons) - NAMED:,} more" if len(reasons) > NAMED else ""
    listed = f"{', '.join(reasons[:NAMED])}{more}"
    return f"{len(reasons):,} of {rows:,} rows skipped: {listed}" if reasons else ""


def _write(
    surveys: Sequence[Survey],
    ordered: Ordered,
    noted: dict[str, object],
    output: Path | None,
    progress: bool | None,
) -> Run:
    directory = Directory(place(output, noted), noted)
    noted["started"] = directory.started or noted["started"]
    columns: dict[str, tuple[Column, Tally]] = {}
    problems = sum(survey.columns.total() for survey in surveys)
    try:
        directory.write_run(noted)
        with progress_bar("scoring", problems, progress) as bar:
            for batch in ordered(records, _jobs(surveys)):
                for record in batch:
                    directory.add(record.line)
                    key = json.dumps(record.column.names())
                    empty = record.column, tallied(record.column)
                    columns.setdefault(key, empty)[1].add(record.measure)
                bar.update(len(batch))
        directory.finish()
        scores = [_entry(*one) for one in columns.values()]
        directory.write_scores(scores)
        directory.write_run({**noted, "status": "finished", "finished": now()})
        write(directory.path)
    finally:
        directory.close()
    return Run(directory.path, scores)


def _jobs(surveys: Sequence[Survey]) -> Iterator[Job]:
    for survey in surveys:
        for chunk in survey.source.chunks():
            first = chunk.first - 1
            treatments = survey.treatments[first : first + len(chunk)]
            if any(treatments):
                yield Job(chunk, treatments, survey.names)


def _entry(column: Column, tally: Tally) -> Score:
    """The entry of `scores.json`: null for what the files do not tell."""
    scored = entry(column, tally, Cost())
    unknown = dict.fromkeys(("calls", "prompt_tokens", "seconds"))
    return scored | unknown | {"generated_tokens": tally.tokens}
