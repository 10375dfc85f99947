"""Models that think first: the thought is generated, closed, kept and counted apart from the answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from harness import UserError, task
from harness.models.formats import prompt_format
from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.models.sampled import Sampled
from harness.models.scripted import Scripted
from harness.problem import Problem, Reply, Thought
from harness.prompt import Prompt
from harness.reading.kinds import chain
from harness.request import Thinking
from harness.running.column import Meter
from harness.running.run import run

PROMPT = Prompt((("one?", "1."),), "two?")
SUM = Problem("sum", "2 + 3?", "5", "number")


@task()
def one_sum() -> list[Problem]:
    """One sum."""
    return [SUM]


class Thinker(Scripted):
    """A scripted model that thinks: what it is asked says whether it is thinking or answering."""

    def __init__(self, thought: Any = "hm, 7 </think> x", answer: Any = "5.", **settings: Any):
        self.asked: list[str] = []
        super().__init__(self._say, identity="thinker", **settings)
        self.thinking = Thinking(4, "</think>")
        self.context: int | None = None
        self._thought, self._answer = thought, answer

    def _say(self, text: str) -> Any:
        self.asked.append(text)
        return self._thought if text.endswith("<think>\n") else self._answer

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        if isinstance(prompt, str):
            return prompt, ()
        text = f"{prompt.question}<think>\n{prompt.thought}\n</think>\n\n{prompt.lead_in}"
        return text, tuple(map(ord, text))

    def thought(self, prompt: Prompt) -> tuple[str, tuple[int, ...]]:
        text = f"{prompt.question}<think>\n"
        return text, tuple(map(ord, text))


def sampled(thinker: Thinker, prompt: Prompt = PROMPT, **settings: Any) -> list[Reply]:
    return asyncio.run(Model(thinker).sample(prompt, **settings))


def test_a_thought_is_kept_apart_from_the_answer_behind_it() -> None:
    thinker = Thinker()
    [reply] = sampled(thinker)
    assert (reply.text, reply.tokens) == ("5.", 1)
    assert reply.thought is not None
    assert (reply.thought.text, reply.thought.tokens) == ("hm, 7", 2)
    assert thinker.asked == ["two?<think>\n", "two?<think>\nhm, 7\n</think>\n\n"]


def test_a_thought_that_its_limit_ends_is_closed_and_the_answer_asked_for() -> None:
    thinker = Thinker("so the answer is 7 or perhaps 8")
    [reply] = sampled(thinker)
    assert reply.thought is not None
    assert (reply.thought.text, reply.thought.finish) == ("so the answer is", "length")
    assert thinker.asked[-1].endswith("so the answer is\n</think>\n\n")
    assert (reply.text, reply.finish) == ("5.", "end")


def test_a_later_stage_goes_on_behind_the_thought_of_the_first() -> None:
    thinker = Thinker("hm </think>")
    model = Model(thinker)
    meter = Meter(model)

    async def stages() -> tuple[Reply, Reply]:
        [first] = await meter.sample(Prompt((), "two?", "Let us see."), max_tokens=9)
        [second] = await meter.sample(Prompt((), "two?", "Let us see. 5.\nSo"), max_tokens=3)
        return first, second

    first, second = asyncio.run(stages())
    assert first.thought == second.thought
    assert [text for text in thinker.asked if text.endswith("<think>\n")] == ["two?<think>\n"]
    assert meter.cost.thought_tokens == 1
    assert meter.cost.generated_tokens == 1 + first.tokens + second.tokens
    assert chain(SUM, first, second).thoughts == (first.thought,)


def test_every_sampled_path_has_a_thought_of_its_own() -> None:
    replies = sampled(Thinker(["a </think>", "b b </think>"]), n=2, temperature=1.0)
    assert [reply.thought and reply.thought.text for reply in replies] == ["a", "b b"]
    assert [reply.prompt_tokens for reply in replies] == [len("two?<think>\n"), 0]


def test_one_path_of_many_has_the_thought_of_that_path() -> None:
    thinker = Thinker(["a </think>", "b b </think>"])
    view = Sampled(Model(thinker), 1, temperature=1.0)
    [reply] = asyncio.run(view.sample(PROMPT))
    assert reply.thought is not None
    assert reply.thought.text == "b b"


def test_paths_that_branch_have_one_thought_in_common() -> None:
    replies = sampled(Thinker(["a </think>", "b </think>"], ["1", "2"]), n=2, branching=True)
    assert [reply.text for reply in replies] == ["1", "2"]
    assert [reply.thought and reply.thought.text for reply in replies] == ["a", "a"]


def test_a_thought_leaves_room_for_the_answer() -> None:
    thinker = Thinker("a b c d e f")
    thinker.context = len("two?<think>\n") + 10 + 2
    [reply] = sampled(thinker, max_tokens=10)
    assert reply.thought is not None
    assert reply.thought.text == "a b"


def test_a_text_that_is_given_as_it_is_has_no_thought() -> None:
    [reply] = asyncio.run(Model(Thinker()).sample("two?"))
    assert reply.thought is None


def test_what_was_thought_is_never_read() -> None:
    reply = Reply("I cannot say.", "end", 3, 0.0, thought=Thought("The answer is 7.", 5, "end"))
    assert chain(SUM, reply).answer is None


def test_thoughts_are_in_the_record_and_the_cost_of_a_run(tmp_path: Path) -> None:
    done = run(
        model=Thinker(answer="The answer is 5."),
        tasks=one_sum,
        strategies="self_consistency:paths=3",
        exemplars=[Problem("e", "1 + 1?", "2", "number", rationales=("1 + 1 = 2.",))],
        output=tmp_path / "run",
        ledger=Ledger(),
    )
    [score] = done.scores
    assert score["thought_tokens"] == 6
    assert score["generated_tokens"] == 6 + 3 * 4
    [sample] = done.samples
    assert [one["thoughts"] for one in sample["chains"]] == [
        [{"text": "hm, 7", "tokens": 2, "finish": "stop"}]
    ] * 3
    prompts = (done.directory / "prompts.json").read_text()
    assert "[the model's thought, of up to 4 tokens]" in prompts


def test_the_limit_of_a_thought_must_be_a_token_at_least() -> None:
    with pytest.raises(UserError, match="thinking tokens 0: must be 1 or more"):
        prompt_format(thinking_tokens=0)
