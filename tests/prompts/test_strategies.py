"""Every strategy does what its paper says, on a scripted model that records what it is asked."""

import asyncio
import functools
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from harness.prompts.chain_of_thought import chain_of_thought
from harness.prompts.input_rationale_ensemble import input_rationale_ensemble
from harness.prompts.prompt_order_ensemble import prompt_order_ensemble
from harness.prompts.self_consistency import self_consistency
from harness.prompts.standard import standard
from harness.prompts.zero_shot import zero_shot
from harness.prompts.zero_shot_chain_of_thought import zero_shot_chain_of_thought

from harness import (
    KINDS,
    Chain,
    Problem,
    Rationale,
    Reply,
    Scripted,
    UserError,
    chain,
    reasoned,
    run,
    shown,
    task,
)
from harness.catalogue.finding import find, names
from harness.models.ledger import Ledger
from harness.problems.exemplars import exemplar_set
from harness.reading.kinds import STRICT_RULES
from harness.running.rehearsing import rehearse
from harness.voting.stopping import STOPS, replay
from harness.voting.votes import Ballot, first, majority

EXEMPLARS = tuple(
    Problem(
        f"e/{n}", f"What is {n} + 1?", str(n + 1), "number", rationales=(f"{n} + 1 = {n + 1}.",)
    )
    for n in range(4)
)
PROBLEM = Problem("p", "What is 2 + 3?", "5", "number", exemplars=EXEMPLARS)
SOLVED = " 2 + 3 = 5. The answer is 5."
SAME = KINDS["number"].same


class Recorder:
    """A scripted model's function that keeps the prompts it was given."""

    def __init__(self, answer: Callable[[str], str | Sequence[str]]) -> None:
        self.prompts: list[str] = []
        self.answer = answer

    def __call__(self, text: str) -> str | Sequence[str]:
        self.prompts.append(text)
        return self.answer(text)

    @property
    def distinct(self) -> list[str]:
        return list(dict.fromkeys(self.prompts))


def ran(
    strategy: Callable[..., object], asked: Recorder, problem: Problem = PROBLEM, **options: object
) -> list[Chain]:
    return asyncio.run(strategy(problem, Scripted(asked), **options))  # type: ignore[arg-type]


def test_zero_shot_asks_with_the_trigger_of_the_kind_alone() -> None:
    asked = Recorder(lambda text: " 5.")
    [chain] = ran(zero_shot, asked)
    assert asked.prompts == ["Q: What is 2 + 3?\nA: The answer (arabic numerals) is"]
    assert chain.answer == "5"


def test_standard_shows_answers_without_reasoning() -> None:
    asked = Recorder(lambda text: " The answer is 5.")
    [chain] = ran(standard, asked, shots=2)
    assert asked.prompts == [
        "Q: What is 0 + 1?\nA: The answer is 1.\n\nQ: What is 1 + 1?\nA: The answer is 2.\n\n"
        "Q: What is 2 + 3?\nA:"
    ]
    assert chain.answer == "5"


def test_chain_of_thought_shows_the_reasoning_before_each_answer() -> None:
    asked = Recorder(lambda text: SOLVED)
    [chain] = ran(chain_of_thought, asked, shots=1)
    assert asked.prompts == [
        "Q: What is 0 + 1?\nA: 0 + 1 = 1. The answer is 1.\n\nQ: What is 2 + 3?\nA:"
    ]
    assert (chain.answer, chain.rule) == ("5", "answer_phrase")


