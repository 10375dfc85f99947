"""Where replies come from: a local model, or a scripted fake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

from harness.engine.threads import wait_briefly
from harness.errors import UserError
from harness.models.server.address import is_address

if TYPE_CHECKING:
    from harness.models.local import Local
    from harness.models.server.server import Server

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
    tokenizer: str | None
    api: str | None
    api_key_env: str | None
    requests: int | None
    price: str | None
    max_cost: float | None
    timeout: float | None


PROMPTS = ("chat", "today", "system", "examples", "template_args", "thinking", "thinking_tokens")
"""Those of the settings that decide how prompts are written."""

HERE = ("dtype", "device", "gguf", "memory", "exact")
"""Those that a model on this machine has alone."""

SERVED = ("tokenizer", "api", "api_key_env", "requests", "price", "max_cost", "timeout")
"""Those that a model behind a server has alone."""


def given(settings: Mapping[str, Any]) -> LoadSettings:
    """Those of some settings that say anything; the others are left to `load`."""
    said = {name: value for name, value in settings.items() if value not in (None, (), False)}
    if settings.get("chat") is False:  # which says something
        said["chat"] = False
    return cast(LoadSettings, said)


def fitting(spec: str, settings: LoadSettings) -> LoadSettings:
    """Those of some settings that a model of this name can have: of runs with models of several kinds."""
    other = HERE if is_address(spec) else SERVED
    kept = {name: value for name, value in settings.items() if name not in other}
    return cast(LoadSettings, kept)


def load(spec: str, **settings: Unpack[LoadSettings]) -> Local | Server:
    """Open a model by name; its weights are read when it is first asked something.

    `spec` is `"reference"` (the bundled model), a folder (of a model, or of a PEFT adapter that names
    its model), a GGUF file, an id on the Hugging Face hub, or the address of a server that speaks OpenAI's
    protocol, `http://host:port/v1`, with `#NAME` behind it where it has several models.

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

    Of a server's model (the key comes from `OPENAI_API_KEY` in the environment, or from `api_key_env`):

    * `tokenizer`: the model's, as a folder or an id on the hub, with which prompts are written here.
    * `api`: `"completions"` (our exact prompt) or `"chat"` (our turns); None takes what fits.
    * `requests`: so many at a time; None finds out how many are of use.
    * `price`: dollars for a million tokens as `IN,OUT`; with `max_cost` no more than that is spent.
    * `timeout`: seconds for one answer.

    Raises `UserError` where there is no such model or no such setting.
    """
    # Imported here: looking for a model is quick, and what reads one is slow to import.
    from harness.models.formats import prompt_format
    from harness.models.local import Local

    options: dict[str, Any] = dict(settings)
    for name in options.keys() - fitting(spec, settings).keys():
        kind = "a model behind a server" if name in SERVED else "a model on this machine"
        raise UserError(
            f"--{name.replace('_', '-')} is for {kind}, and {spec} is none: leave it out"
        )
    wanted = prompt_format(**{name: options.pop(name) for name in PROMPTS if name in options})
    if not is_address(spec):
        return Local(spec, wanted, **options)
    try:
        from harness.models.server.server import Server
    except ImportError as error:
        raise UserError(
            f"{spec} is a server, for which a package is missing ({error.name}): pip install openai"
        ) from error
    return Server(spec, wanted, **options)
