from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

import harness.models
from harness.errors import UserError
from harness.models.ledger import Ledger
from harness.models.local import Local
from harness.models.model import Model
from harness.problem import Reply
from harness.prompt import STOP, Prompt
from harness.request import Key, PromptTooLongError

EXAMPLES = (("one and one?", "The answer is 2."), ("two and two?", "The answer is 4."))
PROMPT = Prompt(EXAMPLES, "how many?")


def opened(folder: Path, **settings: Any) -> Local:
    return cast(Local, harness.models.load(str(folder), **{"device": "cpu", **settings}))


@pytest.fixture(scope="module")
def chat_folder(
    model_folder: Path, tmp_path_factory: pytest.TempPathFactory, make_tokenizer: Callable[..., Any]
) -> Path:
    folder = tmp_path_factory.mktemp("models") / "chat"
    shutil.copytree(model_folder, folder)
    make_tokenizer(chat=True).save_pretrained(folder)
    return folder


def test_it_answers_prompts(model_folder: Path) -> None:
    ledger = Ledger()

    def run() -> list[tuple[str, int, float]]:
        model = Model(opened(model_folder), seed=3, ledger=ledger, rows=4)
        replies = asyncio.run(model.sample(PROMPT, n=6, temperature=1.0, max_tokens=10))
        return [(reply.text, reply.tokens, reply.logprob) for reply in replies]

    first = run()
    assert len(set(first)) == 6
    assert len(ledger) == 6
    assert run() == first


def test_the_most_likely_tokens_are_noted_and_remembered(model_folder: Path) -> None:
    ledger = Ledger()

    def run(**settings: Any) -> list[Any]:
        model = Model(opened(model_folder), ledger=ledger)
        return asyncio.run(model.sample("a", n=2, temperature=1.0, max_tokens=6, **settings))

    first = run(top_logprobs=4)
    for reply in first:
        assert [len(step) for step in reply.top] == [4] * reply.tokens
        assert all(sorted(step, reverse=True) == list(step) for step in reply.top)
    assert run(top_logprobs=4) == first
    assert [reply.top for reply in run()] == [(), ()]
    assert len(ledger) == 4


def test_paths_branch_at_the_first_token_and_are_greedy_from_there(model_folder: Path) -> None:
    ledger = Ledger()

    def run(**settings: Any) -> list[Any]:
        model = Model(opened(model_folder), ledger=ledger)
        return asyncio.run(model.sample("ab", max_tokens=5, stop=(), **settings))

    paths = run(n=4, branching=True, top_logprobs=4)
    (greedy,) = run()
    assert (paths[0].text, paths[0].logprob) == (greedy.text, greedy.logprob)
    assert len({reply.text for reply in paths}) == 4
    for path, reply in enumerate(paths):
        chosen = reply.top[0][path] + sum(step[0] for step in reply.top[1:])
        assert reply.logprob == pytest.approx(chosen, abs=1e-5)
    assert [reply.prompt_tokens for reply in paths] == [2, 0, 0, 0]
    assert run(n=4, branching=True, top_logprobs=4) == paths
    with pytest.raises(ValueError, match="its paths are greedy"):
        run(n=2, branching=True, temperature=1.0)


def test_the_places_where_tokens_end_divide_the_text(model_folder: Path) -> None:
    model = Model(opened(model_folder))
    replies = asyncio.run(
        model.sample("é", n=6, temperature=1.5, max_tokens=40, top_logprobs=1, stop=("e", "\n"))
    )
    for reply in replies:
        assert len(reply.ends) == reply.tokens
        assert list(reply.ends) == sorted(reply.ends)
        assert reply.ends[-1] <= len(reply.text)
        # the tokens are bytes: each ends one character on, but for parts of one and what was cut
        plain = reply.text.isascii() and reply.finish == "length"
        assert not plain or reply.ends == tuple(range(1, len(reply.text) + 1))


