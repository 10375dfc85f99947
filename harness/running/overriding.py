"""Run-wide generation settings: what a run, or the model's own file, says in place of a strategy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from harness.catalogue.finding import Found, find
from harness.errors import UserError
from harness.models.proxy import Proxy
from harness.problem import Reply
from harness.prompt import Prompt
from harness.request import Backend, GenerationSettings

SETTINGS = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty")
"""What a run can say for all of its requests."""

CHAT_TOKENS = 512
"""The limit of a chat model's replies where nobody names one: it ends its turns itself, and a few-shot
limit for bare answers would cut off what it says first."""

NONE: Mapping[str, Any] = MappingProxyType({})

NAMED = re.compile(r"(\w+)=")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a run says about generation: `settings` for all requests, and the limit of replies.

    `config` is `"ours"` (the strategies' own settings, which are the papers') or `"model"`: those
    that the model's makers suggest. What a strategy's spec names itself stays as it is there, and
    what a run says goes before what the makers say. Raises `UserError` for values that no model takes.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int | None = None
    config: str = "ours"

    def __post_init__(self) -> None:
        if self.config not in ("ours", "model"):
            raise UserError(
                f"generation config {self.config!r} is not known: use one of ours, model"
            )
        for name in self.settings:
            if name not in SETTINGS:
                raise UserError(
                    f"generation setting {name!r} is not known: use some of {', '.join(SETTINGS)}"
                )
        try:
            GenerationSettings(**self.settings, max_tokens=self.max_tokens or 1)
        except (TypeError, ValueError) as error:
            raise UserError(str(error)) from error
        if self.max_tokens is not None and self.max_tokens < 1:
            raise UserError(f"max_tokens={self.max_tokens}: must be 1 or more")

    def of(self, strategy: Found, backend: Backend | None = None) -> dict[str, Any]:
        """What requests of `strategy` are given in place of its own settings, with this model."""
        suggested: dict[str, Any] = {}
        if self.config == "model" and backend is not None:
            suggest = getattr(backend, "suggested", None)
            suggested = {} if suggest is None else suggest()
        named = NAMED.findall(strategy.spec)
        return {
            name: value
            for name, value in {**suggested, **self.settings}.items()
            if name not in named
        }

    def limited(self, strategy: Found, backend: Backend | None = None) -> Found:
        """The strategy with the limit of tokens that the run, or the kind of model, has for it."""
        default = strategy.options.get("max_tokens", 0)
        if "max_tokens" in NAMED.findall(strategy.spec) or not _has_limit(strategy):
            return strategy
        limit = self.max_tokens
        if limit is None and getattr(backend, "chat", False):
            limit = max(CHAT_TOKENS, default if isinstance(default, int) else 0)
        if limit is None:
            return strategy
        return replace(strategy, options={**strategy.options, "max_tokens": limit})

    def noted(self) -> dict[str, Any]:
        """For `run.json`."""
        return {"config": self.config, "max_tokens": self.max_tokens, **self.settings}


def _has_limit(strategy: Found) -> bool:
    """Whether a strategy has a limit of tokens; one that leaves it to its base, whether that has one."""
    if strategy.options.get("max_tokens", 0) is None and "base" in strategy.options:
        return _has_limit(find(strategy.options["base"], "strategy"))
    return "max_tokens" in strategy.options


class Overriding(Proxy):
    """A model whose requests have some settings in place of those that a strategy asks for.

    Beam search and branching, which sample nothing, are left alone.
    """

    def __init__(self, model: Any, settings: Mapping[str, Any]) -> None:
        super().__init__(model)
        self._settings = dict(settings)

    async def sample(
        self, prompt: Prompt | str, *, n: int = 1, first: int = 0, **settings: Any
    ) -> list[Reply]:
        """As `Model.sample`."""
        if not (settings.get("beams") or settings.get("branching")):
            settings |= self._settings
        return await super().sample(prompt, n=n, first=first, **settings)
