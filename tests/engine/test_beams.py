"""Beam search against transformers' own, against brute force, and against itself in other company."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import torch

import harness.models
from harness.engine.batch import Batch
from harness.engine.beams import searched
from harness.engine.decode import Generation
from harness.engine.decoder import Decoder
from harness.engine.plain import Plain
from harness.engine.sampling import likeliest
from harness.engine.shapes import Shapes
from harness.errors import UserError
from harness.models.ledger import Ledger
from harness.models.local import Local
from harness.models.model import Model
from harness.models.tokens import Tokens
from harness.problem import Reply
from harness.request import GenerationSettings, PromptTooLongError, Request, never

Network = Callable[..., Any]
SIZES: dict[str, dict[str, Any]] = {
    "gemma2": {"head_dim": 16, "query_pre_attn_scalar": 16},
    "gpt2": {"n_embd": 64},
    "llama": {},
    "mistral": {"sliding_window": 50},
    "qwen3": {"head_dim": 32},
}
EXAMPLES = "Q: two and two?\nA: The answer is 4.\n\n" * 5


@pytest.fixture(scope="module")
def tokens(model_folder: Path) -> Tokens:
    return Tokens(model_folder)


def asked(
    tokens: Tokens, text: str, beams: int, count: int | None = None, **how: Any
) -> list[Request]:
    """The paths of one search, as many as there are beams unless `count` are wanted."""
    ids = tokens.prompt(text)[1]
    shared = len(tokens.prompt(EXAMPLES)[1]) if text.startswith(EXAMPLES) else 0
    sampling = GenerationSettings(beams=beams, **how)
    paths = range(beams if count is None else count)
    return [Request(text, ids, sampling, 0, path, shared) for path in paths]


def found(
    decoder: Any, tokens: Any, requests: Sequence[Request], rows: int = 64
) -> list[Reply | Exception]:
    answers = dict(searched(decoder, tokens, requests, rows=rows, stopped=never))
    return [answers[index] for index in range(len(requests))]


def replies(*given: Any, **how: Any) -> list[Reply]:
    answers = found(*given, **how)
    assert all(isinstance(one, Reply) for one in answers), answers
    return cast(list[Reply], answers)


class Ending:
    """A vocabulary in which many tokens end a reply."""

    def __init__(self, tokens: Tokens, ends: Sequence[int]) -> None:
        self._tokens = tokens
        self.ends = frozenset(ends)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokens, name)


@pytest.mark.parametrize("family", SIZES)
@pytest.mark.parametrize(("beams", "ends"), [(3, [0]), (4, [*range(0, 258, 9)])])
def test_it_finds_what_transformers_finds(
    family: str, beams: int, ends: list[int], make_network: Network, tokens: Tokens
) -> None:
    network, plain = (make_network(family, **SIZES[family]) for _ in range(2))
    texts = ["one and one?", EXAMPLES + "how many?", EXAMPLES + "x" * 70]
    requests = [one for text in texts for one in asked(tokens, text, beams, max_tokens=12)]
    vocabulary = Ending(tokens, ends)
    ours = replies(Decoder(network), vocabulary, requests)
    for number, text in enumerate(texts):
        prompt = tokens.prompt(text)[1]
        theirs = plain.generate(
            input_ids=torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.int64),
            num_beams=beams,
            num_return_sequences=beams,
            do_sample=False,
            length_penalty=0.0,
            early_stopping=False,
            max_new_tokens=12,
            eos_token_id=ends,
            pad_token_id=0,
            output_scores=True,
            return_dict_in_generate=True,
        )
        mine = ours[number * beams : (number + 1) * beams]
        assert [one.logprob for one in mine] == pytest.approx(
            theirs.sequences_scores.tolist(), abs=1e-3
        )
        for reply, whole in zip(mine, theirs.sequences[:, len(prompt) :].tolist(), strict=True):
            said = next((whole[:at] for at, token in enumerate(whole) if token in ends), whole)
            assert reply.text == tokens.continuation(prompt, said)
            assert reply.tokens == len(said) + (len(said) < len(whole))
    if len(ends) > 1:
        assert {reply.finish for reply in ours} >= {"end"}


class Few:
    """A vocabulary of letters, of which `!` ends a reply."""

    letters = "!abcd"
    ends = frozenset({0})

    def decode(self, tokens: Sequence[int]) -> str:
        return "".join(self.letters[token] for token in tokens)

    def continuation(self, prompt: Sequence[int], tokens: Sequence[int]) -> str:
        return self.decode(tokens)


def few(text: str, **how: Any) -> list[Request]:
    ids = tuple(Few.letters.index(letter) for letter in text)
    sampling = GenerationSettings(**how)
    return [Request(text, ids, sampling, 0, path) for path in range(sampling.beams)]


def every_text(network: Any, prompt: tuple[int, ...], length: int, stop: str) -> dict[str, float]:
    """The log-probability of all that can be said after a prompt, by the plain forward pass."""
    whole: dict[str, float] = {}
    for said in itertools.product(range(len(Few.letters)), repeat=length):
        with torch.inference_mode():
            logits = network(input_ids=torch.tensor([[*prompt, *said]])).logits[0].log_softmax(-1)
        text, logprob = "", 0.0
        for at, token in enumerate(said):
            logprob += float(logits[len(prompt) - 1 + at, token])
            text += Few.letters[token]
            if token == 0 or text.endswith(stop):
                break
        whole[text] = logprob
    return whole


def test_with_beams_enough_it_is_an_exhaustive_search(make_network: Network) -> None:
    network, plain = (make_network(vocab_size=len(Few.letters)) for _ in range(2))
    asked_for = few("abca", beams=125, max_tokens=3, stop=("bc",))
    answers = found(Decoder(network), Few(), asked_for)
    possible = every_text(plain, asked_for[0].tokens, 3, "bc")
    ranked = sorted(possible, key=lambda text: -possible[text])
    finishes = {"!": "end", "bc": "stop"}
    for text, reply in zip(ranked, answers, strict=False):
        assert isinstance(reply, Reply)
        ending = next((end for end in finishes if text.endswith(end)), "")
        assert reply.text == text.removesuffix(ending)
        assert reply.finish == finishes.get(ending, "length")
        assert reply.tokens == len(text)
        assert reply.logprob == pytest.approx(possible[text], abs=1e-3)
    assert {reply.finish for reply in answers if isinstance(reply, Reply)} == {
        "end",
        "stop",
        "length",
    }
    for missing in answers[len(ranked) :]:
        assert f"only {len(ranked)} texts are possible" in str(missing)


def test_one_beam_is_greedy_decoding(make_network: Network, tokens: Tokens) -> None:
    decoder = Decoder(make_network())
    vocabulary: Any = Ending(tokens, range(0, 258, 40))
    texts = ["one?", "two and two?", "x" * 40, EXAMPLES + "how many?"]
    how: dict[str, Any] = {"max_tokens": 30, "stop": ("e", "\n\n")}
    search = [one for text in texts for one in asked(tokens, text, 1, **how)]
    plain = [one for text in texts for one in asked(tokens, text, 0, 1, **how)]
    generation = Generation(decoder, vocabulary, rows=16)
    generation.add(plain)
    greedy = dict(generation.replies())
    for place, ours in enumerate(replies(decoder, vocabulary, search)):
        theirs = cast(Reply, greedy[place])
        assert (ours.text, ours.finish, ours.tokens) == (theirs.text, theirs.finish, theirs.tokens)
        assert ours.logprob == pytest.approx(theirs.logprob, abs=1e-4)
        assert ours.prompt_tokens == theirs.prompt_tokens


def decided(answers: Sequence[Reply]) -> list[tuple[object, ...]]:
    return [(r.text, r.finish, r.tokens, r.logprob, r.prompt_tokens) for r in answers]


def many(tokens: Tokens) -> list[list[Request]]:
    """Searches of several widths, lengths and stop texts."""
    return [
        asked(tokens, EXAMPLES + "how many?", 5, max_tokens=20, stop=("e", "n")),
        asked(tokens, EXAMPLES + "how much?", 5, max_tokens=12),
        asked(tokens, "one?", 5, max_tokens=20),
        asked(tokens, "y" * 140, 5, max_tokens=9),
        asked(tokens, "z" * 60, 3, max_tokens=15, stop=("a",)),
    ]


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_search_is_the_same_to_the_bit_in_any_company(
    few: bool, dtype: torch.dtype, make_network: Network, tokens: Tokens
) -> None:
    searches = many(tokens)
    decoder = Decoder(make_network().to(dtype), exact=True)
    if few:  # numbers of rows agree
        decoder.shapes = Shapes(decoder.model, exact=True, counts=(32, 64, 256))
    vocabulary = Ending(tokens, range(0, 258, 16))

    def run(company: Sequence[int]) -> list[list[tuple[object, ...]]]:
        flat = [request for at in company for request in searches[at]]
        left = iter(decided(replies(decoder, vocabulary, flat, rows=10)))
        return [list(itertools.islice(left, len(searches[at]))) for at in company]

    together = run(range(len(searches)))
    for company in ([4, 3, 2, 1, 0], [0], [3], [4], [2, 1]):
        assert run(company) == [together[at] for at in company]


def test_rows_are_copied_as_they_were_whatever_is_copied_with_them(make_network: Network) -> None:
    """Logits after a rearrangement are those of rows that said the same from the beginning."""
    decoder = Decoder(make_network())
    requests = [Request("", tuple(range(1, length)), GenerationSettings()) for length in (70, 9)]
    first, second = decoder.read(requests[:1])[0], decoder.read(requests[1:])[0]
    said = {0: [3, 5], 1: [3, 6], 2: [7, 8]}

    def batch(order: Sequence[int]) -> Any:
        made = Batch(decoder, first, 16, 120)
        for row in order:
            made.join(second if row == 2 else first, greedy=True)
        for step in range(2):
            made.step([said[row][step] for row in order])
        return made

    # rows 0 and 1 have one token in common; row 2 is of another prompt
    moved = batch([0, 1, 2])
    moved.rearrange([1, 1, 2, 2, 0], [1, 0, 0, None, None])
    expected = batch([1, 1, 2, 2, 0])
    for token in (1, 2):
        assert torch.equal(moved.step([token] * 5).clone(), expected.step([token] * 5))
    moved.rearrange([3], [None])
    alone = batch([2])
    for token in (1, 2, 9):
        last = alone.step([token]).clone()
    assert torch.equal(moved.step([9]), last)


def test_equally_likely_texts_are_ranked_by_beam_and_token() -> None:
    logits = torch.tensor([[0.0, 2.0, 1.0, 2.0, 1.0], [5.0, 5.0, 5.0, 5.0, 5.0]])
    rows, ids, likely = likeliest(logits, 3)
    assert rows.tolist() == [0] * 4 + [1] * 5
    assert ids.tolist() == [1, 3, 2, 4, 0, 1, 2, 3, 4]  # what ties with the last is there, too
    assert likely[0] == likely[1] > likely[2] == likely[3]


@pytest.mark.parametrize("failing", [1, 3])
def test_where_memory_runs_out_fewer_searches_run_and_nothing_is_lost(
    failing: int, make_network: Network, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [r for text in "abcd" for r in asked(tokens, text, 3, max_tokens=6)]
    decoder = Decoder(make_network())
    expected = decided(replies(decoder, tokens, requests, rows=12))
    step, steps = decoder.forward, itertools.count()

    def forward(ids: torch.Tensor, *given: Any) -> torch.Tensor:
        if next(steps) in range(6, 6 + failing):
            raise MemoryError("full")
        return step(ids, *given)

    monkeypatch.setattr(decoder, "forward", forward)
    assert decided(replies(decoder, tokens, requests, rows=12)) == expected


def test_where_even_one_search_is_too_much_its_requests_say_so(
    make_network: Network, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [r for text in ("a", "bb") for r in asked(tokens, text, 2, max_tokens=6)]
    decoder = Decoder(make_network())
    read = decoder.read

    def refusing(some: Sequence[Request]) -> Any:
        if any(request.text == "bb" for request in some):
            raise MemoryError("full")
        return read(some)

    monkeypatch.setattr(decoder, "read", refusing)
    answers = found(decoder, tokens, requests)
    assert [type(one) for one in answers] == [Reply, Reply, MemoryError, MemoryError]


def test_what_fails_fails_alone(make_network: Network, tokens: Tokens) -> None:
    network = make_network()
    decoder = Decoder(network)
    long = asked(tokens, "a" * 512, 2)
    beyond = [Request("a", (5,), GenerationSettings(beams=2), 0, 2)]
    good = asked(tokens, "b", 2, max_tokens=4)
    answers = found(
        decoder, tokens, [*long, *good, *beyond, Request("", (), GenerationSettings(beams=2))]
    )
    kinds = [PromptTooLongError] * 2 + [Reply] * 2 + [ValueError] * 2
    assert [type(one) for one in answers] == kinds
    with torch.no_grad():
        network.model.norm.weight[7] = torch.nan
    assert "NaN" in str(found(decoder, tokens, good)[0])


def test_it_stops_between_steps(make_network: Network, tokens: Tokens) -> None:
    requests = asked(tokens, "a", 2, max_tokens=3) + asked(tokens, "b", 2, max_tokens=50)
    left = iter(range(8))
    stopped = lambda: next(left, None) is None  # noqa: E731
    done = dict(searched(Decoder(make_network()), tokens, requests, rows=8, stopped=stopped))
    assert sorted(done) == [0, 1]


def test_models_of_the_plain_path_say_that_they_cannot(
    make_network: Network, tokens: Tokens
) -> None:
    plain = Plain(make_network("bloom", n_layer=2, n_head=4))
    [error] = found(plain, tokens, asked(tokens, "a", 3, 1))
    assert isinstance(error, UserError)
    assert "leave out beams=" in str(error)


def test_more_paths_of_a_search_are_the_same_texts_and_come_from_the_ledger(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger()

    def run(**how: Any) -> list[Reply]:
        model = Model(harness.models.load(str(model_folder), device="cpu"), ledger=ledger)
        return asyncio.run(model.sample("ab", max_tokens=6, **how))

    three = run(n=3, beams=4)
    assert len(ledger) == 3
    four = run(n=4, beams=4)
    assert four[:3] == three
    assert len(ledger) == 4
    assert [reply.logprob for reply in four] == sorted((r.logprob for r in four), reverse=True)
    assert len({reply.text for reply in four}) == 4
    assert [reply.prompt_tokens for reply in four] == [2, 0, 0, 0]
    run(n=2, beams=2)
    assert len(ledger) == 6  # of another search, whatever it found
    monkeypatch.setattr(Local, "_load", lambda self: pytest.fail("weights were loaded"))
    assert run(n=4, beams=4) == four
    assert run(first=2, beams=4)[0].text == four[2].text


def test_settings_that_make_no_sense_of_a_search_are_refused(model_folder: Path) -> None:
    model = Model(harness.models.load(str(model_folder), device="cpu"))
    for settings_, told in (
        ({"n": 4, "beams": 3}, "ask for 3 at most"),
        ({"beams": 3, "temperature": 0.5}, "samples nothing"),
        ({"beams": -1}, "must be 0"),
        ({"n": 2, "beams": 3, "branching": True}, "neither branches"),
        ({"n": 2, "beams": 3, "top_logprobs": 2}, "neither branches"),
        ({"n": 2, "beams": 3, "certainty": True}, "neither branches"),
    ):
        with pytest.raises(ValueError, match=told):
            asyncio.run(model.sample("a", **cast(Any, settings_)))
