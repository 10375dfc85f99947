"""The readers of other programs as they are published, each by the kinds of answers that it has.

Where one compares with a gold instead of reading, it counts as right where it accepts the gold. What is
imported here is installed in an environment of its own (see `readers.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

LONGEST_WAIT = 20
"""Seconds that a text may take to be parsed, or compared; then it counts as silent, or as not it."""

NOT_IT = " (not it)"
"""Ends the answer of a reader that compares for itself and does not find the gold."""

WORDS = ("yes_no", "letters", "date")
"""Kinds whose answers the others take for words like any."""

Case = Mapping[str, Any]
Reader = Callable[[Sequence[Case]], list[str | None]]
"""Reads the texts of some cases; all at once, since a filter of lm-evaluation-harness prepares itself for long."""

Readers = dict[str, dict[str, Reader]]
"""By the reader's name and the kind."""


def each(reading: Callable[[Case], str | None]) -> Reader:
    """A reader of one text as a reader of many."""
    return lambda read: [reading(case) for case in read]


def lm_eval_readers() -> Readers:
    """The filters of the tasks gsm8k_cot, mmlu_pro, gpqa (flexible) and bbh_cot_fewshot, by kind."""
    from lm_eval.filters.extraction import MultiChoiceRegexFilter, RegexFilter

    def through(chosen: Any) -> Reader:
        def reading(read: Sequence[Case]) -> list[str | None]:
            texts = [[case["text"]] for case in read]
            docs = [{"choices": case["choices"] or ["A", "B", "C", "D"]} for case in read]
            answers = [answers[0] for answers in chosen.apply(texts, docs)]
            return [None if answer == "[invalid]" else str(answer) for answer in answers]

        return reading

    number = {
        "lm-eval strict": RegexFilter(regex_pattern=r"The answer is (\-?[0-9\.\,]+)."),
        "lm-eval flexible": RegexFilter(
            regex_pattern=r"(-?[$0-9.,]{2,})|(-?[0-9]+)", group_select=-1
        ),
    }
    choice = {
        "lm-eval strict": RegexFilter(regex_pattern=r"answer is \(?([ABCDEFGHIJ])\)?"),
        "lm-eval flexible": MultiChoiceRegexFilter(
            regex_pattern=r"(\([A-Z]\))", group_select=-1, ignore_case=True, ignore_punctuation=True
        ),
    }
    words = RegexFilter(regex_pattern=r"(?<=the answer is )(.*)(?=.)")
    readers: Readers = {
        name: {"number": through(number[name]), "choice": through(choice[name])} for name in number
    }
    for kind in WORDS:
        readers["lm-eval strict"][kind] = through(words)
    return readers


def math_verify_readers() -> Readers:
    """math-verify's parser with its own settings: formulas and numbers, or letters for a choice."""
    import math_verify

    def formula(case: Case) -> str | None:
        answer = math_verify.parse(case["text"], parsing_timeout=LONGEST_WAIT)
        if not answer:
            return None
        if case["reads"] is None:
            return str(answer[-1])
        gold = math_verify.parse(f"${case['reads']}$")
        return (
            case["reads"]
            if math_verify.verify(gold, answer, timeout_seconds=LONGEST_WAIT)
            else f"{answer[-1]}{NOT_IT}"
        )

    def letter(case: Case) -> str | None:
        letters = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(case["choices"]) or 5])
        extraction = [math_verify.StringExtractionConfig(strings=letters)]
        answer = math_verify.parse(case["text"], extraction)
        return str(answer[0]).upper() if answer else None

    return {"math-verify": {"number": each(formula), "math": each(formula), "choice": each(letter)}}


