"""The calculator mends wrong equations, carries their results on, and touches nothing else."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from harness.prompts.calculator import corrected, value_of
from hypothesis import given, settings
from hypothesis import strategies as st

NUMBERS = st.integers(1, 999).map(str) | st.decimals("0.1", 99, places=1).map(str)
UNHURRIED = settings(deadline=None)
OPERATIONS = st.sampled_from(["+", "-", "*", "/"])


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """A sum, product, difference or quotient of two to five numbers, some of it in parentheses."""
    text = draw(NUMBERS)
    for _ in range(draw(st.integers(1, 4))):
        text = f"{text} {draw(OPERATIONS)} {draw(NUMBERS)}"
        if draw(st.booleans()):
            text = f"({text})"
    return text


def exact(expression: str) -> Fraction:
    value: Fraction | None = value_of(expression)
    assert value is not None
    return value


@UNHURRIED
@given(expressions(), st.sampled_from(["{} = {}", "So {} = {} pens. Next.", "- {} = {}\n"]))
def test_a_correct_equation_is_left_alone(expression: str, said: str) -> None:
    value = exact(expression)
    if value.denominator == 1:
        text = said.format(expression, value.numerator)
        assert corrected(text) == text


@UNHURRIED
@given(expressions(), st.integers(1, 9))
def test_a_wrong_result_becomes_the_right_one_there_and_later(expression: str, off: int) -> None:
    value = exact(expression)
    if value.denominator == 1 and 0 < value < 10**14:
        wrong, right = value.numerator + off, value.numerator
        text = f"First {expression} = {wrong}. The answer is {wrong}."
        assert corrected(text) == f"First {expression} = {right}. The answer is {right}."


@UNHURRIED
@given(st.text(alphabet="0123456789.,$+-*/x=() \nabr%^:", max_size=60))
def test_what_was_corrected_once_is_correct(text: str) -> None:
    once = corrected(text)
    assert corrected(once) == once


@UNHURRIED
@given(st.text(max_size=200))
def test_a_text_without_an_equals_sign_stays(text: str) -> None:
    bare = text.replace("=", "")
    assert corrected(bare) == bare


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        (
            "5 + 3 = 9. 9 * 2 = 18. The answer is 18.",
            "5 + 3 = 8. 8 * 2 = 16. The answer is 16.",
        ),
        ("12 * 3 = 10 * 3 + 2 * 3 = 30 + 6 = 35.", "12 * 3 = 10 * 3 + 2 * 3 = 30 + 6 = 36."),
        ("$5 × 300 = $1,600, so $1600.", "$5 × 300 = $1,500, so $1500."),
        ("3 - 5 = 2. 2 * 4 = 8.", "3 - 5 = -2. -2 * 4 = -8."),
        ("<<3+4=8>>8 eggs", "<<3+4=7>>7 eggs"),
        ("9 ÷ 2 = 4. 5x3=16.", "9 ÷ 2 = 4.5. 5x3=15."),
        ("1. 3 + 4 = 8\n- 2 * 2 = 5", "1. 3 + 4 = 7\n- 2 * 2 = 4"),
        # the 9 of the second equation is its own
        ("5 + 3 = 9. 4 + 5 = 9. 9 eggs.", "5 + 3 = 8. 4 + 5 = 9. 9 eggs."),
        ("10 / 3 = 3. So 3.", "10 / 3 = 3.333333333. So 3.333333333."),
    ],
)
def test_equations_are_computed_again(text: str, mended: str) -> None:
    assert corrected(text) == mended


@pytest.mark.parametrize(
    "text",
    [
        "10 / 3 = 3.33",
        "20 / 3 = 6.66",
        "2^3 + 1 = 9",
        "sqrt(16) + 4 = 8",
        "20% + 5 = 25",
        "7 / 2 = 3 remainder 1",
        "7 / 2 = 3 R 1",
        "3 pens - 1 = 2",
        "2x + 3 = 7",
        "10 - 2 = 7:30",
        "5 / 0 = 3",
        "x = 5",
        "3 + 4 == 8",
        "3 + 4 = 8 * 2 - 9",
        "1,2 + 3 = 9",
    ],
)
def test_what_is_not_certainly_an_equation_stays_as_written(text: str) -> None:
    assert corrected(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9 = 1",
        "9" * 100_000 + " + 1 = 2",
        "1 + " * 20_000 + "1 = 2",
        "(" * 50_000 + "1 + 1 = 3",
        "1 = " * 20_000,
        "999999999999999 * " * 19 + "999999999999999 = 1",
        "__import__('os').system('false') + 1 = 2",
        "= " * 20_000 + " " * 50_000 + "1 + 1 = ",
    ],
)
def test_hostile_texts_are_safe_and_fast(text: str) -> None:
    began = time.process_time()
    assert "inf" not in corrected(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("text", ["2**3", "1 if 1 else 2", "len('a')", "True + 1", "1j", "'a' * 9"])
def test_only_arithmetic_has_a_value(text: str) -> None:
    assert value_of(text) is None
