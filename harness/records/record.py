"""What is written down of every problem: a sample, one line of `samples.jsonl`.

Three things are kept apart. An answer that could not be read abstains: its chain is not correct,
and where all chains abstain the problem's answer is null, its credit 0, and it counts as `unread`.
A problem whose strategy raised did not run: its credit is null, it counts in `errors` alone and in
no denominator. And a tie gives the gold its share (1/2, 1/3...).
"""

from __future__ import annotations

import gzip
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.problem import Chain, Problem, Thought
from harness.reading.kinds import KINDS
from harness.voting.votes import Vote, decide

SCHEMA = 1
DECIMALS = 6
"""Of a log-probability: what lies beyond differs between machines and says nothing."""

ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")
LINE_ENDS = "\u0085\u2028\u2029"

Sample = dict[str, Any]
"""A line of `samples.jsonl`."""

Score = dict[str, Any]
"""An entry of `scores.json`."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of a comparison is called: a model, the label of a task, and a strategy."""

    model: str
    task: str
    strategy: str
    options: Mapping[str, Any]

    def names(self) -> dict[str, Any]:
        """The names as every sample and every score carries them."""
        return {
            "model": self.model,
            "task": self.task,
            "strategy": self.strategy,
            "options": dict(self.options),
        }


def column_of(sample: Mapping[str, Any]) -> Column:
    """The column that a sample belongs to."""
    return Column(sample["model"], sample["task"], sample["strategy"], sample["options"])


def sample(column: Column, problem: Problem, outcome: Sequence[Chain] | Exception) -> Sample:
    """The record of one problem: the chains that the strategy made, or what it raised.

    It holds nothing that depends on when or how often the run was started, so that an interrupted
    run ends in the same file as one that was not.
    """
    failed = isinstance(outcome, Exception)
    chains = () if isinstance(outcome, Exception) else outcome
    vote = decide(chains, KINDS[problem.kind].same)
    also = _also_right(chains, problem)
    record = {
        **column.names(),
        "problem": problem.id,
        "question": problem.question,
        "gold": problem.answer,
        "kind": problem.kind,
        "choices": list(problem.choices),
        "tags": dict(problem.tags),
        **({"also_right": also} if also else {}),
        "chains": [_chain(chain, problem, also) for chain in chains],
        "votes": {},
        "answer": None,
        "correct": None,
        "error": _error(outcome) if isinstance(outcome, Exception) else None,
    }
    return record if failed else credited(record, vote)


def cluster(sample: Mapping[str, Any]) -> str:
    """What problems share that are not independent: their `template`, or else the very question."""
    return str(sample["tags"].get("template", sample["question"]))


def credited(sample: Mapping[str, Any], vote: Vote) -> Sample:
    """A sample as this vote on its chains decides it."""
    same = KINDS[sample["kind"]].same
    credit = vote.share(sample["gold"], same, sample.get("also_right", ()))
    return {
        **sample,
        "votes": dict(vote.votes),
        "answer": vote.answer,
        "correct": _number(credit),
    }


def line(sample: Sample) -> bytes:
    """A sample as one line of UTF-8 JSON, ended by a newline."""
    import jsonlines  # late, here and below: 20 ms that `harness list` does not need

    # Into memory, because the line is compared with what stands in the file of a resumed run, and
    # may have been made by another process than the one that writes it.
    row = io.BytesIO()
    jsonlines.Writer(row, dumps=_json).write(sample)
    return row.getvalue()


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # JSON allows these inside strings, but readers that split lines as Unicode does would break
    # there.
    for end in LINE_ENDS:
        text = text.replace(end, f"\\u{ord(end):04x}")
    # Half a surrogate pair has no UTF-8; Python's escape for it is JSON's escape as well.
    return text.encode("utf-8", "backslashreplace")


def stored(directory: Path) -> Iterator[Sample]:
    """The samples of a run, from its `samples.jsonl` or `samples.jsonl.gz`, one at a time.

    None where it has neither. Raises `UserError` for a line that is no JSON.
    """
    import jsonlines

    plain = directory / "samples.jsonl"
    packed = directory / "samples.jsonl.gz"
    if not plain.is_file() and not packed.is_file():
        return
    with plain.open("rb") if plain.is_file() else gzip.open(packed, "rb") as file:
        # `loads` is said, here and wherever lines are read: jsonlines takes orjson where somebody
        # has it installed, and that refuses half a surrogate pair, which `line` writes.
        try:
            rows: Iterator[Any] = jsonlines.Reader(file, loads=json.loads).iter(allow_none=True)
            yield from rows
        except jsonlines.InvalidLineError as error:
            reason = error.__cause__
            raise UserError(f"line {error.lineno} of {file.name} is not JSON: {reason}") from error


def judge(sample: Mapping[str, Any]) -> Callable[[str], bool]:
    """Says of an answer in normal form whether it is right: the gold, or another that the task took."""
    same = KINDS[sample["kind"]].same
    golds = (sample["gold"], *sample.get("also_right", ()))
    return lambda answer: any(same(answer, gold) for gold in golds)


def _also_right(chains: Sequence[Chain], problem: Problem) -> list[str]:
    """The answers of chains that are right beside the gold, each once, where the task has a checker."""
    if problem.accepts is None:
        return []
    same = KINDS[problem.kind].same
    answers = dict.fromkeys(chain.answer for chain in chains if chain.answer is not None)
    others = [answer for answer in answers if not same(answer, problem.answer)]
    return [answer for answer in others if problem.accepts(answer)]


def _chain(chain: Chain, problem: Problem, also: Sequence[str]) -> dict[str, Any]:
    same = KINDS[problem.kind].same
    golds = (problem.answer, *also)
    right = chain.answer is not None and any(same(chain.answer, gold) for gold in golds)
    return {
        "text": chain.text,
        "answer": chain.answer,
        "correct": int(right),
        "rule": chain.rule,
        "logprob": round(chain.logprob, DECIMALS) if math.isfinite(chain.logprob) else None,
        "tokens": chain.tokens,
        "finish": chain.finish,
        "asked": chain.asked,
        "start": chain.start,
        # only where there is one, so that the samples of most strategies are what they were
        **({"cut": True} if chain.cut else {}),
        **({"error": chain.error} if chain.error else {}),
        **_weighing(chain),
        **({"note": chain.note} if chain.note else {}),
        **({"thoughts": [_thought(one) for one in chain.thoughts]} if chain.thoughts else {}),
    }


def _thought(thought: Thought) -> dict[str, Any]:
    return {"text": thought.text, "tokens": thought.tokens, "finish": thought.finish}


def _weighing(chain: Chain) -> dict[str, Any]:
    """What a strategy that weighs its chains, or compares answers, noted; nothing of any other."""
    noted: dict[str, Any] = {}
    if chain.weight != 1 or chain.confidence is not None:
        noted = {"confidence": chain.confidence, "weight": chain.weight}
    if chain.scores:
        scores = {a: s if math.isfinite(s) else None for a, s in chain.scores.items()}
        noted["scores"] = scores
    return noted


def _number(credit: float) -> float:
    return int(credit) if credit in (0, 1) else credit


def _error(error: Exception) -> str:
    # an object's address in a message is another one in every process
    return ADDRESS.sub("0x...", f"{type(error).__name__}: {error}")
