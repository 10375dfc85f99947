"""The chains of one problem under one strategy, in the form in which the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.report.page.places import place

EMBEDDED = 6_000_000
"""Bytes of chains, as they stand in the page, that it holds at most; others are left out and counted."""


def chains(sample: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of a line of `samples.jsonl` when its problem is opened, for JSON.

    `answer`, `votes`, `correct` and `error` are the sample's; `total` is how many chains it has. Each
    of `chains` has the number of its `path` from 1, its `text`, `answer`, `correct`, `rule`, `tokens`,
    `finish` and `logprob`, and `read`: where in the text its answer was read, as the first and the
    last place (in UTF-16 units, as browsers count), or null.
    """
    return {
        "answer": sample["answer"],
        "votes": sample["votes"],
        "correct": sample["correct"],
        "error": sample["error"],
        "total": len(sample["chains"]),
        "chains": [shown(chain, path) for path, chain in enumerate(sample["chains"], start=1)],
    }


def shown(chain: Mapping[str, Any], path: int) -> dict[str, Any]:
    """One chain in that form."""
    return {
        "path": path,
        "text": chain["text"],
        "answer": chain["answer"],
        "correct": chain["correct"],
        "rule": chain["rule"],
        "tokens": chain["tokens"],
        "finish": chain["finish"],
        "logprob": chain["logprob"],
        "read": place(chain),
    }


def ranked(chains: Sequence[Mapping[str, Any]]) -> list[int]:
    """The places of chains in the order in which they are worth showing where not all can be.

    First one of every answer, the answer with the most chains first, then the others as they were
    drawn.
    """
    groups: dict[str | None, list[int]] = {}
    for number, chain in enumerate(chains):
        groups.setdefault(chain["answer"], []).append(number)
    # Stable, so that of two answers with as many chains the one that came first stays first.
    first = [group[0] for group in sorted(groups.values(), key=len, reverse=True)]
    return first + sorted(set(range(len(chains))) - set(first))
