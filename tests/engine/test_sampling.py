from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.engine import sampling
from harness.engine.sampling import (
    certainties,
    choose,
    draw,
    largest,
    ranked,
    reshaped,
    uniforms,
)
from harness.request import GenerationSettings, Request

SAMPLED = GenerationSettings(temperature=0.7, max_tokens=16)
PROBABILITIES = torch.tensor([0.1, 0.2, 0.3, 0.4])


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


def drawn(
    logits: torch.Tensor, sampling: GenerationSettings, numbers: torch.Tensor
) -> torch.Tensor:
    return draw((logits / sampling.temperature).softmax(-1), sampling, numbers)


def test_tokens_come_as_often_as_their_probability_says() -> None:
    logits = PROBABILITIES.log()
    numbers = torch.arange(0.0005, 1, 0.001, dtype=torch.float64)
    tokens = drawn(logits.expand(1000, 4), GenerationSettings(temperature=1.0), numbers)
    assert tokens.bincount().tolist() == [100, 200, 300, 400]
    sharper = drawn(logits.expand(1000, 4), GenerationSettings(temperature=0.5), numbers)
    assert sharper.bincount().tolist() == pytest.approx([33, 133, 300, 533], abs=1)


@pytest.mark.parametrize(
    ("settings", "possible"),
    [
        (GenerationSettings(temperature=1.0, top_k=2), {2, 3}),
        (GenerationSettings(temperature=1.0, top_k=9), {0, 1, 2, 3}),
        (GenerationSettings(temperature=1.0, top_p=0.4), {3}),
        (GenerationSettings(temperature=1.0, top_p=0.41), {2, 3}),
        (
            GenerationSettings(temperature=1.0, top_k=3, top_p=0.75),
            {2, 3},
        ),  # 4/9 + 3/9 of what top_k leaves
        (GenerationSettings(temperature=0.001), {3}),
        (GenerationSettings(temperature=1.0, min_p=0.6), {2, 3}),
        (GenerationSettings(temperature=1.0, min_p=1.0), {3}),
        (
            GenerationSettings(temperature=2.0, min_p=0.6),
            {1, 2, 3},
        ),  # the square root of a half is over 0.6
        (GenerationSettings(temperature=1.0, top_k=3, min_p=0.1), {1, 2, 3}),
    ],
)
def test_truncation(settings: GenerationSettings, possible: set[int]) -> None:
    logits = PROBABILITIES.log().expand(101, 4)
    numbers = torch.linspace(0, 1, 101, dtype=torch.float64) * (1 - 2**-53)
    assert set(drawn(logits, settings, numbers).tolist()) == possible


def test_an_impossible_token_is_never_drawn() -> None:
    logits = torch.tensor([-math.inf, 0.0, -math.inf, 0.0, -math.inf]).expand(2, 5)
    numbers = torch.tensor([0.0, 1 - 2**-53], dtype=torch.float64)
    assert drawn(logits, GenerationSettings(temperature=1.0), numbers).tolist() == [1, 3]


def plainly(logits: torch.Tensor, sampling: GenerationSettings, number: float) -> tuple[int, float]:
    """The token by one sort and one cumulative sum over the whole vocabulary, in float64.

    Returns with it how far the number is from the edge of the token's interval.
    """
    tempered = logits.double() / sampling.temperature
    weights = (tempered - tempered.max()).exp()
    if 0 < sampling.top_k < len(logits):
        least = tempered.sort(descending=True).values[sampling.top_k - 1]
        weights[tempered < least] = 0
    if sampling.top_p < 1:
        ordered = weights.sort(descending=True).values
        last = int((ordered.cumsum(0) < sampling.top_p * weights.sum()).sum())
        weights[weights < ordered[last]] = 0
    weights[weights < sampling.min_p] = 0
    sums = weights.cumsum(0) / weights.sum()
    edge = float((sums - number).abs().min())
    return int(torch.searchsorted(sums, number, right=True)), edge


