"""A model with random weights that replies at once, and a vocabulary of numbers for it."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoModelForCausalLM, LlamaConfig


class Numbers:
    """A vocabulary whose words are numbers, and which has no end token."""

    ends = frozenset[int]()

    def decode(self, tokens: Any) -> str:
        return " ".join(map(str, tokens))

    def continuation(self, prompt: Any, tokens: Any) -> str:
        return self.decode(tokens)


def model() -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=96,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        eos_token_id=None,
        bos_token_id=None,
    )
    return AutoModelForCausalLM.from_config(config).eval()