def inspect_readers() -> Readers:
    """Inspect's scorers `match(numeric=True)` for a number and `answer("letter")` for a choice."""
    from inspect_ai.scorer import AnswerPattern
    from inspect_ai.scorer._common import match_str

    def number(case: Case) -> str | None:
        target = case["reads"] if case["reads"] is not None else "0"
        answer, same = match_str(case["text"], target, location="end", numeric=True)
        if case["reads"] is None:
            return answer if re.search(r"[0-9]", answer) else None
        return case["reads"] if same else f"{answer}{NOT_IT}"

    def letter(case: Case) -> str | None:
        match = re.search(AnswerPattern.LETTER, case["text"])
        return match[1].upper() if match else None

    return {"Inspect": {"number": each(number), "choice": each(letter)}}


def lighteval_readers() -> Readers:
    """The extraction of its metrics `expr_gold_metric`, `pass@k` of mathematics and `gpqa_instruct_metric`."""
    from lighteval.metrics.utils.extractive_match_utils import (
        ExprExtractionConfig,
        IndicesExtractionConfig,
        LatexExtractionConfig,
        extract_target_from_pred,
        get_extraction_regexes,
    )
    from lighteval.metrics.utils.math_comparison import compare_gold_target
    from lighteval.utils.language import Language

    def extracted(case: Case, text: str, targets: Sequence[Any]) -> list[Any]:
        choices = case["choices"] or ["", "", "", "", ""]
        patterns = get_extraction_regexes(
            SimpleNamespace(choices=choices), targets, Language.ENGLISH
        )
        found: list[Any] = extract_target_from_pred(
            text, patterns, "first_match", "any_match", LONGEST_WAIT
        )
        return found

    def formula(of_gold: Sequence[Any], of_text: Sequence[Any], precision: int) -> Reader:
        def reading(case: Case) -> str | None:
            answers = extracted(case, case["text"], of_text)
            if not answers:
                return None
            if case["reads"] is None:
                return str(answers[-1])
            dollars = [f"${case['reads']}$", case["reads"]]
            golds = next((g for one in dollars if (g := extracted(case, one, of_gold))), dollars)
            same = compare_gold_target(golds, answers, precision, timeout_seconds=LONGEST_WAIT)
            return case["reads"] if same else f"{answers[-1]}{NOT_IT}"

        return each(reading)

    letters = IndicesExtractionConfig(
        prefix_for_extraction="NativeLetters", try_extract_without_anchor=True
    )

    def letter(case: Case) -> str | None:
        answers = extracted(case, case["text"], [letters])
        return str(answers[0]) if answers else None

    plain, latex = ExprExtractionConfig(), LatexExtractionConfig()
    first = LatexExtractionConfig(boxed_match_priority=0)
    return {
        "lighteval": {
            "number": formula([plain], [plain, first], 5),
            "math": formula([plain, latex], [plain, latex], 6),
            "choice": each(letter),
        }
    }


def evalscope_readers() -> Readers:
    """What its tasks of mathematics compare, the parser of its choices, and what its `bbh` reads of words."""
    from evalscope.benchmarks.bbh.bbh_adapter import BBHAdapter
    from evalscope.metrics.math.contracts import MathEvaluationError
    from evalscope.metrics.math.parser import compare_answers
    from evalscope.utils.multi_choices import parse_answers

    def formula(case: Case) -> str | None:
        gold = "0" if case["reads"] is None else case["reads"]
        try:
            result = compare_answers(
                case["text"], gold, prediction_mode="output", validate_reference=False
            )
        except MathEvaluationError:  # it ran out of its own time
            return None
        if not result.extracted:
            return None
        if case["reads"] is None:
            return str(result.extracted)
        return case["reads"] if result.matched else f"{result.extracted}{NOT_IT}"

    def letter(case: Case) -> str | None:
        state = SimpleNamespace(choices=case["choices"] or ["", "", "", "", ""])
        return next(iter(parse_answers(state, completion=case["text"])), None)

    def words(case: Case) -> str | None:
        return str(BBHAdapter._extract_ff_answer(case["text"])) or None

    readers = {"number": each(formula), "math": each(formula), "choice": each(letter)}
    return {"evalscope": {**readers, **dict.fromkeys(WORDS, each(words))}}
