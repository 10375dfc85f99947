"""Answers in free words: what is one answer, what its words share with another, what is no answer."""

from __future__ import annotations

import pytest

from harness.reading.free import overlap
from harness.reading.kinds import KINDS

FREE = KINDS["free"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("He was born there. So the answer is Greenwich Village.", "Greenwich Village"),
        ('The answer is "The Lion King".', "The Lion King"),
        ("So the answer is J. K. Rowling.", "J K Rowling"),
        ("So the answer is the U.S. Senate.", "the US Senate"),
        ("So the answer is Roe v. Wade.", "Roe v Wade"),
        ("The answer is ] ] >.", "] ] >"),
        ("The answer is [ ( ) ] because each one is closed.", "[ ( ) ]"),
        ("barn damp delmarva", "barn damp delmarva"),
        ("3,677 seated", "3,677 seated"),
        ("The answer is unknown.", None),
        ("So the answer is not known to me.", None),
        ("He was an actor. He lived in Rome.", None),
        ("It was Rome, because it was.", None),
        ("", None),
    ],
)
def test_what_a_text_answers_in_free_words(text: str, answer: str | None) -> None:
    assert FREE.read(text).answer == answer


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("The Lion King", "lion king", True),
        ("Chief of Protocol.", "chief of protocol", True),
        ("3,677 seated", "3677 seated", True),
        ("] ] >", "]]>", True),
        ("] ] >", "] >", False),
        ("New York City", "New York", False),
        ("apple fig plum", "fig apple plum", False),
    ],
)
def test_case_articles_and_punctuation_alone_make_no_other_answer(
    one: str, other: str, same: bool
) -> None:
    assert FREE.same(one, other) is same


@pytest.mark.parametrize(
    ("answer", "gold", "f1"),
    [
        ("New York City", "the New York city", 1.0),
        ("New York", "New York City", 0.8),
        ("Boston", "New York City", 0.0),
        ("yes", "yes it is", 0.0),
        ("yes", "Yes.", 1.0),
        ("a a b", "a b", 1.0),
    ],
)
def test_overlap_is_the_f1_of_squad(answer: str, gold: str, f1: float) -> None:
    # worked by hand: of "new york" all 2 words and of "new york city" 2 of 3 are common, 2 * 2 / 5
    assert overlap(answer, gold) == pytest.approx(f1)


def test_what_would_read_otherwise_in_its_sentence_is_no_answer() -> None:
    assert FREE.normal("0.WAIT") is None
    assert FREE.normal("The answer is Rome.") is None