@pytest.mark.parametrize("vocabulary", [5, 127, 128, 129, 1000, 5003])
@pytest.mark.parametrize(
    "sampling",
    [
        GenerationSettings(temperature=0.7),
        GenerationSettings(temperature=1.0),
        GenerationSettings(temperature=1.3, top_k=3),
        GenerationSettings(temperature=1.0, top_k=40),
        GenerationSettings(temperature=1.0, top_p=0.9),
        GenerationSettings(
            temperature=3.0, top_p=0.99
        ),  # wider than the candidates that are looked at first
        GenerationSettings(temperature=1.0, top_k=50, top_p=0.8, min_p=0.01),
        GenerationSettings(temperature=0.9, min_p=0.05),
    ],
)
def test_looking_at_pieces_first_chooses_as_looking_at_everything(
    vocabulary: int, sampling: GenerationSettings
) -> None:
    chance = torch.Generator().manual_seed(vocabulary)
    logits = torch.randn(50, vocabulary, generator=chance) * 2
    numbers = torch.rand(50, dtype=torch.float64, generator=chance).tolist()
    chosen = choose(logits, [sampling] * 50, numbers)
    compared = 0
    for row, number in enumerate(numbers):
        token, edge = plainly(logits[row], sampling, number)
        if edge > 1e-6:
            compared += 1
            assert chosen.tokens[row] == token
        whole = logits[row].double().log_softmax(-1)[chosen.tokens[row]]
        assert chosen.logprobs[row] == pytest.approx(float(whole), abs=1e-4)
    assert compared > 40


@pytest.mark.parametrize("vocabulary", [1, 100, 128, 1000, 40_000])
@pytest.mark.parametrize("count", [1, 20, 256])
def test_the_largest_are_found_in_the_pieces_with_the_largest(vocabulary: int, count: int) -> None:
    values = torch.randn(7, vocabulary, generator=torch.Generator().manual_seed(0)).round(
        decimals=1
    )
    expected = values.sort(descending=True).values[:, :count]
    assert torch.equal(largest(values, count), expected)


def test_every_row_has_its_own_settings_and_numbers() -> None:
    """A row's tokens are the same alone and among rows with other settings."""
    kinds = [
        GenerationSettings(),
        GenerationSettings(temperature=0.7),
        GenerationSettings(temperature=1.3, top_k=5),
        GenerationSettings(temperature=1.0, top_p=0.9),
        GenerationSettings(temperature=1.0, min_p=0.1, top_logprobs=3),
    ]
    settings = [kinds[number % 5] for number in range(40)]
    logits = torch.randn(40, 300, generator=torch.Generator().manual_seed(0)) * 3
    numbers = torch.rand(40, generator=torch.Generator().manual_seed(1)).tolist()
    whole = choose(logits, settings, numbers)
    for row in range(40):
        alone = choose(logits[row : row + 1], settings[row : row + 1], numbers[row : row + 1])
        assert alone.tokens[0] == whole.tokens[row]
        assert alone.logprobs[0] == whole.logprobs[row]
        assert alone.top.get(0) == whole.top.get(row)
    greedy = [row for row, sampling in enumerate(settings) if sampling.greedy]
    assert [whole.tokens[row] for row in greedy] == logits[greedy].argmax(-1).tolist()
    assert sorted(whole.top) == [row for row in range(40) if settings[row].top_logprobs]


def test_log_probabilities_are_those_of_the_model_itself() -> None:
    logits = torch.randn(1, 50, generator=torch.Generator().manual_seed(1))
    choice = choose(logits, [GenerationSettings(temperature=0.3, top_k=3, top_logprobs=4)], [0.5])
    own = logits.log_softmax(-1)
    assert choice.logprobs == pytest.approx([float(own[0, choice.tokens[0]])])
    assert choice.top[0] == pytest.approx(own[0].topk(4).values.tolist())


def test_a_row_at_the_end_of_the_numbers_gets_a_token_that_is_possible() -> None:
    """Sums by pieces and sums within a piece are rounded apart; the last number falls between."""
    logits = torch.full((64, 1000), -30.0)
    logits[:, ::7] = torch.randn(64, 143, generator=torch.Generator().manual_seed(2))
    numbers = torch.full((64,), 1 - 2**-53, dtype=torch.float64)
    tokens = drawn(logits, GenerationSettings(temperature=1.0, min_p=1e-6), numbers)
    assert (logits.gather(1, tokens[:, None]) > -20).all()


