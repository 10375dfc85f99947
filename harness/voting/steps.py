"""Counts the reasoning steps of a chain."""

from __future__ import annotations

import re

SENTENCE_END = re.compile(r"[.!?]\s")


def steps(text: str) -> int:
    """How many steps a chain of reasoning has.

    They are its lines that are not blank, the step mark of complexity-based prompting (Fu et al.,
    2022, arXiv:2210.00720); a chain of a single line is divided into sentences instead, where white
    space follows `.`, `!` or `?`, so that 3.5 is not divided. The line or sentence that states the
    answer counts as well. A blank text has no steps.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        return len(lines)
    return 1 + len(SENTENCE_END.findall(lines[0].strip()))
