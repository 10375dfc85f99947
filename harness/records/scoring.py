"""Scores a column: what its samples say together, in one entry of `scores.json`."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.problem import Reply, Thought
from harness.records.measuring import Measure, Reading, measure
from harness.records.record import Column, Score, column_of
from harness.statistics import (
    Calibration,
    Summary,
    accuracy_interval,
    clustered,
    estimate,
    summary,
)
from harness.voting.stopping import STOPS

DECIMALS = 6


@dataclass(slots=True)
class Cost:
    """What a column cost: replies, tokens (a prompt's once), seconds of generation, and joules.

    `thought_tokens` are those of the generated tokens that were thoughts. `joules` is None once one of the
    replies was made while nothing measured them.
    """

    calls: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0
    thought_tokens: int = 0
    joules: float | None = 0.0

    def took(self, made: Reply | Thought) -> None:
        """Add what was made: its seconds and joules."""
        self.seconds += made.seconds
        if self.joules is not None:
            self.joules = None if made.joules is None else self.joules + made.joules


@dataclass(slots=True)
class Tally:
    """Adds up the samples of one column; nothing is kept of a sample but its measure.

    `stopped` says that its chains end where their answers were enough: then nothing can be said of
    fewer or more of them.
    """

    stopped: bool = False
    measures: list[Measure] = field(default_factory=list)
    errors: int = 0

    def add(self, measured: Measure) -> None:
        """Count one problem."""
        if measured.credit is None:
            self.errors += 1
        else:
            self.measures.append(measured)

    @property
    def credits(self) -> dict[str, float]:
        """The credit of every problem that ran, by its id."""
        return {one.problem: one.credit for one in self.measures if one.credit is not None}

    @property
    def clusters(self) -> Sequence[Hashable] | None:
        """The cluster of every problem that ran; None where each stands for itself."""
        return clustered([one.cluster for one in self.measures])

    @property
    def tokens(self) -> int | None:
        """The tokens of all chains; None where those of one are not known."""
        counts = [one.tokens for one in self.measures if one.tokens is not None]
        return sum(counts) if len(counts) == len(self.measures) else None

    @property
    def truncated(self) -> int | None:
        """Problems with a chain that was cut off; None where it is not known of one."""
        counts = [one.truncated for one in self.measures if one.truncated is not None]
        return sum(map(bool, counts)) if len(counts) == len(self.measures) else None

    def fields(self) -> Score:
        """The counts of an entry of `scores.json`, all in problems.

        `problems` ran; `truncated` of them have a chain that was cut off by the token limit, and
        `ties` have several answers with the most votes. `accuracy` is the mean credit, with
        Wilson's 95 % `interval` (`harness.statistics.accuracy_interval`); both are null where no
        problem ran. `cut_off` counts the chains that were cut off, and `thoughts` what the model thought
        before its chains and how much of it its limit ended, and `free` has exact match and F1 of answers
        in free words, each where there is any. What more there is to say of problems that ran is in `details`.
        """
        problems, shares = len(self.measures), list(self.credits.values())
        return {
            "problems": problems,
            "accuracy": math.fsum(shares) / problems if problems else None,
            "interval": list(accuracy_interval(shares, self.clusters))
            if problems
            else [None, None],
            "unread": sum(one.unread for one in self.measures),
            "truncated": self.truncated,
            "ties": sum(one.tied for one in self.measures),
            **self._counted(),
            **(_rounded({"free": free}) if (free := self._free()) else {}),
            "errors": self.errors,
            **(_rounded(self.details()) if problems else {}),
        }

    def details(self) -> Score:
        """What an entry says beside its counts; every number of it follows from the stored chains.

        `paths`: all chains, and the fewest and most of a problem. `standard_errors`: standard errors of
        the accuracy over `questions` (clustered where there are `clusters`, the number of them),
        and the part of `chains`, as if others had been drawn (null for a weighted vote).
        `single_path`: mean accuracy of one chain, its interval, and that of the `first`. `rules`
        count chains, `readings` are accuracies and the part of chains that is unread. `curve`:
        exact maj@k (`majority`, its `interval`) and pass@k (`pass`), k from 1. `calibration`: of
        the winner's share of the chains.
        """
        counts = [one.counts for one in self.measures]
        shares = list(self.credits.values())
        whole = summary(counts, self.clusters)
        voted = shares == [one.credit for one in counts]
        accuracy = whole.majority if voted else None
        return {
            "paths": {
                "chains": sum(one.paths for one in counts),
                "least": whole.paths[0],
                "most": whole.paths[1],
            },
            "standard_errors": {
                "questions": estimate(shares, self.clusters).error,
                "clusters": whole.clusters,
                "chains": accuracy and accuracy.generation_error,
            },
            "single_path": {
                "accuracy": whole.single.mean,
                "interval": list(whole.single.interval),
                "first": sum(one.readings["flexible"].first for one in self.measures) / len(counts),
            },
            "rules": self._rules(),
            "readings": self._readings(),
            "curve": None if self.stopped else _curve(whole),
            "calibration": whole.calibration and _calibration(whole.calibration),
        }

    def _free(self) -> Score:
        """Of answers in free words: their number, exact match and F1; empty where there are none."""
        free = [one for one in self.measures if one.f1 is not None]
        if not free:
            return {}
        return {
            "problems": len(free),
            "exact_match": math.fsum(one.credit or 0.0 for one in free) / len(free),
            "f1": math.fsum(one.f1 or 0.0 for one in free) / len(free),
        }

    def _counted(self) -> Score:
        """Counts of chains and thoughts that most columns have none of."""
        cut = sum(one.truncated or 0 for one in self.measures)
        thoughts = sum(one.thoughts for one in self.measures)
        closed = sum(one.thoughts_closed for one in self.measures)
        return {
            **({"cut_off": cut} if cut else {}),
            **({"thoughts": {"number": thoughts, "closed": closed}} if thoughts else {}),
        }

    def _rules(self) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for one in self.measures:
            counts.update(one.rules)
        return dict(counts.most_common())

    def _readings(self) -> dict[str, dict[str, float]]:
        readings: dict[str, list[tuple[Reading, int]]] = {}
        for one in self.measures:
            for name, reading in one.readings.items():
                readings.setdefault(name, []).append((reading, one.counts.paths))
        return {
            name: {
                "single_path": sum(r.right / max(1, paths) for r, paths in read) / len(read),
                "first": sum(r.first for r, _ in read) / len(read),
                "accuracy": sum(r.credit for r, _ in read) / len(read),
                "unread": sum(r.unread for r, _ in read) / max(1, sum(paths for _, paths in read)),
            }
            for name, read in readings.items()
        }


def _rounded(value: Any) -> Any:
    """Numbers to so many decimals that what lies beyond is the rounding of sums."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, (list, tuple)) else value


def _curve(summary: Summary) -> dict[str, Any]:
    return {
        "majority": [one.mean for one in summary.maj_at_k],
        "interval": [list(one.interval) for one in summary.maj_at_k],
        "pass": [one.mean for one in summary.pass_at_k],
    }


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "ece": calibration.ece,
        "adaptive_ece": calibration.adaptive_ece,
        "brier": calibration.brier,
        "auroc": calibration.auroc,
        "coverage": {f"{100 * part:.0f}": accuracy for part, accuracy in calibration.coverage},
        "reliability": [asdict(one) for one in calibration.reliability],
    }


def tallied(column: Column) -> Tally:
    """An empty tally for a column; it is stopped where the strategy was given a stopping rule."""
    rule = str(column.options.get("stop")).partition(":")[0]
    return Tally(stopped=rule in STOPS)


def score(column: Column, tally: Tally, cost: Cost) -> Score:
    """An entry of `scores.json`."""
    return {
        **column.names(),
        **tally.fields(),
        "calls": cost.calls,
        "prompt_tokens": cost.prompt_tokens,
        "generated_tokens": cost.generated_tokens,
        **({"thought_tokens": cost.thought_tokens} if cost.thought_tokens else {}),
        "seconds": round(cost.seconds, 3),
        **({"joules": round(cost.joules, 3)} if cost.joules else {}),
    }


def rescored(samples: Iterable[Mapping[str, Any]]) -> list[Score]:
    """The entries of `scores.json` that follow from the samples alone: all but what they cost."""
    tallies: dict[str, tuple[Column, Tally]] = {}
    for one in samples:
        column = column_of(one)
        key = json.dumps(column.names())
        tallies.setdefault(key, (column, tallied(column)))[1].add(measure(one))
    return [{**column.names(), **tally.fields()} for column, tally in tallies.values()]
