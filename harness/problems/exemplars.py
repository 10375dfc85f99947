"""Finds worked examples: ours by name, the user's by file, published ones in an installed lm-eval.

A set is a JSON object `{"name", "source", "kind", "closing"?, "exemplars": [{"question", "choices"?,
"rationales", "equation"?, "program"?, "parts"?, "answer"}]}`; a list of such rows, or JSONL of them,
will do. `closing` is the word ("So") with which the answer's sentence follows from a rationale, or that
sentence itself ("Die Antwort ist {answer}."). `parts` are pairs of a smaller question and its worked
answer; the last one leads to the answer itself.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import UserError, nearest
from harness.problem import Problem
from harness.reading.kinds import KINDS

PUBLISHED = "lm_eval:"


@dataclass(frozen=True, slots=True)
class ExemplarSet:
    """Worked examples with their name and source."""

    name: str
    source: str
    problems: tuple[Problem, ...]

    def digest(self) -> str:
        """A SHA-256 over all that a prompt could show of these examples."""
        parts = [
            # a set without programs and parts keeps the digest that it had before there were any
            [p.question, p.choices, p.rationales, p.equation, p.answer, p.kind]
            + ([p.program] if p.program else [])
            + ([p.parts] if p.parts else [])
            + ([str(p.tags["closing"])] if "closing" in p.tags else [])
            for p in self.problems
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def exemplars(name: str | Path) -> tuple[Problem, ...]:
    """The worked examples of a set: one of `names()`, a JSON or JSONL file, or `lm_eval:TASK`."""
    return exemplar_set(name).problems


def exemplar_set(name: str | Path) -> ExemplarSet:
    """As `exemplars`, with the name and source of the set.

    Raises `UserError` for an unknown name, a file that is missing or not in the format, and an
    answer that is none of its kind.
    """
    text = str(name)
    if text.startswith(PUBLISHED):
        from harness.problems.published import published

        source, rows = published(text.removeprefix(PUBLISHED))
        return _set(text, {"source": str(source), "exemplars": rows}, text)
    if isinstance(name, Path) or "/" in text or text.endswith((".json", ".jsonl")):
        path = Path(name).expanduser()
        return _set(path.stem, _content(path), str(path))
    if text not in names():
        raise UserError(
            f"there are no exemplars {text!r}{nearest(text, names())}: "
            f"name one of {', '.join(names())}, a JSON file, or lm_eval:TASK"
        )
    file = importlib.resources.files("harness.prompts") / "exemplars" / f"{text}.json"
    return _set(text, json.loads(file.read_text(encoding="utf-8")), text)


def names() -> list[str]:
    """The sets that come with the harness: the files of `prompts/exemplars/`."""
    folder = importlib.resources.files("harness.prompts") / "exemplars"
    if not folder.is_dir():
        return []
    files = (file.name for file in folder.iterdir())
    return sorted(file.removesuffix(".json") for file in files if file.endswith(".json"))


def _content(path: Path) -> Mapping[str, Any]:
    """What a user's file holds, as an object with "exemplars"."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"the exemplars {path} cannot be read: {error}") from error
    import jsonlines  # late: 20 ms that `harness list` does not need

    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        # JSONL is no JSON from its second line on, so a JSON file with a fault is tried as JSONL
        # too
        try:
            reader = jsonlines.Reader(text.split("\n"), loads=json.loads)
            content = list(reader.iter(allow_none=True, skip_empty=True))
        except jsonlines.InvalidLineError:
            raise UserError(f"the exemplars {path} are neither JSON nor JSONL: {error}") from error
    if isinstance(content, Mapping):
        return content if "exemplars" in content else {"exemplars": [content]}
    return {"exemplars": content}


def _set(name: str, content: Mapping[str, Any], where: str) -> ExemplarSet:
    rows = content["exemplars"]
    if not isinstance(rows, list) or not rows:
        raise UserError(f"{where} holds no list of exemplars")
    for number, row in enumerate(rows, 1):
        _check(row, f"exemplar {number} of {where}")
    kind = content.get("kind") or _guess(rows, where)
    name = str(content.get("name", name))
    problems = tuple(
        _problem(row, str(row.get("kind", kind)), f"{name}/exemplar/{number}", where)
        for number, row in enumerate(rows, 1)
    )
    if "closing" in content:
        tags = {"closing": str(content["closing"])}
        problems = tuple(replace(problem, tags=tags) for problem in problems)
    return ExemplarSet(name, str(content.get("source", where)), problems)


def _check(row: object, where: str) -> None:
    if not isinstance(row, Mapping):
        raise UserError(f'{where} is not an object {{"question", "rationales", "answer"}}')
    for field in ("question", "answer"):
        if not isinstance(row.get(field), (str, int, float)):
            raise UserError(f"{where} has no {field!r}")
    for field in ("choices", "rationales", "program"):
        if not _texts(row.get(field) or []):
            raise UserError(f"in {where}, {field!r} is not a list of texts")
    parts = row.get("parts") or []
    if not isinstance(parts, list) or not all(_texts(part) and len(part) == 2 for part in parts):
        raise UserError(f"in {where}, 'parts' is not a list of pairs [question, worked answer]")


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _problem(row: Mapping[str, Any], kind: str, identity: str, where: str) -> Problem:
    if kind not in KINDS:
        raise UserError(
            f"{where} has the unknown kind {kind!r}{nearest(kind, KINDS)}: "
            f"one of {', '.join(KINDS)}"
        )
    choices = tuple(row.get("choices") or ())
    answer = KINDS[kind].normal(str(row["answer"]), choices)
    if answer is None:
        raise UserError(f"the answer {row['answer']!r} of {identity} ({where}) is no {kind}")
    rationales = row.get("rationales") or ([row["rationale"]] if row.get("rationale") else [])
    return Problem(
        id=identity,
        question=str(row["question"]),
        answer=answer,
        kind=kind,
        choices=choices,
        rationales=tuple(rationales),
        equation=row.get("equation"),
        program="\n".join(row.get("program") or ()) or None,
        parts=tuple((part[0], part[1]) for part in row.get("parts") or ()),
    )


def _guess(rows: Sequence[Mapping[str, Any]], where: str) -> str:
    """The first kind that can read every answer; a set for other kinds must say so itself."""
    kinds = {str(row["kind"]) for row in rows if row.get("kind")}
    if kinds:
        return min(kinds)
    for kind in ("choice", "yes_no", "number"):
        if all(_reads(kind, row) for row in rows):
            return kind
    raise UserError(
        f'{where} does not say its kind: put it in a file with "kind", one of {", ".join(KINDS)}'
    )


def _reads(kind: str, row: Mapping[str, Any]) -> bool:
    choices = tuple(row.get("choices") or ())
    if kind == "choice" and not choices:
        # published choices stand in the question; a bare letter that is not asked of options is no
        # choice
        return str(row["answer"]).strip("().").upper() in "ABCDEFGHIJ"
    return KINDS[kind].normal(str(row["answer"]), choices) is not None
