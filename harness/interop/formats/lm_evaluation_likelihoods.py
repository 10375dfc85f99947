"""Rows of lm-evaluation-harness whose options were compared by log-likelihood, with no text generated.

The answer is the option with the largest sum, the first of several, as its metric `acc` has it; what
`acc_norm` divides by is left alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.interop.rows import Text, Unusable, shown
from harness.reading.kinds import LIKELIHOOD, choice_letters

MOST = 26
"""Options, which are told by letters."""

_SEVERAL = re.compile(r"\s*\[\s*\d+(?:\s*,\s*\d+)*\s*\]\s*")

Arguments = Sequence[tuple[str, str]]
"""Of each request its context and its continuation."""


def arguments(content: Mapping[str, Any]) -> Arguments | None:
    """What was compared; None where a row generated text: a generation has settings there.

    The requests are a list of pairs, or objects that are numbered by their names.
    """
    logged = content.get("arguments")
    if isinstance(logged, dict):
        logged = [
            list(one.values()) if isinstance(one, dict) else one
            for _, one in sorted(logged.items(), key=lambda item: (len(item[0]), item[0]))
        ]
    if not isinstance(logged, list) or not logged:
        return None
    pairs = []
    for one in logged:
        if not isinstance(one, list | tuple) or len(one) < 2:
            return None
        context, continuation = one[:2]
        if not isinstance(context, str) or not isinstance(continuation, str):
            return None
        pairs.append((context, continuation))
    return pairs


def compared(
    content: Mapping[str, Any], pairs: Arguments, listed: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], Text]:
    """The golds, the options and the answer of a row; `listed` are the options of its data set, if any.

    Raises `Unusable` where there is no choice among options, or the gold is not told.
    """
    sums = _sums(content.get("resps"))
    if len(sums) != len(pairs):
        raise Unusable(f"it has {len(pairs)} 'arguments' and {len(sums)} 'resps'")
    half = len(pairs) // 2
    said = [continuation for _, continuation in pairs]
    if half and said[:half] == said[half:] and not any(before for before, _ in pairs[half:]):
        # acc_mutual_info asks for all once more, behind nothing
        pairs, sums, said = pairs[:half], sums[:half], said[:half]
    if len(pairs) < 2:
        raise Unusable(
            "lm-evaluation-harness told the log-likelihood of one text: nothing to choose"
        )
    if len(pairs) > MOST:
        raise Unusable(f"it has {len(pairs)} options, and letters reach from A to Z")
    if len(set(said)) < len(said):
        raise Unusable(
            "its options are beginnings of one text, and its 'target' tells none of them"
        )
    options = tuple(listed) if len(listed) == len(said) else tuple(one.strip() for one in said)
    letters = choice_letters(len(options))
    golds = tuple(letters[place] for place in _places(content.get("target"), options, said))
    best = max(range(len(sums)), key=lambda place: sums[place])
    scores = dict(zip(letters, sums, strict=True))
    return golds, options, Text(letters[best], logprob=sums[best], scores=scores, rule=LIKELIHOOD)


def _sums(resps: object) -> list[float]:
    """The sum of each request: the first number of its one pair, which may be written as a text."""
    sums = []
    for one in resps if isinstance(resps, list) else ():
        while isinstance(one, list) and one and isinstance(one[0], list):
            one = one[0]
        try:
            total = float(one[0])
        except (TypeError, ValueError, IndexError):
            raise Unusable(f"'resps' holds no log-likelihood but {shown(one)}") from None
        if math.isnan(total):
            raise Unusable("a log-likelihood in 'resps' is no number")
        sums.append(total)
    return sums


def _places(target: object, options: Sequence[str], said: Sequence[str]) -> list[int]:
    """The places of the golds among the options. A number is a place, as the tasks of this program have it."""
    if isinstance(target, str) and _SEVERAL.fullmatch(target):
        target = [int(place) for place in re.findall(r"\d+", target)]
    several = target if isinstance(target, list) and target else [target]
    places = []
    for one in several:
        place = _place(one, options, said)
        if place is None:
            raise Unusable(f"'target' is none of its {len(options)} options: {shown(one)}")
        places.append(place)
    return places


def _place(target: object, options: Sequence[str], said: Sequence[str]) -> int | None:
    if isinstance(target, str) and target.strip().isdecimal():
        target = int(target)
    if isinstance(target, int) and not isinstance(target, bool):
        return target if 0 <= target < len(options) else None
    if isinstance(target, str):
        for known in (said, [one.strip() for one in said], options):
            if target in known or target.strip() in known:
                return list(known).index(target if target in known else target.strip())
    return None
