"""lm-evaluation-harness's `samples_*.jsonl`, as `lm_eval --log_samples` writes them (0.4.x).

A problem has a row for every filter of its task, each with the same `resps`: the filters' readings
are left alone, and the problem counts once. Where options were compared by log-likelihood, the answer
is the one with the largest sum.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.interop.formats import lm_evaluation_likelihoods as likelihoods
from harness.interop.rows import Row, Text, Unusable, golds, name, shown

NAME = "lm-evaluation-harness"

COLUMNS = ("doc_id", "doc", "target", "arguments", "resps", "filter")
"""Of a table of such rows, the columns that are read."""

QUESTIONS = ("question", "problem", "input", "query", "Question")
"""What data sets call the question."""

NAMED = re.compile(
    r"samples_(?P<task>.+?)_(?P<date>\d{4}-\d\d-\d\dT[\d.:-]+)\.(?:jsonl?|parquet)(?:\.gz)?"
)
"""How the files are named: the task, and when it was run."""

_LETTERED = re.compile(r"\(?[A-Z][).:]\s*")
_SEVERAL_GOLDS = re.compile(r"\[(['\"]).*\1\]", re.DOTALL)


def named(file: Path) -> tuple[str | None, str | None]:
    """The model and the task of a file, where its name and the results saved beside it tell them.

    Neither stands in the rows. They decide what the rows are called, and nothing else.
    """
    match = NAMED.fullmatch(file.name)
    if match is None:
        return None, None
    try:
        results = file.with_name(f"results_{match['date']}.json").read_text(encoding="utf-8")
        model = name(json.loads(results), "model_name")
    except (OSError, ValueError, AttributeError, RecursionError, Unusable):
        model = None
    return model, match["task"]


def recognised(content: Mapping[str, Any]) -> bool:
    """Whether an object is such a row."""
    return "doc_id" in content and "resps" in content


def row(content: Mapping[str, Any]) -> Row:
    """The row that an object is. Raises `Unusable` with the reason where it cannot be scored."""
    number = content["doc_id"]
    if isinstance(number, bool) or not isinstance(number, int | str):
        raise Unusable(f"'doc_id' is no number but {shown(number)}")
    doc = content.get("doc")
    doc = doc if isinstance(doc, dict) else {}
    choices, kind = _choices(doc), None
    pairs = likelihoods.arguments(content)
    texts = () if pairs else _texts(content)
    if content.get("target") is None:
        raise Unusable("it has no 'target'")
    if pairs:
        (gold, *more), choices, chosen = likelihoods.compared(content, pairs, choices)
        others, texts, kind = tuple(more), (chosen,), "choice"
    else:
        gold, others = golds(listed(content["target"]), "target")
    questions = (doc.get(name) for name in QUESTIONS)
    return Row(
        gold=gold,
        accepted=others,
        texts=texts,
        id=str(number),
        kind=kind,
        choices=choices,
        question=next((text for text in questions if isinstance(text, str)), ""),
        variant=str(content.get("filter", "")),
    )


def listed(target: object) -> object:
    """A target, or the list that it is written as: targets are logged as texts since 0.4.3."""
    if isinstance(target, str) and _SEVERAL_GOLDS.fullmatch(target):
        try:
            several = ast.literal_eval(target)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return target
        if all(isinstance(one, str) for one in several):
            return several
    return target


def _texts(content: Mapping[str, Any]) -> tuple[Text, ...]:
    """The repeats of the one request of a problem, before any filter."""
    requests = content["resps"]
    if isinstance(requests, list) and requests and all(isinstance(one, str) for one in requests):
        requests = [requests]  # some versions have no list for each request
    if not isinstance(requests, list) or not all(isinstance(one, list) for one in requests):
        raise Unusable(f"'resps' is no list of lists but {shown(requests)}")
    if not any(requests):
        raise Unusable("no texts")
    if len(requests) > 1:
        raise Unusable(f"it has {len(requests)} requests for one problem")
    for text in requests[0]:
        if not isinstance(text, str):
            raise Unusable(f"'resps' holds no text but {shown(text)}")
    return tuple(Text(text) for text in requests[0])


def _choices(doc: Mapping[str, Any]) -> tuple[str, ...]:
    """The option texts where the data set lists them, without letters that stand before each."""
    options = doc.get("choices", doc.get("options"))
    if isinstance(options, dict):  # ARC's, and those of a table
        options = options.get("text")
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        return ()
    if options and all(_LETTERED.match(option) for option in options):
        return tuple(_LETTERED.sub("", option, count=1) for option in options)
    return tuple(options)
