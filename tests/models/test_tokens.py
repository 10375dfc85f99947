"""Which prompt format a model gets, and what a chat template may do to it.

The templates are ours, written after what each family's is documented to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from harness.models.formats import PromptFormat
from harness.models.tokens import Tokens
from harness.prompt import Prompt
from harness.reading.kinds import KINDS

IM = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""As Qwen 2.5 and SmolLM 2 write turns."""

HEADERS = (
    "{% if not date_string is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}"
    "<|start_header_id|>system<|end_header_id|>\n\nToday Date: {{ date_string }}\n\n<|eot_id|>"
    "{% for m in messages %}<|start_header_id|>{{ m['role'] }}<|end_header_id|>\n\n"
    "{{ m['content'] | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
"""As Llama 3.2 does, with today's date."""

NOW = "{{ strftime_now('%Y-%m-%d') }}" + IM
"""As templates do that ask for the day themselves."""

FORMS = (
    "{% set form = '%-d ' ~ '%B %Y' %}{% macro day() %}{{ strftime_now(form) }}{% endmacro %}{{ day() }}"
    + IM
)
"""As one could that puts together what it asks for."""

CHANNELS = (
    "{% for m in messages %}<|start|>{{ m['role'] }}<|message|>{{ m['content'] }}"
    "{% if loop.last and m['role'] == 'assistant' %}<|return|>{% else %}<|end|>{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %}"
)
"""As gpt-oss does: earlier turns end with another token than the last."""

THOUGHTS = (
    "{% for m in messages %}{% if m['role'] == 'assistant' %}<|Assistant|>"
    "{{ m['content'].split('</think>')[1] if '</think>' in m['content'] else m['content'] }}<|eos|>"
    "{% else %}<|User|>{{ m['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|Assistant|><think>\n{% endif %}"
)
"""As DeepSeek's distilled models do: thoughts of earlier turns are cut off."""

OPEN = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
"""One that ends no turn with a token."""

STRICT = "{% if messages | length > 1 %}{{ raise_exception('one user turn only') }}{% endif %}" + IM

SPECIAL = [
    "<|endoftext|>",
    *("<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    *("<|start|>", "<|message|>", "<|end|>", "<|return|>", "<|User|>", "<|Assistant|>", "<|eos|>"),
]


@pytest.fixture
def saved(tmp_path: Path, make_tokenizer: Callable[..., Any]) -> Callable[..., Path]:
    """A folder with a tokenizer that has a template, for a model that ends with these tokens."""

    def save(template: str, ends: list[str], eos: str = "<|endoftext|>") -> Path:
        tokenizer = make_tokenizer()
        tokenizer.add_special_tokens({"additional_special_tokens": SPECIAL})
        tokenizer.eos_token = eos
        tokenizer.chat_template = template
        tokenizer.save_pretrained(tmp_path)
        numbers = tokenizer.convert_tokens_to_ids(ends)
        settings = {"eos_token_id": numbers}
        (tmp_path / "generation_config.json").write_text(json.dumps(settings))
        return tmp_path

    return save


def names(tokens: Tokens) -> set[str]:
    return set(tokens._tokenizer.convert_ids_to_tokens(sorted(tokens.ends)))


@pytest.mark.parametrize(
    ("template", "end", "ends"),
    [
        (IM, "<|im_end|>", ["<|im_end|>", "<|endoftext|>"]),
        (HEADERS, "<|eot_id|>", ["<|eot_id|>", "<|endoftext|>"]),
        (CHANNELS, "<|return|>", ["<|return|>"]),
        (THOUGHTS, "<|eos|>", ["<|eos|>"]),
        (STRICT, "<|im_end|>", ["<|im_end|>"]),
    ],
)
def test_a_model_taught_to_end_its_turns_gets_its_chat_template(
    saved: Callable[..., Path], template: str, end: str, ends: list[str]
) -> None:
    if template == STRICT:  # it renders one turn alone, which tells nothing
        template = STRICT.replace("length > 1", "length > 2")
    tokens = Tokens(saved(template, ends))
    assert tokens.chat
    assert tokens.reason == f"it was taught to end a turn with {end}"
    assert names(tokens) == {end, "<|endoftext|>"}


@pytest.mark.parametrize("template", [IM, HEADERS, CHANNELS])
def test_a_base_model_with_a_template_gets_plain_text(
    saved: Callable[..., Path], template: str
) -> None:
    tokens = Tokens(saved(template, ["<|endoftext|>"]))
    assert not tokens.chat
    assert tokens.reason.startswith("it was not taught to end with <|")
    assert tokens.prompt(Prompt((), "how?"))[0] == Prompt((), "how?").plain()


def test_the_tokenizers_own_end_counts_among_those_that_a_model_was_taught(
    saved: Callable[..., Path],
) -> None:
    assert Tokens(saved(IM, ["<|endoftext|>"], eos="<|im_end|>")).chat


def test_a_template_that_ends_no_turn_is_not_taken_unasked(saved: Callable[..., Path]) -> None:
    tokens = Tokens(saved(OPEN, ["<|endoftext|>"]))
    assert (tokens.chat, tokens.reason[:18]) == (False, "no token was found")
    assert Tokens(saved(OPEN, ["<|endoftext|>"]), PromptFormat(chat=True)).chat


def test_a_chat_that_was_asked_for_ends_with_the_templates_token(
    saved: Callable[..., Path],
) -> None:
    tokens = Tokens(saved(IM, ["<|endoftext|>"]), PromptFormat(chat=True))
    assert names(tokens) == {"<|im_end|>", "<|endoftext|>"}


@pytest.mark.parametrize(
    ("template", "day"), [(HEADERS, "26 Jul 2024"), (NOW, "2024-07-26"), (FORMS, "26 July 2024")]
)
def test_the_date_in_a_prompt_is_the_same_on_every_day(
    saved: Callable[..., Path], template: str, day: str
) -> None:
    folder = saved(template, ["<|eot_id|>", "<|im_end|>"])
    tokens = Tokens(folder)
    assert tokens.dated
    assert day in tokens.prompt(Prompt((), "how?"))[0]
    other = Tokens(folder, PromptFormat(today=date(2030, 1, 2)))
    assert other.prompt(Prompt((), "how?"))[0] != tokens.prompt(Prompt((), "how?"))[0]


def test_a_template_without_a_date_is_not_dated(saved: Callable[..., Path]) -> None:
    assert not Tokens(saved(IM, ["<|im_end|>"])).dated


@pytest.mark.parametrize(
    ("template", "opening"),
    [(IM, "<|im_start|>assistant\n"), (THOUGHTS, "<|Assistant|><think>\n\n</think>\n\n")],
)
def test_a_lead_in_stands_behind_the_opening_of_the_models_turn(
    saved: Callable[..., Path], template: str, opening: str
) -> None:
    tokens = Tokens(saved(template, ["<|im_end|>", "<|eos|>"]))
    lead_in = "I think.</think> It is 3.\nTherefore, the answer is"
    text, _ = tokens.prompt(Prompt((("one?", "1."),), "how?", lead_in))
    assert text.endswith(opening + lead_in)


def test_a_template_that_refuses_a_prompt_is_named_with_the_way_out(
    saved: Callable[..., Path],
) -> None:
    tokens = Tokens(saved(STRICT, ["<|im_end|>"]), PromptFormat(chat=True))
    with pytest.raises(
        UserError, match=r"refuses the prompt \(one user turn only\): use --no-chat"
    ):
        tokens.prompt(Prompt((("one?", "1."),), "how?"))


RAISING = {
    "one turn of the user": "{% if messages | length > 1 %}{{ raise_exception('one turn') }}{% endif %}",
    "no system turn": "{% for m in messages %}{% if m['role'] == 'system' %}"
    "{{ raise_exception('no system') }}{% endif %}{% endfor %}",
    "turns that alternate": "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('alternate') }}{% endif %}{% endfor %}",
    "what no error of its own tells": "{% if messages | length > 1 %}{{ messages.nothing.at_all }}{% endif %}",
    "contents in parts": "{% for m in messages %}{% if m['content'] is string %}"
    "{{ raise_exception('parts') }}{% endif %}{% endfor %}",
}
"""What templates refuse, each before the turns as `IM` writes them."""


@pytest.mark.parametrize(
    ("refused", "system", "examples", "ways"),
    [
        ("one turn of the user", None, "turns", "--no-chat or --examples text"),
        ("one turn of the user", None, "text", None),
        ("no system turn", "Be brief.", "turns", "--no-chat or --examples text or no --system"),
        ("no system turn", None, "turns", None),
        ("turns that alternate", "Be brief.", "text", "--no-chat or no --system"),
        ("turns that alternate", None, "turns", None),
        ("what no error of its own tells", None, "turns", "--no-chat or --examples text"),
        ("contents in parts", "Be brief.", "turns", None),
    ],
)
def test_what_a_template_refuses_is_one_line_with_the_ways_out(
    saved: Callable[..., Path], refused: str, system: str | None, examples: Any, ways: str | None
) -> None:
    written = IM.replace("m['content']", "m['content'][0]['text']") if "parts" in refused else IM
    folder = saved(RAISING[refused] + written, ["<|im_end|>"])
    tokens = Tokens(folder, PromptFormat(chat=True, system=system, examples=examples))
    prompt = Prompt((("one?", "1."),), "how?")
    if ways is None:
        assert tokens.prompt(prompt)[0].endswith("how?<|im_end|>\n<|im_start|>assistant\n") or (
            examples == "text"
        )
        return
    with pytest.raises(UserError, match=f"use {ways}$") as caught:
        tokens.prompt(prompt)
    assert "\n" not in str(caught.value)


def test_the_end_that_a_tokenizer_writes_behind_every_text_is_told(
    saved: Callable[..., Path],
) -> None:
    folder = saved(IM, ["<|im_end|>"])
    assert Tokens(folder).closing == ()
    whole = json.loads((folder / "tokenizer.json").read_text())
    end = Tokens(folder)._tokenizer.eos_token_id
    whole["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [
            {"Sequence": {"id": "A", "type_id": 0}},
            {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {
            "<|endoftext|>": {"id": "<|endoftext|>", "ids": [end], "tokens": ["<|endoftext|>"]}
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    closed = Tokens(folder, PromptFormat(chat=False))
    assert closed.closing == (end,)
    assert closed.prompt("how?")[1][-1] != end


def test_a_thought_that_special_tokens_mark_is_not_taken_for_an_answer(
    saved: Callable[..., Path], make_tokenizer: Callable[..., Any]
) -> None:
    folder = saved(IM, ["<|im_end|>"])
    tokenizer = Tokens(folder)._tokenizer
    tokenizer.add_special_tokens({"additional_special_tokens": ["[THINK]", "[/THINK]"]})
    tokenizer.save_pretrained(folder)
    tokens = Tokens(folder)
    said = tokens._tokenizer("[THINK]it may be 7<|im_end|>", add_special_tokens=False)["input_ids"]
    assert tokens.decode(said) == "[THINK]it may be 7"
    assert KINDS["number"].read(tokens.decode(said)).answer is None


def test_a_template_that_wants_contents_in_parts_gets_them(saved: Callable[..., Path]) -> None:
    parts = IM.replace("m['content']", "m['content'][0]['text']")
    text, _ = Tokens(saved(parts, ["<|im_end|>"])).prompt(Prompt((), "how?"))
    assert text == "<|im_start|>user\nhow?<|im_end|>\n<|im_start|>assistant\n"


def test_worked_examples_can_stand_in_one_turn(saved: Callable[..., Path]) -> None:
    tokens = Tokens(saved(IM, ["<|im_end|>"]), PromptFormat(examples="text"))
    text, _ = tokens.prompt(Prompt((("one?", "1."),), "how?", "So"))
    user = "Q: one?\nA: 1.\n\nQ: how?\nA:"
    assert text == f"<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\nSo"


def test_a_system_prompt_is_a_turn_or_the_first_paragraph(saved: Callable[..., Path]) -> None:
    folder, wanted = saved(IM, ["<|im_end|>"]), PromptFormat(system="Be brief.")
    text, _ = Tokens(folder, wanted).prompt(Prompt((), "how?"))
    assert text.startswith("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n")
    plain, _ = Tokens(folder, replace(wanted, chat=False)).prompt(Prompt((), "how?"))
    assert plain == "Be brief.\n\nQ: how?\nA:"


def test_arguments_reach_the_chat_template(saved: Callable[..., Path]) -> None:
    wanted = PromptFormat(template_args={"mood": "calm"})
    tokens = Tokens(saved("{{ mood | default('none') }}" + IM, ["<|im_end|>"]), wanted)
    assert tokens.prompt(Prompt((), "how?"))[0].startswith("calm<|im_start|>")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (PromptFormat(thinking="on"), "knows no thoughts: leave out --thinking on"),
        (PromptFormat(system="Be brief."), "refuses the prompt .*: use --no-chat or no --system"),
    ],
)
def test_what_a_template_cannot_do_is_said_with_the_way_out(
    saved: Callable[..., Path], wanted: PromptFormat, message: str
) -> None:
    refusing = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + IM
    )
    with pytest.raises(UserError, match=message):
        Tokens(saved(refusing, ["<|im_end|>"]), wanted).prompt(Prompt((), "how?"))


def test_a_prompt_is_shown_with_the_tokens_that_the_tokenizer_adds(
    saved: Callable[..., Path],
) -> None:
    folder = saved(IM, ["<|im_end|>"])
    whole = json.loads((folder / "tokenizer.json").read_text())
    first = Tokens(folder)._tokenizer.convert_tokens_to_ids("<|start|>")
    whole["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "<|start|>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {
            "<|start|>": {"id": "<|start|>", "ids": [first], "tokens": ["<|start|>"]}
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    plain = Tokens(folder, PromptFormat(chat=False))
    assert plain.visible(Prompt((), "how?")) == "<|start|>Q: how?\nA:"
    assert Tokens(folder).visible(Prompt((), "how?")).startswith("<|im_start|>user")
