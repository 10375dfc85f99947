"""Where replies come from: a local model, or a scripted fake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

from harness.engine.threads import wait_briefly

if TYPE_CHECKING:
    from harness.models.local import Local

wait_briefly()  # here, because nothing of the harness that loads torch is imported before this


class LoadSettings(TypedDict, total=False):
    """How a model is opened (see `load`)."""

    dtype: str
    device: str | None
    chat: bool | None
    today: str | None
    system: str | Path | None
    examples: str
    template_args: Mapping[str, Any] | Sequence[str]
    thinking: str
    thinking_tokens: int
    trust_remote_code: bool
    revision: str | None
    gguf: str | None
    memory: float | None
    max_model_len: int | None
    exact: bool


PROMPTS = ("chat", "today", "system", "examples", "template_args", "thinking", "thinking_tokens")
"""Those of the settings that decide how prompts are written."""


def given(settings: Mapping[str, Any]) -> LoadSettings:
    """Those of some settings that say anything; the others are left to `load`."""
    said = {name: value for name, value in settings.items() if value not in (None, (), False)}
    if settings.get("chat") is False:  # which says something
        said["chat"] = False
    return cast(LoadSettings, said)


def load(spec: str, **settings: Unpack[LoadSettings]) -> Local:
    """Open a model by name; its weights are read when it is first asked something.

    `spec` is `"reference"` (the bundled model), a folder (of a model, or of a PEFT adapter that names
    its model), a GGUF file, or an id on the Hugging Face hub.

    * `dtype`: `"auto"` (as the weights were saved), `"float32"`, `"bfloat16"` or `"float16"`.
    * `device`: `"cpu"`, `"cuda"`, `"mps"`, or `"auto"` (spread over all devices by accelerate); None
      takes the first of cuda, mps and cpu that is there.
    * `chat`: the tokenizer's chat template (True) or plain `Q:`/`A:` text (False); None takes the
      template where the model was taught to end its turns as the template does.
    * `system`: a system prompt, or the path of a file with one.
    * `examples`: worked examples as `"turns"`, or as `"text"` in one turn of the user.
    * `template_args`: arguments for the chat template, by name or as `KEY=VALUE` texts.
    * `thinking`: `"on"`, `"off"`, or `"auto"` (as the chat template has it); after `thinking_tokens` a
      thought is closed, and the answer asked for.
    * `today`: the date (`2024-07-26`) that some templates write; None is the same on every day.
    * `gguf`: the file to take, where the folder or the repository on the hub has several.
    * `memory`: what may be used beside the weights, in GB; None takes a share of what is free.
    * `max_model_len`: prompt and reply have so many tokens at most; None: as the model was made.
    * `exact`: a reply is the same to the bit in whatever company, also where that is slower.
    * `revision` and `trust_remote_code` are as the Hugging Face libraries have them.

    Raises `UserError` where there is no such model or no such setting.
    """
    # Imported here: looking for a model is quick, and what reads one is slow to import.
    from harness.models.formats import prompt_format
    from harness.models.local import Local

    options: dict[str, Any] = dict(settings)
    wanted = prompt_format(**{name: options.pop(name) for name in PROMPTS if name in options})
    return Local(spec, wanted, **options)