@pytest.mark.parametrize(
    ("options", "shown_answer"),
    [
        ({}, "0 + 1 = 1. The answer is 1."),
        ({"annotator": "B"}, "One on from 0 is 1. The answer is 1."),
        ({"rationale": "equation"}, "0 + 1 = 1. The answer is 1."),
        ({"rationale": "dots"}, "......... The answer is 1."),
        ({"rationale": "after_answer", "annotator": "B"}, "The answer is 1. One on from 0 is 1."),
    ],
)
def test_the_ablations_change_what_the_examples_show(
    options: dict[str, object], shown_answer: str
) -> None:
    exemplar = replace(
        EXEMPLARS[0], rationales=("0 + 1 = 1.", "One on from 0 is 1."), equation="0 + 1 = 1"
    )
    asked = Recorder(lambda text: SOLVED)
    ran(chain_of_thought, asked, replace(PROBLEM, exemplars=(exemplar,)), **options)
    assert asked.prompts == [f"Q: What is 0 + 1?\nA: {shown_answer}\n\nQ: What is 2 + 3?\nA:"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("rationale=equation", "e/0 has no equation"),
        ("rationale=dots", "e/0 has no equation"),
        ("annotator=B", "e/0 has those of A alone"),
        ("annotator=", "e/0 has those of A alone"),
    ],
)
def test_an_ablation_that_the_examples_cannot_show_is_refused_before_a_model_is_asked(
    options: str, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        asyncio.run(rehearse(find(f"chain_of_thought:{options}", "strategy"), PROBLEM))


@pytest.mark.parametrize("name", ["aqua", "arithmetic", "coin_flip", "last_letter"])
@pytest.mark.parametrize("rationale", ["full", "equation", "dots", "after_answer"])
def test_every_set_of_examples_shows_every_ablation_with_its_answer_to_be_read(
    name: str, rationale: Rationale
) -> None:
    exemplars = exemplar_set(name).problems
    annotators = "A" if name == "aqua" else "ABC"
    for annotator in annotators:
        prompt = reasoned(PROBLEM, exemplars, rationale=rationale, annotator=annotator)
        for exemplar, (_, answer) in zip(exemplars, prompt.examples, strict=True):
            read = KINDS[exemplar.kind].read(answer, exemplar.choices)
            assert read.answer == exemplar.answer
            assert read.rule in STRICT_RULES


def test_the_calculator_mends_the_chain_before_it_is_read() -> None:
    asked = Recorder(lambda text: " 2 + 3 = 6. The answer is 6.")
    [plain] = ran(chain_of_thought, asked)
    [mended] = ran(chain_of_thought, asked, calculator=True)
    assert (plain.answer, mended.answer) == ("6", "5")
    assert mended.text == " 2 + 3 = 5. The answer is 5."


def test_zero_shot_chain_of_thought_reasons_first_and_asks_for_the_answer_then() -> None:
    asked = Recorder(lambda text: " 5." if "Therefore" in text else " 2 and 3 make 5.")
    [chain] = ran(zero_shot_chain_of_thought, asked)
    first = "Q: What is 2 + 3?\nA: Let's think step by step."
    assert asked.prompts == [
        first,
        f"{first} 2 and 3 make 5.\nTherefore, the answer (arabic numerals) is",
    ]
    assert chain.answer == "5"
    assert chain.text == " 2 and 3 make 5.\nTherefore, the answer (arabic numerals) is 5."
    assert chain.tokens == 5 + 1


def test_self_consistency_samples_as_many_paths_as_asked_for_from_one_prompt() -> None:
    asked = Recorder(lambda text: [SOLVED, " The answer is 6.", SOLVED])
    chains = ran(self_consistency, asked, paths=6)
    assert [c.answer for c in chains] == ["5", "6", "5"] * 2
    assert len(asked.distinct) == 1


def test_the_beams_of_one_search_vote_and_the_first_is_beam_search_itself() -> None:
    class Searching(Scripted):
        async def sample(self, prompt: object, **settings: object) -> list[Reply]:
            seen.append((settings["beams"], settings["first"], settings.get("temperature", 0)))
            return await super().sample(prompt, **settings)  # type: ignore[arg-type]

    seen: list[tuple[object, ...]] = []
    model = Searching(lambda text: [" The answer is 6.", SOLVED, SOLVED])
    chains = asyncio.run(self_consistency(PROBLEM, model, beams=3))
    assert seen == [(3, path, 0) for path in range(3)]
    assert [c.answer for c in chains] == ["6", "5", "5"]
    assert majority([c.answer for c in chains], str.__eq__).answer == "5"
    assert first([Ballot(c.answer) for c in chains], str.__eq__, k=1).answer == "6"
    assert len(asyncio.run(self_consistency(PROBLEM, model, beams=3, paths=2))) == 2


def test_a_later_stage_of_a_beam_goes_on_with_the_likeliest_text() -> None:
    said = [" thought 0.", " thought 1."]
    model = Scripted(lambda text: [" 7.", " 8."] if "Therefore" in text else said)
    chains = asyncio.run(
        self_consistency(PROBLEM, model, base="zero_shot_chain_of_thought", beams=2)
    )
    assert [c.answer for c in chains] == ["7", "7"]
    assert all(f"thought {path}." in c.text for path, c in enumerate(chains))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("beams=-1", "must be 0"),
        ("beams=3,stop=decided", "leave out stop"),
        ("beams=3,temperature=0.5", "leave out temperature"),
        ("beams=3,top_k=0", "leave out temperature"),
        ("beams=3,base=self_consistency", "must make one greedy chain"),
        ("beams=3,base=chain_of_thought_decoding", "must make one greedy chain"),
    ],
)
def test_what_makes_no_sense_of_a_search_is_refused(options: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        asyncio.run(rehearse(find(f"self_consistency:{options}", "strategy"), PROBLEM))


def test_each_path_of_a_base_strategy_is_that_path_of_every_stage() -> None:
    class Paths(Scripted):
        """Says in each reply which path it is, and how it was asked."""

        async def sample(self, prompt: object, **settings: object) -> list[Reply]:
            replies = await super().sample(prompt, **settings)  # type: ignore[arg-type]
            seen.append((settings["first"], settings["temperature"], settings["max_tokens"]))
            return replies

    seen: list[tuple[Any, ...]] = []
    said = [f" thought {path}." for path in range(9)]
    concluded = [f" {path}." for path in range(9)]
    model = Paths(lambda text: concluded if "Therefore" in text else said)
    chains = asyncio.run(
        self_consistency(PROBLEM, model, base="zero_shot_chain_of_thought", paths=3)
    )
    assert [c.answer for c in chains] == ["0", "1", "2"]
    assert all(f"thought {path}." in c.text for path, c in enumerate(chains))
    assert sorted(seen) == sorted([(p, 0.7, t) for p in range(3) for t in (256, 32)])


def test_the_paths_of_chain_of_thought_are_the_samples_of_its_prompt() -> None:
    def said(text: str) -> list[str]:
        return [f" I say {crc32(text.encode()) % 97 + path}." for path in range(40)]

    async def sampled(problem: Problem) -> list[Reply]:
        model = Scripted(said)
        return await model.sample(reasoned(problem, EXEMPLARS), n=7, temperature=0.7, top_k=40)

    given = [replace(PROBLEM, id=f"p/{n}", question=f"What is 2 + {n}?") for n in range(3)]
    for problem in (*given, *reversed(given)):
        chains = ran(self_consistency, Recorder(said), problem, paths=7, shots=4)
        replies = asyncio.run(sampled(problem))
        assert [c.text for c in chains] == [reply.text for reply in replies]
        assert [c.answer for c in chains] == [c.answer for c in map(_read(problem), replies)]


def _read(problem: Problem) -> Callable[[Reply], Chain]:
    return lambda reply: chain(problem, reply)


MINE = """
from harness import chain, direct, strategy

@strategy
async def mine(problem, model, *, lead: str = "So"):
    [reply] = await model.sample(direct(problem, lead_in=lead))
    return [chain(problem, reply)]
"""


def test_a_base_may_be_a_strategy_of_a_users_file_with_options(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    spec = f"self_consistency:base=({tmp_path}/mine.py@mine:lead=Well, then),paths=2"
    found = find(spec, "strategy")
    asked = Recorder(lambda text: [" 5.", " 6."])
    options: dict[str, Any] = dict(found.options)
    chains = ran(found.function, asked, **options)
    assert [c.answer for c in chains] == ["5", "6"]
    assert asked.distinct == ["Q: What is 2 + 3?\nA: Well, then"]
    (tmp_path / "mine.py").write_text(MINE + "# edited")
    assert find(spec, "strategy").digest != found.digest


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("base=chain_of_thougt", r"did you mean 'chain_of_thought'\?"),
        ("base=self_consistency", "must make one greedy chain"),
        ("base=zero_shot,shots=2", "zero_shot has no option 'shots'"),
        ("base=chain_of_thought:rationale=equation", "e/0 has no equation"),
        ("temperature=0,stop=window,per_round=1", "temperature=0 with paths=40"),
    ],
)
def test_a_base_or_temperature_that_gives_no_paths_is_refused_before_a_model_is_asked(
    options: str, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        asyncio.run(rehearse(find(f"self_consistency:{options}", "strategy"), PROBLEM))


# What the paths of a prompt say, from the first and round again.
POOLS: dict[str, Sequence[str]] = {
    "clear": [SOLVED],
    "silent at first": [" I do not know.", " I do not know.", SOLVED],
    "divided": [SOLVED, " The answer is 6.", SOLVED, " The answer is 6.", " The answer is 7."],
    "late": [" The answer is 6."] * 3 + [SOLVED] * 37,
    "in other forms": [SOLVED, " The answer is 5.0.", " The answer is $5."],
    "scattered": [f" The answer is {n}." for n in range(40)],
}


@pytest.mark.parametrize(
    "strategy",
    [
        self_consistency,
        prompt_order_ensemble,
        functools.partial(prompt_order_ensemble, shots=2),  # members share prompts
        functools.partial(input_rationale_ensemble, pool=2),
    ],
)
@pytest.mark.parametrize("stop", [*STOPS, "window:size=3"])
@pytest.mark.parametrize("texts", POOLS.values(), ids=POOLS)
def test_a_stop_while_sampling_is_the_stop_replayed(
    strategy: Callable[..., object], stop: str, texts: Sequence[str]
) -> None:
    def said(text: str) -> list[str]:
        start = crc32(text.encode())  # another path first for each prompt
        return [texts[(start + path) % len(texts)] for path in range(len(texts))]

    every = ran(strategy, Recorder(said), paths=40)
    for per_round in (3, 5):
        replayed = replay([c.answer for c in every], SAME, stop, per_round=per_round)
        chains = ran(strategy, Recorder(said), paths=40, stop=stop, per_round=per_round)
        assert chains == every[: replayed.drawn]
        assert majority([c.answer for c in chains], SAME) == replayed.vote


def test_a_path_that_was_drawn_in_an_earlier_round_costs_nothing_in_the_next(
    tmp_path: Path,
) -> None:
    asked = Recorder(lambda text: POOLS["divided"])
    given = [replace(PROBLEM, id=f"p/{n}", question=f"What is 2 + {n}?") for n in range(3)]

    @task()
    def sums() -> Iterator[Problem]:
        """Sums."""
        yield from given

    early = functools.partial(self_consistency, paths=20, stop="decided", per_round=3)
    done = run(
        Scripted(asked), sums, early, output=tmp_path, ledger=Ledger(), progress=False, seed=1
    )
    drawn = [len(sample["chains"]) for sample in done.samples]
    assert drawn == [20, 20, 20]
    assert len(asked.prompts) == sum(drawn)
    [score] = done.scores
    tokens = [chain["tokens"] for sample in done.samples for chain in sample["chains"]]
    assert score["generated_tokens"] == sum(tokens)
    assert score["prompt_tokens"] == sum(len(prompt.split()) for prompt in asked.distinct)


@pytest.mark.parametrize(
    "strategy", ["self_consistency", "prompt_order_ensemble", "input_rationale_ensemble"]
)
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("stop=adaptve", r"no stop 'adaptve' \(did you mean 'adaptive'\?\)"),
        ("stop=adaptive:threshold=2", r"threshold=2\.0 of the stop adaptive"),
        ("stop=window,per_round=0", "per_round=0"),
        ("paths=0", "paths=0"),
    ],
)
def test_a_stop_that_is_none_is_refused_before_a_model_is_asked(
    strategy: str, options: str, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        asyncio.run(rehearse(find(f"{strategy}:{options}", "strategy"), PROBLEM))


def test_each_member_of_the_prompt_order_ensemble_sees_another_order_of_the_same_examples() -> None:
    asked = Recorder(lambda text: SOLVED)
    assert len(ran(prompt_order_ensemble, asked, paths=10)) == 10
    assert len(asked.distinct) > 5
    lines = {tuple(sorted(prompt.split("\n"))) for prompt in asked.distinct}
    assert len(lines) == 1
    again = Recorder(lambda text: SOLVED)
    ran(prompt_order_ensemble, again, paths=10, order=1)
    assert again.distinct != asked.distinct


def test_members_that_share_a_prompt_are_different_paths_of_it() -> None:
    # Two examples have two orders only: ten members must still be ten draws.
    asked = Recorder(lambda text: [f"The answer is {n}." for n in range(10)])
    chains = ran(prompt_order_ensemble, asked, paths=10, shots=2)
    assert len(asked.distinct) == 2
    assert len({c.answer for c in chains}) >= 5


def test_the_input_rationale_ensemble_replaces_one_rationale_by_one_the_model_wrote() -> None:
    def answer(text: str) -> Sequence[str]:
        question = text.rpartition("Q: ")[2]
        if "2 + 3" in question:
            return [SOLVED]
        number = int(question.split()[2])
        return [f" I count one on from {number}. The answer is {number + 1}.", " The answer is 99."]

    asked = Recorder(answer)
    chains = ran(input_rationale_ensemble, asked, paths=8, pool=4)
    assert [c.answer for c in chains] == ["5"] * 8
    own = [prompt for prompt in asked.distinct if prompt.endswith("Q: What is 2 + 3?\nA:")]
    assert 1 < len(own) <= 4
    for prompt in own:
        assert prompt.count("I count one on from") == 1
        assert prompt.count("+ 1 =") == 3
        assert "99" not in prompt


def test_leave_one_out_shows_an_example_all_others_but_itself() -> None:
    asked = Recorder(lambda text: SOLVED)
    ran(input_rationale_ensemble, asked, paths=1, pool=2)
    pool = [prompt for prompt in asked.distinct if not prompt.endswith("Q: What is 2 + 3?\nA:")]
    assert len(pool) == 4
    for number, prompt in enumerate(pool):
        assert prompt.count(f"Q: What is {number} + 1?") == 1
        assert prompt.endswith(f"Q: What is {number} + 1?\nA:")
        assert prompt.count("Q:") == 4


def test_examples_without_a_rationale_that_reaches_the_gold_stay_as_written() -> None:
    asked = Recorder(lambda text: " The answer is 99.")
    ran(input_rationale_ensemble, asked, paths=4, pool=2)
    own = [prompt for prompt in asked.distinct if prompt.endswith("Q: What is 2 + 3?\nA:")]
    assert len(own) == 1
    assert "99" not in own[0]


def _written(text: str) -> list[str]:
    question = text.rpartition("Q: ")[2]
    if "2 + 3" in question:
        return [SOLVED]
    number = int(question.split()[2])
    return [f" I count one on from {number}. The answer is {number + 1}."]


def test_a_written_rationale_is_kept_where_its_answer_counts_as_the_gold() -> None:
    pytest.importorskip("math_verify")
    exemplars = tuple(
        Problem(f"e/{n}", f"Expand {n}.", gold, "math", rationales=("So.",))
        for n, gold in enumerate(["2y+6", "x"])
    )
    problem = Problem("p", "Expand it.", "z", "math", exemplars=exemplars)
    recorder = Recorder(lambda text: " Doubled:\n\nThe answer is $2(y+3)$.")
    model = Scripted(recorder)
    asyncio.run(input_rationale_ensemble(problem, model, paths=1, pool=1))
    assert "A: Doubled:\nThe answer is $2(y+3)$.\n\nQ: Expand 1." in recorder.prompts[-1]


def test_a_written_rationale_that_was_cut_off_is_not_kept() -> None:
    recorder = Recorder(lambda text: f" {text.count('Q:')} So the answer is 1. And on and on")
    asyncio.run(
        input_rationale_ensemble(PROBLEM, Scripted(recorder), paths=1, pool=1, max_tokens=9)
    )
    assert "And on" not in recorder.prompts[-1]


def test_all_rationales_can_be_replaced_and_the_examples_shuffled_as_well() -> None:
    asked = Recorder(_written)
    ran(input_rationale_ensemble, asked, paths=6, pool=1, replace="all")
    [own] = [prompt for prompt in asked.distinct if prompt.endswith("Q: What is 2 + 3?\nA:")]
    assert own.count("I count one on from") == 4
    assert "+ 1 =" not in own
    shuffled = Recorder(_written)
    ran(input_rationale_ensemble, shuffled, paths=6, pool=1, replace="all", shuffled=True)
    orders = [prompt for prompt in shuffled.distinct if prompt.endswith("Q: What is 2 + 3?\nA:")]
    assert len(orders) > 3
    assert {tuple(sorted(prompt.split("\n"))) for prompt in orders} == {
        tuple(sorted(own.split("\n")))
    }


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("output=loud", "cannot be 'loud'"),
        ("temperature=0", "temperature=0 with paths=40"),
        ("temperature=0,output=greedy", "temperature=0 with pool=32"),
        ("pool=0", "pool=0"),
        ("max_tokens=0", "max_tokens=0"),
    ],
)
def test_an_ensemble_that_could_not_vote_is_refused_before_its_pool_is_written(
    options: str, told: str
) -> None:
    with pytest.raises(UserError, match=told):
        asyncio.run(rehearse(find(f"input_rationale_ensemble:{options}", "strategy"), PROBLEM))


