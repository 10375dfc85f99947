"""What a strategy would ask is shown with replies that fit each stage."""

import asyncio
from dataclasses import replace

import pytest

from harness import Scripted
from harness.catalogue.finding import find
from harness.request import GenerationSettings
from harness.running.showing import FAULT, Question, questions
from harness.testing import PROBLEMS, tried

SILENT = Scripted(lambda text: "")


def asked(spec: str, kind: str = "number") -> list[Question]:
    return asyncio.run(questions(find(spec, "strategy"), PROBLEMS[kind], SILENT))


@pytest.mark.parametrize("spec", ["program_aided", "program_of_thoughts"])
def test_scripted_programs_run_and_give_the_answer(spec: str) -> None:
    for trial in tried(spec):
        assert trial.refused or trial.answers == (PROBLEMS[trial.kind].answer,), trial


def test_the_option_that_a_value_is_closest_to_is_said() -> None:
    program, option = asked("program_of_thoughts", "choice")
    assert "answer = " in program.reply
    assert option.reply == " (c)."


def test_a_hidden_number_is_found_again_from_the_right_answer_alone() -> None:
    said = {
        (
            one.text.rpartition("Q: ")[2].partition(" plums")[0],
            "is 8.\nWhich" in one.text[-50:],
        ): one
        for one in asked("self_verification")[1:]
    }
    assert said["A jar holds X", True].reply == " The answer is 5."
    assert said["A jar holds 5", True].reply == " The answer is 3."
    assert said["A jar holds X", False].reply != " The answer is 5."


def test_an_answer_is_said_to_be_right_or_wrong_as_it_is() -> None:
    _, *checks = asked("self_verification", "choice")
    assert [("The answer is (c)." in one.text[-50:], one.reply) for one in checks] == [
        (True, " So the answer is yes."),
        (False, " So the answer is no."),
    ]


def test_a_solution_is_chosen_by_its_number() -> None:
    *_, last = asked("universal_self_consistency")
    assert last.reply == " 1"


def test_a_draft_is_criticised_once_and_written_anew() -> None:
    replies = [one.reply for one in asked("self_refine")]
    draft = " 5 + 3 = 8 plums. The answer is 8."
    assert replies == [draft, f" {FAULT}", " The answer is 8.", " No."]


def test_the_settings_tell_what_else_is_asked_of_the_paths() -> None:
    plain = Question("", 0, 2, GenerationSettings())
    branching = replace(plain, generation=GenerationSettings(branching=True))
    certain = replace(plain, generation=GenerationSettings(certainty=True))
    assert "each from another first token" in branching.settings()
    assert "certainty noted" in certain.settings()
    assert plain.settings() == "2 paths, greedy, at most 256 new tokens"


def test_a_prompt_whose_likelihoods_are_asked_for_again_is_shown_once() -> None:
    texts = [one.text for one in asked("confidence_weighted:paths=9")]
    assert len(texts) == len(set(texts)) == 3
