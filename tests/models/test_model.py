from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.models.scripted import Scripted
from harness.problem import Reply
from harness.prompt import STOP, Prompt
from harness.request import ROWS, GenerationSettings, Key, Request, key, never

KEY = "af4c3fc54e54af45c87d2dffad230bc4a1d821522f33060e545c9d2b857c4710"


class Recorder:
    """A backend whose tokens are the bytes of the prompt, and which keeps what it was asked."""

    name = identity = "recorder"
    stop = STOP

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.rows = 0

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        text = prompt if isinstance(prompt, str) else prompt.plain()
        return text, tuple(text.encode())

    def generate(
        self,
        requests: Sequence[Request],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        self.rows = rows
        for index, request in enumerate(requests):
            self.asked.append(request)
            yield index, Reply(f"path {request.path}", "end", 1, -1.0)

    def describe(self) -> Mapping[str, object]:
        return {}


def sample(model: Model, prompt: Prompt | str, **settings: object) -> list[str]:
    replies = asyncio.run(model.sample(prompt, **settings))  # type: ignore[arg-type]
    return [reply.text for reply in replies]


def test_more_paths_cost_only_the_new_ones() -> None:
    backend, ledger = Recorder(), Ledger()
    assert sample(Model(backend, ledger=ledger), "q", n=2, temperature=0.7) == ["path 0", "path 1"]
    model = Model(backend, ledger=ledger, rows=5)
    assert sample(model, "q", n=4, temperature=0.7) == [f"path {path}" for path in range(4)]
    assert [request.path for request in backend.asked] == [0, 1, 2, 3]
    assert backend.rows == 5


def test_greedy_replies_do_not_depend_on_the_seed() -> None:
    backend, ledger = Recorder(), Ledger()
    sample(Model(backend, seed=1, ledger=ledger), "q")
    sample(Model(backend, seed=2, ledger=ledger), "q", top_k=40, top_p=0.9)
    assert len(backend.asked) == 1
    sample(Model(backend, seed=1, ledger=ledger), "q", temperature=0.7)
    sample(Model(backend, seed=2, ledger=ledger), "q", temperature=0.7)
    assert [request.seed for request in backend.asked[1:]] == [1, 2]


def test_a_number_is_the_same_however_it_is_written() -> None:
    backend, ledger = Recorder(), Ledger()
    sample(Model(backend, ledger=ledger), "q", temperature=1, top_p=1)
    sample(Model(backend, ledger=ledger), "q", temperature=1.0)
    assert len(backend.asked) == 1


def test_a_key_holds_all_that_decides_a_reply() -> None:
    request = Request(
        "q", (1, 2), GenerationSettings(temperature=0.7, stop=("\nQ:",)), seed=1, path=2
    )
    others = [
        replace(request, tokens=(1, 2, 0)),
        replace(request, seed=2),
        replace(request, path=1),
        replace(request, given=(3,)),
        replace(request, given=(3, 4)),
        *(
            replace(request, settings=replace(request.settings, **change))
            for change in (
                {"temperature": 0.5},
                {"top_k": 1},
                {"top_p": 0.5},
                {"stop": ()},
                {"min_p": 0.1},
                {"top_logprobs": 20},
                {"temperature": 0},
                {"temperature": 0, "branching": True},
                {"certainty": True},
                {"temperature": 0, "beams": 2},
                {"temperature": 0, "beams": 3},
                {"temperature": 0, "beams": 3, "max_tokens": 1},
            )
        ),
    ]
    keys = {key("model", one).digest for one in (request, *others)}
    keys.add(key("other", request).digest)
    assert len(keys) == len(others) + 2
    # the text is only shown, and what is shared is only a hint
    assert key("model", replace(request, text="", shared=1)) == key("model", request)
    textual = replace(request, tokens=())
    assert key("model", textual) != key("model", replace(textual, text="other"))


def test_the_limit_of_tokens_stands_beside_the_digest() -> None:
    request = Request("q", (1, 2), GenerationSettings(max_tokens=200))
    longer = replace(request, settings=GenerationSettings(max_tokens=1024))
    assert key("model", longer) == Key(key("model", request).digest, 1024)
    # a text that is scored has no limit, and that of a beam search decides which text is found
    assert key("model", replace(longer, given=(3,))) == key("model", replace(request, given=(3,)))


def test_a_higher_limit_makes_only_those_chains_anew_that_the_lower_one_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = ["one two three four", "one two", "one two three four five six"]
    script, ledger = Scripted(lambda text: texts, identity="script"), Ledger()
    prompts: list[int] = []

    def generate(requests: Any, **options: Any) -> Any:
        prompts.append(len(requests))
        return Scripted.generate(script, requests, **options)

    monkeypatch.setattr(script, "generate", generate)

    def run(limit: int) -> list[str]:
        model = Model(script, ledger=ledger)
        replies = asyncio.run(model.sample("q", n=3, temperature=1.0, max_tokens=limit))
        return [reply.text for reply in replies]

    assert run(3) == ["one two three", "one two", "one two three"]
    assert run(5) == ["one two three four", "one two", "one two three four five"]
    assert run(1024) == texts
    assert run(3) == ["one two three", "one two", "one two three"]
    assert prompts == [3, 2, 1]


def test_greedy_settings_have_one_form() -> None:
    assert GenerationSettings(0, top_k=5, top_p=0.5, min_p=0.1) == GenerationSettings()
    assert repr(GenerationSettings(1)) == repr(GenerationSettings(1.0))


def test_another_version_of_the_engine_has_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request("q", (1, 2), GenerationSettings())
    before = key("model", request)
    monkeypatch.setattr("harness.request.ENGINE", 1_000_000)
    assert key("model", request) != before


def test_a_key_changes_with_the_engines_version_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old ledger must stay good: this is the key of the first release."""
    monkeypatch.setattr("harness.request.ENGINE", 1)
    request = Request(
        "q", (1, 2), GenerationSettings(temperature=0.7, stop=("\nQ:",)), seed=1, path=2
    )
    assert key("model", request).digest == KEY


@pytest.mark.parametrize("how", [{"branching": True}, {"beams": 3}])
def test_paths_that_branch_or_are_beams_differ_and_do_not_depend_on_the_seed(how: Any) -> None:
    backend, ledger = Recorder(), Ledger()
    for seed in (1, 2):
        paths = sample(Model(backend, seed=seed, ledger=ledger), "q", n=3, **how)
        assert paths == ["path 0", "path 1", "path 2"]
    assert [request.path for request in backend.asked] == [0, 1, 2]


def test_the_prompt_format_gives_the_stop_texts_unless_they_are_given() -> None:
    backend = Recorder()
    sample(Model(backend), "q")
    sample(Model(backend), "q", stop=["."])
    assert [request.settings.stop for request in backend.asked] == [STOP, (".",)]


def test_worked_examples_are_known_to_be_shared() -> None:
    backend = Recorder()
    model = Model(backend)
    examples = (("one and one?", "2."), ("two and two?", "4."))
    for question in ("what?", "how many?"):
        sample(model, Prompt(examples, question, "So"))
    sample(model, "a text")
    first, second, plain = backend.asked
    together = len(b"Q: one and one?\nA: 2.\n\nQ: two and two?\nA: 4.\n\nQ: ")
    assert (first.shared, second.shared, plain.shared) == (together, together, 0)


def test_what_a_problem_was_asked_before_is_not_shared() -> None:
    backend = Recorder()
    examples = (("one and one?", "2."),)
    turns = (*examples, ("how many?", "3."))
    sample(Model(backend), Prompt(turns, "and what?", own=1))
    assert backend.asked[0].shared == len(b"Q: one and one?\nA: 2.\n\nQ: ")


def test_a_prompt_is_never_shared_whole() -> None:
    backend = Recorder()
    sample(Model(backend), Prompt((), "?"))
    assert backend.asked[0].shared == len(backend.asked[0].tokens) - 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 3}, "temperature 0 gives the same reply 3 times"),
        ({"n": 0}, "n=0"),
        ({"temperature": -1.0}, "temperature=-1.0"),
        ({"top_p": 0.0}, "top_p=0.0"),
        ({"top_k": -1, "temperature": 1.0}, "top_k=-1"),
        ({"min_p": 1.5, "temperature": 1.0}, "min_p=1.5"),
        ({"top_logprobs": -1}, "top_logprobs=-1"),
        ({"max_tokens": 0}, "max_tokens=0"),
        ({"stop": ("",)}, "stop text is empty"),
    ],
)
def test_settings_that_make_no_sense_are_named(settings: dict[str, object], message: str) -> None:
    if "top_p" in settings:
        settings = {**settings, "temperature": 1.0}
    with pytest.raises(ValueError, match=message):
        sample(Model(Recorder()), "q", **settings)


def test_a_path_can_be_asked_for_alone() -> None:
    backend, ledger = Recorder(), Ledger()
    model = Model(backend, ledger=ledger)
    assert sample(model, "q", n=2, first=3, temperature=0.7) == ["path 3", "path 4"]
    assert sample(model, "q", n=5, temperature=0.7) == [f"path {path}" for path in range(5)]
    assert [request.path for request in backend.asked] == [3, 4, 0, 1, 2]
    with pytest.raises(ValueError, match="first=-1"):
        sample(model, "q", first=-1)
    with pytest.raises(ValueError, match="same reply 2 times"):
        sample(model, "q", first=1)


def test_who_asks_for_a_later_path_alone_has_the_prompt_read_for_it() -> None:
    model = Model(Recorder())
    replies = asyncio.run(model.sample("a prompt", n=2, first=3, temperature=0.7))
    assert [reply.prompt_tokens for reply in replies] == [len(b"a prompt"), 0]
