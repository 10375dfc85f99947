"""The exact text that models of each family see, with the templates of `families`.

`UPDATE_GOLDEN=1 pytest tests/models/test_templates.py` writes `tests/golden/chat/` anew.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.catalogue.finding import find
from harness.errors import UserError
from harness.models.formats import PromptFormat
from harness.models.local import Local
from harness.problem import Problem
from harness.prompt import Prompt
from harness.running.showing import questions
from tests.models.families import FAMILIES

GOLDEN = Path(__file__).parents[1] / "golden" / "chat"
EXAMPLE = Problem("example", "What is 1 + 1?", "2", "number", rationales=("1 + 1 = 2.",))
PROBLEM = Problem("problem", "What is 2 + 3?", "5", "number", exemplars=(EXAMPLE,))
THINKING = ("qwen3", "r1_distill", "smollm3", "gpt_oss")
SYSTEM = "Answer briefly."
WANTED = {
    "": PromptFormat(),
    "_off": PromptFormat(thinking="off"),
    "_system": PromptFormat(system=SYSTEM),
    "_text": PromptFormat(examples="text"),
    "_low": PromptFormat(template_args={"reasoning_effort": "low"}),
}
NO_SYSTEM = ("mistral_7b_v0.2",)
"""Families whose template refuses a system prompt, or has no place for it."""
CASES = [
    *((family, "") for family in FAMILIES),
    *((family, "_off") for family in THINKING),
    *((family, "_system") for family in FAMILIES if family not in NO_SYSTEM),
    *(("qwen2.5", "_text"), ("gpt_oss", "_low")),
]


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
        if known.first is not None:
            tokenizer.bos_token = known.first
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


@pytest.mark.parametrize(("family", "wanted"), CASES)
def test_a_family_sees_exactly_this(family: str, wanted: str, opened: Callable[..., Local]) -> None:
    written = texts(opened(family, WANTED[wanted]))
    file = GOLDEN / f"{family}{wanted}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(written, encoding="utf-8")
    assert file.is_file(), f"{file} is missing: run this test with UPDATE_GOLDEN=1 and read it"
    assert written == file.read_text(encoding="utf-8")


def test_every_text_that_is_written_down_is_that_of_a_case() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == {f"{f}{w}" for f, w in CASES}


def test_a_family_says_where_it_was_looked_up() -> None:
    for name, family in FAMILIES.items():
        assert family.source, name
        assert all(address.startswith("https://") for address in family.source), name


def test_the_table_of_families_has_the_ends_of_each() -> None:
    page = (GOLDEN.parents[2] / "docs" / "running.md").read_text(encoding="utf-8")
    rows = [line.replace("\\|", "|") for line in page.splitlines() if line.startswith("| ")]
    for name, family in FAMILIES.items():
        found = [row for row in rows if all(f"`{end}`" in row for end in family.ends)]
        assert found, name


@pytest.mark.parametrize("family", THINKING)
def test_a_thinking_model_thinks_unless_told_otherwise(
    family: str, opened: Callable[..., Local]
) -> None:
    assert opened(family, PromptFormat()).thinking is not None
    assert opened(family, PromptFormat(thinking="on")).thinking is not None
    assert opened(family, PromptFormat(thinking="off")).thinking is None
    assert opened(family, PromptFormat(chat=False)).thinking is None


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in THINKING])
def test_a_model_that_knows_no_thoughts_has_none(family: str, opened: Callable[..., Local]) -> None:
    assert opened(family, PromptFormat()).thinking is None
    assert opened(family, PromptFormat(thinking="off")).thinking is None
    with pytest.raises(UserError, match="knows no thoughts: leave out --thinking on"):
        _ = opened(family, PromptFormat(thinking="on")).thinking


@pytest.mark.parametrize(
    ("system", "thinking", "ending"),
    [
        ("/no_think", "auto", "assistant\n<think>\n\n</think>\nSo"),
        ("/no_think", "off", "assistant\n<think>\n\n</think>\nSo"),
        ("/think", "off", "assistant\n<think>\n\n</think>\n\nSo"),
    ],
)
def test_a_system_prompt_can_say_whether_to_think(
    system: str, thinking: Any, ending: str, opened: Callable[..., Local]
) -> None:
    model = opened("smollm3", PromptFormat(system=system, thinking=thinking))
    assert model.thinking is None
    assert model.prompt(Prompt((), "how?", "So"))[0].endswith(f"<|im_start|>{ending}")


def test_a_system_prompt_without_thoughts_is_no_way_to_think(opened: Callable[..., Local]) -> None:
    with pytest.raises(UserError, match=r"--thinking on, but with this --system .* no thoughts"):
        _ = opened("smollm3", PromptFormat(system="/no_think", thinking="on")).thinking


@pytest.mark.parametrize(("told", "thinking"), [(True, "off"), (False, "on")])
def test_an_argument_that_says_the_opposite_of_what_is_wanted_is_refused(
    told: bool, thinking: Any, opened: Callable[..., Local]
) -> None:
    wanted = PromptFormat(thinking=thinking, template_args={"enable_thinking": told})
    with pytest.raises(UserError, match=f"enable_thinking={told} contradict each other"):
        _ = opened("qwen3", wanted).thinking


@pytest.mark.parametrize("told", [True, False])
def test_an_argument_of_the_template_says_whether_to_think(
    told: bool, opened: Callable[..., Local]
) -> None:
    model = opened("qwen3", PromptFormat(template_args={"enable_thinking": told}))
    assert (model.thinking is not None) == told
    text = model.prompt(Prompt((), "how?", "So"))[0]
    assert text.count("<think>") == text.count("</think>") == 1


@pytest.mark.parametrize(
    ("family", "message"),
    [
        ("mistral_7b_v0.2", r"turns must alternate\): use --no-chat or no --system"),
        ("gpt_oss", r"channels in a content\): use --no-chat or --examples text"),
    ],
)
def test_what_a_family_refuses_is_said_with_the_way_out(
    family: str, message: str, opened: Callable[..., Local]
) -> None:
    system = SYSTEM if family != "gpt_oss" else None
    examples = (("one?", "<|channel|>final<|message|>1."),) if family == "gpt_oss" else ()
    model = opened(family, PromptFormat(system=system))
    with pytest.raises(UserError, match=message):
        model.prompt(Prompt(examples, "how?"))
