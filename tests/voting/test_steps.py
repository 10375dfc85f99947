"""Steps: the lines of a chain, or the sentences of its only line."""

from __future__ import annotations

import pytest

from harness.voting.steps import steps


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        (" \n\n", 0),
        ("First 2 + 3 = 5.\nThen 5 * 2 = 10. That is all.\n\nThe answer is 10.", 3),
        ("\n 2 + 3 = 5. So it is 5. The answer is 5.\n", 3),
        (" Each costs 3.50 dollars. The answer is 7", 2),
        ("Is it 4? No! It is 5...", 3),
        ("5", 1),
        ("...", 1),
    ],
)
def test_lines_are_steps_and_of_a_single_line_the_sentences(text: str, count: int) -> None:
    assert steps(text) == count


def test_a_long_text_is_no_slower_for_being_strange() -> None:
    # in time that grows with the square of the length, this would take minutes
    assert steps("\n" * 10**6 + "." * 10**6 + "!5" * 10**6 + "?" + " " * 10**6 + "5") == 2
