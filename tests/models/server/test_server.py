"""A model behind a server: asked as it would be here, held to what it can do, and stopped where it must be."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import Problem, UserError, run, strategy, task
from harness.errors import RunStoppedError
from harness.models import load
from harness.models.chat import PromptFormatError
from harness.models.ledger import Ledger
from harness.models.model import Model
from harness.models.server.about import about
from harness.models.server.server import Server
from harness.prompt import Prompt
from harness.request import GenerationSettings
from harness.testing.fake_server import FakeServer

ASKED = Prompt((("1 + 1?", "2."),), "2 + 3?")


def says(prompt: str, seed: int | None) -> str:
    return f"seed {seed}, of many words. The answer is {5 if seed is None else seed % 10}."


@pytest.fixture(scope="module")
def fake() -> Any:
    with FakeServer(says) as server:
        yield server


@pytest.fixture
def chat_tokenizer(tmp_path: Path, make_tokenizer: Callable[..., Any]) -> str:
    make_tokenizer(chat=True).save_pretrained(tmp_path)
    return str(tmp_path)


def server(spec: str, **settings: Any) -> Server:
    model = load(spec, **settings)
    assert isinstance(model, Server)
    return model


def sampled(model: Server, prompt: Prompt | str = ASKED, **settings: Any) -> list[str]:
    return [reply.text for reply in asyncio.run(Model(model).sample(prompt, **settings))]


@task()
def sums(*, count: int = 20) -> Any:
    """Sums, all with one answer."""
    for number in range(count):
        yield Problem(f"sums/{number}", f"What is {number} + {5 - number}?", "5", "number")


@strategy
async def ask(problem: Problem, model: Model, *, paths: int = 1, temperature: float = 0.0) -> Any:
    """The question alone."""
    from harness import chain, direct

    replies = await model.sample(direct(problem), n=paths, temperature=temperature)
    return [chain(problem, reply) for reply in replies]


def test_without_a_tokenizer_it_is_asked_in_our_turns(fake: FakeServer) -> None:
    model = server(fake.url)
    [text] = sampled(model)
    assert text == "seed None, of many words. The answer is 5."
    assert fake.requests[-1]["messages"] == [
        {"role": "user", "content": "1 + 1?"},
        {"role": "assistant", "content": "2."},
        {"role": "user", "content": "2 + 3?"},
    ]
    assert model.describe()["api"] == "chat"
    assert model.describe()["verified"] is False


def test_with_a_tokenizer_it_is_given_the_very_tokens(
    fake: FakeServer, chat_tokenizer: str
) -> None:
    model = server(fake.url, tokenizer=chat_tokenizer, chat=True)
    text, tokens = model.prompt(ASKED)
    assert text == "<|user|>1 + 1?<|end|><|assistant|>2.<|end|><|user|>2 + 3?<|end|><|assistant|>"
    sampled(model)
    assert fake.requests[-1]["prompt"] == list(tokens)
    assert model.api == "completions"


def test_a_server_that_takes_no_tokens_is_given_the_very_text(chat_tokenizer: str) -> None:
    with FakeServer(says, lacks=["tokens", "usage"]) as fake:
        model = server(fake.url, tokenizer=chat_tokenizer, chat=True, api="completions")
        sampled(model)
        assert fake.requests[-1]["prompt"] == model.prompt(ASKED)[0]


def test_a_server_that_reads_prompts_otherwise_is_asked_in_turns(chat_tokenizer: str) -> None:
    # it counts words where we count bytes: as one does that puts the prompt into a template of its own
    with FakeServer(says, lacks=["tokens"]) as fake:
        assert server(fake.url, tokenizer=chat_tokenizer, chat=True).api == "chat"
        model = server(fake.url, tokenizer=chat_tokenizer, chat=True, api="completions")
        with pytest.raises(UserError, match="reads other tokens"):
            model.require([GenerationSettings()])


def test_a_server_without_completions_is_asked_in_turns(chat_tokenizer: str) -> None:
    with FakeServer(says, lacks=["completions"]) as fake:
        assert server(fake.url, tokenizer=chat_tokenizer, chat=True).api == "chat"


def test_without_a_tokenizer_the_servers_own_reads_and_writes_prompts(fake: FakeServer) -> None:
    begun = Prompt((("1 + 1?", "2."),), "2 + 3?", " Let's see.")
    model = server(fake.url, api="completions")
    text, tokens = model.prompt(begun)
    assert text == "user: 1 + 1?\nassistant: 2.\nuser: 2 + 3?\nassistant: Let's see."
    sampled(model, begun)
    assert fake.requests[-1]["prompt"] == list(tokens)
    assert len(tokens) == 13
    replies = asyncio.run(Model(model).score(ASKED, [" It is 5.", " 5."]))
    assert [(reply.tokens, reply.logprob) for reply in replies] == [(3, -3.0), (1, -1.0)]
    assert model.describe()["tokenizer"] == "the server's (/tokenize)"
    assert about(model)["prompts"].startswith("written by the server's own tokenizer")
    plain = server(fake.url, chat=False)
    assert plain.prompt(ASKED)[0] == "Q: 1 + 1?\nA: 2.\n\nQ: 2 + 3?\nA:"
    assert len(plain.prompt(ASKED)[1]) == 11
    assert plain.identity != model.identity


def test_a_server_without_a_page_for_tokens_is_given_the_plain_text() -> None:
    with FakeServer(says, lacks=["tokenize"]) as fake:
        model = server(fake.url, api="completions")
        assert model.prompt(ASKED) == ("Q: 1 + 1?\nA: 2.\n\nQ: 2 + 3?\nA:", ())
        with pytest.raises(UserError, match="--tokenizer"):
            model.given(ASKED, "5.")


def test_a_model_that_thinks_first_wants_its_tokenizer(fake: FakeServer) -> None:
    with pytest.raises(UserError, match=r"thinks first.*--tokenizer"):
        server(fake.url, api="completions", thinking="on").prompt(ASKED)


def test_the_limit_of_tokens_is_called_as_the_server_wants_it() -> None:
    with FakeServer(says, lacks=["max_tokens"]) as fake:
        model = server(fake.url)
        assert sampled(model, max_tokens=3) == ["seed None, of"]
        assert fake.requests[-1]["max_completion_tokens"] == 3
        assert model.can.truncates["top_k"]


def test_paths_go_out_together_and_each_has_a_seed_of_its_own(fake: FakeServer) -> None:
    model = server(fake.url)
    before = len(fake.requests)
    texts = sampled(model, n=10, temperature=1.0)
    sent = [one for one in fake.requests[before:] if one["messages"][-1]["content"] == "2 + 3?"]
    assert [one["n"] for one in sent] == [10]
    assert len(set(texts)) == 10
    # path 7 is the same alone, and another seed of ours draws others
    assert sampled(server(fake.url), n=1, first=7, temperature=1.0) == texts[7:8]
    others = asyncio.run(Model(model, seed=1).sample(ASKED, n=10, temperature=1.0))
    assert not {reply.text for reply in others} & set(texts)


def test_a_server_that_gives_one_path_at_a_time_gives_the_same_ones(fake: FakeServer) -> None:
    together = sampled(server(fake.url), n=5, temperature=1.0)
    with FakeServer(says, lacks=["n"]) as other:
        model = server(other.url)
        assert sampled(model, n=5, temperature=1.0) == together
        assert any("one by one" in note for note in model.notes)


@pytest.mark.parametrize(
    ("lack", "settings", "message"),
    [
        ("logprobs", {"top_logprobs": 2}, "2 likeliest tokens"),
        ("top_k", {"temperature": 0.7, "top_k": 40}, "does not obey top_k=40.*--top-k 0"),
        ("min_p", {"temperature": 0.7, "min_p": 0.1}, "does not obey min_p=0.1"),
        ("", {"branching": True}, "no branching"),
        ("", {"beams": 2}, "no beam search"),
        ("", {"certainty": True}, "self-certainty"),
        ("", {"repetition_penalty": 1.2}, "no repetition penalty"),
    ],
)
def test_what_would_be_another_result_is_refused(
    lack: str, settings: dict[str, Any], message: str
) -> None:
    with FakeServer(says, lacks=[lack]) as fake, pytest.raises(UserError, match=message):
        server(fake.url).require([GenerationSettings(**settings)])


def test_what_is_only_slower_is_noted(fake: FakeServer) -> None:
    with FakeServer(says, lacks=["stop", "seed"]) as other:
        model = server(other.url, chat=False)
        settings = GenerationSettings(temperature=0.7, stop=(" The",))
        model.require([settings])
        assert len(model.notes) == 2
        [text] = sampled(model, "2 + 3?", temperature=0.7, stop=[" The"])
        assert text.endswith("of many words.")


def test_a_run_is_refused_before_anything_of_it_is_asked(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"limit": 2, "ledger": Ledger(), "progress": False}
    with FakeServer(says, lacks=["logprobs"]) as fake:
        with pytest.raises(UserError, match="likeliest tokens"):
            run(server(fake.url), "coin_flip", "deep_confidence", output=tmp_path, **settings)
        assert not any("heads up" in json.dumps(one) for one in fake.requests)


def test_a_vote_is_not_weighed_by_log_probabilities_that_do_not_come(tmp_path: Path) -> None:
    weighed = "confidence_weighted:confidence=probability,paths=2,top_k=0"
    settings: dict[str, Any] = {"limit": 2, "ledger": Ledger(), "progress": False}
    with FakeServer(says, lacks=["logprobs"]) as fake:
        with pytest.raises(UserError, match="come without log-probabilities"):
            run(server(fake.url), "coin_flip", weighed, output=tmp_path / "no", **settings)
        assert len(fake.delivered) < 20
    with FakeServer(says) as fake:
        done = run(server(fake.url), "coin_flip", weighed, output=tmp_path / "yes", **settings)
        assert done.scores[0]["problems"] == 2


def test_likelihoods_come_from_what_the_server_echoes(
    fake: FakeServer, chat_tokenizer: str
) -> None:
    model = server(fake.url, tokenizer=chat_tokenizer, chat=True)
    replies = asyncio.run(Model(model).score(ASKED, ["5.", "12."]))
    assert [(reply.tokens, reply.logprob) for reply in replies] == [(2, -2.0), (3, -3.0)]
    with FakeServer(says, lacks=["echo"]) as other:
        mute = server(other.url, tokenizer=chat_tokenizer, chat=True)
        with pytest.raises(UserError, match="how likely a given text is"):
            mute.require([], scored=True)


def test_a_begun_reply_is_gone_on_with_or_refused(fake: FakeServer) -> None:
    begun = Prompt((), "2 + 3?", "Let's see.")
    sampled(server(fake.url), begun)
    assert fake.requests[-1]["messages"][-1] == {"role": "assistant", "content": "Let's see."}
    with (
        FakeServer(says, lacks=["turns"]) as other,
        pytest.raises(PromptFormatError, match="a turn of its own"),
    ):
        server(other.url).prompt(begun)


def test_log_probabilities_are_those_of_the_server(fake: FakeServer) -> None:
    model = Model(server(fake.url))
    [reply] = asyncio.run(model.sample(ASKED, top_logprobs=3))
    assert reply.tokens == len(reply.top) == 9
    assert math.isclose(reply.logprob, -4.5)
    assert reply.top[0] == (-0.5, -1.5, -2.5)
    assert reply.ends[-1] == len(reply.text)


def test_a_problem_that_the_server_refuses_fails_alone(tmp_path: Path) -> None:
    def refuse(prompt: str) -> str | None:
        return "that is no sum" if "What is 3" in prompt else None

    with FakeServer(says, refuse=refuse) as fake:
        done = run(
            server(fake.url), sums, ask, output=tmp_path / "r", ledger=Ledger(), progress=False
        )
    errors = {one["problem"]: one["error"] for one in done.samples if one["error"]}
    assert list(errors) == ["sums/3"]
    assert "answered 400: that is no sum" in errors["sums/3"]
    assert done.scores[0]["accuracy"] == 1


def test_the_same_refusal_of_the_first_ten_problems_stops_the_run(tmp_path: Path) -> None:
    def refuse(prompt: str) -> str | None:
        return f"no sums, request {len(prompt)}" if "Once upon" not in prompt else None

    with FakeServer(says, refuse=refuse) as fake:
        with pytest.raises(RunStoppedError, match=r"first 10 prompts failed alike.*no sums"):
            run(
                server(fake.url),
                "arithmetic",
                ask,
                limit=100,
                output=tmp_path / "r",
                ledger=Ledger(),
                progress=False,
            )
        assert len(fake.requests) < 60


def test_no_more_is_spent_than_allowed_and_the_run_goes_on_later(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"output": tmp_path / "r", "progress": False}
    ledger = tmp_path / "ledger.sqlite"
    with FakeServer(says) as fake:
        for _ in range(20):
            model = server(fake.url, price="1000,2000", max_cost=8.0, max_model_len=64, requests=4)
            with contextlib.suppress(RunStoppedError):
                done = run(model, sums, ask, max_tokens=16, ledger=ledger, **settings)
                break
            spent = model.describe()["used"]
            assert isinstance(spent, dict)
            assert 0 < spent["dollars"] <= 8
        else:
            pytest.fail("it never came to its end")
        asked = [one for one in fake.requests if "What is" in json.dumps(one)]
        assert len(asked) == 20
        assert max(fake.delivered.values()) < 20
    assert done.scores[0]["problems"] == 20
    # 4 words of each prompt and 9 of each reply
    assert done.scores[0]["dollars"] == pytest.approx(20 * (4 * 0.001 + 9 * 0.002), rel=0.5)


def test_a_server_with_several_models_wants_a_name() -> None:
    with FakeServer(says, models=["one", "two"]) as fake:
        with pytest.raises(UserError, match=r"2 models: name one .*#NAME \(one, two\)"):
            _ = server(fake.url).name
        model = server(f"{fake.url}#two")
        sampled(model)
        assert model.name == fake.requests[-1]["model"] == "two"


def test_its_identity_is_what_it_says_of_itself_and_not_its_address() -> None:
    with FakeServer(says) as one, FakeServer(says) as other:
        assert server(one.url).identity == server(other.url).identity
        assert server(one.url).identity != server(one.url, revision="v2").identity


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with FakeServer(says) as fake:
        url = fake.url
    with pytest.raises(UserError, match="is it running"):
        run(server(url), sums, ask, output=tmp_path / "r", ledger=Ledger(), progress=False)


def test_a_model_that_the_server_has_not_got_is_one_line_with_those_that_it_has(
    fake: FakeServer,
) -> None:
    with pytest.raises(UserError, match=r"'fkae' does not exist.*\(the server has: fake\)"):
        _ = server(f"{fake.url}#fkae").can.dialect


def test_a_server_that_is_not_ready_yet_says_so() -> None:
    with (
        FakeServer(says, faults={"503": 1.0}) as fake,
        pytest.raises(UserError, match="503: Loading model: it is not ready"),
    ):
        _ = server(fake.url).name


@pytest.mark.parametrize(
    ("spec", "settings", "message"),
    [
        ("http://", {}, "names no host"),
        ("http://host:port/v1", {}, "cannot be read"),
        ("https://me:secret@host/v1", {}, "holds a password"),
        ("https://host/v1?key=secret", {}, "holds a password or a query"),
        ("http://host/v1", {"api_key_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is not set"),
        ("http://host/v1", {"requests": 0}, "requests 0"),
        ("http://host/v1", {"max_cost": 1.0}, "needs --price"),
        ("http://host/v1", {"price": "cheap"}, "price 'cheap' cannot be read"),
        ("http://host/v1", {"price": "1,1", "max_cost": -1.0}, "max cost -1"),
        ("http://host/v1", {"dtype": "float32"}, "--dtype is for a model on this machine"),
        ("reference", {"api": "chat"}, "--api is for a model behind a server"),
    ],
)
def test_what_makes_no_sense_is_refused(spec: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message) as refusal:
        load(spec, **settings)
    assert "secret" not in str(refusal.value)
