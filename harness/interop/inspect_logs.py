"""Inspect's logs in JSON (inspect_ai, versions 1 and 2): one document for one evaluation.

The epochs of a sample are its chains. An epoch that ended in an error did not run, and a sample of
which no epoch ran is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.interop.rows import Row, Text, Unusable, finish, listed, logprob, name, shown

ATTACHED = "attachment://"
"""What stands for a long content, followed by its key among the sample's attachments."""


def recognised(content: object) -> bool:
    """Whether a JSON document is such a log."""
    return (
        isinstance(content, dict) and isinstance(content.get("eval"), dict) and "status" in content
    )


def rows(content: Mapping[str, Any]) -> Iterator[Row | str]:
    """The rows of a log, one per sample id in order of their first epoch, or why there is none."""
    spec, epochs = content["eval"], dict[str, list[Mapping[str, Any]]]()
    samples = content.get("samples")
    for sample in samples if isinstance(samples, list) else []:
        number = sample.get("id") if isinstance(sample, dict) else None
        if isinstance(number, bool) or not isinstance(number, int | str):
            yield f"a sample has no id: {shown(sample)}"
        else:
            epochs.setdefault(str(number), []).append(sample)
    for number, group in epochs.items():
        try:
            yield _row(spec, number, group)
        except Unusable as reason:
            yield f"sample {shown(number)}: {reason}"


def _row(spec: Mapping[str, Any], number: str, group: list[Mapping[str, Any]]) -> Row:
    first = group[0]
    in_order = sorted(group, key=_epoch)
    numbers = [_epoch(sample) for sample in in_order]
    if len(set(numbers)) < len(numbers):
        raise Unusable("two samples have the same id and epoch")
    texts = tuple(text for sample in in_order for text in _texts(sample))
    error = next((_error(sample) for sample in in_order if sample.get("error") is not None), None)
    if not texts and error is None:
        raise Unusable("no texts")
    return Row(
        gold=_gold(first),
        texts=texts,
        id=number,
        choices=listed(first, "choices"),
        question=_question(first),
        model=name(spec, "model"),
        task=name(spec, "task"),
        error=None if texts else error,
    )


def _epoch(sample: Mapping[str, Any]) -> int:
    epoch = sample.get("epoch", 1)
    if isinstance(epoch, int):
        return epoch
    raise Unusable(f"'epoch' is no number but {shown(epoch)}")


def _gold(sample: Mapping[str, Any]) -> str:
    target = sample.get("target")
    if isinstance(target, list) and len(target) == 1:
        target = target[0]
    if not isinstance(target, str):
        raise Unusable(f"its target is not one text but {shown(target)}")
    return target


def _texts(sample: Mapping[str, Any]) -> Iterator[Text]:
    """What was generated in one epoch: one text, or as many as the model was asked for at once."""
    if sample.get("error") is not None:
        return
    output = sample.get("output")
    output = output if isinstance(output, dict) else {}
    choices, usage = output.get("choices") or [], output.get("usage")
    if not isinstance(choices, list):
        raise Unusable(f"its output has no list of choices but {shown(choices)}")
    tokens = usage.get("output_tokens") if isinstance(usage, dict) and len(choices) == 1 else None
    for choice in choices:
        message = choice.get("message") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            raise Unusable(f"a choice of its output has no message: {shown(choice)}")
        yield Text(
            _content(message, sample),
            finish(choice.get("stop_reason")),
            tokens if isinstance(tokens, int) else None,
            _logprob(choice.get("logprobs")),
        )


def _content(message: Mapping[str, Any], sample: Mapping[str, Any]) -> str:
    """What a message says, what it thought before in the tags that readers know."""
    content, thought = message.get("content"), message.get("reasoning")
    parts = content if isinstance(content, list) else [content]
    text = "".join(_part(part, sample) for part in parts)
    return f"<think>{thought}</think>\n{text}" if isinstance(thought, str) and thought else text


def _part(part: object, sample: Mapping[str, Any]) -> str:
    if isinstance(part, dict) and part.get("type") == "reasoning":
        thought = part.get("summary" if part.get("redacted") else "reasoning") or ""
        return f"<think>{_resolved(thought, sample)}</think>\n"
    if isinstance(part, dict) and part.get("type") == "text":
        part = part.get("text")
    elif isinstance(part, dict):  # an image, a tool's use: nothing to read
        return ""
    return _resolved(part, sample)


def _resolved(text: object, sample: Mapping[str, Any]) -> str:
    if not isinstance(text, str):
        raise Unusable(f"a message has no text but {shown(text)}")
    attached = sample.get("attachments")
    if text.startswith(ATTACHED) and isinstance(attached, dict):
        attachment = attached.get(text.removeprefix(ATTACHED))
        return attachment if isinstance(attachment, str) else text
    return text


def _question(sample: Mapping[str, Any]) -> str:
    """The input, or the last that a user said in it."""
    content = sample.get("input")
    if isinstance(content, list):
        messages = [one for one in content if isinstance(one, dict) and one.get("role") == "user"]
        return _content(messages[-1], sample) if messages else ""
    return _resolved(content, sample) if content else ""


def _logprob(logprobs: object) -> float | None:
    tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(tokens, list):
        return None
    return logprob([one.get("logprob") if isinstance(one, dict) else None for one in tokens])


def _error(sample: Mapping[str, Any]) -> str:
    error = sample["error"]
    return str(error.get("message")) if isinstance(error, dict) else str(error)
