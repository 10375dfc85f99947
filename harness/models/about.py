"""What can be told of a model without loading its weights: format, context, thoughts, size, way to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.models import content, quantised
from harness.models.chat import first_line
from harness.models.local import Local
from harness.models.shape import empty

if TYPE_CHECKING:
    from harness.models.server.server import Server

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


def about(model: Local | Server) -> dict[str, str]:
    """The facts of a model by what they are called, in the order in which they are shown.

    Raises `UserError` where there is no tokenizer or no weights, or a server does not answer.
    """
    if not isinstance(model, Local):
        from harness.models.server.about import about as of_server

        return of_server(model)
    files, tokens = model.files, model.tokens
    network = _network(model)
    written = sorted(tokens.written(end) for end in tokens.ends)
    return {
        "family": content.family(files),
        "weights": _weights(model),
        "prompts": f"{'chat template' if tokens.chat else 'plain text'}: {tokens.reason}",
        "a reply ends with": " ".join(written) or "its limit of tokens alone",
        "thoughts": _thoughts(model),
        "date in prompts": model.wanted.today.isoformat() if tokens.dated else "none",
        "context": "no limit known" if model.context is None else f"{model.context:,} tokens",
        "makers suggest": _settings(model.suggested()),
        "runs": _way(model, network),
        "memory": _memory(model, network),
    }


def _weights(model: Local) -> str:
    if how := quantised.method(content.settings(model.files)):  # several of them lie in one number
        return f"{_bytes(model) / 1e9:,.1f} GB, quantised ({how}), computed in {model.dtype}"
    kept = "kept in fewer bits in GGUF, " if model.files.gguf is not None else ""
    millions = content.parameters(model.files) / 1e6
    return f"{millions:,.1f} million, {kept}computed in {model.dtype}"


def _bytes(model: Local) -> int:
    """What the weights take of the disk if they are quantised, and of memory if not."""
    if quantised.method(content.settings(model.files)):
        return sum(path.stat().st_size for path in model.files.weights())
    return BYTES.get(model.dtype, 4) * content.parameters(model.files)


def _thoughts(model: Local) -> str:
    if model.thinking is None:
        return "none"
    return f"first, up to {model.thinking.tokens:,} tokens, ended with {model.thinking.end}"


def _settings(settings: dict[str, Any]) -> str:
    said = [f"{name} {value}" for name, value in settings.items() if name != "suppressed"]
    said += [f"{len(settings['suppressed'])} tokens suppressed"] if "suppressed" in settings else []
    return ", ".join(said) or "nothing (greedy)"


def _network(model: Local) -> Any:
    """The network without weights; an exception where the library does not know it."""
    try:
        return empty(model.config)
    except Exception as error:  # whatever the library raises for what it does not know
        return error


def _way(model: Local, network: Any) -> str:
    from harness.engine.attention import can_share

    if needed := quantised.missing(quantised.method(content.settings(model.files))):
        return f"not yet, packages are missing: pip install {' '.join(needed)}"
    if isinstance(network, Exception):
        return f"cannot be told: {first_line(network)}"
    if can_share(network, model.context):
        return "by the engine: prompts are read once for all their paths"
    return "by the plain path, prompt by prompt"


def _memory(model: Local, network: Any) -> str:
    """What the weights take, and what a token of a chain takes beside them."""
    weights = f"{_bytes(model) / 1e9:.1f} GB for weights"
    if isinstance(network, Exception):
        return weights
    import torch

    from harness.engine.attention import can_share
    from harness.engine.linear import weight_bytes
    from harness.engine.prefix import kept

    dtype, each = getattr(torch, model.dtype, torch.float32), BYTES.get(model.dtype, 4)
    if can_share(network, model.context):
        # the engine keeps some of it in another precision than the model's
        several = "cuda" if torch.cuda.is_available() else "cpu"
        device = model.device.partition(":")[0].replace("auto", several)
        each = kept(dtype, torch.device(device), shared=False).itemsize
        how = quantised.method(content.settings(model.files))
        if device == "cpu" and (how is None or how in quantised.UNPACKED):
            weights = f"{weight_bytes(network, dtype) / 1e9:.1f} GB for weights"
    config = network.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or getattr(
        config, "num_attention_heads", 0
    )
    width = getattr(config, "head_dim", None)
    if not heads or not getattr(config, "num_hidden_layers", 0):
        return weights
    width = width or config.hidden_size // config.num_attention_heads
    token = 2 * config.num_hidden_layers * heads * width * each
    return f"{weights}, {token / 1e3:,.0f} KB for each token of a chain"
