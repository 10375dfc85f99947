"""A model on one path: what a strategy asks it for once, greedily, it draws by sampling or search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.errors import UserError
from harness.models.model import Model
from harness.problem import Reply
from harness.prompt import Prompt


class Sampled:
    """A model whose greedy replies are path `path` of their prompts, sampled as told.

    So a strategy that makes one chain, in however many stages, makes chain `path` of many. With
    temperature 0 nothing is changed. With `beams` nothing is sampled: the reply to the first prompt
    is text `path` of the likeliest that one beam search finds after it, and to later prompts, which
    go on from there, the likeliest. Raises `UserError` where the strategy draws several chains.
    """

    def __init__(
        self,
        model: Model,
        path: int,
        temperature: float,
        top_k: int = 0,
        top_p: float = 1.0,
        beams: int = 0,
    ) -> None:
        self._model = model
        self._sampling: dict[str, Any] = {
            "first": path if temperature else 0,
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
        }
        if beams:
            self._sampling = {"first": path, "beams": beams}

    async def sample(
        self,
        prompt: Prompt | str,
        *,
        n: int = 1,
        temperature: float = 0.0,
        max_tokens: int = 256,
        stop: Sequence[str] | None = None,
        **settings: Any,
    ) -> list[Reply]:
        """As `Model.sample`, for one greedy reply."""
        if n != 1 or temperature:
            raise UserError(
                "it draws several chains, or samples, by itself: to be sampled, a strategy must "
                "make one greedy chain"
            )
        asked = {**settings, **self._sampling}
        if "beams" in self._sampling:
            self._sampling["first"] = 0
        return await self._model.sample(prompt, max_tokens=max_tokens, stop=stop, **asked)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)
