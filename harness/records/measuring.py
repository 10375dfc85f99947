"""Measures one sample: all that the scores of its column need of it, without its texts.

A measure is small and comes from its sample alone. So a million chains are measured by several
processes at once, and a finished run is measured again with another vote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.reading import lm_eval
from harness.reading.free import overlap
from harness.reading.kinds import KINDS, STRICT_RULES
from harness.records.record import cluster, judge
from harness.statistics import Counts
from harness.voting.votes import Ballot, Same, majority, recorded, tied

UNREAD = "unread"
"""What stands among the rules for a chain that none of them could read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one way of reading makes of the chains of one problem.

    `right` and `unread` count chains, `first` says whether the first chain is right, and `credit`
    is that of the vote.
    """

    right: int
    first: bool
    unread: int
    credit: float


@dataclass(frozen=True, slots=True)
class Measure:
    """What a score needs of one sample.

    `credit` is that of the vote, None where the problem did not run; `counts` is how a majority of
    its chains would go. `truncated` counts chains of which a stage was cut off and `tokens` is the sum of
    theirs; None where nobody wrote that down (of chains that others generated). `readings` are by
    name, and the `rules` that read the chains have their counts. `thoughts` were thought by the model
    before it answered, and of them `thoughts_closed` were ended by their limit. `f1` is that of an answer
    in free words, None of any other kind. `cluster` is that of
    `harness.records.record`.
    """

    problem: str
    cluster: str
    credit: float | None
    unread: bool
    truncated: int | None
    tied: bool
    counts: Counts
    tokens: int | None
    readings: Mapping[str, Reading]
    rules: Mapping[str, int]
    thoughts: int = 0
    thoughts_closed: int = 0
    f1: float | None = None


def _cut_off(chain: Mapping[str, Any]) -> bool | None:
    """Whether any stage of a chain was cut off by its limit; None where nobody knows how it ended."""
    finish = chain["finish"]
    return bool(chain.get("cut")) or finish == "length" if finish else None


def measure(sample: Mapping[str, Any]) -> Measure:
    """The measure of a line of `samples.jsonl`."""
    chains, same, is_right = sample["chains"], KINDS[sample["kind"]].same, judge(sample)
    votes = majority([chain["answer"] for chain in chains], same).votes
    # all right answers are one here, where several are: the curve of maj@k is then on the high side
    others = tuple(int(count) for answer, count in votes.items() if not is_right(answer))
    silent = sum(chain["answer"] is None for chain in chains)
    thoughts = [one for chain in chains for one in chain.get("thoughts", ())]
    return Measure(
        problem=sample["problem"],
        cluster=cluster(sample),
        credit=sample["correct"],
        unread=sample["answer"] is None,
        truncated=_sum([_cut_off(chain) for chain in chains]),
        tied=tied(sample["votes"]),
        counts=Counts(len(chains) - silent - sum(others), others, silent),
        tokens=_sum([chain["tokens"] for chain in chains]),
        readings=_readings(sample, same),
        rules=Counter(chain["rule"] or UNREAD for chain in chains),
        thoughts=len(thoughts),
        thoughts_closed=sum(one["finish"] == "length" for one in thoughts),
        f1=_overlap(sample) if sample["kind"] == "free" else None,
    )


def _overlap(sample: Mapping[str, Any]) -> float:
    """SQuAD's F1 of the answer, with that of several golds which it is most like; 0 where it is silent."""
    if sample["answer"] is None:
        return 0.0
    golds = (sample["gold"], *sample.get("accepted", ()))
    return max(overlap(sample["answer"], gold) for gold in golds)


def _sum(numbers: Sequence[int | None]) -> int | None:
    """The sum, None where one of them is not known."""
    counts = [number for number in numbers if number is not None]
    return sum(counts) if len(counts) == len(numbers) else None


def _readings(sample: Mapping[str, Any], same: Same) -> dict[str, Reading]:
    """The same chains read in several ways.

    Published extractors differ by up to nine points on the same outputs. `flexible` is ours,
    `strict` holds only what the text announces as its answer, and the others are the two filters of
    lm-evaluation-harness's `gsm8k_cot`, faults included (for numbers alone).
    """
    chains = sample["chains"]
    flexible = [chain["answer"] for chain in chains]
    announced = [chain["rule"] in STRICT_RULES for chain in chains]
    strict = [
        answer if is_announced else None
        for answer, is_announced in zip(flexible, announced, strict=True)
    ]
    right = [bool(chain["correct"]) for chain in chains]

    weights = [chain.get("weight", 1) for chain in chains]

    def read(answers: Sequence[str | None], right: Sequence[bool]) -> Reading:
        ballots = [Ballot(a, weight=w) for a, w in zip(answers, weights, strict=True)]
        credit = recorded(ballots, same).share(sample["gold"], same, sample.get("also_right", ()))
        return Reading(sum(right), any(right[:1]), answers.count(None), credit)

    readings = {
        "flexible": read(flexible, right),
        "strict": read(strict, [a and b for a, b in zip(right, announced, strict=True)]),
    }
    if sample["kind"] == "number":
        readings["lm_eval_strict"] = _elsewhere(sample, lm_eval.strict)
        readings["lm_eval_flexible"] = _elsewhere(sample, lm_eval.flexible)
    return readings


def _elsewhere(sample: Mapping[str, Any], read: Callable[[str], str]) -> Reading:
    """As lm-evaluation-harness has it: answers as strings, and `[invalid]` is one that can win."""
    answers = [read(chain["text"]) for chain in sample["chains"]]
    golds = (sample["gold"], *sample.get("accepted", ()))  # of several, any counts there as well
    right = {answer: any(lm_eval.right(answer, gold) for gold in golds) for answer in set(answers)}
    return Reading(
        right=sum(right[answer] for answer in answers),
        first=any(right[answer] for answer in answers[:1]),
        unread=answers.count(lm_eval.INVALID),
        credit=float(right[lm_eval.majority(answers)]) if answers else 0.0,
    )
