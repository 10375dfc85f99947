"""Checkpoints whose weights are kept in fewer bits: by which method, and the packages that read them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

PACKAGES = {
    "gptq": ("optimum", "gptqmodel"),
    "awq": ("gptqmodel",),
    "compressed-tensors": ("compressed-tensors",),
    "bitsandbytes": ("bitsandbytes",),
    "hqq": ("hqq",),
    "torchao": ("torchao",),
    "quanto": ("optimum-quanto",),
    "aqlm": ("aqlm",),
}
"""What transformers wants for each method. It asks for one at a time, in words of its own."""

UNPACKED = ("compressed-tensors",)
"""Methods by which a model that was called once has its weights whole, and they take the memory of whole ones."""

MODULES = {"optimum-quanto": "optimum.quanto"}
"""Packages whose module is called otherwise than they are."""


def method(config: Mapping[str, Any]) -> str | None:
    """The method by which the content of a `config.json` says that weights are kept; None for none."""
    inner = config.get("text_config") or {}
    for place in (config, inner):
        how = place.get("quantization_config")
        if how:
            name = str(how.get("quant_method") or "bitsandbytes")  # which once wrote no name
            return name.replace("_", "-")
    return None


def missing(how: str | None) -> list[str]:
    """The packages, as `pip install` takes them, that reading weights kept so still needs."""
    return [name for name in PACKAGES.get(how or "", ()) if not _here(name)]


def unpack(model: Any) -> None:
    """Have a model's weights unpacked, which `UNPACKED` do when the whole of it is first called.

    The engine calls a model's parts, which would compute with what is packed.
    """
    import torch

    token = torch.zeros(1, 1, dtype=torch.long, device=model.get_input_embeddings().weight.device)
    given = {"input_ids": token}
    if model.config.is_encoder_decoder:
        given["decoder_input_ids"] = token
    with torch.no_grad():  # weights made in inference mode could not be changed any more
        model(**given)


def _here(name: str) -> bool:
    try:
        return find_spec(MODULES.get(name, name.replace("-", "_"))) is not None
    except ModuleNotFoundError:  # of what its module lies in
        return False
