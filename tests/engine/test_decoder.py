"""The engine against the models' own forward pass, and against itself in other company."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from harness.engine import attention, prefix, prompts
from harness.engine.attention import ARCHITECTURES
from harness.engine.batch import Batch
from harness.engine.decode import Generation
from harness.engine.decoder import Decoder
from harness.engine.shapes import Shapes
from harness.models.tokens import Tokens
from harness.problem import Reply
from harness.request import GenerationSettings, Request

Network = Callable[..., Any]
EXPERTS = {
    "num_local_experts": 4,
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 32,
}
ROPE = {"rope_type": "default", "rope_theta": 10000.0}
TEXT = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "vocab_size": 258,
    "query_pre_attn_scalar": 16,
    "sliding_window": 50,
    "initializer_range": 0.3,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
}
SIZES: dict[str, dict[str, Any]] = {
    "gemma": {"head_dim": 16},
    "gemma3": {"text_config": {**TEXT, "head_dim": 16}, "vision_config": VISION},
    "glm": {"head_dim": 16, "pad_token_id": 0},
    "glm4": {"head_dim": 16, "pad_token_id": 0},
    "gpt_oss": {**EXPERTS, "head_dim": 16, "sliding_window": 50, "rope_parameters": ROPE},
    "cohere2": {"sliding_window": 50},
    "exaone4": {"sliding_window": 50},
    "granitemoe": EXPERTS,
    "mixtral": EXPERTS,
    "olmo3": {"sliding_window": 50},
    "olmoe": EXPERTS,
    "phimoe": EXPERTS,
    "qwen2_moe": {**EXPERTS, "shared_expert_intermediate_size": 32},
    "qwen3_moe": {**EXPERTS, "head_dim": 16},
    "seed_oss": {"head_dim": 16},
    "gemma2": {"head_dim": 16, "query_pre_attn_scalar": 16},
    "gemma3_text": {"head_dim": 16, "query_pre_attn_scalar": 16},
    "mistral": {"sliding_window": None},
    "opt": {"ffn_dim": 128, "word_embed_proj_dim": 64},
    "phi3": {"pad_token_id": 0},
    "qwen3": {"head_dim": 32},
    "smollm3": {"pad_token_id": 0},
    "starcoder2": {"sliding_window": None},
}
PREFIX = 150
TOLERANCE = 1e-3
"""Of log-probabilities, from weights so wide that a wrong step changes them by more than 1."""


def numbers(count: int, seed: int) -> tuple[int, ...]:
    chance = random.Random(seed)
    return tuple(chance.randrange(1, 258) for _ in range(count))


def requests_of(prefix: int, *rests: int, greedy: bool = True) -> list[Request]:
    """One prefix, and rests of several lengths."""
    sampling = GenerationSettings() if greedy else GenerationSettings(temperature=1.0)
    shared = numbers(prefix, 0)
    return [
        Request("", (*shared, *numbers(length, length)), sampling, shared=prefix)
        for length in rests
    ]


def worst(decoder: Decoder, plain: Any, requests: Sequence[Request]) -> float:
    """The largest difference of a log-probability from those of the model's plain forward pass.

    Rows join one step after the other, so that they are never equally far, and one leaves early.
    """
    said = [numbers(100, 1000 + row) for row in range(len(requests))]
    batch = Batch(decoder, decoder.read(requests[:1])[0], len(requests), 300)
    ours: list[list[torch.Tensor]] = [[] for _ in requests]
    seats: list[int] = []
    for step in range(100):
        if step < len(requests):
            read = decoder.read([requests[step]])[0]
            batch.join(read, greedy=requests[step].settings.greedy)
            seats.append(step)
            ours[step].append(read.logits)
        if step == 70:
            batch.leave(0)
            seats[0] = seats.pop()
        tokens = [said[row][len(ours[row]) - 1] for row in seats]
        for row, logits in zip(seats, batch.step(tokens), strict=True):
            ours[row].append(logits.clone())
    found = 0.0
    for row, request in enumerate(requests):
        mine = torch.stack(ours[row]).log_softmax(-1)
        whole = torch.tensor([[*request.tokens, *said[row][: len(mine) - 1]]])
        with torch.inference_mode():
            theirs = plain(input_ids=whole).logits[0, len(request.tokens) - 1 :].log_softmax(-1)
        found = max(found, (theirs - mine).abs().max().item())
    return found


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_a_shared_prefix_gives_the_models_own_probabilities(
    family: str, make_network: Network
) -> None:
    sizes = SIZES.get(family, {})
    network = make_network(family, **sizes)
    assert attention.can_share(network)
    decoder, plain = Decoder(network), make_network(family, **sizes)
    assert worst(decoder, plain, requests_of(PREFIX, 1, 40, 90, 106)) < TOLERANCE


def test_the_cache_is_passed_by_the_name_that_the_forward_pass_takes(
    make_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transformers 5.24 renames `past_key_values` to `cache`, and warns of the old name."""
    network, plain = make_network(), make_network()
    forward = network.forward
    names = inspect.signature(forward).parameters
    own = "cache" if "cache" in names else "past_key_values"

    # no `**more`, which would swallow the other name
    def after(
        input_ids: Any,
        position_ids: Any,
        cache: Any,
        use_cache: bool,
        logits_to_keep: int,
        surroundings: Any,
    ) -> Any:
        return forward(
            input_ids,
            position_ids=position_ids,
            use_cache=use_cache,
            logits_to_keep=logits_to_keep,
            surroundings=surroundings,
            **{own: cache},
        )

    def before(
        input_ids: Any,
        position_ids: Any,
        past_key_values: Any,
        use_cache: bool,
        logits_to_keep: int,
        surroundings: Any,
    ) -> Any:
        return after(
            input_ids, position_ids, past_key_values, use_cache, logits_to_keep, surroundings
        )

    for taking in (before, after):
        monkeypatch.setattr(network, "forward", taking)
        assert worst(Decoder(network), plain, requests_of(PREFIX, 1, 40)) < TOLERANCE


