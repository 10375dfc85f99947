"""Inspect's logs (inspect_ai, versions 1 to 3): in JSON, or in the archives that end in `.eval`.

The epochs of a sample are its chains. An epoch that ended in an error did not run, and a sample of
which no epoch ran is an error. Several targets count as right, each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.interop.json_stream import Scanner
from harness.interop.rows import (
    Row,
    Text,
    Unusable,
    finish,
    golds,
    listed,
    logprob,
    name,
    shown,
    thought,
)

NAME = "inspect"

ATTACHED = "attachment://"
"""What stands for a long content, followed by its key among the sample's attachments."""

READ = ("id", "epoch", "input", "choices", "target", "output", "error", "attachments")
"""Of a sample, the fields that are read. Its events are the most of a log, and are left out."""

BEFORE = {"id", "epoch", "input", "target"}
"""Those that stand before the output, as Inspect writes a sample; options stand between them."""

BESIDE = {"status", "plan", "stats", "results", "samples"}
"""Fields of a log, of which one stands beside `eval`."""

Attachments = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch of a sample says, without its events."""

    sample: str
    number: int
    target: object
    texts: tuple[Text, ...]
    choices: tuple[str, ...]
    question: str
    error: str | None


def recognised(keys: Mapping[str, str]) -> bool:
    """Whether a JSON document with these fields, and the first sign of each, is such a log."""
    return keys.get("eval") == "{" and not BESIDE.isdisjoint(keys)


def entries(scanner: Scanner) -> Iterator[tuple[str, Row] | str]:
    """The rows of a log in JSON, one per sample id in order of their first epoch."""
    spec: Mapping[str, Any] = {}
    epochs = dict[str, list[Epoch | str]]()
    for key in scanner.members():
        if key == "eval":
            spec = scanner.value()
        elif key == "samples" and scanner.peek() == "[":
            for place, _ in enumerate(scanner.items()):
                content = sample(scanner) if scanner.peek() == "{" else {"": scanner.value()}
                group = epochs.setdefault(_identity(content) or f"\0{place}", [])
                group.append(epoch(content))
        else:
            scanner.skip()
    yield from (entry(spec, group) for group in epochs.values())


def entry(spec: Mapping[str, Any], epochs: Iterable[Epoch | str]) -> tuple[str, Row] | str:
    """The row that the epochs of one sample make, or why there is none."""
    whole = [one for one in epochs if isinstance(one, Epoch)]
    broken = [one for one in epochs if isinstance(one, str)]
    if broken:
        return broken[0]
    try:
        return NAME, _row(spec, sorted(whole, key=lambda one: one.number))
    except Unusable as reason:
        return f"sample {shown(whole[0].sample)}: {reason}"


def sample(scanner: Scanner, fine: bool = False) -> dict[str, Any]:
    """The fields of the next sample that are read.

    Of a `fine` one it is known that it ended in no error: then what stands behind its output, most of
    it events, is left unread where nothing refers to it.
    """
    content: dict[str, Any] = {}
    for key in scanner.members():
        if key == "attachments" and scanner.peek() == "{":
            content[key] = {name: text for name, text in _members(scanner) if not _is_data(text)}
        elif key in READ:
            content[key] = scanner.value()
        else:
            scanner.skip()
        if fine and key == "output" and content.keys() >= BEFORE and ATTACHED not in str(content):
            break
    return content


def epoch(content: Mapping[str, Any], attachments: Attachments | None = None) -> Epoch | str:
    """What a sample says, or why that cannot be read.

    `attachments` gives those of a sample that does not hold them itself.
    """
    identity = _identity(content)
    if identity is None:
        return f"a sample has no id: {shown(content)}"
    parts = _Parts(attachments or (lambda: content.get("attachments") or {}))
    try:
        failed = content.get("error")
        return Epoch(
            sample=identity,
            number=_number(content),
            target=content.get("target"),
            texts=() if failed is not None else tuple(_texts(content, parts)),
            choices=listed(content, "choices"),
            question=_question(content, parts),
            error=None if failed is None else _message(failed),
        )
    except Unusable as reason:
        return f"sample {shown(identity)}: {reason}"


def _identity(content: Mapping[str, Any]) -> str | None:
    number = content.get("id")
    return str(number) if isinstance(number, int | str) and not isinstance(number, bool) else None


def _members(scanner: Scanner) -> Iterator[tuple[str, Any]]:
    for key in scanner.members():
        yield key, scanner.value()


def _is_data(text: object) -> bool:
    return isinstance(text, str) and text.startswith("data:")


def _row(spec: Mapping[str, Any], epochs: Sequence[Epoch]) -> Row:
    first = epochs[0]
    if len({one.number for one in epochs}) < len(epochs):
        raise Unusable("two samples have the same id and epoch")
    texts = tuple(text for one in epochs for text in one.texts)
    error = next((one.error for one in epochs if one.error is not None), None)
    if not texts and error is None:
        raise Unusable("no texts")
    gold, others = golds(first.target, "target")
    if others and first.choices:
        raise Unusable(f"it asks for several options at once: {shown(first.target)}")
    return Row(
        gold=gold,
        accepted=others,
        texts=texts,
        id=first.sample,
        choices=first.choices,
        question=first.question,
        model=name(spec, "model"),
        task=name(spec, "task"),
        error=None if texts else error,
    )


def _number(content: Mapping[str, Any]) -> int:
    number = content.get("epoch", 1)
    if isinstance(number, int):
        return number
    raise Unusable(f"'epoch' is no number but {shown(number)}")


def _texts(content: Mapping[str, Any], parts: _Parts) -> Iterator[Text]:
    """What was generated in one epoch: one text, or as many as the model was asked for at once."""
    output = content.get("output")
    yield from texts(output if isinstance(output, dict) else {}, parts.content)


def texts(output: Mapping[str, Any], content: Callable[[Mapping[str, Any]], str]) -> Iterator[Text]:
    """The texts of a model's output; `content` is what a message says."""
    choices, usage = output.get("choices") or [], output.get("usage")
    if not isinstance(choices, list):
        raise Unusable(f"its output has no list of choices but {shown(choices)}")
    tokens = usage.get("output_tokens") if isinstance(usage, dict) and len(choices) == 1 else None
    for choice in choices:
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            raise Unusable(f"a choice of its output has no message: {shown(choice)}")
        yield Text(
            content(message),
            finish(choice.get("stop_reason")),
            tokens if isinstance(tokens, int) else None,
            _logprob(choice.get("logprobs")),
        )