def test_rows_that_differ_in_length_alone_are_drawn_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else every row of a mixed batch would pass through the whole vocabulary by itself."""
    counts: list[int] = []

    def watched(weights: torch.Tensor, *rest: Any) -> torch.Tensor:
        counts.append(weights.shape[0])
        return draw(weights, *rest)

    monkeypatch.setattr(sampling, "draw", watched)
    settings = [
        GenerationSettings(0.7, max_tokens=length, stop=(str(length),)) for length in range(1, 9)
    ]
    settings[3] = GenerationSettings(0.5)
    choice = choose(torch.randn(8, 50), settings, [0.5] * 8)
    assert sorted(counts) == [1, 7]
    assert len(choice.tokens) == 8


def test_a_choice_is_the_same_to_the_bit_wherever_its_row_stands() -> None:
    """The processor computes what is left over of a tensor's end in another way than the rest."""
    logits = 3 * torch.randn(599, 61, generator=torch.Generator().manual_seed(0))
    settings = [GenerationSettings(0.7 + 0.1 * (row % 3)) for row in range(599)]
    numbers = [row / 599 for row in range(599)]
    together = choose(logits, settings, numbers)
    for row in range(599):
        alone = choose(logits[row : row + 1], settings[row : row + 1], numbers[row : row + 1])
        assert (alone.tokens[0], alone.logprobs[0]) == (
            together.tokens[row],
            together.logprobs[row],
        )


def test_wide_and_narrow_nuclei_in_one_batch_are_those_of_a_full_sort() -> None:
    """Most are found among a few hundred candidates, some among thousands, some need all words."""
    chance = torch.Generator().manual_seed(0)
    logits = torch.randn(12, 9000, generator=chance) * torch.linspace(0.01, 9, 12)[:, None]
    numbers = torch.rand(12, generator=chance, dtype=torch.float64)
    for top_p in (0.3, 0.9, 0.999):
        tokens = drawn(logits, GenerationSettings(temperature=1.0, top_p=top_p), numbers)
        ordered, places = logits.softmax(-1).sort(descending=True, stable=True)
        kept = ordered.cumsum(-1) - ordered < top_p
        weights = torch.zeros_like(logits).scatter(1, places, ordered * kept).double()
        sums = weights.cumsum(-1)
        wanted = torch.searchsorted(sums, numbers[:, None] * sums[:, -1:], right=True)[:, 0]
        assert tokens.tolist() == wanted.tolist()
        assert kept.sum(-1).min() < 256 < 4096 < kept.sum(-1).max() or top_p < 0.9


def test_paths_that_branch_begin_with_the_likeliest_tokens_in_turn() -> None:
    logits = PROBABILITIES.log().expand(6, 4)
    branching = GenerationSettings(branching=True)
    choice = choose(logits, [branching] * 6, [0, 1, 2, 3, 9, 0])
    assert choice.tokens == [3, 2, 1, 0, 0, 3]
    assert choice.logprobs == pytest.approx([math.log(p) for p in (0.4, 0.3, 0.2, 0.1, 0.1, 0.4)])


def test_equally_likely_tokens_have_a_rank_each() -> None:
    tied = torch.tensor([1.0, 2.0, 1.0, 2.0, 0.0, 1.0]).expand(6, 6)
    assert ranked(tied, range(6)).tolist() == [1, 3, 0, 2, 5, 4]


