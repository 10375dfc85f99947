"""The exact text that models of each family see, with the templates of `families`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.catalogue.finding import find
from harness.models.formats import PromptFormat
from harness.models.local import Local
from harness.problem import Problem
from harness.running.showing import questions
from tests.models.families import FAMILIES, FIRST

GOLDEN = Path(__file__).parents[1] / "golden" / "chat"
EXAMPLE = Problem("example", "What is 1 + 1?", "2", "number", rationales=("1 + 1 = 2.",))
PROBLEM = Problem("problem", "What is 2 + 3?", "5", "number", exemplars=(EXAMPLE,))
CASES = {
    **dict.fromkeys(FAMILIES, ("auto", None)),
    **{f"{f}_off": ("off", None) for f in ("qwen3", "r1_distill", "smollm3", "gpt_oss")},
    **{f"{f}_system": ("auto", "Answer briefly.") for f in ("llama3.2", "gemma3", "gpt_oss")},
}


@pytest.fixture
def opened(
    tmp_path: Path, make_tokenizer: Callable[..., Any], make_network: Callable[..., Any]
) -> Callable[..., Local]:
    """A model of a family, as far as its tokenizer goes."""

    def open_(family: str, wanted: PromptFormat) -> Local:
        known = FAMILIES[family]
        tokenizer = make_tokenizer()
        tokenizer.add_special_tokens({"additional_special_tokens": list(known.special)})
        tokenizer.eos_token = known.ends[0]
        if family in FIRST:
            tokenizer.bos_token = FIRST[family]
        tokenizer.chat_template = known.template
        folder = tmp_path / family
        tokenizer.save_pretrained(folder)
        ends = tokenizer.convert_tokens_to_ids(list(known.ends))
        (folder / "config.json").write_text("{}")
        (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": ends}))
        return Local(str(folder), wanted)

    return open_


def texts(model: Local) -> str:
    """The prompts of a chain of thought and of both stages of one without examples, and the ends."""
    shown = [
        one.text
        for name in ("chain_of_thought", "zero_shot_chain_of_thought")
        for one in asyncio.run(questions(find(name, "strategy"), PROBLEM, model))
    ]
    ends = sorted(model.tokens._tokenizer.convert_ids_to_tokens(sorted(model.tokens.ends)))
    titles = ("chain of thought", "zero-shot, stage 1", "zero-shot, stage 2")
    parts = [f"=== {title} ===\n{text}\n" for title, text in zip(titles, shown, strict=True)]
    return "".join([*parts, f"=== ends ===\n{' '.join(ends)}\n"])


@pytest.mark.parametrize("case", CASES)
def test_a_family_sees_exactly_this(case: str, opened: Callable[..., Local]) -> None:
    thinking, system = CASES[case]
    family = case.removesuffix("_off").removesuffix("_system")
    model = opened(family, PromptFormat(thinking=thinking, system=system))  # type: ignore[arg-type]
    assert texts(model) == (GOLDEN / f"{case}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("family", ["qwen3", "r1_distill", "smollm3", "gpt_oss"])
def test_a_thinking_model_thinks_unless_told_otherwise(
    family: str, opened: Callable[..., Local]
) -> None:
    assert opened(family, PromptFormat()).thinking is not None
    assert opened(family, PromptFormat(thinking="on")).thinking is not None
    assert opened(family, PromptFormat(thinking="off")).thinking is None
    assert opened(family, PromptFormat(chat=False)).thinking is None
