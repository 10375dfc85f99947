"""The logs of OpenAI's evals (`oaieval`): an event on each line, several for a sample.

A `sampling` event has the texts, a `match` event the gold. What was graded by a model has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.interop.rows import Row, Text, Unusable, asked, golds, name, parts, shown

NAME = "OpenAI evals"

MATCH, SAMPLING = "match", "sampling"


def recognised(content: Mapping[str, Any]) -> bool:
    """Whether an object is a line of such a log: its first, or an event."""
    begins = isinstance(content.get("spec"), dict) and "eval_name" in content["spec"]
    return begins or {"run_id", "event_id", "sample_id", "type", "data"} <= content.keys()


def rows(lines: Iterator[Mapping[str, Any] | str]) -> Iterator[Row | str]:
    """The rows of a log, one per sample, or why there is none."""
    spec: Mapping[str, Any] = {}
    samples: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        if isinstance(line, str):
            yield line
        elif isinstance(line.get("spec"), dict):
            spec = line["spec"]
        elif line.get("type") in (MATCH, SAMPLING) and isinstance(line.get("data"), dict):
            samples.setdefault(str(line.get("sample_id")), []).append(line)
    for number, events in samples.items():
        try:
            yield _row(spec, number, events)
        except Unusable as reason:
            yield f"sample {shown(number)}: {reason}"


def _row(spec: Mapping[str, Any], number: str, events: list[Mapping[str, Any]]) -> Row:
    matches = [event["data"] for event in events if event["type"] == MATCH]
    samplings = [event["data"] for event in events if event["type"] == SAMPLING]
    if not matches or matches[0].get("expected") is None:
        raise Unusable("it has no 'expected', and so no gold: it was graded, not matched")
    gold, others = golds(matches[0]["expected"], "expected")
    # the last prompt is that of the answer, where a chain of thought was asked for before it
    prompt = samplings[-1].get("prompt") if samplings else None
    last = [data for data in samplings if data.get("prompt") == prompt] or matches[:1]
    texts = tuple(text for data in last for text in _texts(data))
    if not texts:
        raise Unusable("no texts")
    return Row(
        gold=gold,
        accepted=others,
        texts=texts,
        id=number,
        question=asked(prompt),
        model=_model(spec),
        task=name(spec, "eval_name"),
    )


def _texts(data: Mapping[str, Any]) -> Iterator[Text]:
    sampled, usage = data.get("sampled"), data.get("usage")
    several = sampled if isinstance(sampled, list) else [sampled]
    tokens = usage.get("completion_tokens") if isinstance(usage, dict) else None
    for text in several:
        if isinstance(text, str):
            counted = isinstance(tokens, int) and len(several) == 1
            yield Text(text, tokens=tokens if counted else None)


def _model(spec: Mapping[str, Any]) -> str | None:
    """What was asked: a completion function, or a model in logs of the first versions."""
    functions = parts(spec.get("completion_fns")) or [spec.get("model_name")]
    return name({"completion_fns": functions[0]}, "completion_fns")
