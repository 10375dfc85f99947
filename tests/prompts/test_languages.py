"""A problem in another language is asked for steps and for its answer in that language, and read there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from harness.prompts.languages import ANSWER_IN, STEPS, STEPS_IN
from harness.prompts.zero_shot import zero_shot
from harness.prompts.zero_shot_chain_of_thought import zero_shot_chain_of_thought
from harness.tasks.mgsm import LANGUAGES

from harness import KINDS, Problem, Scripted

EXEMPLARS = Path(__file__).parents[2] / "prompts" / "exemplars"
OTHERS = sorted(set(LANGUAGES) - {"en"})


def problem(language: str) -> Problem:
    return Problem(f"mgsm/{language}/1", "9 * 2?", "18", "number", tags={"language": language})


def test_there_are_words_for_every_language_of_mgsm() -> None:
    assert sorted(STEPS_IN) == sorted(ANSWER_IN) == OTHERS
    assert len({*STEPS_IN.values(), *ANSWER_IN.values()}) == 2 * len(OTHERS)


@pytest.mark.parametrize("language", OTHERS)
def test_the_answer_is_asked_for_as_worked_examples_close_and_is_read(language: str) -> None:
    exemplars = json.loads((EXEMPLARS / f"mgsm_{language}.json").read_text(encoding="utf-8"))
    assert exemplars["closing"].startswith(ANSWER_IN[language].rstrip(":"))
    reading = KINDS["number"].read(f"{ANSWER_IN[language]} 18")
    assert (reading.answer, reading.rule) == ("18", "answer_phrase")


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_stages_are_in_the_language_of_the_problem(language: str) -> None:
    asked: list[str] = []

    def script(text: str) -> str:
        asked.append(text)
        return "9 * 2 = 18." if len(asked) == 1 else " 18"

    [chain] = asyncio.run(zero_shot_chain_of_thought(problem(language), Scripted(script)))
    assert asked[0].endswith(f"A: {STEPS_IN.get(language, STEPS)}")
    english = "Therefore, the answer (arabic numerals) is"
    assert asked[1].endswith(f"\n{ANSWER_IN.get(language, english)}")
    assert chain.answer == "18"
    [chain] = asyncio.run(zero_shot(problem(language), Scripted(lambda text: " 18.")))
    assert chain.answer == "18"


def test_another_trigger_is_put_as_it_is() -> None:
    asked: list[str] = []

    def script(text: str) -> str:
        asked.append(text)
        return "18"

    script_model = Scripted(script)
    asyncio.run(zero_shot_chain_of_thought(problem("de"), script_model, trigger="Go on."))
    assert asked[0].endswith("A: Go on.")
