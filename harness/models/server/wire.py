"""A request as OpenAI's protocol writes it: the fields of a completion and of a chat completion."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from harness.request import GenerationSettings, Request

Api = Literal["completions", "chat"]

Limit = Literal["max_tokens", "max_completion_tokens"]
"""What a server calls the limit of tokens: OpenAI's newer models know the second alone."""

PATHS: Mapping[Api, str] = {"completions": "/completions", "chat": "/chat/completions"}

STOPS = 4
"""So many stop texts the protocol allows; further ones are cut off here."""

EXTRAS = ("seed", "stop", "logprobs", "top_k", "min_p", "repetition_penalty")
"""What not every server knows. A field that a server refuses is left out from then on."""

SEEDS = 2**30
"""Seeds begin below this, so that that of any path stays a positive 32-bit number."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server is spoken to.

    `extras` are those of `EXTRAS` that it takes. With `tokens` it takes a prompt as token ids. `spelled`
    says how sampling is asked for: by `fields`, or in one JSON text (`config`), as `transformers serve`
    has it, which samples only where that text says so. `limit` is the field for the tokens of a reply.
    `template` are arguments for the server's chat template.
    """

    api: Api
    model: str
    extras: frozenset[str] = frozenset(EXTRAS)
    tokens: bool = False
    spelled: Literal["fields", "config"] = "fields"
    limit: Limit = "max_tokens"
    template: Mapping[str, Any] = field(default_factory=dict)


def first_seed(request: Request) -> int:
    """The seed of path 0 of a request's prompt; that of path i is i more. It follows from ours and the prompt."""
    content = repr((request.seed, request.tokens or request.text)).encode("utf-8", "replace")
    return int.from_bytes(hashlib.sha256(content).digest()[:4], "big") % SEEDS


def fields(dialect: Dialect, request: Request, n: int, limit: int) -> dict[str, Any]:
    """The body for n paths of a request, from its own on, with at most `limit` tokens each.

    What is off is said, too: servers have defaults of their own for what is not.
    """
    settings = request.settings
    extras: dict[str, dict[str, Any]] = {
        "seed": {} if settings.greedy else {"seed": first_seed(request) + request.path},
        "stop": {"stop": list(settings.stop[:STOPS])} if settings.stop else {},
        "logprobs": _noted(dialect.api, settings),
        "top_k": {"top_k": settings.top_k or -1},
        "min_p": {"min_p": settings.min_p},
        "repetition_penalty": {"repetition_penalty": settings.repetition_penalty},
    }
    body = {
        "model": dialect.model,
        **_prompt(dialect, request),
        dialect.limit: limit,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        **({"n": n} if n > 1 else {}),
    }
    for name in EXTRAS:
        body |= extras[name] if name in dialect.extras else {}
    return _in_config(body, settings, limit) if dialect.spelled == "config" else body


def turns(text: str) -> list[dict[str, str]]:
    """The turns that a text of `written` stands for."""
    messages: list[dict[str, str]] = json.loads(text)
    return messages


def written(messages: Sequence[Mapping[str, str]]) -> str:
    """Turns as the text of a request: what is asked where the server writes the prompt itself."""
    return json.dumps(list(messages), ensure_ascii=False, indent=1)


def _prompt(dialect: Dialect, request: Request) -> dict[str, Any]:
    if dialect.api == "completions":
        by_tokens = dialect.tokens and request.tokens
        return {"prompt": list(request.tokens) if by_tokens else request.text}
    messages = turns(request.text)
    begun = messages[-1]["role"] == "assistant"
    # vLLM, SGLang and others go on with a turn that is begun where they are told so
    going_on = {"continue_final_message": True, "add_generation_prompt": False} if begun else {}
    template = {"chat_template_kwargs": dict(dialect.template)} if dialect.template else {}
    return {"messages": messages, **going_on, **template}


def _noted(api: Api, settings: GenerationSettings) -> dict[str, Any]:
    """What asks for the log-probabilities of the tokens that come, and of the likeliest at each step."""
    if api == "completions":
        return {"logprobs": max(1, settings.top_logprobs)}
    return {"logprobs": True, "top_logprobs": settings.top_logprobs}


def _in_config(body: dict[str, Any], settings: GenerationSettings, limit: int) -> dict[str, Any]:
    """The same with its settings of sampling in one JSON text."""
    sampling = {name: body.pop(name, None) for name in ("top_k", "min_p", "repetition_penalty")}
    sampling["top_k"] = settings.top_k
    config = {
        "do_sample": not settings.greedy,
        "max_new_tokens": limit,
        "top_p": settings.top_p,
        **sampling,
        **({} if settings.greedy else {"temperature": settings.temperature}),
    }
    return {**body, "generation_config": json.dumps(config)}
