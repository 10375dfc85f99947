"""Reading formulas and comparing them: what is announced, its one way of writing, its meaning."""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UserError
from harness.reading.formulas import equality
from harness.reading.formulas.finding import hide, show
from harness.reading.formulas.latex import clean
from harness.reading.formulas.telling import HIDDEN
from harness.reading.kinds import KINDS

MATH = KINDS["math"]

READ = (
    (r"So the final answer is \boxed{x^2 + 1}.", "x^2+1", "boxed"),
    (r"Thus $$\boxed{\dfrac{\pi}{2}}$$", r"\frac{\pi}{2}", "boxed"),
    (r"\[\boxed{\left( -\infty, 3 \right]}\]", r"(-\infty,3]", "boxed"),
    (r"\boxed{\{1,\, 2\}}", r"\{1,2\}", "boxed"),
    (r"\boxed{1,2}", "1,2", "boxed"),
    (r"\boxed{1{,}234}", "1234", "boxed"),
    (r"\boxed{\frac34}", "0.75", "boxed"),
    (r"\boxed{-\frac{2}{3}}", "-2/3", "boxed"),
    (r"\boxed{27-7=20}", "20", "boxed"),
    (r"\boxed{3 \cdot 4}", r"3\cdot4", "boxed"),
    (r"\boxed{5\text{ cm}^2}", "5", "boxed"),
    (r"\boxed{90^{\circ}}", "90", "boxed"),
    (r"\boxed{\text{No solution.}}", r"\text{no solution}", "boxed"),
    (r"\boxed{no solution}", r"\text{no solution}", "boxed"),
    (r"\boxed{\textbf{(C)}}", "C", "boxed"),
    (r"\boxed{3 \text{ or } -5}", "3,-5", "boxed"),
    (r"\boxed{\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}}", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "boxed"),
    (r"\boxed{x + \boxed{y^2}}", "y^2", "boxed"),
    (r"The answer is \(\sqrt 2\).", r"\sqrt{2}", "answer_phrase"),
    (r"The answer is $\frac{3}{4}$.", "0.75", "answer_phrase"),
    ("The answer is x^2 + 1, because it grows.", "x^2+1", "answer_phrase"),
    (r"The answer is \frac{x}{y}.", r"\frac{x}{y}", "answer_phrase"),
    ("The answer is (1, 2].", "(1,2]", "answer_phrase"),
    ("The answer is 3√2.", r"3\sqrt{2}", "answer_phrase"),
    ("The answer is ∞.", r"\infty", "answer_phrase"),
    ("The answer is 5 apples.", "5", "answer_phrase"),
    ("The answer is 1, 2, and 3.", "1,2,3", "answer_phrase"),
    ("The answer is 1 and 234.", r"\{1,234\}", "answer_phrase"),
    ("The answer is 8/10 or 4/5.", "0.8", "answer_phrase"),
    ("The answer is 2^10 = 1024.", "1024", "answer_phrase"),
    (r"The answer is $3 \times 10^{5}$.", "300000", "answer_phrase"),
    ("The answer is 3x = 12, so x = 4.", "x=4", "answer_phrase"),
    ("The answer is Evelyn.", r"\text{evelyn}", "answer_phrase"),
    ("The answer is $x = 1$ and $x = 2$. I hope it is correct.", "x=1,x=2", "answer_phrase"),
    ("**Answer:** $x+1$", "x+1", "answer_phrase"),
    ("<answer>x^2</answer>", "x^2", "answer_field"),
    (r"#### \sqrt{2}", r"\sqrt{2}", "hashes"),
    (r"The area is $25\pi$ square units.", r"25\pi", "last_statement"),
    ("It costs $5 and $6, so $11.", "11", "last_statement"),
    ("She drives 60 km/h.", "60", "last_statement"),
    (r"x \in [1, 2]", r"x\in[1,2]", "bare"),
    ("$y = 2x + 3$", "y=2x+3", "bare"),
    ("50\\%", "50", "bare"),
    ("The answer is $x+1$.\n\nQ: And then?\nA: The answer is $z^2$.", "x+1", "answer_phrase"),
    ("Let $x$ be its side.", None, None),
    ("The answer is not $x$.", None, None),
    ("I do not know.", None, None),
    (r"The area is \boxed{\frac{1}{", None, None),
    ("Answer:", None, None),
    ("", None, None),
)  # fmt: skip


