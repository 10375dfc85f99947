"""Where replies come from: a local model, or a scripted fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.engine.threads import wait_briefly

if TYPE_CHECKING:
    from harness.models.local import Local

wait_briefly()  # here, because nothing of the harness that loads torch is imported before this


def load(
    spec: str,
    *,
    dtype: str = "auto",
    device: str | None = None,
    chat: bool | None = None,
    trust_remote_code: bool = False,
    revision: str | None = None,
    memory: float | None = None,
    today: str | None = None,
    exact: bool = False,
) -> Local:
    """Open a model by name; its weights are read when it is first asked something.

    `spec` is `"reference"` (the bundled model), a folder, or an id on the Hugging Face hub. `dtype`
    is `"auto"` (as the weights were saved), `"float32"`, `"bfloat16"` or `"float16"`. `device` is
    `"cpu"`, `"cuda"`, `"mps"`, or `"auto"` (spread over all devices by accelerate); None takes the
    first of cuda, mps and cpu that is there. `chat` chooses the tokenizer's chat template (True) or
    plain `Q:`/`A:` text (False); None takes the template where the model was taught to end its turns as
    the template does. `memory` is what may be used beside the weights, in GB; None takes a share of
    what is free. `today` is the date (`2024-07-26`) that some templates write; None is the same on
    every day. `exact` makes a reply the same to the bit in whatever company, also where that is slower.

    Raises `UserError` where there is no such model or no such setting.
    """
    # Imported here: looking for a model is quick, and what reads one is slow to import.
    from harness.models.local import Local

    return Local(
        spec,
        dtype=dtype,
        device=device,
        chat=chat,
        trust_remote_code=trust_remote_code,
        revision=revision,
        memory=memory,
        today=today,
        exact=exact,
    )
