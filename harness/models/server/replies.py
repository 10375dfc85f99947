"""What a server answers, read as replies: texts, how they ended, log-probabilities, thoughts, tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.problem import Finish, Reply, Thought
from harness.request import GenerationSettings

REASONING = ("reasoning", "reasoning_content")
"""What servers call the part of a message that the model thought before it answered."""

LONGEST = 400
"""Characters that no token has more of: a longer reply than its limit of tokens allows is none."""


class MalformedError(ValueError):
    """An answer that is none: half of it, another shape, more than was asked for."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a request is charged for; `cached` are those of its prompt that were known already."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
        )


def choices(answer: object) -> list[Mapping[str, Any]]:
    """The choices of an answer, in the order of their indices. Raises `MalformedError` where it has none."""
    found = answer.get("choices") if isinstance(answer, Mapping) else None
    if not isinstance(found, list) or not found:
        raise MalformedError("the server's answer holds no choices")
    for one in found:
        said = _message(one) if isinstance(one, Mapping) else None
        if said is None or not isinstance(one.get("finish_reason"), str):
            raise MalformedError("a choice of the server's answer has no text, or no end")
    return sorted(found, key=lambda one: _count(one.get("index")) or 0)


def usage(answer: Mapping[str, Any]) -> Usage:
    """What an answer says of its tokens; what makes no sense there counts as not said, and is 0."""
    said = answer.get("usage")
    if not isinstance(said, Mapping):
        return Usage()
    details = said.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else None
    prompt = _count(said.get("prompt_tokens")) or 0
    return Usage(
        prompt, min(_count(cached) or 0, prompt), _count(said.get("completion_tokens")) or 0
    )


def replies(
    answer: Mapping[str, Any],
    settings: GenerationSettings,
    limit: int,
    count: Callable[[str], int] | None,
) -> list[Reply]:
    """A reply for each choice, without the tokens of the prompt and the seconds.

    `limit` is that of the tokens of each; `count` counts the tokens of a text, where there is a tokenizer.
    Raises `MalformedError` for what cannot be a reply, and `ValueError` for one that the server withheld.
    """
    found = choices(answer)
    texts = [len(_text(one) + _thought_text(one)) + 1 for one in found]
    # the server counts all choices together: each has its part by length, where nobody knows better
    total = min(usage(answer).completion, limit * len(found))
    shares = [round(total * part / sum(texts)) for part in texts]
    return [
        _reply(choice, settings, limit, count, share, _said(answer, len(found)))
        for choice, share in zip(found, shares, strict=True)
    ]


def _reply(
    choice: Mapping[str, Any],
    settings: GenerationSettings,
    limit: int,
    count: Callable[[str], int] | None,
    share: int,
    said: int,
) -> Reply:
    text, thought = _text(choice), _thought_text(choice)
    if len(text) + len(thought) > LONGEST * limit:
        raise MalformedError(
            f"a reply of {len(text):,} characters, where {limit:,} tokens were asked for"
        )
    reason = choice["finish_reason"]
    if reason == "content_filter":
        raise ValueError("the server withheld the reply (content_filter)")
    steps = _steps(choice)
    tokens = len(steps) or (said if said and said <= limit else 0)
    if not tokens:
        tokens = min(limit, count(text + thought) + (reason != "length")) if count else share
    finish: Finish = "length" if reason == "length" else "end"
    stops = [at for stop in settings.stop if (at := text.find(stop)) >= 0]
    if stops or choice.get("stop_reason") in settings.stop:
        text, finish = text[: min(stops, default=len(text))], "stop"
    thinking = _share_of(tokens, thought, text) if thought else 0
    return Reply(
        text,
        finish,
        tokens - thinking,
        math.fsum(logprob for _, logprob, _ in steps) if steps else math.nan,
        top=tuple(_likeliest(top, settings.top_logprobs) for _, _, top in steps)
        if settings.top_logprobs
        else (),
        ends=_ends(steps, text) if settings.top_logprobs else (),
        thought=Thought(thought.strip(), thinking, "end" if text else finish) if thought else None,
    )


Step = tuple[bytes, float, Sequence[float]]
"""A token as bytes, its log-probability, and those of the likeliest tokens at its step."""


def _steps(choice: Mapping[str, Any]) -> list[Step]:
    """The steps of a choice, in whichever of the protocol's two forms they come; none where they do not."""
    noted = choice.get("logprobs")
    if not isinstance(noted, Mapping):
        return []
    try:
        if isinstance(noted.get("content"), list):  # as chat completions have it
            return [
                (
                    bytes(one["bytes"]) if one.get("bytes") else str(one["token"]).encode(),
                    float(one["logprob"]),
                    [float(other["logprob"]) for other in one.get("top_logprobs") or ()],
                )
                for one in noted["content"]
            ]
        tokens, logprobs = noted.get("tokens") or [], noted.get("token_logprobs") or []
        tops = noted.get("top_logprobs") or [{}] * len(tokens)
        return [
            (str(token).encode("utf-8", "replace"), float(logprob), list((top or {}).values()))
            for token, logprob, top in zip(tokens, logprobs, tops, strict=True)
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedError(
            "the log-probabilities of the server's answer cannot be read"
        ) from error


def _likeliest(logprobs: Sequence[float], number: int) -> tuple[float, ...]:
    """The best so many, best first: servers add the token that was drawn where it is none of them."""
    return tuple(sorted(logprobs, reverse=True)[:number])


def _ends(steps: Sequence[Step], text: str) -> tuple[int, ...]:
    """The place in the text at which each token ends."""
    read, ends = b"", []
    for token, _, _ in steps:
        read += token
        ends.append(min(len(read.decode("utf-8", "ignore")), len(text)))
    return tuple(ends)


def _message(choice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What holds the text of a choice; None where nothing does."""
    message = choice.get("message")
    if isinstance(message, Mapping):
        said = (message.get("content"), *(message.get(name) for name in REASONING))
        return message if any(isinstance(one, str) for one in said) else None
    return choice if isinstance(choice.get("text"), str) else None


def _text(choice: Mapping[str, Any]) -> str:
    message = _message(choice) or {}
    return str(message.get("content" if message is not choice else "text") or "")


def _thought_text(choice: Mapping[str, Any]) -> str:
    message = _message(choice) or {}
    return next((str(message[name]) for name in REASONING if message.get(name)), "")


def _said(answer: Mapping[str, Any], number: int) -> int:
    """The tokens of the one choice that there is; 0 where there are several."""
    return usage(answer).completion if number == 1 else 0


def _share_of(tokens: int, thought: str, text: str) -> int:
    """A thought's part of all tokens, by its part of all characters."""
    return round(tokens * len(thought) / max(1, len(thought) + len(text)))


def _count(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if whole else None  # type: ignore[return-value]