@pytest.mark.parametrize("family", ["phi3", "llama"])
def test_a_model_whose_positions_turn_with_the_length_shares_up_to_that_length(
    family: str, make_network: Network
) -> None:
    """One long row would change the factors of its neighbours."""
    rope: dict[str, Any] = {"rope_theta": 1e4, "factor": 2.0}
    if family == "phi3":
        factors = {"short_factor": [1.0] * 8, "long_factor": [2.0] * 8}
        rope |= {"rope_type": "longrope", "original_max_position_embeddings": 256, **factors}
        sizes = {"pad_token_id": 0, "original_max_position_embeddings": 256}
    else:
        rope |= {"rope_type": "dynamic"}
        sizes = {"max_position_embeddings": 256}
    network = make_network(family, rope_parameters=rope, **sizes)
    assert attention.can_share(network) == (family == "llama")
    assert attention.can_share(network, 256)
    assert not attention.can_share(network, 257)


@pytest.mark.parametrize("family", ["mistral", "gemma2", "gemma3_text", "qwen2", "phi3"])
@pytest.mark.parametrize("prefix", [PREFIX, 40, 0])
def test_a_sliding_window_hides_what_lies_beyond(
    family: str, prefix: int, make_network: Network
) -> None:
    sizes: dict[str, Any] = {**SIZES.get(family, {}), "sliding_window": 50}
    if family == "qwen2":
        sizes |= {"use_sliding_window": True, "max_window_layers": 1}
    network, plain = make_network(family, **sizes), make_network(family, **sizes)
    assert worst(Decoder(network), plain, requests_of(prefix, 1, 40, 90, 106)) < TOLERANCE


@pytest.mark.parametrize("greedy", [True, False])
def test_long_prompts_are_read_in_pieces(
    greedy: bool, make_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.engine.decoder.CHUNK", 64)
    decoder = Decoder(make_network())
    requests = requests_of(PREFIX, 64, 65, 130, 200, greedy=greedy)
    assert worst(decoder, make_network(), requests) < TOLERANCE
    assert [decoder.read([request])[0].rest.length for request in requests] == [64, 65, 130, 200]


def test_prompts_with_nothing_in_common_run_together(make_network: Network) -> None:
    requests = [
        *requests_of(PREFIX, 30, greedy=False),
        *requests_of(0, 20, 140, greedy=False),
        *requests_of(60, 30),
    ]
    assert worst(Decoder(make_network()), make_network(), requests) < TOLERANCE


def test_attention_by_products_equals_the_processors_kernel() -> None:
    """What runs on other devices, here on the processor."""
    chance = torch.Generator().manual_seed(0)
    query = torch.randn(2, 64, 16, generator=chance)
    key, value = torch.randn(2, 2, 70, 16, generator=chance)
    hidden = torch.rand(64, 70, generator=chance) < 0.5
    for mask in (None, hidden):
        fused = prefix.to_prefix(query, key, value, mask, 0.25)
        products = prefix.by_products(query, key, value, mask, 0.25)
        for ours, theirs in zip(products, fused, strict=True):
            torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("heads", "tokens", "width"), [(3, 901, 64), (1, 1500, 256), (2, 70, 16)])
