"""How a run wants its prompts written, as people say it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from harness.errors import UserError
from harness.models.formats import prompt_format


def test_a_system_prompt_is_a_text_or_the_content_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "system.txt"
    path.write_text("Be brief.\n", encoding="utf-8")
    assert prompt_format(system="Be kind.").system == "Be kind."
    assert prompt_format(system=str(path)).system == "Be brief."
    assert prompt_format(system="a long text\n" * 400).system == ("a long text\n" * 400).strip()


def test_arguments_of_the_template_are_json_or_else_texts() -> None:
    given = ["flag=true", "other=False", "number=3", "word=high", "list=[1, 2]", "sum=1+1=2"]
    assert prompt_format(template_args=given).template_args == {
        "flag": True,
        "other": False,
        "number": 3,
        "word": "high",
        "list": [1, 2],
        "sum": "1+1=2",
    }


def test_the_day_is_read_from_its_text() -> None:
    assert prompt_format(today="2030-01-02").today == date(2030, 1, 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"system": " \n"}, "the system prompt is empty"),
        ({"system": Path("nowhere.txt")}, "there is no file nowhere.txt"),
        ({"template_args": ["flag"]}, "'flag': write it as KEY=VALUE"),
        ({"template_args": ["1x=2"]}, "'1x=2': write it as KEY=VALUE"),
        ({"examples": "turn"}, "examples 'turn' is not known: use one of turns, text"),
        ({"thinking": "yes"}, "thinking 'yes' is not known: use one of auto, on, off"),
        ({"chat": False, "thinking": "on"}, "plain text has no thoughts"),
        ({"today": "tomorrow"}, "today 'tomorrow' is no day"),
    ],
)
def test_what_cannot_be_understood_is_said(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        prompt_format(**settings)
