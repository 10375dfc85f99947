"""Each method of several stages asks in its order, and a stage that fails makes it silent, not wrong."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from harness.prompts.auto_chain_of_thought import auto_chain_of_thought
from harness.prompts.complexity_based import complexity_based
from harness.prompts.least_to_most import least_to_most
from harness.prompts.majority_of_strategies import majority_of_strategies
from harness.prompts.plan_and_solve import plan_and_solve
from harness.prompts.re_reading import re_reading
from harness.prompts.self_refine import self_refine
from harness.prompts.self_verification import self_verification
from harness.prompts.universal_self_consistency import universal_self_consistency

from harness import KINDS, Chain, Problem, Prompt, Reply, Scripted, UserError, direct
from harness.catalogue.finding import find
from harness.records.record import Column, sample
from harness.running.rehearsing import rehearse

ONE, TWO = "First you have 1. You get 1 more. How many?", "You have 5. You lose 2. How many?"
EXEMPLARS = (
    Problem(
        "e/1",
        ONE,
        "2",
        "number",
        rationales=("1 + 1 = 2.",),
        parts=(("How many come?", "1 comes."), ("How many are there?", "1 and 1 are 2.")),
    ),
    Problem("e/2", TWO, "3", "number", rationales=("You lose 2. So 5 - 2. That is 3.",)),
)
PROBLEM = Problem("p", "Ann has 2 pens. She buys 3. How many?", "5", "number", exemplars=EXEMPLARS)
Said = Callable[[str], str | Sequence[str]]


def ran(
    strategy: Callable[..., Any], said: Said, problem: Problem = PROBLEM, **options: object
) -> tuple[list[Chain], list[str]]:
    """The chains, and every prompt once, in order."""
    prompts: list[str] = []

    def noted(text: str) -> str | Sequence[str]:
        prompts.append(text)
        return said(text)

    chains: list[Chain] = asyncio.run(strategy(problem, Scripted(noted), **options))
    return chains, list(dict.fromkeys(prompts))


def winner(chains: Sequence[Chain], problem: Problem = PROBLEM) -> str | None:
    """What the record of these chains has as the answer."""
    answer: str | None = sample(Column("m", "t", "s", {}), problem, chains)["answer"]
    return answer


def test_a_second_stage_stands_right_behind_what_was_said() -> None:
    _, prompts = ran(plan_and_solve, lambda text: " It is 5.\n\n")
    assert prompts[1] == f"{prompts[0]} It is 5.\nTherefore, the answer (arabic numerals) is"


@pytest.mark.parametrize("said", [" five", "\nfive", "five"])
def test_an_answer_that_goes_on_with_a_reply_begins_as_the_reply_did(said: str) -> None:
    gap = "" if said[0].isspace() else " "
    assert direct(PROBLEM).continued(said).plain() == f"Q: {PROBLEM.question}\nA:{gap}{said}"


GOLDS = {
    "number": "5",
    "choice": "B",
    "yes_no": "no",
    "letters": "ab",
    "date": "05/01/2021",
    "label": "red",
    "math": "0.5",
}
OTHERWISE = {
    "number": "5.00",
    "choice": "(B)",
    "yes_no": "No",
    "letters": "AB",
    "date": "May 1, 2021",
    "label": "Red",
    "math": "\\frac{1}{2}",
}
WRONG = {
    "number": "7",
    "choice": "C",
    "yes_no": "yes",
    "letters": "ba",
    "date": "06/01/2021",
    "label": "blue",
    "math": "0.7",
}


@pytest.mark.parametrize(
    "spec",
    [
        "auto_chain_of_thought",
        "complexity_based:paths=3",
        "least_to_most",
        "majority_of_strategies",
        "plan_and_solve",
        "re_reading",
        "self_refine",
        "self_verification:paths=3",
        "universal_self_consistency:paths=3",
    ],
)
@pytest.mark.parametrize(("kind", "gold"), GOLDS.items())
def test_every_method_serves_every_kind_of_answer(spec: str, kind: str, gold: str) -> None:
    if kind == "math":
        pytest.importorskip("math_verify")
    choices = ("10", "20", "30") if kind == "choice" else ()
    asked = 'Take "Amanda Webb" as it is. Which is it?'
    one = Problem("e", "An example. Which?", gold, kind, choices, ("So it goes.",))
    problem = Problem("p", asked, gold, kind, choices, exemplars=(one,), pool=(one,))
    # The gold, the gold in other words, and something else: by one chain it is the first of them,
    # and by three it wins only where answers are brought to one form before they vote.
    replies = [
        f" It is plain that 5 it is. {KINDS[kind].sentence(answer)}"
        for answer in (gold, OTHERWISE[kind], WRONG[kind])
    ]

    def said(text: str) -> str | Sequence[str]:
        return {"solution": " 2.", "mistake in it?\nA:": " No."}.get(
            next((end for end in ("solution", "mistake in it?\nA:") if text.endswith(end)), ""),
            replies,
        )

    found = find(spec, "strategy")
    chains, _ = ran(found.function, said, problem, **found.options)
    assert winner(chains, problem) == gold


def test_re_reading_puts_the_question_twice() -> None:
    [chain], prompts = ran(re_reading, lambda text: " 5.")
    assert prompts[0].count(PROBLEM.question) == 2
    assert prompts[1] == f"{prompts[0]} 5.\nTherefore, the answer (arabic numerals) is"
    assert chain.answer == "5"


def test_plan_and_solve_leads_to_a_plan_with_or_without_care() -> None:
    _, careful = ran(plan_and_solve, lambda text: " 5.")
    _, plain = ran(plan_and_solve, lambda text: " 5.", care=False)
    assert "quantity" in careful[0]
    assert "quantity" not in plain[0]
    assert "plan" in plain[0]
    assert plain[1].endswith("Therefore, the answer (arabic numerals) is")


def divided(text: str) -> str:
    if text.endswith("A: 1."):
        return " How many are bought?\n2. How many pens are new?"
    if text.endswith("bought?\nA:"):
        return " 3 are bought."
    return " 3 are new." if text.endswith("new?\nA:") else " 2 + 3 = 5. The answer is 5."


def test_least_to_most_answers_each_part_with_the_ones_before_it_in_sight() -> None:
    [chain], prompts = ran(least_to_most, divided)
    assert len(prompts) == 4
    assert f"{ONE}\nWhich smaller" in prompts[0]
    assert "A: 1. How many come?\n\n" in prompts[0]
    assert TWO not in "".join(prompts)  # an example that states no parts shows none
    assert prompts[3].endswith(
        f"Q: {ONE}\nHow many come?\nA: 1 comes.\n\n"
        "Q: How many are there?\nA: 1 and 1 are 2. The answer is 2.\n\n"
        f"Q: {PROBLEM.question}\nHow many are bought?\nA: 3 are bought.\n\n"
        "Q: How many pens are new?\nA: 3 are new.\n\nQ: How many?\nA:"
    )
    assert chain.answer == "5"


def test_least_to_most_shares_its_worked_examples_alone() -> None:
    prompts: list[Prompt] = []

    class Noting(Scripted):
        async def sample(self, prompt: Any, **settings: Any) -> list[Reply]:
            prompts.append(prompt)
            return await super().sample(prompt, **settings)

    asyncio.run(least_to_most(PROBLEM, Noting(divided)))
    shared = [prompt.examples[: len(prompt.examples) - prompt.own] for prompt in prompts[1:]]
    assert [prompt.own for prompt in prompts] == [0, 0, 1, 2]
    assert len(set(shared)) == 1


def test_least_to_most_grows_a_quoted_list_of_words_without_a_call_for_it() -> None:
    problem = Problem("w", 'Last letters of "Al Bo Cy"?', "loy", "letters")
    letters = {'"Al"': " It is l.", '"Al Bo"': " l and o are lo.", '"Al Bo Cy"': " It is loy."}
    [chain], prompts = ran(
        least_to_most, lambda text: letters['"' + text.rsplit('"', 2)[1] + '"'], problem
    )
    assert [prompt.count("Q:") for prompt in prompts] == [1, 2, 3]
    assert prompts[2].startswith('Q: Last letters of "Al"?\nA: It is l.\n\nQ: Last')
    assert chain.answer == "loy"


@pytest.mark.parametrize("part", ["", " 3 are bought and 3 are new and 3 are paid for"])
def test_least_to_most_is_silent_where_a_part_is_empty_or_cut_off(part: str) -> None:
    said = lambda text: part if text.endswith("bought?\nA:") else divided(text)  # noqa: E731
    [chain], prompts = ran(least_to_most, said, max_tokens=9)
    assert (chain.answer, chain.text[chain.start :]) == (None, "")
    assert len(prompts) == 2


def test_least_to_most_asks_a_question_that_was_not_divided_as_it_is() -> None:
    [chain], prompts = ran(least_to_most, lambda text: " The answer is 5.")
    assert len(prompts) == 2
    assert prompts[1].endswith(f"Q: {PROBLEM.question}\nA:")
    assert chain.answer == "5"


@pytest.mark.parametrize("again", ["How many?", "how many?  "])
def test_least_to_most_asks_its_last_question_once(again: str) -> None:
    said = lambda text: (  # noqa: E731
        f" How many are bought? \n2. {again}" if text.endswith("A: 1.") else divided(text)
    )
    [chain], prompts = ran(least_to_most, said)
    assert len(prompts) == 3
    assert prompts[2].endswith("How many are bought?\nA: 3 are bought.\n\nQ: How many?\nA:")
    assert chain.answer == "5"


def numbered(text: str) -> Sequence[str]:
    return [" 4. The answer is 4.", " The answer is 4.", " 2 + 3 = 5. The answer is 5."]


def backwards(text: str) -> str | Sequence[str]:
    if "Which number is X?" not in text.rpartition("Q:")[2]:
        return numbered(text)
    return " X is 2." if "has X pens" in text and "is 5.\nWhich number" in text else " X is 7."


def test_self_verification_hides_each_number_and_the_most_checks_decide() -> None:
    chains, prompts = ran(self_verification, backwards, paths=3, checks=5)
    assert [(c.answer, c.weight) for c in chains] == [("4", 0.0), ("4", 0.0), ("5", 3.0)]
    assert chains[2].note == "3 of 5 checks held"
    assert winner(chains) == "5"
    assert len(prompts) == 1 + 2 * 2
    assert prompts[1].startswith("Q: First you have X. You get 1 more. How many?\nThe answer is 2.")


def test_self_verification_asks_of_other_kinds_whether_an_answer_is_right() -> None:
    exemplars = tuple(
        Problem(f"e/{a}", f"Is it {a}?", a, "yes_no", rationales=("It is said.",))
        for a in ("yes", "no")
    )
    problem = Problem("q", "Is 2 even?", "yes", "yes_no", exemplars=exemplars)

    def said(text: str) -> Sequence[str]:
        if not text.endswith("Is that right?\nA:"):
            return [" So the answer is no.", " So the answer is no.", " So the answer is yes."]
        assert (
            "Is it no?\nSomebody says: The answer is yes.\nIs that right?\nA: So the answer is no."
            in text
        )
        return [" Yes."] if "The answer is yes.\nIs that right?\nA:" in text[-60:] else [" No."]

    chains, _ = ran(self_verification, said, problem, paths=3)
    assert winner(chains, problem) == "yes"


def test_a_number_is_hidden_whole_or_not_at_all() -> None:
    problem = replace(
        PROBLEM, question="A bag has 2.5kg, 1,000m of 3 ropes for 1,200.50. How many?"
    )
    _, prompts = ran(self_verification, backwards, problem, paths=3)
    masked = {text.rpartition("Q: ")[2].partition("\n")[0] for text in prompts[1:]}
    assert masked == {
        problem.question.replace("3", "X"),
        problem.question.replace("1,200.50", "X"),
    }


def test_the_examples_of_checks_hide_their_numbers_in_turn() -> None:
    _, prompts = ran(self_verification, backwards, paths=3)
    assert "Q: First you have X. You get 1 more." in prompts[1]
    assert "Q: You have 5. You lose X. How many?" in prompts[1]


@pytest.mark.parametrize("check", ["", " I do not know.", " X is 7."])
def test_where_no_check_holds_the_chains_vote_and_the_note_says_so(check: str) -> None:
    said = lambda text: check if "number is X?\nA:" in text[-20:] else numbered(text)  # noqa: E731
    chains, _ = ran(self_verification, said, paths=3)
    assert "no check held" in chains[0].note
    assert winner(chains) == "4"


def test_a_single_candidate_is_not_checked() -> None:
    chains, prompts = ran(self_verification, lambda text: " The answer is 5.", paths=3)
    assert len(prompts) == 1
    assert "none was checked" in chains[0].note


@pytest.mark.parametrize("choice", [" 3.", " number 3, I think.", " Solution 3"])
def test_universal_self_consistency_counts_the_chosen_chain_alone(choice: str) -> None:
    said = lambda text: choice if text.endswith("solution") else numbered(text)  # noqa: E731
    chains, prompts = ran(universal_self_consistency, said, paths=3)
    assert prompts[1].index("Solution 1:\n4. The") < prompts[1].index("Solution 3:\n2 + 3 = 5.")
    assert [c.weight for c in chains] == [0.0, 0.0, 1.0]
    assert winner(chains) == "5"


@pytest.mark.parametrize("choice", ["", " none of them.", " 4.", " 0", " 3 and so on, and on"])
def test_a_choice_that_cannot_be_read_leaves_it_to_the_vote(choice: str) -> None:
    limit = 1 if choice.endswith("on") else 16  # cut off behind a number, of which more may come
    said = lambda text: choice if text.endswith("solution") else numbered(text)  # noqa: E731
    chains, _ = ran(universal_self_consistency, said, paths=3, choice_tokens=limit)
    assert "no choice could be read" in chains[0].note
    assert winner(chains) == "4"


def test_complexity_shows_the_longest_examples_and_lets_the_longest_chains_vote() -> None:
    chains, [prompt] = ran(complexity_based, numbered, paths=6, voters=4, shots=1)
    assert TWO in prompt
    assert ONE not in prompt
    # two steps each: chains 1, 3, 4 and 6, which share the four seats
    assert [c.weight for c in chains] == [1.0, 0.0, 1.0] * 2


def test_self_refine_revises_until_no_mistake_is_found() -> None:
    def said(text: str) -> str:
        if text.endswith("mistake in it?\nA:"):
            return " Yes, it is 5." if "is 4.\nGo" in text else " No, all is right."
        return " The answer is 5." if "What is wrong" in text else " The answer is 4."

    [chain], prompts = ran(self_refine, said)
    assert len(prompts) == 4
    assert "A solution: The answer is 4.\nWhat is wrong with it: Yes, it is 5." in prompts[2]
    assert chain.answer == "5"
    assert "Criticism:\nYes, it is 5." in chain.text
    assert chain.note == "no mistake was found: No, all is right."


@pytest.mark.parametrize(
    ("criticism", "revised"),
    [
        (" There is no mistake.", False),
        (" I see no error. All fits.", False),
        (" There are no mistakes in it", False),
        (" The solution is correct.", False),
        (" It is right, and each step fits.", False),
        (" There is no error in step 1, but step 2 is wrong.", True),
        (" It is not correct.", True),
        (" The answer is correct up to step 2.", True),
        (" Is it right? 2 + 3 is 5.", True),
        (" Yes, it is right that there is one.", True),
    ],
)
def test_self_refine_takes_praise_for_no_criticism(criticism: str, revised: bool) -> None:
    def said(text: str) -> str:
        return criticism if text.endswith("mistake in it?\nA:") else " The answer is 4."

    _, prompts = ran(self_refine, said, rounds=1)
    assert any("What is wrong" in prompt for prompt in prompts) == revised


def test_self_refine_ends_where_a_version_comes_back() -> None:
    asked: list[str] = []

    def said(text: str) -> str:
        asked.append(text)
        return " Yes." if text.endswith("mistake in it?\nA:") else " The answer is 4."

    [chain], _ = ran(self_refine, said)
    assert len(asked) == 3
    assert chain.answer == "4"
    assert "as it was" in chain.note


@pytest.mark.parametrize(
    ("draft", "criticism", "revised", "answer", "asked"),
    [
        ("", " Yes.", "", None, 1),  # nothing to look at
        (" The answer is 4.", "", "", "4", 2),  # nothing was criticised
        (" The answer is 4.", " Hm.", "", None, 3),  # the last version is what counts
        (" The answer is 4.", " Hm.", " The answer is 5.", "5", 5),
    ],
)
def test_self_refine_reads_the_last_version(
    draft: str, criticism: str, revised: str, answer: str | None, asked: int
) -> None:
    def said(text: str) -> str:
        if text.endswith("mistake in it?\nA:"):
            return criticism
        return revised if "What is wrong" in text else draft

    [chain], prompts = ran(self_refine, said, rounds=2)
    assert (chain.answer, len(prompts)) == (answer, asked)


POOL = tuple(
    Problem(f"q/{n}", f"How many {what} are {n} and 1?", "", "number")
    for what in ("red apples", "blue chairs")
    for n in range(3)
)


def written(text: str) -> str:
    if text.endswith("is"):
        return " 7." if "0 and 1" in text else " 9."
    return " They are counted to 7." if "0 and 1" in text else " Who knows."


def test_automatic_examples_are_the_simple_chains_of_each_cluster() -> None:
    problem = replace(PROBLEM, pool=POOL)
    _, prompts = ran(auto_chain_of_thought, written, problem, clusters=2)
    *_, last = prompts
    assert last.count("Q:") == 3  # 9 is in no chain, so only the questions about 0 and 1 will do
    for what in ("red apples", "blue chairs"):
        shown = (
            f"Q: How many {what} are 0 and 1?\nA: Let's think step by step. They are counted to 7."
        )
        assert f"{shown} The answer is 7." in last
    assert last.endswith(f"Q: {PROBLEM.question}\nA: Let's think step by step.")


@pytest.mark.parametrize(
    "said",
    [
        " They come to 7 and 7",  # cut off
        " The answer is 7.",  # no reasoning
        " They are 17 red ones.",  # 7 is in no number of it
        " They weigh 3.7 kg.",
    ],
)
def test_a_chain_that_shows_no_way_to_its_answer_is_no_automatic_example(said: str) -> None:
    problem = replace(PROBLEM, pool=POOL)
    answer = lambda text: " 7." if text.endswith("is") else said  # noqa: E731
    [chain], prompts = ran(auto_chain_of_thought, answer, problem, clusters=2)
    assert prompts[-1].count("Q:") == 1
    assert chain.note == "0 of 2 clusters gave an example"


def test_an_automatic_example_is_written_without_blank_lines() -> None:
    problem = replace(PROBLEM, pool=POOL[:1])
    answer = lambda text: " 7." if text.endswith("is") else " Red first.\n\n They  are 7."  # noqa: E731
    [chain], prompts = ran(auto_chain_of_thought, answer, problem, clusters=1)
    assert "A: Let's think step by step. Red first. They are 7. The answer is 7." in prompts[-1]
    assert chain.note == ""


def test_an_automatic_example_is_not_shown_to_its_own_question() -> None:
    problem = replace(PROBLEM, question=POOL[0].question, pool=POOL)
    _, prompts = ran(auto_chain_of_thought, written, problem, clusters=2)
    assert prompts[-1].count(POOL[0].question) == 1
    assert "blue chairs are 0 and 1" in prompts[-1]


@pytest.mark.parametrize("said", ["", " I do not know."])
def test_without_a_simple_chain_there_are_no_examples_and_no_more_than_some_tries(
    said: str,
) -> None:
    problem = replace(PROBLEM, pool=POOL * 2)
    [chain], prompts = ran(auto_chain_of_thought, lambda text: said, problem, clusters=1, tries=2)
    assert prompts[-1].count("Q:") == 1
    assert chain.answer is None
    assert len([one for one in prompts if one.endswith("step.")]) == 2 + 1


OF = "chain_of_thought+(self_consistency:paths=4,temperature=0.5)"


def test_strategies_and_their_options_are_joined_by_plus() -> None:
    said = lambda text: [" The answer is 5.", *[" The answer is 4."] * 3]  # noqa: E731
    chains, _ = ran(majority_of_strategies, said, of=OF)
    assert [c.answer for c in chains] == ["5", "5", "4", "4", "4"]
    assert chains[1].note == "self_consistency:paths=4,temperature=0.5"
    assert {c.weight for c in chains} == {1}
    assert winner(chains) == "4"


def test_each_strategy_has_one_vote_where_that_is_asked_for() -> None:
    said = lambda text: [" The answer is 5.", *[" The answer is 4."] * 3]  # noqa: E731
    chains, _ = ran(majority_of_strategies, said, of=OF, each="strategy")
    assert [c.weight for c in chains] == [1.0, 0.25, 0.25, 0.25, 0.25]
    assert winner(chains) == "5"


def test_a_member_that_weighs_its_chains_divides_its_votes_by_the_weights() -> None:
    said = lambda text: " 3." if text.endswith("solution") else numbered(text)  # noqa: E731
    of = "universal_self_consistency:paths=3+chain_of_thought"
    chains, _ = ran(majority_of_strategies, said, of=of)
    assert [c.weight for c in chains] == [0.0, 0.0, 3.0, 1.0]


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("majority_of_strategies:of=standard", "fewer than two"),
        ("majority_of_strategies:of=standard+self_consistncy", "did you mean 'self_consistency'"),
        ("majority_of_strategies:of=standard:shots=9+standard", "shots=9"),
        ("majority_of_strategies:of=standard+", "no strategy ''"),
        ("majority_of_strategies:of=standard+standard:shots=9", "shots=9"),
        ("majority_of_strategies:each=model", "'model'"),
        ("self_refine:rounds=0", "rounds=0"),
        ("self_verification:checks=0", "checks=0"),
        ("complexity_based:voters=0", "k=0"),
        ("complexity_based:shots=3", "shots=3"),
        ("least_to_most:parts=0", "parts=0"),
        ("auto_chain_of_thought:tries=0", "tries=0"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_a_model_is_asked(
    spec: str, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        asyncio.run(rehearse(find(spec, "strategy"), replace(PROBLEM, pool=POOL)))


def test_automatic_examples_need_questions_to_be_made_of() -> None:
    with pytest.raises(UserError, match=r"problem\.pool"):
        asyncio.run(rehearse(find("auto_chain_of_thought", "strategy"), PROBLEM))
