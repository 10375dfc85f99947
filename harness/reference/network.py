"""The reference model's forward pass: Llama, written small so that it trains fast on two cores.

The parameters carry the names of transformers' `LlamaForCausalLM`, one for one, so a checkpoint is exported
without conversion. What differs from transformers is only the order of the work: matrices that read the same
input are multiplied at once, the weights are float32 and cast where they are used, and the vocabulary product is
made only where there is something to learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from harness.reference.attention import attention

PRODUCT_TYPE = torch.bfloat16
"""Matrix products are made in this type; weights and the stream between blocks stay float32."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of the model; the default has 4.8 million parameters, 9.6 MB in bfloat16."""

    vocabulary: int = 1536
    layers: int = 6
    width: int = 256
    inner: int = 704
    heads: int = 4
    key_heads: int = 2
    positions: int = 2048
    rope_base: float = 10_000.0
    epsilon: float = 1e-5

    @property
    def head_width(self) -> int:
        """The width of one attention head."""
        return self.width // self.heads


class Network(nn.Module):
    """The decoder. Its state dict is that of `LlamaForCausalLM` with tied embeddings."""

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.weights = nn.ParameterDict(initial(shape, seed))
        angles = torch.outer(
            torch.arange(shape.positions, dtype=torch.float32),
            shape.rope_base ** (-torch.arange(0, shape.head_width, 2).float() / shape.head_width),
        )
        self.cosine: Tensor
        self.sine: Tensor
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def weight(self, name: str, *more: str) -> Tensor:
        """One matrix, or several that read the same input, in the type that products are made in."""
        parts = [self.weights[part.replace(".", "/")] for part in (name, *more)]
        return (torch.cat(parts) if more else parts[0]).to(PRODUCT_TYPE)

    def forward(self, tokens: Tensor, positions: Tensor | None, mask: Tensor | None) -> Tensor:
        """Last hidden states [rows, length, width] of tokens [rows, length].

        Without positions and mask each row is one document. With them (positions [rows, length], mask
        [rows, 1, length, length], added to the scores) a row holds several that do not see each other.
        """
        if positions is None:
            cosine, sine = self.cosine[: tokens.shape[1], None], self.sine[: tokens.shape[1], None]
        else:
            cosine, sine = self.cosine[positions][:, :, None], self.sine[positions][:, :, None]
        stream = functional.embedding(tokens, self.weights["model/embed_tokens/weight"])
        for layer in range(self.shape.layers):
            stream = stream + self.attend(stream, f"model.layers.{layer}.", cosine, sine, mask)
            stream = stream + self.think(stream, f"model.layers.{layer}.")
        return self.normal(stream, "model.norm.weight")

    def normal(self, stream: Tensor, name: str) -> Tensor:
        """Root-mean-square normalisation in float32."""
        wide = stream.float()
        wide = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.shape.epsilon)
        scaled: Tensor = wide * self.weights[name.replace(".", "/")]
        return scaled.to(PRODUCT_TYPE)

    def attend(
        self, stream: Tensor, at: str, cosine: Tensor, sine: Tensor, mask: Tensor | None
    ) -> Tensor:
        """Causal self-attention with rotary positions and shared key heads."""
        shape, (rows, length, _) = self.shape, stream.shape
        matrix = self.weight(*(f"{at}self_attn.{part}_proj.weight" for part in "qkv"))
        product = functional.linear(self.normal(stream, f"{at}input_layernorm.weight"), matrix)
        heads = product.view(rows, length, -1, shape.head_width)
        query, key, value = heads.split((shape.heads, shape.key_heads, shape.key_heads), dim=2)
        mixed = attention(
            rotated(query, cosine, sine).transpose(1, 2),
            rotated(key, cosine, sine).transpose(1, 2),
            value.transpose(1, 2),
            mask,
        )
        mixed = mixed.transpose(1, 2).reshape(rows, length, shape.width)
        return functional.linear(mixed, self.weight(f"{at}self_attn.o_proj.weight"))

    def think(self, stream: Tensor, at: str) -> Tensor:
        """The gated feed-forward block."""
        matrix = self.weight(f"{at}mlp.gate_proj.weight", f"{at}mlp.up_proj.weight")
        product = functional.linear(
            self.normal(stream, f"{at}post_attention_layernorm.weight"), matrix
        )
        gate, up = product.chunk(2, dim=-1)
        return functional.linear(
            functional.silu(gate) * up, self.weight(f"{at}mlp.down_proj.weight")
        )

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary, [..., vocabulary], from hidden states [..., width]."""
        return functional.linear(hidden, self.weight("model.embed_tokens.weight"))


def rotated(heads: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary position embedding of heads [rows, length, heads, head width]: halves turn against each other."""
    first, second = heads.float().chunk(2, dim=-1)
    turned = torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)
    return turned.to(heads.dtype)


def initial(shape: Shape, seed: int) -> dict[str, nn.Parameter]:
    """Starting weights: normal, small where a block writes into the stream, so that depth starts out quiet."""
    generator = torch.Generator().manual_seed(seed)
    key_width = shape.key_heads * shape.head_width
    quiet = 0.02 / (2 * shape.layers) ** 0.5

    def matrix(rows: int, columns: int, deviation: float = 0.02) -> Tensor:
        return torch.randn(rows, columns, generator=generator) * deviation

    weights = {"model.embed_tokens.weight": matrix(shape.vocabulary, shape.width)}
    for layer in range(shape.layers):
        at = f"model.layers.{layer}."
        weights |= {
            at + "input_layernorm.weight": torch.ones(shape.width),
            at + "self_attn.q_proj.weight": matrix(shape.width, shape.width),
            at + "self_attn.k_proj.weight": matrix(key_width, shape.width),
            at + "self_attn.v_proj.weight": matrix(key_width, shape.width),
            at + "self_attn.o_proj.weight": matrix(shape.width, shape.width, quiet),
            at + "post_attention_layernorm.weight": torch.ones(shape.width),
            at + "mlp.gate_proj.weight": matrix(shape.inner, shape.width),
            at + "mlp.up_proj.weight": matrix(shape.inner, shape.width),
            at + "mlp.down_proj.weight": matrix(shape.width, shape.inner, quiet),
        }
    weights["model.norm.weight"] = torch.ones(shape.width)
    return {name.replace(".", "/"): nn.Parameter(value) for name, value in weights.items()}