def test_certainty_is_the_divergence_of_the_model_from_uniform() -> None:
    # -(ln(4 * .1) + ln(4 * .2) + ln(4 * .3) + ln(4 * .4)) / 4
    #   = (.916291 + .223144 - .182322 - .470004) / 4 = .487109 / 4
    row = PROBABILITIES.log()[None]
    settings = [
        GenerationSettings(certainty=True),
        GenerationSettings(),
        GenerationSettings(temperature=0.1, certainty=True),
    ]
    choice = choose(row.expand(3, 4), settings, [0.0, 0.0, 0.5])
    assert choice.certainty == pytest.approx({0: 0.121777, 2: 0.121777}, rel=1e-5)
    # the same logits moved by a constant are the same distribution; a uniform one has none
    moved = choose(row + 7.5, [GenerationSettings(certainty=True)], [0.0])
    assert moved.certainty[0] == pytest.approx(0.121777, rel=1e-4)
    assert float(certainties(torch.zeros(1, 5), torch.tensor([math.log(5)]))) == pytest.approx(0)


def test_what_is_noted_changes_no_token() -> None:
    torch.manual_seed(3)
    logits, numbers = torch.randn(20, 1000) * 3, [place / 20 for place in range(20)]
    plain = choose(logits, [SAMPLED] * 20, numbers)
    noting = [replace(SAMPLED, certainty=True, top_logprobs=3)] * 20
    noted = choose(logits, noting, numbers)
    assert (noted.tokens, noted.logprobs) == (plain.tokens, plain.logprobs)
    expected = [float(-(math.log(1000) + row.double().log_softmax(-1)).mean()) for row in logits]
    assert [noted.certainty[row] for row in range(20)] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("how", [{}, {"top_k": 2}, {"top_p": 0.9}, {"min_p": 0.1}])
@pytest.mark.parametrize("temperature", [1.0, 0.5])
@pytest.mark.parametrize("worst", [math.nan, math.inf])
def test_a_row_without_numbers_does_not_change_its_neighbours(
    how: dict[str, Any], temperature: float, worst: float
) -> None:
    logits = torch.randn(5, 300, generator=torch.Generator().manual_seed(1))
    settings = [GenerationSettings(temperature, **how)] * 5
    numbers = [0.1, 0.3, 0.5, 0.7, 0.9]
    alone = choose(logits, settings, numbers)
    logits[2, 7] = worst
    choice = choose(logits, settings, numbers)
    assert math.isnan(choice.logprobs[2])
    for row in (0, 1, 3, 4):
        assert choice.tokens[row] == alone.tokens[row]
        assert choice.logprobs[row] == alone.logprobs[row]


def test_a_temperature_too_small_for_the_numbers_takes_the_likeliest_token() -> None:
    logits = torch.tensor([[0.0, 30.0, 10.0], [5.0, 0.0, 0.0]])
    choice = choose(logits, [GenerationSettings(1e-38)] * 2, [0.999, 0.001])
    assert choice.tokens == [1, 0]


@given(st.integers(0, 2**32 - 1), st.floats(0.5, 2.0))
def test_a_repetition_penalty_is_that_of_the_library(seed: int, penalty: float) -> None:
    from transformers import RepetitionPenaltyLogitsProcessor

    logits = torch.randn(2, 50, generator=torch.Generator().manual_seed(seed))
    texts = [[1, 2, 2, 7], [seed % 50]]
    settings = [GenerationSettings(repetition_penalty=penalty)] * 2
    ours = reshaped(logits, settings, texts)
    for row, text in enumerate(texts):
        theirs = RepetitionPenaltyLogitsProcessor(penalty)(
            torch.tensor([text]), logits[row : row + 1].clone()
        )
        torch.testing.assert_close(ours[row], theirs[0])


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_penalty_and_suppressed_tokens_change_the_choice_and_not_the_probabilities(
    temperature: float,
) -> None:
    logits = torch.tensor([[9.0, 8.0, 1.0], [9.0, 8.0, 1.0], [9.0, 8.0, 1.0]])
    settings = [
        GenerationSettings(temperature),
        GenerationSettings(temperature, suppressed=(0, 2)),
        GenerationSettings(temperature, repetition_penalty=100.0, suppressed=(2,)),
    ]
    choice = choose(logits, settings, [0.0, 0.0, 0.5], [[], [], [0]])
    assert choice.tokens == [0, 1, 1]
    expected = logits[0].log_softmax(-1)[[0, 1, 1]]
    torch.testing.assert_close(torch.tensor(choice.logprobs), expected)