def test_a_query_to_a_prefix_is_the_same_to_the_bit_among_any_number(
    dtype: torch.dtype, heads: int, tokens: int, width: int
) -> None:
    chance = torch.Generator().manual_seed(tokens)
    query = torch.randn(heads, 1300, width, generator=chance).to(dtype)
    key, value = torch.randn(2, heads, tokens, width, generator=chance).to(dtype)
    hidden = torch.rand(1300, tokens, generator=chance) < 0.5
    for mask in (None, hidden):
        whole = prefix.to_prefix(query, key, value, mask, width**-0.5)
        for count in (1, 2, 5, 31, 64, 65, 300, 1297):
            own = None if mask is None else mask[-count:]
            alone = prefix.to_prefix(query[:, -count:], key, value, own, width**-0.5)
            for one, every in zip(alone, whole, strict=True):
                assert torch.equal(one, every[:, -count:])


def test_the_last_layer_writes_into_the_same_memory_and_can_still_be_trained(
    make_network: Network,
) -> None:
    for family, sizes in (("llama", {}), ("phi", {"hidden_size": 64})):  # without a bias, and with
        plain, network = make_network(family, **sizes), make_network(family, **sizes)
        decoder = Decoder(network)
        head, given = network.get_output_embeddings(), torch.randn(3, 2, 64)
        with torch.inference_mode():  # as here
            head(given)
        with torch.no_grad():  # as in transformers' `generate`
            first = head(given)
            torch.testing.assert_close(first, plain.get_output_embeddings()(given))
            assert head(given + 1).data_ptr() == first.data_ptr()
        head(given).sum().backward()
        assert head.weight.grad is not None
        # what is kept of a prompt stays as it was when others are read
        asked = requests_of(PREFIX, 10, 20)
        one = decoder.read(asked[:1])[0].logits
        before = one.clone()
        decoder.read(asked[1:])
        assert torch.equal(one, before)


QUESTIONS = ("one and one?", "how many?", "x" * 123, "y" * 122, "z")
EXAMPLES = "Q: two and two?\nA: The answer is 4.\n\n"
SETTINGS = (
    GenerationSettings(max_tokens=30),
    GenerationSettings(temperature=1.0, max_tokens=30, stop=("e",)),
    GenerationSettings(temperature=0.7, top_k=20, max_tokens=70),
    GenerationSettings(temperature=1.2, top_p=0.9, max_tokens=30),
)


@pytest.fixture(scope="module")
def tokens(model_folder: Path) -> Tokens:
    return Tokens(model_folder)


def many(tokens: Tokens) -> list[Request]:
    """Requests of several prompts, lengths, settings and paths; some share a prefix.

    The tails of the longest two are as long as the columns that they get.
    """
    shared = len(tokens.prompt(EXAMPLES * 5)[1])
    requests = []
    for number, question in enumerate(QUESTIONS):
        for sampling in SETTINGS:
            text = EXAMPLES * 5 * (number < 3) + f"Q: {question}\nA:"
            ids = tokens.prompt(text)[1]
            paths = 1 if sampling.greedy else 3
            start = shared if number < 3 else 0
            requests += [Request(text, ids, sampling, 5, path, start) for path in range(paths)]
    return requests


def generated(
    decoder: Decoder, tokens: Tokens, requests: Sequence[Request], rows: int = 8
) -> list[tuple[object, ...]]:
    """The replies, bit for bit."""
    generation = Generation(decoder, tokens, rows=rows)
    generation.add(requests)
    replies = dict(generation.replies())
    found: list[tuple[object, ...]] = []
    for index in range(len(requests)):
        reply = replies[index]
        assert isinstance(reply, Reply), reply
        found.append(decided(reply))
    return found


def decided(reply: Reply) -> tuple[object, ...]:
    """All of a reply but the time it took."""
    return reply.text, reply.finish, reply.tokens, reply.logprob, reply.prompt_tokens


