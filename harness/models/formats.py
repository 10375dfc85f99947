"""How a run wants its prompts written: the settings that a tokenizer and its chat template follow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from harness.errors import UserError
from harness.prompt import Examples

DATE = date(2024, 7, 26)
"""What a chat template that writes today's date is told, so that a prompt is the same tomorrow.

The date is the one that Llama 3's own template falls back to."""

THINKING_TOKENS = 2048
"""So many tokens a thought may have, unless a run says otherwise."""

Thinking = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True)
class PromptFormat:
    """How prompts are written, as far as a run decides it; the rest is the tokenizer's.

    | field | meaning |
    |---|---|
    | `chat` | the chat template (True) or plain text; None: what the model was taught |
    | `today` | the day that a template with a date writes |
    | `system` | a system turn, in plain text a first paragraph |
    | `examples` | worked examples as `turns`, or as `text` in one turn of the user |
    | `template_args` | arguments for the chat template beside the harness's own |
    | `thinking` | whether the model thinks before it answers; `auto`: as its template has it |
    | `thinking_tokens` | after so many a thought is closed and the answer asked for |

    Raises `UserError` for values that make no sense.
    """

    chat: bool | None = None
    today: date = DATE
    system: str | None = None
    examples: Examples = "turns"
    template_args: Mapping[str, Any] = field(default_factory=dict)
    thinking: Thinking = "auto"
    thinking_tokens: int = THINKING_TOKENS

    def __post_init__(self) -> None:
        for name, known in (("examples", get_args(Examples)), ("thinking", get_args(Thinking))):
            value = getattr(self, name)
            if value not in known:
                raise UserError(f"{name} {value!r} is not known: use one of {', '.join(known)}")
        if self.thinking_tokens < 1:
            raise UserError(f"thinking tokens {self.thinking_tokens}: must be 1 or more")
        if self.chat is False and self.thinking == "on":
            raise UserError("plain text has no thoughts: leave out --no-chat, or --thinking on")


AS_TAUGHT = PromptFormat()
"""As the model was taught, with nothing that a run decides."""


def prompt_format(
    *,
    chat: bool | None = None,
    today: str | None = None,
    system: str | Path | None = None,
    examples: str = "turns",
    template_args: Mapping[str, Any] | Sequence[str] = (),
    thinking: str = "auto",
    thinking_tokens: int = THINKING_TOKENS,
) -> PromptFormat:
    """The format that these settings name, as people write them.

    `today` is written as 2024-07-26, `system` is a text or the path of a file that holds it, and
    `template_args` may be `KEY=VALUE` texts, the value JSON or else a text.
    Raises `UserError` for what cannot be understood.
    """
    return PromptFormat(
        chat,
        _day(today),
        None if system is None else _system(system),
        examples,  # type: ignore[arg-type]  # it says itself what it does not know
        template_args if isinstance(template_args, Mapping) else _arguments(template_args),
        thinking,  # type: ignore[arg-type]
        thinking_tokens,
    )


def _day(text: str | None) -> date:
    """The day that `text` names, or the one that every run shares."""
    if text is None:
        return DATE
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"today {text!r} is no day: write it as in {DATE.isoformat()}") from error


def _system(source: str | Path) -> str:
    path = Path(source).expanduser()
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # a text that can be no path: too long, or with a NUL in it
        is_file = False
    try:
        text = path.read_text(encoding="utf-8") if is_file else None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"the system prompt {path} cannot be read as text: {error}") from error
    if text is None and isinstance(source, Path):
        raise UserError(f"there is no file {path} to read the system prompt from")
    text = str(source) if text is None else text
    if not text.strip():
        raise UserError("the system prompt is empty: leave out --system, or give it a text")
    return text.strip()


def _arguments(texts: Sequence[str]) -> dict[str, Any]:
    arguments = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not (sign and name.isidentifier()):
            raise UserError(f"template argument {text!r}: write it as KEY=VALUE")
        try:
            arguments[name] = json.loads(value)
        except ValueError:
            arguments[name] = {"True": True, "False": False, "None": None}.get(value, value)
    return arguments