class _Parts:
    """What messages say, long contents looked up among the attachments of their sample."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments

    def content(self, message: Mapping[str, Any]) -> str:
        """What a message says, what it thought before in the tags that readers know."""
        content = message.get("content")
        parts = content if isinstance(content, list) else [content]
        return thought(message.get("reasoning")) + "".join(map(self._part, parts))

    def resolved(self, text: object) -> str:
        """A text, or the attachment that it stands for."""
        if not isinstance(text, str):
            raise Unusable(f"a message has no text but {shown(text)}")
        if text.startswith(ATTACHED):
            attachments = self._attachments()
            known = isinstance(attachments, dict)
            attachment = attachments.get(text.removeprefix(ATTACHED)) if known else None
            return attachment if isinstance(attachment, str) else text
        return text

    def _part(self, part: object) -> str:
        if isinstance(part, dict) and part.get("type") == "reasoning":
            hidden = part.get("summary" if part.get("redacted") else "reasoning") or ""
            return f"<think>{self.resolved(hidden)}</think>\n"
        if isinstance(part, dict) and part.get("type") == "text":
            part = part.get("text")
        elif isinstance(part, dict):  # an image, a tool's use: nothing to read
            return ""
        return self.resolved(part)


def content(message: Mapping[str, Any]) -> str:
    """What a message says that has no attachments."""
    return _Parts(dict).content(message)


def _question(sample: Mapping[str, Any], parts: _Parts) -> str:
    """The input, or the last that a user said in it."""
    asked = sample.get("input")
    if isinstance(asked, list):
        messages = [one for one in asked if isinstance(one, dict) and one.get("role") == "user"]
        return parts.content(messages[-1]) if messages else ""
    return parts.resolved(asked) if asked else ""


def _logprob(logprobs: object) -> float | None:
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(tokens, list):
        return None
    return logprob([one.get("logprob") if isinstance(one, dict) else None for one in tokens])


def _message(error: object) -> str:
    return str(error.get("message")) if isinstance(error, dict) else str(error)