def test_certainty_is_noted_where_it_is_asked_for_and_remembered(model_folder: Path) -> None:
    ledger = Ledger()

    def run(**settings: Any) -> list[Any]:
        model = Model(opened(model_folder), ledger=ledger)
        return asyncio.run(model.sample("a", n=2, temperature=1.0, max_tokens=6, **settings))

    noted, plain = run(certainty=True), run()
    assert [reply.certainty for reply in plain] == [None, None]
    assert all(reply.certainty > 0 for reply in noted)
    assert [(r.text, r.logprob) for r in noted] == [(r.text, r.logprob) for r in plain]
    assert run(certainty=True) == noted
    assert len(ledger) == 4


def test_what_is_noted_of_a_reply_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    reply = Reply("yes", "end", 2, -0.5)
    replies = {
        Key("top"): replace(reply, top=((-0.5, -1.0), (-0.25, -2.0))),
        Key("sure"): replace(reply, ends=(3, 3), certainty=2.5),
        Key("ended"): replace(reply, ends=(3,)),
    }
    with Ledger(path) as ledger:
        ledger.put_many(replies.items())
    with Ledger(path) as ledger:
        assert ledger.get(replies) == replies


def test_what_the_ledger_knows_costs_no_weights(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger()
    first = asyncio.run(Model(opened(model_folder), ledger=ledger).sample("a", max_tokens=3))
    monkeypatch.setattr(Local, "_load", lambda self: pytest.fail("weights were loaded"))
    again = asyncio.run(Model(opened(model_folder), ledger=ledger).sample("a", max_tokens=3))
    assert again == first


def test_plain_prompts_are_shown_without_weights(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "unweighted"
    shutil.copytree(model_folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    model = opened(folder)
    text, tokens = model.prompt(PROMPT)
    assert text == PROMPT.plain()
    assert model.tokens.decode(tokens) == text
    assert (model.name, model.tokens.chat, model.stop) == ("unweighted", False, STOP)


def test_chat_prompts_follow_the_template(chat_folder: Path) -> None:
    model = opened(chat_folder)
    assert (model.tokens.chat, model.stop) == (True, ())
    turns = (
        "<|user|>one and one?<|end|><|assistant|>The answer is 2.<|end|>"
        "<|user|>two and two?<|end|><|assistant|>The answer is 4.<|end|>"
        "<|user|>how many?<|end|><|assistant|>"
    )
    assert model.prompt(PROMPT)[0] == turns
    assert model.prompt(PROMPT.continued("Let's see."))[0] == turns + "Let's see."
    assert model.prompt("as it is")[0] == "as it is"
    assert opened(chat_folder, chat=False).prompt(PROMPT)[0] == PROMPT.plain()


def test_a_template_that_is_missing_is_an_error(model_folder: Path) -> None:
    with pytest.raises(UserError, match="no chat template: use --no-chat"):
        opened(model_folder, chat=True).prompt(PROMPT)


def test_every_end_token_of_the_settings_counts(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "ends"
    shutil.copytree(model_folder, folder)
    path = folder / "generation_config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "eos_token_id": [7, 9]}))
    assert opened(folder).tokens.ends == {0, 7, 9}


def test_a_prompt_beyond_the_context_is_an_error_with_both_lengths(model_folder: Path) -> None:
    model = Model(opened(model_folder))

    async def run() -> list[Any]:
        asking = (model.sample("a" * length, max_tokens=4) for length in (511, 512, 3))
        return await asyncio.gather(*asking, return_exceptions=True)

    fits, too_long, short = asyncio.run(run())
    assert (fits[0].tokens, fits[0].finish) in {(1, "length"), (1, "end")}
    assert isinstance(too_long, PromptTooLongError)
    assert "512 tokens and the model's context holds 512" in str(too_long)
    assert short[0].tokens >= 1


def test_identity_is_content(
    model_folder: Path, chat_folder: Path, tmp_path: Path, make_network: Callable[..., Any]
) -> None:
    identity = opened(model_folder).identity
    moved = tmp_path / "moved"
    shutil.copytree(model_folder, moved)
    assert opened(moved).identity == identity
    (moved / "README.md").write_text("about this model")
    assert opened(moved).identity == identity
    others = {
        opened(model_folder, dtype="bfloat16").identity,
        opened(chat_folder).identity,
        opened(chat_folder, chat=False).identity,
    }
    make_network(seed=1).save_pretrained(moved)
    others.add(opened(moved).identity)
    assert len(others | {identity}) == 5


def test_it_describes_itself(model_folder: Path, make_network: Callable[..., Any]) -> None:
    model = opened(model_folder)
    about = model.describe()
    assert about["parameters"] == make_network().num_parameters()
    assert about["hash"] == model.identity
    assert (about["name"], about["dtype"], about["device"]) == ("tiny", "float32", "cpu")
    assert json.loads(json.dumps(about)) == about


@pytest.mark.parametrize(
    ("spec", "settings", "message"),
    [
        ("./nowhere", {}, r"there is no folder \./nowhere"),
        ("/nowhere/at/all", {}, "there is no folder"),
        ("not an id!", {}, "there is no folder not an id!"),
        (".", {}, "no config.json"),
        (
            "nobody/nothing",
            {"dtype": "int3"},
            "dtype 'int3' is not known: use one of auto, float32",
        ),
        ("nobody/nothing", {"device": "tpu"}, "device 'tpu' is not known: use one of cpu"),
    ],
)
def test_what_cannot_be_opened_is_one_clear_line(
    spec: str,
    settings: dict[str, Any],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message) as caught:
        harness.models.load(spec, **settings)
    assert "\n" not in str(caught.value)


def test_a_hub_id_that_cannot_be_fetched_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    model = harness.models.load("nobody/nothing")
    with pytest.raises(UserError, match="run `hf download nobody/nothing`") as caught:
        model.prompt("a")
    assert "\n" not in str(caught.value)


def test_weights_in_another_format_are_refused(model_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(model_folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    (folder / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(UserError, match=r"no \*\.safetensors"):
        asyncio.run(Model(opened(folder)).sample("a"))


def test_a_folder_that_is_no_language_model_is_a_user_error(
    model_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "vision"
    shutil.copytree(model_folder, folder)
    (folder / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(UserError, match="vision cannot be loaded on cpu"):
        asyncio.run(Model(opened(folder)).sample("a"))


def test_finding_a_model_imports_neither_torch_nor_transformers(model_folder: Path) -> None:
    program = (
        "import sys, harness.models.model, harness.models.scripted, harness.models as models\n"
    )
    program += f"models.load({str(model_folder)!r})\n"
    program += "print(sorted({'torch', 'transformers', 'numpy'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_it_says_whether_replies_are_the_same_in_any_company(model_folder: Path) -> None:
    backend = harness.models.load(str(model_folder), device="cpu", exact=True)
    assert backend.describe()["bitwise"] is None  # nothing was generated yet
    asyncio.run(Model(backend).sample("a", max_tokens=2))
    assert backend.describe()["bitwise"] is True


def test_prompt_and_reply_share_the_length_that_a_run_allows(model_folder: Path) -> None:
    prompt = len(opened(model_folder).prompt(PROMPT)[1])
    model = Model(opened(model_folder, max_model_len=prompt + 3))
    [reply] = asyncio.run(model.sample(PROMPT, max_tokens=20, stop=()))
    assert reply.tokens <= 3
    short = Model(opened(model_folder, max_model_len=prompt))
    with pytest.raises(PromptTooLongError, match="--fit-examples"):
        asyncio.run(short.sample(PROMPT, max_tokens=20))


def test_examples_are_left_out_of_a_prompt_that_is_too_long_only_if_asked(
    model_folder: Path,
) -> None:
    whole = opened(model_folder)
    one = len(whole.prompt(replace(PROMPT, examples=EXAMPLES[1:]))[1])
    limited = opened(model_folder, max_model_len=one + 8)
    model = Model(limited, fit_examples=True)
    [reply] = asyncio.run(model.sample(PROMPT, max_tokens=8))
    assert reply.prompt_tokens == one
    assert list(model.left_out.values()) == [1]
    asked_before = replace(PROMPT, own=len(PROMPT.examples))
    with pytest.raises(PromptTooLongError):
        asyncio.run(model.sample(asked_before, max_tokens=8))
    roomy = Model(whole, fit_examples=True)
    asyncio.run(roomy.sample(PROMPT, max_tokens=8))
    assert roomy.left_out == {}
    with pytest.raises(PromptTooLongError):
        asyncio.run(Model(limited).sample(PROMPT, max_tokens=8))