@pytest.mark.parametrize("few", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_path_is_the_same_to_the_bit_in_any_company(
    few: bool, dtype: torch.dtype, make_network: Network, tokens: Tokens
) -> None:
    """Any order, any subset, any resume: also where only few numbers of rows agree."""
    requests = many(tokens)
    decoder = Decoder(make_network().to(dtype), exact=True)
    if few:
        decoder.shapes = Shapes(decoder.model, exact=True, counts=(32, 64, 256))
    assert decoder.shapes.bitwise
    together = generated(decoder, tokens, requests)
    assert len({text for text, *_ in together}) > 30
    everything = list(range(len(requests)))

    def check(company: Sequence[int]) -> None:
        again = generated(decoder, tokens, [requests[at] for at in company])
        assert again == [together[at] for at in company]

    @settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(some.lists(some.sampled_from(everything), min_size=1, unique=True))
    def same(company: list[int]) -> None:
        check(company)

    same()
    check(everything[::-1])
    # prompts that fill their columns, by themselves
    check([at for at in everything if requests[at].text.endswith("y\nA:")])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_an_interrupted_run_goes_on_to_the_same_bits(
    dtype: torch.dtype, make_network: Network, tokens: Tokens
) -> None:
    """Stopped anywhere, in the middle of chains, and resumed by another process's decoder."""
    requests = many(tokens)
    network = make_network().to(dtype)
    whole = generated(Decoder(network, exact=True), tokens, requests)

    @settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(some.integers(1, 60))
    def check(steps: int) -> None:
        left = iter(range(steps))
        stopped = lambda: next(left, None) is None  # noqa: E731
        first = Generation(Decoder(network, exact=True), tokens, rows=8, stopped=stopped)
        first.add(requests)
        done = dict(first.replies())
        rest = [index for index in range(len(requests)) if index not in done]
        again = dict(
            zip(
                rest,
                generated(Decoder(network, exact=True), tokens, [requests[at] for at in rest]),
                strict=True,
            )
        )
        for index, expected in enumerate(whole):
            reply = done.get(index)
            assert isinstance(reply, Reply) or index in again
            assert (decided(reply) if isinstance(reply, Reply) else again[index]) == expected

    check()


def test_an_odd_number_of_heads_leaves_nothing_over(make_network: Network, tokens: Tokens) -> None:
    """Of one number for each row and head the last few are else computed in another way."""
    sizes = {"hidden_size": 72, "num_attention_heads": 9, "num_key_value_heads": 3, "head_dim": 16}
    decoder = Decoder(make_network(**sizes), exact=True)
    requests = many(tokens)
    together = generated(decoder, tokens, requests, rows=16)
    for start in range(1, len(requests), 5):
        some = requests[start:] + requests[:start]  # each in another place
        assert generated(decoder, tokens, some[:16], rows=16) == (together * 2)[start : start + 16]


def test_the_number_of_rows_makes_no_difference(make_network: Network, tokens: Tokens) -> None:
    requests = many(tokens)
    decoder = Decoder(make_network(), exact=True)
    few = generated(decoder, tokens, requests, rows=3)
    assert few == generated(decoder, tokens, requests, rows=64)


def test_examples_are_read_once_for_all_prompts(make_network: Network, tokens: Tokens) -> None:
    network = make_network()
    lengths: list[int] = []
    network.register_forward_pre_hook(
        lambda module, args, inputs: lengths.append(inputs["input_ids"].shape[1]), with_kwargs=True
    )
    requests = [request for request in many(tokens) if request.shared]
    generated(Decoder(network, exact=True), tokens, requests)
    rests = {prompts.padded(len(r.tokens) - r.shared) for r in requests}
    read = [length for length in lengths if length > 1]
    assert read == [requests[0].shared, *sorted(rests, reverse=True)]


def test_a_reply_ends_where_the_context_does(make_network: Network, tokens: Tokens) -> None:
    """Its neighbours go on; positions beyond the last must not be asked for."""
    network = make_network("gpt2", n_embd=64, max_position_embeddings=128)
    settings = GenerationSettings(temperature=1.0, max_tokens=100)
    requests = [
        Request("", tokens.prompt("a" * length)[1], settings, path=path)
        for length in (20, 120, 127, 128)
        for path in range(2)
    ]
    generation = Generation(Decoder(network), tokens, rows=8)
    generation.add(requests)
    replies = dict(generation.replies())
    lengths = [reply.tokens for reply in replies.values() if isinstance(reply, Reply)]
    assert max(lengths) <= 100
    for index, room in ((2, 8), (4, 1)):
        reply = replies[index]
        assert isinstance(reply, Reply)
        assert reply.tokens <= room
    assert "holds 128" in str(replies[6])


def test_rows_join_and_leave_a_batch_whose_columns_grew(make_network: Network) -> None:
    """A chain that joins late may be longer than any that the batch was made for."""
    decoder = Decoder(make_network())
    request = Request("", tuple(range(1, 9)), GenerationSettings())
    read = decoder.read([request])[0]

    def after(steps: int, capacity: int) -> torch.Tensor:
        batch = Batch(decoder, read, 4, capacity)
        batch.join(read, greedy=True)
        for step in range(steps):
            batch.step([step % 7 + 1])
        batch.join(read, greedy=True)
        batch.step([3, 4])
        batch.leave(0)
        return batch.step([5])[0].clone()

    assert torch.allclose(after(80, 64), after(80, 256), atol=1e-5)