def test_a_setting_of_a_second_stage_is_refused_too() -> None:
    found = find("zero_shot_chain_of_thought:answer_tokens=0", "strategy")
    with pytest.raises(UserError, match="max_tokens=0"):
        asyncio.run(rehearse(found, PROBLEM))


def test_greedy_ensembles_ask_each_prompt_once() -> None:
    asked = Recorder(lambda text: SOLVED)
    assert len(ran(prompt_order_ensemble, asked, paths=6, output="greedy", shots=2)) == 6
    assert len(asked.prompts) == len(asked.distinct) <= 2


def test_an_unknown_output_is_refused() -> None:
    with pytest.raises(UserError, match="'loud'"):
        ran(prompt_order_ensemble, Recorder(lambda text: SOLVED), paths=2, output="loud")


def test_too_many_shots_are_refused_with_the_number_there_is() -> None:
    with pytest.raises(UserError, match=r"shots=9.*4 worked examples"):
        shown(PROBLEM, 9, None)
    with pytest.raises(UserError, match="--exemplars"):
        shown(Problem("bare", "?", "1", "number"), None, None)


def test_an_order_is_a_seeded_shuffle() -> None:
    once, again = shown(PROBLEM, None, 3), shown(PROBLEM, None, 3)
    assert list(once) == list(again)
    assert sorted(e.id for e in once) == [e.id for e in EXEMPLARS]
    random.seed(0)
    assert list(shown(PROBLEM, None, 3)) == list(once)


FAMILIES = {
    "prompting",
    "sampling and voting",
    "decomposition",
    "checking and revising",
    "programs",
    "decoding",
    "likelihood",
}


@pytest.mark.parametrize("name", names("strategy"))
def test_every_strategy_ends_its_text_with_family_cost_and_use(name: str) -> None:
    module = sys.modules[find(name, "strategy").function.__module__]
    *_, family, cost, helps = (module.__doc__ or "").strip().split("\n")
    assert family.removeprefix("Family: ").removesuffix(".") in FAMILIES
    assert cost.startswith("Cost: ")
    assert helps.startswith("Helps: ")
