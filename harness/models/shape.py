"""The shape of a network, by which its computation is counted, from its description without weights."""

from __future__ import annotations

from typing import Any

from harness.models.compute import Shape


def empty(config: Any) -> Any:
    """The network of a configuration without its weights.

    Raises whatever the library raises for what it does not know.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    kind: Any = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    with torch.device("meta"):
        return kind.from_config(config)


def shape(configuration: Any) -> Shape | None:
    """The shape of a decoder of a family whose prompts the engine shares; None of any other."""
    from torch import nn

    from harness.engine.attention import ARCHITECTURES

    if configuration.model_type not in ARCHITECTURES:
        return None
    network, config = empty(configuration), configuration.get_text_config()
    decoder = network.get_decoder()
    lookups = {id(one.weight) for one in decoder.modules() if isinstance(one, nn.Embedding)}
    matrices = sum(
        weight.numel() * (_share(config) if _of_experts(name, weight) else 1)
        for name, weight in decoder.named_parameters()
        if weight.dim() > 1 and id(weight) not in lookups
    )
    head = network.get_output_embeddings().weight.numel()
    return Shape(round(matrices), head, _layers(config))


def _of_experts(name: str, weight: Any) -> bool:
    """Whether it is a weight of experts, which are kept as one tensor, or under that name."""
    return weight.dim() == 3 or "experts" in name.split(".")


def _share(config: Any) -> float:
    """The part of the experts that a token takes."""
    number = getattr(config, "num_local_experts", None) or getattr(config, "num_experts", None)
    return getattr(config, "num_experts_per_tok", 1) / number if number else 1.0


def _layers(config: Any) -> tuple[tuple[int, int | None], ...]:
    from transformers import DynamicCache

    heads = config.num_attention_heads
    width = heads * (getattr(config, "head_dim", None) or config.hidden_size // heads)
    # the cache knows which layers have a window, whatever a family calls them
    caches = DynamicCache(config=config).layers
    return tuple((width, getattr(one, "sliding_window", None)) for one in caches)
