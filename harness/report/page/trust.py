"""How far a report can be trusted: what could explain a difference, and what the runs were made with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.records.loading import Score, manifest
from harness.report.differences import Difference, differences
from harness.report.section import Section, percent
from harness.report.table import row_names

DOUBTS = {"unread": "unread", "truncated": "cut off by the token limit"}
"""Counts of problems that can lower an accuracy without a wrong thought, and what each says."""

Facts = tuple[tuple[str, tuple[str, ...]], ...]
"""Names, each with one or more lines."""


@dataclass(frozen=True, slots=True)
class Made:
    """What `run.json` says of one run: its exact command, and the rest by name."""

    name: str
    command: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Trust:
    """What to mind, the tables that go with it, and how each run was made."""

    warnings: tuple[str, ...]
    sections: tuple[Section, ...]
    runs: tuple[Made, ...]


def trust(scores: Sequence[Score], baseline: str | None = None) -> Trust:
    """What a report of these scores says of how far to trust it."""
    names = row_names(scores)
    rows = differences(scores, names, baseline)
    runs = dict.fromkeys(str(score["run"]) for score in scores)
    return Trust(
        tuple(sentence for one in rows for sentence in _explained(one, scores, names)),
        (_doubts(scores, names),),
        tuple(_made(Path(run)) for run in runs if manifest(Path(run))),
    )


def _explained(one: Difference, scores: Sequence[Score], names: Sequence[str]) -> Iterator[str]:
    """A sentence for each doubt that is large enough to explain a difference all by itself."""
    if one.comparison is None or not one.comparison.difference:
        return
    behind, ahead = (
        (one.place, one.against) if one.comparison.difference < 0 else (one.against, one.place)
    )
    low, points = scores[behind], 100 * abs(one.comparison.difference)
    for field, words in DOUBTS.items():
        count, problems = low.get(field) or 0, low["problems"]
        if count and 100 * count >= points * problems:
            yield (
                f"{one.task}: {count:,} of {problems:,} problems of {names[behind]} are {words} "
                f"({percent(count / problems)} %), which could explain why {names[ahead]} is "
                f"{points:.1f} points ahead."
            )


def _doubts(scores: Sequence[Score], names: Sequence[str]) -> Section:
    rows = tuple(
        (score["task"], name, f"{score['problems']:,}", *_rates(score))
        for score, name in zip(scores, names, strict=True)
    )
    return Section(
        title="What may hide behind a figure",
        columns=("task", "strategy", "problems", "unread", "truncated", "ties", "errors"),
        rows=rows,
        caption=(
            "In % of the problems that ran: those none of whose chains could be read (they count as "
            "wrong), those with a chain that was cut off by the token limit, and those whose answers "
            "tie; and how many problems raised an error (they are not counted)."
        ),
        names=2,
    )


def _rates(score: Score) -> Iterator[str]:
    for field in ("unread", "truncated", "ties"):
        count, problems = score.get(field), score["problems"]
        yield "–" if count is None or not problems else percent(count / problems)
    yield f"{score.get('errors', 0):,}"


def _made(run: Path) -> Made:
    content = manifest(run)
    facts = (
        ("Models", tuple(_model(one) for one in content.get("models") or ())),
        ("Tasks", tuple(_task(one) for one in content.get("tasks") or ())),
        ("Strategies", tuple(_options(one) for one in content.get("strategies") or ())),
        (
            "Chosen",
            tuple(f"{k} {content[k]}" for k in ("seed", "limit", "shuffle") if _is(content, k)),
        ),
        ("Scored", tuple(_lines([content.get("origin")]))),
        ("Versions", (", ".join(f"{k} {v}" for k, v in (content.get("versions") or {}).items()),)),
        ("Hardware", tuple(_hardware(content.get("hardware") or {}))),
        ("Commit", tuple(_lines([content.get("commit")]))),
        ("Time", (f"{content.get('started')} to {content.get('finished')}",)),
        ("Identity", tuple(_lines([content.get("identity")]))),
    )
    kept = tuple((name, values) for name, values in facts if any(values))
    return Made(str(run), str(content.get("command") or ""), kept)


def _is(content: Mapping[str, Any], key: str) -> bool:
    return content.get(key) is not None


def _lines(values: Sequence[Any]) -> Iterator[str]:
    yield from (str(value) for value in values if value)


def _model(one: Mapping[str, Any]) -> str:
    parts = [str(one.get("name"))]
    if one.get("parameters"):
        parts.append(f"{one['parameters']:,} parameters")
    parts += _lines([one.get("dtype"), one.get("device")])
    if one.get("chat") is not None:
        parts.append("chat template" if one["chat"] else "plain Q: and A:")
    if one.get("revision"):
        parts.append(f"revision {one['revision']}")
    if one.get("api"):
        parts.append(f"asked for {'turns' if one['api'] == 'chat' else 'completions'}")
    if one.get("verified") is False:
        parts.append("weights not verified: the server's word is taken for them")
    parts += _used(one.get("used") or {})
    parts += _lines(one.get("notes") or ())
    if one.get("hash"):
        parts.append(f"weights {one['hash']}")
    return ", ".join(parts)


def _used(used: Mapping[str, Any]) -> Iterator[str]:
    """What a server charged for in the last call of the run."""
    if used.get("prompt"):
        yield (
            f"{used['prompt']:,} tokens read there ({used.get('cached') or 0:,} of them cached), "
            f"{used.get('completion') or 0:,} generated"
        )
    if used.get("dollars") is not None:
        yield f"{used['dollars']:.4f} dollars spent by the last call"


def _task(one: Mapping[str, Any]) -> str:
    parts = [str(one.get("label"))]
    if one.get("problems"):
        parts.append(f"{one['problems']:,} problems")
    if shown := one.get("exemplars"):
        parts.append(
            f"worked examples: {shown.get('number')} of {shown.get('name')} "
            f"({shown.get('source')}), digest {str(shown.get('digest'))[:16]}"
        )
    if one.get("identity"):
        parts.append(f"content {str(one['identity'])[:16]}")
    return ", ".join(parts)


def _options(one: Mapping[str, Any]) -> str:
    options = ", ".join(f"{name}={value}" for name, value in (one.get("options") or {}).items())
    return f"{one.get('label')} ({options})" if options else str(one.get("label"))


def _hardware(content: Mapping[str, Any]) -> Iterator[str]:
    yield from _lines([content.get("platform"), content.get("processor")])
    if content.get("cores"):
        yield f"{content['cores']} cores"
    if content.get("memory"):
        yield f"{content['memory'] / 2**30:.0f} GB of memory"
    yield from _lines(content.get("gpus") or ())