@pytest.mark.parametrize(("text", "answer", "rule"), READ)
def test_formulas_are_read_as_they_were_announced(
    text: str, answer: str | None, rule: str | None
) -> None:
    reading = MATH.read(text)
    assert (reading.answer, reading.rule) == (answer, rule)


@pytest.mark.parametrize("answer", sorted({answer for _, answer, _ in READ if answer}))
def test_a_normal_form_reads_as_itself_bare_and_in_its_sentence(answer: str) -> None:
    assert MATH.normal(answer) == MATH.read(answer).answer == answer
    assert MATH.read(MATH.sentence(answer)).answer == answer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"\dfrac{x}{2}", r"\tfrac{ x } {2}"),
        (r"\left[ 0 , 1 \right)", "[0,1)"),
        (r"x^{2}", "x^2"),
        (r"\pi r", r"\pi\,r"),
        (r"x \leq 3", r"x\le3"),
        (r"\mathrm{even}", r"\text{Even}"),
        ("−x", "-x"),
        ("x².", "x^2"),
    ],
)
def test_one_formula_written_in_two_ways_has_one_normal_form(one: str, other: str) -> None:
    assert MATH.normal(f"${one}$") == MATH.normal(f"${other}$") is not None


PIECES = (
    "The answer is ", "answer: ", "#### ", r"\boxed{", "}", "{", "$", "$$", r"\(", r"\)", r"\[", r"\]",
    r"\frac", r"\frac{1}{2}", r"\sqrt", "x", "y^2", "_1", " = ", "+", "-", ",", ".", " ", "\n", "\nQ: ", "5",
    "1,234", "(", ")", "[", r"\{", r"\}", r"\text{", "no solution", " and ", r"\le", r"\pi", "∞", "½", "√",
    "\\", "\\\\", "!", "%", r"\%", "</s>", "\U00017000", "𝑥", "甲", "**", "&",
)  # fmt: skip
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=16).map("".join)
UNHURRIED = settings(deadline=None)


@UNHURRIED
@given(TEXTS)
def test_any_text_is_read_without_an_error_and_a_reading_reads_as_itself(text: str) -> None:
    for answer in (MATH.read(text).answer, MATH.normal(text)):
        if answer is not None:
            assert MATH.normal(answer) == answer
            assert MATH.read(answer).answer == answer
            assert MATH.read(MATH.sentence(answer)).answer == answer
            assert MATH.read(f"So. {MATH.sentence(answer)}\n\nQ: 7?").answer == answer


@UNHURRIED
@given(TEXTS)
def test_cleaning_never_fails_and_what_is_hidden_is_shown_again(text: str) -> None:
    clean(text)
    for word in HIDDEN.findall(hide(text)):
        assert not HIDDEN.search(show(word))


