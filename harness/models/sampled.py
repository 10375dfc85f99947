"""A model on one path: what a strategy asks it for once, greedily, it draws by sampling or search."""

from __future__ import annotations

from typing import Any

from harness.errors import UserError
from harness.models.model import Model
from harness.models.proxy import Proxy
from harness.problem import Reply
from harness.prompt import Prompt


class Sampled(Proxy):
    """A model whose greedy replies are path `path` of their prompts, sampled with `settings`.

    So a strategy that makes one chain, in however many stages, makes chain `path` of many. With
    temperature 0 nothing is changed. With `beams` nothing is sampled: the reply to the first prompt
    is the (`path`+1)-th best text of one beam search, and to later prompts, which go on from
    there, the best. Raises `UserError` where the strategy draws several chains.
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
        super().__init__(model)
        self._first = path if temperature or beams else 0
        self._settings: dict[str, Any] = {
            "temperature": temperature,
            "top_k": top_k,
            "top_p": top_p,
        }
        if beams:
            self._settings = {"beams": beams}

    async def sample(
        self,
        prompt: Prompt | str,
        *,
        n: int = 1,
        first: int = 0,
        temperature: float = 0.0,
        **settings: Any,
    ) -> list[Reply]:
        """As `Model.sample`, for one greedy reply."""
        if n != 1 or first or temperature:
            raise UserError(
                "it draws several chains, or samples, by itself: to be sampled, a strategy must "
                "make one greedy chain"
            )
        path = self._first
        if "beams" in self._settings:
            self._first = 0
        return await super().sample(prompt, first=path, **{**settings, **self._settings})
