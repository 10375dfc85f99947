"""The reports of OpenAI's simple-evals: an HTML page, or the `*_allresults.json` that holds its parts.

Both tell every example in HTML. The same question asked again is another chain of it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.interop.formats.lm_evaluation_harness import listed
from harness.interop.json_stream import Scanner
from harness.interop.rows import Row, Text, golds

NAME = "simple-evals"

PAGE = re.compile(rb"\s*<!DOCTYPE html>.*<h1>Examples</h1>", re.DOTALL | re.IGNORECASE)
"""How such a page begins."""

END = "<hr>"
"""What ends an example. In what messages say, every such sign is escaped."""

_NAMED = re.compile(r"(?P<task>[^_]+)_(?P<model>.+?)(?:_DEBUG)?(?:_allresults)?")
_MESSAGE = re.compile(r'<div class="message (\w+)">.*?<pre>(.*?)</pre>', re.DOTALL)
_SAMPLED = re.compile(r"<h3>Sampled message</h3>(.*?)<h3>Results</h3>", re.DOTALL)
_GOLD = re.compile(r"<p>Correct Answer:(.*?)</p>", re.DOTALL)


def named(file: Path) -> tuple[str | None, str | None]:
    """The model and the task, which the name of a file tells."""
    match = _NAMED.fullmatch(file.stem)
    return (match["model"], match["task"]) if match else (None, None)


def recognised(keys: Mapping[str, str]) -> bool:
    """Whether a JSON document with these fields, and the first sign of each, is such a report."""
    return keys.get("htmls") == "[" and not {"score", "metrics", "convos"}.isdisjoint(keys)


def document(scanner: Scanner) -> Iterator[Row | str]:
    """The rows of a `*_allresults.json`, or why there is none."""

    def examples() -> Iterator[object]:
        for key in scanner.members():
            if key != "htmls" or scanner.peek() != "[":
                scanner.skip()
                continue
            for _ in scanner.items():
                yield scanner.value()

    return rows(examples())


def page(blocks: Iterable[str]) -> Iterator[Row | str]:
    """The rows of an HTML page that comes in blocks, or why there is none."""

    def examples() -> Iterator[str]:
        rest = ""
        for block in blocks:
            *whole, rest = (rest + block).split(END)
            yield from whole

    return rows(examples())


def rows(examples: Iterable[object]) -> Iterator[Row | str]:
    """The rows of examples in HTML, one per question."""
    questions: dict[tuple[str, str], Row] = {}
    for number, example in enumerate(examples, start=1):
        row = _row(example)
        if row is None:
            yield f"example {number} has no sampled message or no correct answer"
            continue
        known = questions.get((row.question, row.gold))
        texts = (known.texts if known else ()) + row.texts
        questions[row.question, row.gold] = Row(
            row.gold, texts, accepted=row.accepted, question=row.question
        )
    yield from questions.values()


def _row(example: object) -> Row | None:
    if not isinstance(example, str):
        return None
    sampled, correct = _SAMPLED.search(example), _GOLD.search(example)
    said = _MESSAGE.search(sampled[1]) if sampled else None
    if sampled is None or correct is None or said is None:
        return None
    users = [text for role, text in _MESSAGE.findall(example[: sampled.start()]) if role == "user"]
    gold, others = golds(listed(html.unescape(correct[1]).strip()), "Correct Answer")
    question = html.unescape(users[-1]) if users else ""
    return Row(gold, (Text(html.unescape(said[2])),), accepted=others, question=question)
