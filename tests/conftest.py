"""A tiny model with random weights and a byte-level tokenizer, for tests that need a real one."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# what is printed is compared with what stands in tests, whatever the width of somebody's terminal
os.environ.pop("COLUMNS", None)
# what tests find out about this machine is not to be found in its cache; they find it out once
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

END = "<|end|>"
CONTEXT = 512
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}"
    "{% if not loop.last or message['role'] == 'user' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
# A machine that has something else to do for a moment is no fault of the code.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")

COMMON = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": CONTEXT,
}


@pytest.fixture(scope="session")
def make_tokenizer() -> Callable[..., Any]:
    """A tokenizer whose tokens are bytes, `Q`-like letters visible, with one end token."""

    def make(*, chat: bool = False) -> Any:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
        from transformers import PreTrainedTokenizerFast

        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {letter: number for number, letter in enumerate([END, *alphabet])}
        # one merge, so that a token can hold more than one character of a stop text
        tokenizer = Tokenizer(models.BPE({**vocabulary, "ĊQ": len(vocabulary)}, [("Ċ", "Q")]))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        tokenizer.decoder = decoders.ByteLevel()
        whole = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END)
        if chat:
            whole.chat_template = TEMPLATE
        return whole

    return make


@pytest.fixture(scope="session")
def make_network() -> Callable[..., Any]:
    """A network of a family with random weights, the same for the same seed."""

    def make(family: str = "llama", *, seed: int = 0, **settings: Any) -> Any:
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM

        torch.manual_seed(seed)
        config = AutoConfig.for_model(
            family,
            **{**COMMON, "vocab_size": 258, "bos_token_id": 0, "eos_token_id": 0, **settings},
        )
        # Wide weights make sharp distributions, in which a wrong step shows.
        config.initializer_range = 0.3
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()

    return make


@pytest.fixture(scope="session")
def model_folder(
    tmp_path_factory: pytest.TempPathFactory,
    make_network: Callable[..., Any],
    make_tokenizer: Callable[..., Any],
) -> Path:
    """A folder with a tiny Llama and its tokenizer."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    make_network().save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder
