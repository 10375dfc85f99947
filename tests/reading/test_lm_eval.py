"""Reading as lm-evaluation-harness does: its known faults, and its filters as they are stated."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reading.lm_eval import INVALID, flexible, majority, right, sampled, strict

# (text, strict-match, flexible-extract). The texts of published comparisons of extractors and of
# issue reports; what is read was worked out from the filters by hand.
READ = (
    ("The answer is 42", "4", "42"),
    ("The answer is 5", INVALID, "5"),
    ("The answer is 18.", "18", "18."),
    ("The answer is 18.00", "18.0", "18.00"),
    ("The answer is 18.5%.", "18.5", "18.5"),
    ("The answer is -5.", "-5", "-5."),
    ("The answer is -5", INVALID, "-5"),
    ("The answer is $1,000.50.", INVALID, "$1,000.50."),
    ("The answer is 3/4.", "3", "4."),
    ("The answer is **18**.", INVALID, "18"),
    ("The answer is: 18.", INVALID, "18."),
    ("the answer is 18.", INVALID, "18."),
    ("The answer is \\boxed{18}.", INVALID, "18"),
    ("#### 10.", INVALID, "10."),
    ("The answer is 7. No: The answer is 9.", "7.", "9."),
    ("so x = 18. Therefore ...", INVALID, "..."),
    ("18...", INVALID, "18..."),
    ("It is 9.\nQ: What is 2 + 2? The answer is 4.", INVALID, "9."),
    ("The answer is 9 </s>The answer is 4.", "9", "9"),
    ("It starts at 12:30", INVALID, "30"),
    ("1.5e3", INVALID, "3"),
    ("1 000", INVALID, "000"),
    ("−3", INVALID, "3"),
    ("10-5", INVALID, "-5"),
    ("I do not know.", INVALID, INVALID),
    ("", INVALID, INVALID),
)


@pytest.mark.parametrize(("text", "first", "last"), READ)
def test_texts_are_read_with_the_faults_of_its_filters(text: str, first: str, last: str) -> None:
    assert (strict(text), flexible(text)) == (first, last)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 42", "42"),
        ("The answer is 1,200.", "1,200"),
        ("The answer is 18.00.", "18.00"),
        ("The answer is ...", INVALID),
        ("She has 16.\n\nThe answer is 16.", INVALID),
    ],
)
def test_samples_are_read_by_a_filter_of_their_own(text: str, answer: str) -> None:
    assert sampled(text) == answer


@pytest.mark.parametrize(
    ("answer", "gold", "verdict"),
    [
        ("1,450,000", "1450000", True),
        ("1450000", "1,450,000", True),
        ("$18.", "18", True),
        ("18.00", "18", False),
        ("18..", "18", False),
        ("18..", "18.", False),
        ("18", "9 * 2 = 18 #### 18", True),
        (INVALID, "18", False),
        ("", "$", True),
        ("18.\n", "18\n", True),
    ],
)
def test_an_answer_is_right_where_the_cleaned_texts_are_equal(
    answer: str, gold: str, verdict: bool
) -> None:
    assert right(answer, gold) is verdict


@pytest.mark.parametrize(
    ("answers", "winner"),
    [
        (["18", "18.00", "18.00"], "18.00"),
        (["1,200", "1200", "9", "9"], "9"),
        ([INVALID, "18", INVALID], INVALID),
        (["2", "1", "1", "2"], "2"),
        (["7"], "7"),
    ],
)
def test_votes_are_counted_on_raw_texts_and_the_first_of_equals_wins(
    answers: list[str], winner: str
) -> None:
    assert majority(answers) == winner


def test_nobody_wins_a_vote_without_answers() -> None:
    with pytest.raises(ValueError, match="no answers"):
        majority([])


PIECES = (
    "The answer is ", "#### ", "Q:", "</s>", "\n", " ", "-", "--", ".", "..", ",", "$", "0", "7", "1,200", ".5", "٣",
    "x",
)  # fmt: skip
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=16).map("".join)


@given(TEXTS)
def test_the_last_stretch_is_found_from_the_end_as_it_is_from_the_beginning(text: str) -> None:
    own = re.split("Q:|</s>|<[|]im_end[|]>", text)[0]
    found = re.findall(r"-?[$0-9.,]{2,}|-?[0-9]+", own)
    assert flexible(text) == (found[-1] if found else INVALID)


@given(TEXTS, TEXTS)
def test_texts_are_cleaned_as_by_its_four_expressions_in_their_order(one: str, other: str) -> None:
    def cleaned(text: str) -> str:
        for expression in (",", r"\$", "(?s).*#### ", r"\.$"):
            text = re.sub(expression, "", text)
        return text.lower()

    for gold in (other, cleaned(one), one.upper()):
        assert right(one, gold) == (cleaned(one) == cleaned(gold))


@pytest.mark.parametrize("function", [strict, flexible, sampled, lambda text: right(text, "7")])
@pytest.mark.parametrize(
    "piece", ["9", ".", "-", "$", "1 ", "The answer is ", "The answer is 5\n", "#### ", "Q", "#"]
)
def test_reading_time_grows_in_proportion_to_the_text(
    function: Callable[[str], object], piece: str
) -> None:
    """Eight times the text may take at most 32 times as long: a quadratic reader takes 64 times."""

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.thread_time()  # of this thread alone: other programs may hold the processor
        function(text)
        return time.thread_time() - start

    short = min(seconds(4000) for _ in range(2))
    assert min(seconds(32000) for _ in range(2)) <= 32 * max(short, 3e-4)
