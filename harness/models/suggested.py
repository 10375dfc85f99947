"""The generation settings that the makers of a model suggest in its `generation_config.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAMPLING = ("temperature", "top_k", "top_p", "min_p")


def suggested(config: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `GenerationSettings` that the content of a `generation_config.json` asks for.

    Of sampling nothing is taken where the file does not ask to sample: its numbers are then the
    library's defaults. What is turned off is left out.
    """
    settings: dict[str, Any] = {}
    if config.get("do_sample"):
        settings = {name: config[name] for name in SAMPLING if config.get(name) is not None}
        settings.setdefault("temperature", 1.0)
    if config.get("repetition_penalty") not in (None, 1, 1.0):
        settings["repetition_penalty"] = float(config["repetition_penalty"])
    if config.get("suppress_tokens"):
        settings["suppressed"] = tuple(config["suppress_tokens"])
    return settings
