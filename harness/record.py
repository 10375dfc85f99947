"""What is written down: for every problem a sample, and for every column a score.

Three things are kept apart. An answer that could not be read abstains: its chain is not correct,
and where all chains abstain the problem's answer is null, its credit 0, and it counts as `unread`.
A problem whose strategy raised did not run: its credit is null, it counts in `errors` alone and in
no denominator. And a tie gives the gold its share (1/2, 1/3...).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.answers import KINDS
from harness.finding import Found
from harness.problem import Chain, Problem
from harness.statistics import wilson
from harness.votes import majority

SCHEMA = 1
DECIMALS = 6
"""Of a log-probability: what lies beyond differs between machines and says nothing."""

ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")
LINE_ENDS = re.compile("[\u0085\u2028\u2029]")

Sample = dict[str, Any]
"""A line of `samples.jsonl`."""

Score = dict[str, Any]
"""An entry of `scores.json`."""


def sample(
    model: str, task: Found, strategy: Found, problem: Problem, outcome: Sequence[Chain] | Exception
) -> Sample:
    """The record of one problem: the chains that the strategy made, or what it raised.

    It holds nothing that depends on when or how often the run was started, so that an interrupted
    run ends in the same file as one that was not.
    """
    kind = KINDS[problem.kind]
    failed = isinstance(outcome, Exception)
    chains = () if isinstance(outcome, Exception) else outcome
    vote = majority([chain.answer for chain in chains], kind.same)
    return {
        "model": model,
        "task": task.label,
        "strategy": strategy.name,
        "options": dict(strategy.options),
        "problem": problem.id,
        "question": problem.question,
        "gold": problem.answer,
        "kind": problem.kind,
        "tags": dict(problem.tags),
        "chains": [_chain(chain, problem) for chain in chains],
        "votes": dict(vote.votes),
        "answer": vote.answer,
        "correct": None if failed else _number(vote.share(problem.answer, kind.same)),
        "error": _error(outcome) if isinstance(outcome, Exception) else None,
    }


def line(sample: Sample) -> bytes:
    """A sample as one line of UTF-8 JSON, ended by a newline."""
    text = json.dumps(sample, ensure_ascii=False, allow_nan=False)
    # JSON allows these inside strings, but readers that split lines as Unicode does would break
    # there.
    text = LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # Half a surrogate pair has no UTF-8; Python's escape for it is JSON's escape as well.
    return text.encode("utf-8", "backslashreplace") + b"\n"


@dataclass(slots=True)
class Cost:
    """What the replies of a column cost: tokens (a prompt's once), and seconds of generation."""

    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Tally:
    """Adds up the samples of one column; nothing of a sample is kept but its credit."""

    credits: list[float] = field(default_factory=list)
    unread: int = 0
    truncated: int = 0
    ties: int = 0
    errors: int = 0

    def add(self, sample: Mapping[str, Any]) -> None:
        """Count one sample."""
        if sample["error"] is not None:
            self.errors += 1
            return
        self.credits.append(sample["correct"])
        self.unread += sample["answer"] is None
        self.truncated += any(chain["finish"] == "length" for chain in sample["chains"])
        votes = list(sample["votes"].values())
        self.ties += votes.count(max(votes, default=0)) > 1

    def fields(self) -> Score:
        """The counts of an entry of `scores.json`, all in problems.

        `problems` ran; `truncated` of them have a chain that was cut off by the token limit, and
        `ties` have several answers with the most votes. `accuracy` is the mean credit, with
        Wilson's 95 % `interval`; both are null where no problem ran.
        """
        problems, credit = len(self.credits), math.fsum(self.credits)
        return {
            "problems": problems,
            "accuracy": credit / problems if problems else None,
            "interval": list(wilson(credit, problems)) if problems else [None, None],
            "unread": self.unread,
            "truncated": self.truncated,
            "ties": self.ties,
            "errors": self.errors,
        }


def score(column: Mapping[str, Any], tally: Tally, cost: Cost) -> Score:
    """An entry of `scores.json`; `column` is any sample of the column: it names it."""
    names = {key: column[key] for key in ("model", "task", "strategy", "options")}
    return {
        **names,
        **tally.fields(),
        "prompt_tokens": cost.prompt_tokens,
        "generated_tokens": cost.generated_tokens,
        "seconds": round(cost.seconds, 3),
    }


def rescored(samples: Iterable[Mapping[str, Any]]) -> list[Score]:
    """The entries of `scores.json` that follow from the samples alone: all but what they cost."""
    tallies: dict[str, tuple[Score, Tally]] = {}
    for one in samples:
        names = {key: one[key] for key in ("model", "task", "strategy", "options")}
        tallies.setdefault(json.dumps(names), (names, Tally()))[1].add(one)
    return [{**names, **tally.fields()} for names, tally in tallies.values()]


def _chain(chain: Chain, problem: Problem) -> dict[str, Any]:
    right = chain.answer is not None and KINDS[problem.kind].same(chain.answer, problem.answer)
    return {
        "text": chain.text,
        "answer": chain.answer,
        "correct": int(right),
        "rule": chain.rule,
        "logprob": round(chain.logprob, DECIMALS) if math.isfinite(chain.logprob) else None,
        "tokens": chain.tokens,
        "finish": chain.finish,
    }


def _number(credit: float) -> float:
    return int(credit) if credit in (0, 1) else credit


def _error(error: Exception) -> str:
    # an object's address in a message is another one in every process
    return ADDRESS.sub("0x...", f"{type(error).__name__}: {error}")
