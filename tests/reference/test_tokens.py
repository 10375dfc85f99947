"""The reference tokenizer: every text comes back, digits stand alone, and names are spelled."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("transformers")

from transformers import AutoTokenizer, PreTrainedTokenizerFast

from harness.reference import tokens

TEXTS = ["Q: Ada has 12 apples and buys 340 more.\nA: 12 + 340 = 352. The answer is 352.\n\n"] * 30
TOKENIZER = tokens.build(TEXTS, spelled={"Ada"})


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text, split_special_tokens=True)) == text


@given(st.integers(min_value=0), st.sampled_from(["", " ", "$", " -", "="]))
def test_each_digit_is_one_token(number: int, before: str) -> None:
    pieces = [TOKENIZER.decode([token]) for token in TOKENIZER.encode(f"x{before}{number}")]
    assert [str(piece).strip() for piece in pieces[-len(str(number)) :]] == list(str(number))


def test_only_the_first_digit_carries_the_blank() -> None:
    assert TOKENIZER.tokenize("x has 340")[1:] == ["Ġhas", "Ġ3", "4", "0"]


def test_words_are_whole_and_spelled_names_are_letters() -> None:
    assert TOKENIZER.tokenize("Ada apples") == ["A", "d", "a", "Ġapples"]
    assert TOKENIZER.tokenize("apples Ada") == ["a", "p", "p", "l", "e", "s", "Ġ", "A", "d", "a"]


def test_the_vocabulary_is_limited_and_the_same_each_time() -> None:
    small = tokens.build(TEXTS, spelled=(), size=290)
    assert len(small) <= 290
    assert tokens.build(iter(TEXTS), spelled={"Ada"}).get_vocab() == TOKENIZER.get_vocab()


def test_a_saved_tokenizer_is_loaded_unchanged(tmp_path: Path) -> None:
    TOKENIZER.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert isinstance(loaded, PreTrainedTokenizerFast)
    assert loaded.encode(TEXTS[0]) == TOKENIZER.encode(TEXTS[0])
    assert loaded.eos_token == tokens.END
    assert loaded.pad_token == tokens.PAD
