from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from harness.engine.sampling import Sampler, draw, uniforms
from harness.models.backend import Request, Sampling

CPU = torch.device("cpu")
SAMPLED = Sampling(temperature=0.7, max_tokens=16)


def asked(seed: int = 0, path: int = 0, tokens: tuple[int, ...] = (1, 2, 3)) -> Request:
    return Request("", tokens, SAMPLED, seed, path)


def test_numbers_follow_from_seed_prompt_path_and_step_alone() -> None:
    one = uniforms(asked(), 50)
    assert np.array_equal(one, uniforms(asked(), 50))
    assert np.array_equal(one[:7], uniforms(asked(), 7))  # number i does not depend on how many
    others = [asked(seed=1), asked(path=1), asked(tokens=(1, 2)), asked(tokens=(1, 23))]
    for other in others:
        assert not np.isin(uniforms(other, 50), one).any()


def test_numbers_never_change() -> None:
    """They are part of what a ledger's key promises: a new release must draw the same chains."""
    expected = [0.7386398274140665, 0.2455364616584721, 0.7482112463811436]
    assert uniforms(asked(), 3).tolist() == expected


def test_numbers_are_uniform() -> None:
    numbers = np.concatenate([uniforms(asked(path=path), 16) for path in range(500)])
    counts, _ = np.histogram(numbers, bins=10, range=(0, 1))
    assert (abs(counts - 800) < 4 * math.sqrt(720)).all()


def test_tokens_come_as_often_as_their_probability_says() -> None:
    logits = torch.tensor([0.1, 0.2, 0.3, 0.4]).log()
    numbers = torch.arange(0.0005, 1, 0.001, dtype=torch.float64)
    tokens = draw(logits.expand(1000, 4), Sampling(temperature=1.0), numbers)
    assert tokens.bincount().tolist() == [100, 200, 300, 400]
    sharper = draw(logits.expand(1000, 4), Sampling(temperature=0.5), numbers)
    assert sharper.bincount().tolist() == pytest.approx([33, 133, 300, 533], abs=1)


@pytest.mark.parametrize(
    ("settings", "possible"),
    [
        (Sampling(temperature=1.0, top_k=2), {2, 3}),
        (Sampling(temperature=1.0, top_k=9), {0, 1, 2, 3}),
        (Sampling(temperature=1.0, top_p=0.4), {3}),
        (Sampling(temperature=1.0, top_p=0.41), {2, 3}),
        (Sampling(temperature=1.0, top_k=3, top_p=0.75), {2, 3}),  # 4/9 + 3/9 of what top_k leaves
        (Sampling(temperature=0.001), {3}),
    ],
)
def test_truncation(settings: Sampling, possible: set[int]) -> None:
    logits = torch.tensor([0.1, 0.2, 0.3, 0.4]).log().expand(101, 4)
    numbers = torch.linspace(0, 1, 101, dtype=torch.float64) * (1 - 2**-53)
    assert set(draw(logits, settings, numbers).tolist()) == possible


def test_an_impossible_token_is_never_drawn() -> None:
    logits = torch.tensor([-math.inf, 0.0, -math.inf, 0.0, -math.inf]).expand(2, 5)
    numbers = torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64)
    assert draw(logits, Sampling(temperature=1.0), numbers).tolist() == [1, 3]


def test_every_row_has_its_own_settings_and_numbers() -> None:
    """A row's tokens are the same alone and among rows with other settings."""
    settings = [
        Sampling(),
        Sampling(temperature=0.7),
        Sampling(temperature=1.3, top_k=5),
        Sampling(temperature=1.0, top_p=0.9),
    ]
    requests = [
        Request("", (number,), settings[number % 4], seed=3, path=number) for number in range(16)
    ]
    logits = torch.randn(16, 300, generator=torch.Generator().manual_seed(0)) * 3
    whole = Sampler(requests, 4, CPU)
    for step in range(4):
        tokens, logprobs = whole.choose(logits, step)
        for row, request in enumerate(requests):
            alone, likely = Sampler([request], 4, CPU).choose(logits[row : row + 1], step)
            assert alone[0] == tokens[row]
            assert likely[0] == logprobs[row]
    greedy = [row for row, request in enumerate(requests) if request.sampling.greedy]
    assert tokens[greedy].tolist() == logits[greedy].argmax(-1).tolist()


def test_log_probabilities_are_those_of_the_model_itself() -> None:
    logits = torch.randn(1, 50, generator=torch.Generator().manual_seed(1))
    request = Request("", (1,), Sampling(temperature=0.3, top_k=3))
    tokens, logprobs = Sampler([request], 1, CPU).choose(logits, 0)
    assert logprobs[0] == logits.log_softmax(-1)[0, tokens[0]]
