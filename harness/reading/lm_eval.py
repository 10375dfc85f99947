"""Reads a number as lm-evaluation-harness does, faults included, to stand beside published scores.

What its tasks `gsm8k_cot` and `gsm8k_cot_self_consistency` read of a text, call right, and elect
(EleutherAI; compared with version 0.4.13, by `tests/reading/test_lm_eval_parity.py`). "The answer is 42"
reads "4", "[invalid]" can win a vote, and "1,200" and "1200" are two answers: for any other purpose
read the kind `number`. Every function is linear in its text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

INVALID = "[invalid]"
"""What stands for an answer where a filter finds none. It can win a vote, and is never right."""

_STOPS = ("Q:", "</s>", "<|im_end|>")
_SAMPLED_STOPS = ("Q:", "\n\n")

_STRICT = re.compile(r"The answer is (-?[0-9.,]+).")
_FLEXIBLE_BACKWARDS = re.compile(r"(?:[$0-9.,]{2,}|[0-9])-?")
_SAMPLED = re.compile(r"The answer is (-?[0-9.,]*[0-9]+)")
_FULL_STOP = re.compile(r"\.$")


def strict(text: str) -> str:
    """The first answer announced, as the filter `strict-match` of `gsm8k_cot` reads it.

    The phrase has to be followed by one more character, which is not read: at the end of a text the
    number gives up its last digit for it.
    """
    match = _STRICT.search(_cut(text, _STOPS))
    return match[1] if match else INVALID


def flexible(text: str) -> str:
    """The last number-like stretch, as the filter `flexible-extract` of `gsm8k_cot` reads it.

    Two full stops in a row are such a stretch.
    """
    # The last of all stretches is the first from the end: they never overlap, and each is as long
    # as it can be.
    match = _FLEXIBLE_BACKWARDS.search(_cut(text, _STOPS)[::-1])
    return match[0][::-1] if match else INVALID


def sampled(text: str) -> str:
    """The first answer announced, as every filter of `gsm8k_cot_self_consistency` reads it.

    That task ends a text at its first blank line.
    """
    match = _SAMPLED.search(_cut(text, _SAMPLED_STOPS))
    return match[1] if match else INVALID


def majority(answers: Sequence[str]) -> str:
    """The most frequent of the texts that `sampled` read; of several, the one that came first.

    The filters `maj@64` and `maj@8` of `gsm8k_cot_self_consistency`: of the first 64 and the first 8
    answers. Raises ValueError where there is none to elect.
    """
    if not answers:
        raise ValueError("no answers, so no majority among them")
    return Counter(answers).most_common(1)[0][0]


def right(answer: str, gold: str) -> bool:
    """Whether those tasks' metric `exact_match` calls an answer right: both texts are equal once cleaned.

    `gold` is a number in normal form or as GSM8K writes it; the two are cleaned to the same text.
    """
    return _cleaned(answer) == _cleaned(gold)


def _cut(text: str, stops: Sequence[str]) -> str:
    """`text` up to the first of the stop texts."""
    for stop in stops:
        text = text.partition(stop)[0]
    return text


def _cleaned(text: str) -> str:
    """A text without commas, dollar signs, what stands up to its last "#### ", and one full stop.

    In this order, so that "####, 5" loses its hashes and "5.$" its full stop.
    """
    text = text.replace(",", "").replace("$", "").rpartition("#### ")[2]
    return _FULL_STOP.sub("", text).lower()
