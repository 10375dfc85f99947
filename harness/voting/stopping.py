"""When enough chains of a question have been drawn: rules for stopping early, live and replayed.

A rule is a function of the answers so far, so that what it would have cost can be told from chains
that are stored. `paths_to_draw` applies it while chains are drawn, `replay` to stored ones; they
are the same steps, so they stop at the same chain. An answer of None abstains: it was drawn, so it
counts as a path, and it agrees with nothing.
"""

from __future__ import annotations

import functools
import math
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from harness.catalogue.specs import Specified, specified
from harness.errors import UserError
from harness.voting.votes import Same, Vote, majority, merged

PER_ROUND = 5
"""How many paths are drawn between two looks at the answers, unless a strategy says otherwise."""


def adaptive(
    answers: Sequence[str | None], same: Same, remaining: int, *, threshold: float = 0.95
) -> bool:
    """Whether the leader is ahead of the second for good, with this probability.

    Adaptive-Consistency (Aggarwal et al., 2023, arXiv:2305.11860): of the two answers with the most
    votes, v1 and v2, the first is the likelier one with P(Beta(v1 + 1, v2 + 1) > 1/2). It takes 4
    chains that agree, 7 with one dissenter. The authors look at the answers after every chain; a
    strategy looks after every `per_round`.
    """
    if not 0.5 < threshold < 1:
        raise UserError(f"threshold={threshold} of the stop adaptive: between 0.5 and 1")
    return _ahead(*_leading(answers, same)) >= threshold


def window(answers: Sequence[str | None], same: Same, remaining: int, *, size: int = 5) -> bool:
    """Whether all chains of a window agreed, the windows following one another.

    Early-stopping self-consistency (Li et al., 2024, arXiv:2401.10480). A chain that abstained
    agrees with none, so a window with one, or of nothing else, stops nothing.
    """
    if size < 2:
        raise UserError(f"size={size} of the stop window: one chain always agrees with itself")
    forms = merged(answers, same)
    starts = range(0, len(forms) - size + 1, size)
    return any(
        forms[start] is not None and len(set(forms[start : start + size])) == 1 for start in starts
    )


def decided(answers: Sequence[str | None], same: Same, remaining: int) -> bool:
    """Whether no answers on the `remaining` paths could change the winner, or make it share.

    Exact: the vote over all paths has the same winner, so no accuracy is lost; and where this is
    False, some answers would change it.
    """
    leader, second = _leading(answers, same)
    return remaining == 0 or leader - second > remaining


StopRule = Callable[..., bool]
"""A function `(answers, same, remaining, *, options) -> bool`.

`answers` are those so far, in the order of the paths, and `remaining` is how many may still come.
"""

STOPS: Mapping[str, StopRule] = MappingProxyType(
    {stop.__name__: stop for stop in (adaptive, window, decided)}
)
"""Every stopping rule by its name."""


@functools.lru_cache
def stopping_rule(spec: str) -> Specified[bool]:
    """The rule that `spec` names ("adaptive:threshold=0.9"), to be called with its three arguments.

    Raises `UserError` with the nearest name for an unknown rule or option, and for a value that the
    rule cannot use.
    """
    specified_rule = specified(spec, STOPS, "stop")
    specified_rule((), operator.eq, 1)  # a rule refuses values that it cannot use before it counts
    return specified_rule


def paths_to_draw(
    answers: Sequence[str | None],
    same: Same,
    paths: int,
    stop: str | None = None,
    per_round: int = PER_ROUND,
) -> int:
    """How many paths to draw next, given the answers so far: 0 when they are enough.

    Without a `stop` all `paths` are drawn at once; with the spec of one, `per_round` at a time, at
    most `paths` in all. The rule looks at whole rounds: a window of 8 in rounds of 5 is seen to
    agree after 10. Raises `UserError` for a stop that is none, and for numbers below 1.
    """
    if paths < 1 or per_round < 1:
        name, value = ("paths", paths) if paths < 1 else ("per_round", per_round)
        raise UserError(f"{name}={value}: at least one path must be drawn")
    rule = None if stop is None else stopping_rule(stop)
    remaining = paths - len(answers)
    if rule is None or remaining <= 0:
        return max(0, remaining)
    if answers and rule(answers, same, remaining):
        return 0
    return min(per_round, remaining)


@dataclass(frozen=True, slots=True)
class Replay:
    """What a stop would have made of stored chains: how many it would have drawn, and their vote."""

    drawn: int
    vote: Vote


def replay(
    answers: Sequence[str | None],
    same: Same,
    stop: str | None,
    *,
    paths: int | None = None,
    per_round: int = PER_ROUND,
) -> Replay:
    """Draw from stored answers, in the order of their paths, until `stop` has enough.

    `paths` is the most that would have been drawn: all that are stored, unless fewer are asked for.
    Raises `UserError` for more than are stored, and as `paths_to_draw` does.
    """
    paths = len(answers) if paths is None else paths
    if paths > len(answers):
        raise UserError(
            f"{paths} paths cannot be replayed from {len(answers)} stored chains: ask for fewer"
        )
    forms = merged(answers, same)  # once, and not again in every round
    drawn = 0
    while paths and (more := paths_to_draw(forms[:drawn], operator.eq, paths, stop, per_round)):
        drawn += more
    return Replay(drawn, majority(forms[:drawn], operator.eq))


def _leading(answers: Sequence[str | None], same: Same) -> tuple[int, int]:
    """The votes of the two answers that have the most; 0 where there is none."""
    counts = Counter(form for form in merged(answers, same) if form is not None)
    leader, second, *_ = [*sorted(counts.values(), reverse=True), 0, 0]
    return leader, second


@functools.cache
def _ahead(leader: int, second: int) -> float:
    """P(Beta(leader + 1, second + 1) > 1/2), which is P(Binomial(n, 1/2) <= leader).

    n is leader + second + 1: the order statistics of n uniform numbers have beta distributions.
    """
    n = leader + second + 1
    return sum(math.comb(n, k) for k in range(leader + 1)) / (1 << n)
