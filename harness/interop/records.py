"""The second look at a file: its rows are read, voted on and written as samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from harness.errors import UserError
from harness.interop.kinds import gold
from harness.interop.pieces import Chunk, entries
from harness.interop.rows import Row, Text
from harness.interop.survey import Names, Treatment
from harness.problem import Chain, Problem, Reply
from harness.reading.kinds import KINDS, chain
from harness.records.measuring import Measure, measure
from harness.records.record import Column, Sample, column_of, line, sample


class Job(NamedTuple):
    """Rows to score: how each is to be read (None: not at all), and what they are called."""

    chunk: Chunk
    treatments: Sequence[Treatment | None]
    names: Names


class Record(NamedTuple):
    """A scored row: its line of `samples.jsonl`, its column, and what the tally of that needs."""

    line: bytes
    column: Column
    measure: Measure


def records(job: Job) -> list[Record]:
    """The records of the rows that are to be scored, in order."""
    results = []
    for number, (entry, treatment) in enumerate(
        zip(entries(job.chunk), job.treatments, strict=True), start=job.chunk.first
    ):
        if treatment is None:
            continue
        if isinstance(entry, str):
            raise UserError("a file of outputs changed while it was read: score it again")
        whole = record(entry[1], number, job.names, treatment)
        results.append(Record(line(whole), column_of(whole), measure(whole)))
    return results


def record(row: Row, number: int, names: Names, treatment: Treatment) -> Sample:
    """The sample that a row makes. What is not known of a chain is null: its tokens, how it ended.

    Raises `UserError` where the gold is none of its kind, which the survey has made sure of.
    """
    choices = row.choices or treatment.choices
    answers = [gold(treatment.kind, one, choices) for one in row.golds]
    read = [one for one in answers if one is not None]
    if not read:
        raise UserError(f"the gold {row.gold!r} reads as no {treatment.kind}")
    answer, *others = read
    problem = Problem(
        names.problem(row, number),
        row.question,
        answer,
        treatment.kind,
        choices,
        tags=row.tags,
        accepts=frozenset(row.also_right).__contains__ if row.also_right else None,
    )
    if row.error is not None:
        failed = sample(names.column(row), problem, RuntimeError(row.error))
        return failed | {"error": row.error}
    chains = [_credited(_chain(problem, text), problem, others) for text in row.texts]
    whole = sample(names.column(row), problem, chains)
    if row.accepted:
        whole["accepted"] = list(row.accepted)
    for text, stored in zip(row.texts, whole["chains"], strict=True):
        stored["tokens"], stored["finish"] = text.tokens, text.finish
    return whole


def _credited(chain: Chain, problem: Problem, accepted: Sequence[str]) -> Chain:
    """A chain that gives another gold that counts as right: it answers the gold, and says what it read."""
    same = KINDS[problem.kind].same
    if chain.answer is None or same(chain.answer, problem.answer):
        return chain
    if not any(same(chain.answer, one) for one in accepted):
        return chain
    return replace(chain, answer=problem.answer, note=f"{chain.answer} counts as right as well")


def _chain(problem: Problem, text: Text) -> Chain:
    """A text as the chain that it was: a reply, or several stages of which the last was read."""
    last = Reply(
        text.text[text.start :],
        text.finish or "end",
        text.tokens or 0,
        math.nan if text.logprob is None else text.logprob,
    )
    before = Reply(text.text[: text.start - len(text.asked)], "end", 0, 0.0)
    stages = (before, last) if text.start else (last,)
    read = chain(problem, *stages, asked=text.asked)
    return replace(
        read,
        rule=text.rule or read.rule,
        weight=text.weight,
        confidence=text.confidence,
        scores=text.scores,
        note=text.note,
    )
