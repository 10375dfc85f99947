"""The reference network is Llama: the same logits as transformers', whatever shares a row, and true gradients."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AutoModelForCausalLM

from harness.reference import attention, batches, network, tokens, train
from harness.reference.network import Network, Shape

SMALL = Shape(vocabulary=320, layers=2, width=32, inner=64, heads=4, key_heads=2)
LENGTHS = (23, 9, 17)


@pytest.fixture
def sharp() -> Network:
    """A network whose weights are wide, so that a wrong step shows, and the same in float32 and bfloat16."""
    made = Network(SMALL, seed=1)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in made.parameters():
            drawn = torch.randn(weight.shape, generator=generator) * 0.25
            weight.copy_((drawn + (weight.dim() == 1)).bfloat16())
    return made


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randint(SMALL.vocabulary, shape, generator=torch.Generator().manual_seed(seed))


def exported(made: Network, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """Logits of transformers' Llama, in float32, with the weights that the trainer exports."""
    tokens.build(["a b"], spelled=()).save_pretrained(folder / "tokenizer")
    monkeypatch.setattr(train, "shape_of", lambda tokenizer: made.shape)
    training = train.Training(0, 1e-3, torch.device("cpu"), folder)
    training.network.load_state_dict(made.state_dict())
    training.export(folder / "model")
    model = AutoModelForCausalLM.from_pretrained(folder / "model", dtype=torch.float32)
    logits: Tensor = model(drawn(2, 40)).logits
    return logits


def test_in_float32_its_logits_are_those_of_transformers(
    sharp: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "PRODUCT_TYPE", torch.float32)
    with torch.no_grad():
        expected = exported(sharp, tmp_path, monkeypatch)
        found = sharp.logits(sharp(drawn(2, 40), None, None))
    assert expected.std() > 1
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_in_bfloat16_its_logits_differ_by_rounding_only(
    sharp: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with torch.no_grad():
        expected = exported(sharp, tmp_path, monkeypatch)
        found = sharp.logits(sharp(drawn(2, 40), None, None)).float()
    assert (found - expected).std() < 0.02 * expected.std()
    assert (found - expected).abs().max() < 0.1 * expected.std()


@pytest.mark.parametrize(
    ("product_type", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.05)]
)
def test_documents_that_share_a_row_are_read_as_if_alone(
    sharp: Network,
    monkeypatch: pytest.MonkeyPatch,
    product_type: torch.dtype,
    tolerance: float,
) -> None:
    monkeypatch.setattr(network, "PRODUCT_TYPE", product_type)
    alone = [drawn(1, length, seed=length) for length in LENGTHS]
    padding = torch.zeros(1, 5, dtype=torch.long)
    positions = torch.cat([torch.arange(length) for length in (*LENGTHS, 5)])[None]
    documents = torch.repeat_interleave(torch.tensor([0, 1, 2, -1]), torch.tensor([*LENGTHS, 5]))
    mask = batches.mask(documents[None]).to(product_type)
    with torch.no_grad():
        row = sharp(torch.cat([*alone, padding], dim=1), positions, mask)
        parts = row.float().split([*LENGTHS, 5], dim=1)
        for part, document in zip(parts[:-1], alone, strict=True):
            expected = sharp(document, None, None).float()
            torch.testing.assert_close(part, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.02)])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("block", [16, 256])
def test_gradients_of_attention_are_those_of_plain_attention_in_float32(
    monkeypatch: pytest.MonkeyPatch,
    dtype: torch.dtype,
    tolerance: float,
    packed: bool,
    block: int,
) -> None:
    """Within a block and over several, the last of them short; two query heads to a key head."""
    monkeypatch.setattr(attention, "BLOCK", block)
    generator = torch.Generator().manual_seed(0)
    length = 40
    inputs = [
        torch.randn(3, heads, length, 8, generator=generator).to(dtype) for heads in (4, 2, 2)
    ]
    weight = torch.randn(3, 4, length, 8, generator=generator).to(dtype)
    # Each row is cut elsewhere: a mask laid over the wrong row or head would show.
    documents = (torch.arange(length) >= torch.tensor([[11], [20], [33]])).long()
    mask = batches.mask(documents) if packed else None

    mine = [part.clone().requires_grad_() for part in inputs]
    added = None if mask is None else mask.to(dtype)
    mixed = attention.CpuAttention.apply(*mine, added)  # type: ignore[no-untyped-call]
    (mixed * weight).sum().backward()
    plain = [part.float().requires_grad_() for part in inputs]
    query, key, value = plain
    expected = scaled_dot_product_attention(
        query,
        key,
        value,
        attn_mask=None if mask is None else mask.float(),
        is_causal=not packed,
        enable_gqa=True,
    )
    (expected * weight.float()).sum().backward()

    torch.testing.assert_close(mixed.float(), expected, rtol=tolerance, atol=tolerance)
    for part, wanted in zip(mine, plain, strict=True):
        assert part.grad is not None
        assert wanted.grad is not None
        assert (part.grad.float() - wanted.grad).norm() < tolerance * wanted.grad.norm()


def test_its_starting_weights_follow_from_the_seed() -> None:
    one, same, other = (Network(SMALL, seed).state_dict() for seed in (0, 0, 1))
    name = "weights.model/embed_tokens/weight"
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one[name], other[name])