@pytest.mark.parametrize(
    "piece", [*PIECES, "$a", "$a$ ", r"\(x\) ", "x + ", "(1, ", "f(x) = ", r"\boxed{x^2} "]
)
@pytest.mark.parametrize("opening", ["", "("])
def test_reading_time_grows_in_proportion_to_the_text(opening: str, piece: str) -> None:
    """Eight times the text may take at most 32 times as long: a quadratic reader takes 64 times."""

    def seconds(length: int) -> float:
        text = opening + piece * (length // len(piece)) + "x"
        start = time.thread_time()  # of this thread alone: other programs may hold the processor
        MATH.read(text)
        return time.thread_time() - start

    short = min(seconds(2000) for _ in range(2))
    assert min(seconds(16000) for _ in range(2)) <= 32 * max(short, 3e-4)


@pytest.mark.parametrize(
    ("one", "other"),
    [("5", "6"), ("0.5", r"\text{half}"), (r"\text{even}", r"\text{odd}"), ("x", r"\text{even}")],
)
def test_numbers_and_words_are_compared_without_math_verify(
    one: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(equality, "require", lambda: pytest.fail("math-verify was asked"))
    assert not MATH.same(one, other)
    assert MATH.same(one, one)
    assert MATH.same("0.66667", "2/3")


def test_without_math_verify_a_comparison_of_formulas_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert MATH.same("x+1", "x+1")
    with pytest.raises(UserError, match=r"pip install 'reasoning-harness\[math\]'"):
        MATH.same("x+1", "1+x+0")


@pytest.fixture
def verified() -> None:
    pytest.importorskip("math_verify")


@pytest.mark.usefixtures("verified")
class TestEqualityOfFormulas:
    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("x^2+1", "1+x^2", True),
            ("(x+1)^2", "x^2+2x+1", True),
            (r"\sqrt{8}", r"2\sqrt{2}", True),
            (r"\frac{\pi}{2}", r"0.5\pi", True),
            (r"3\cdot4", "12", True),
            ("2^{10}", "1024", True),
            (r"\{1,2\}", r"\{2,1\}", True),
            ("1,2", "2,1", True),
            ("x=5", "5", True),
            ("5", "x=5", True),
            ("x=27-7=20", "20", True),
            ("y=2x+3", "2x+3", True),
            ("(1,2)", "1<x<2", True),
            (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}", True),
            ("(1,2)", "(1,2]", False),
            ("x^2+1", "x^2-1", False),
            (r"\sqrt{2}", "1.5", False),
            ("x", "y", False),
            (r"\{1,2\}", r"\{1,3\}", False),
            (r"\frac{", "x", False),
        ],
    )
    def test_formulas_are_the_same_if_they_mean_the_same(
        self, one: str, other: str, same: bool
    ) -> None:
        assert MATH.same(one, other) is MATH.same(other, one) is same

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no limit of processor time here")
    def test_a_formula_without_bounds_costs_its_own_comparison_alone(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        verifier = equality.Verifier(seconds=1)
        try:
            assert not verifier.equal("9^{9^{9^9}}", "5x")
            assert "9^{9^{9^9}} and 5x are beyond comparison" in caplog.text
            assert verifier.equal("x+1", "1+x")
        finally:
            verifier.close()

    def test_a_verifier_that_does_not_start_is_an_error_and_no_verdict(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(equality, "_PROGRAM", "raise SystemExit({seconds})")
        with pytest.raises(RuntimeError, match=r"did not start \(status 5\)"):
            equality.Verifier().equal("x+1", "1+x")

    def test_formulas_are_compared_from_any_thread(self) -> None:
        verdicts: list[bool] = []
        threads = [
            threading.Thread(target=lambda n=n: verdicts.append(MATH.same(f"x+{n}", f"{n}+x")))
            for n in range(2, 8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert verdicts == [True] * 6

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
    def test_a_forked_process_has_a_verifier_of_its_own(self) -> None:
        import multiprocessing

        assert MATH.same("a+b", "b+a")
        with multiprocessing.get_context("fork").Pool(2) as pool:
            pairs = [(f"a+{n}b", f"{n}b+a") for n in range(2, 10)]
            assert all(pool.starmap(equality.equal, pairs))

    @settings(max_examples=30, deadline=None)
    @given(TEXTS, TEXTS)
    def test_any_two_answers_are_compared_without_an_error_and_in_any_order(
        self, one: str, other: str
    ) -> None:
        first, second = MATH.normal(f"${one}$"), MATH.normal(f"${other}$")
        if first is not None and second is not None:
            assert MATH.same(first, first)
            assert MATH.same(first, second) == MATH.same(second, first)
