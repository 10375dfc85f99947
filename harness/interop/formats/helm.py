"""HELM's `scenario_state.json`: every request of a run, and what the model completed.

Several trials of an instance, which differ in their worked examples, are its chains. An instance that
was perturbed is another problem than the one it was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.interop.json_stream import Scanner
from harness.interop.rows import (
    Row,
    Text,
    Unusable,
    finish,
    golds,
    logprob,
    name,
    parts,
    shown,
    thought,
)

NAME = "HELM"

CORRECT = "correct"
"""The tag of a reference that is right."""

NO_TEXTS = (
    "HELM asked for the likelihood of each option by itself, so there are no texts to read: take a run "
    "with method=multiple_choice_joint or generation"
)

_MODEL = re.compile(r"(?<=[:,])model(?:_deployment)?=[^,]*,?|,model(?:_deployment)?=[^,]*")


def named(file: Path) -> tuple[str | None, str | None]:
    """The model and the task: the folder of a run is called after both, as `gsm:model=NAME`."""
    run = file.absolute().parent.name
    return None, _MODEL.sub("", run).rstrip(":,") if "model=" in run else None


def recognised(keys: Mapping[str, str]) -> bool:
    """Whether a JSON document with these fields, and the first sign of each, is such a state."""
    return keys.get("adapter_spec") == "{" and keys.get("request_states") == "["


def document(scanner: Scanner) -> Iterator[Row | str]:
    """The rows of a state, one per instance, or why there is none."""
    instances: dict[str, Row] = {}
    for key in scanner.members():
        if key != "request_states" or scanner.peek() != "[":
            scanner.skip()
            continue
        for number, _ in enumerate(scanner.items(), start=1):
            try:
                identity, row = _row(scanner.value(), number)
            except Unusable as reason:
                yield f"request {number}: {reason}"
                continue
            known = instances.get(identity)
            instances[identity] = replace(known, texts=known.texts + row.texts) if known else row
    yield from instances.values()


def _row(state: object, number: int) -> tuple[str, Row]:
    instance, result = (_object(state, field) for field in ("instance", "result"))
    if not isinstance(state, dict) or not instance:
        raise Unusable(f"it has no instance but {shown(state)}")
    if state.get("reference_index") is not None:
        raise Unusable(NO_TEXTS)
    gold, others, options = _golds(instance, _object(state, "output_mapping"))
    identity = str(instance.get("id") or f"request {number}")
    perturbed = _object(instance, "perturbation").get("name")
    identity = f"{identity} {perturbed}" if isinstance(perturbed, str) else identity
    question = _object(instance, "input").get("text")
    failed = result.get("success") is False
    texts = () if failed else tuple(_texts(result))
    if not texts and not failed:
        raise Unusable("no texts")
    return identity, Row(
        gold=gold,
        accepted=others,
        texts=texts,
        id=identity,
        choices=options,
        question=question if isinstance(question, str) else "",
        model=name(_object(state, "request"), "model"),
        error=str(result.get("error") or "the request failed") if failed else None,
    )


def _golds(
    instance: Mapping[str, Any], mapping: Mapping[str, Any]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The gold, others that count as well, and the options, which the letters of a prompt stand for."""
    references = [one for one in parts(instance.get("references")) if isinstance(one, dict)]
    right = [
        _object(one, "output").get("text")
        for one in references
        if CORRECT in parts(one.get("tags"))
    ]
    if not right:
        raise Unusable("none of its references is tagged as correct")
    options = tuple(text for text in mapping.values() if isinstance(text, str))
    if options:
        right = [letter for letter, text in mapping.items() if text in right] or right
    gold, others = golds(right, "references")
    return gold, others, options


def _texts(result: Mapping[str, Any]) -> Iterator[Text]:
    for completion in parts(result.get("completions")):
        if not isinstance(completion, dict) or not isinstance(completion.get("text"), str):
            raise Unusable(f"a completion has no text but {shown(completion)}")
        tokens, reason = parts(completion.get("tokens")), _object(completion, "finish_reason")
        told = reason.get("reason")
        total = completion.get("logprob")
        yield Text(
            thought(_object(completion, "thinking").get("text")) + completion["text"],
            finish(told) if isinstance(told, str) else None,
            len(tokens) or None,
            # HELM writes 0 where it was told none
            logprob(total) if total else None,
        )


def _object(content: object, field: str) -> Mapping[str, Any]:
    value = content.get(field) if isinstance(content, dict) else None
    return value if isinstance(value, dict) else {}
