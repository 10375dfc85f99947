"""Merges the ledgers of a run's shards: replies that were made on several machines into one file."""

from __future__ import annotations

import heapq
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import combinations, groupby, islice
from pathlib import Path

from harness.errors import UserError
from harness.models.ledger import Entry, Ledger
from harness.problem import Reply

AT_ONCE = 1000
"""Replies of one transaction."""

NEAR = 0.01
"""Log-probabilities per token may differ by so much where two machines added up in another order."""

SHOWN = 60
"""Characters of a text that tell it from another."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became one: the replies that the ledger holds now, and the shards that none brought."""

    replies: int
    missing: tuple[str, ...]


def merge(sources: Sequence[Path], target: Path) -> Merged:
    """Put all replies of the shards' ledgers into `target`, which may hold replies already.

    Nothing is written unless all fit. Raises `UserError` for a file that is no ledger of a shard, for
    ledgers of different runs, and where two ledgers have different replies to one request: each of
    these is a line on standard error.
    """
    with ExitStack() as closing:
        ledgers = {path: closing.enter_context(_opened(path)) for path in sources}
        shards = _same_run(ledgers)
        whole = closing.enter_context(Ledger(target))
        _require_agreement({**ledgers, target: whole})
        for ledger in ledgers.values():
            entries = ledger.everything()
            while some := list(islice(entries, AT_ONCE)):
                whole.add(some)
        for run, shard, plan in (note for ledger in ledgers.values() for note in ledger.shards()):
            whole.note_shard(run, shard, plan)
        return Merged(len(whole), _missing(shards))


def _opened(path: Path) -> Ledger:
    if not path.is_file():
        raise UserError(f"there is no ledger {path}: name the file that a shard wrote")
    return Ledger(path)


def _same_run(ledgers: dict[Path, Ledger]) -> set[str]:
    """The shards of the one run that all these ledgers have in common."""
    notes = {path: ledger.shards() for path, ledger in ledgers.items()}
    for path, noted in notes.items():
        if not noted:
            raise UserError(f"{path} is the ledger of no shard: make it with `harness run --shard`")
    first, *others = notes
    runs = {run for run, _, _ in notes[first]}
    for path in others:
        common = runs & {run for run, _, _ in notes[path]}
        if not common:
            raise UserError(
                f"{path} is of another run than {first}"
                f"{_difference(notes[first][0][2], notes[path][0][2])}: merge the shards of one run"
            )
        runs = common
    return {shard for noted in notes.values() for run, shard, _ in noted if run in runs}


def _difference(one: str, other: str) -> str:
    """In which parts of their plans two runs differ."""
    plans = [json.loads(text) for text in (one, other)]
    parts = [part for part in plans[0] if plans[0][part] != plans[1].get(part)]
    return f" (other {', '.join(parts)})" if parts else ""


def _require_agreement(ledgers: dict[Path, Ledger]) -> None:
    conflicts = 0
    for line in _conflicts(ledgers):
        conflicts += 1
        print(line, file=sys.stderr)
    if conflicts:
        raise UserError(
            f"{conflicts:,} replies are not the same in two ledgers, and nothing was merged: run the "
            "shards on machines of one kind (or with --exact), or leave one of the ledgers out, whose "
            "problems are then generated again"
        )


def _conflicts(ledgers: dict[Path, Ledger]) -> Iterator[str]:
    """A line for every request to which two ledgers have different replies.

    All are read side by side in the order of their keys, so that none has to fit into memory.
    """

    def named(path: Path, ledger: Ledger) -> Iterator[tuple[str, int, Path, Entry]]:
        for entry in ledger.everything():
            yield entry[0].digest, entry[0].limit, path, entry

    sides = [named(path, ledger) for path, ledger in ledgers.items()]
    for (digest, _), rows in groupby(heapq.merge(*sides, key=_place), key=_place):
        for (*_, path, one), (*_, other_path, other) in combinations(list(rows), 2):
            if not _alike(one[1], other[1]):
                yield (
                    f"reply {digest[:16]}: {path} has {_told(one, other)}, "
                    f"{other_path} has {_told(other, one)}"
                )


def _place(row: tuple[str, int, Path, Entry]) -> tuple[str, int]:
    return row[:2]


def _alike(one: Reply, other: Reply) -> bool:
    if (one.text, one.finish, one.tokens) != (other.text, other.finish, other.tokens):
        return False
    # an unknown probability is NaN, which is near to nothing: there is nothing to be compared
    return not abs(one.logprob - other.logprob) > NEAR * max(one.tokens, 1)


def _told(entry: Entry, other: Entry) -> str:
    """A reply where it goes apart from another, and where it was made."""
    _, reply, origin = entry
    before = _common(reply.text, other[1].text)
    text = repr(reply.text[before : before + SHOWN])
    if reply.text == other[1].text:
        text = f"{reply.tokens} tokens, {reply.finish}, log-probability {reply.logprob:.4f}"
    return f"{text} from character {before} on ({origin.made} {origin.device})"


def _common(one: str, other: str) -> int:
    for place, (ours, theirs) in enumerate(zip(one, other, strict=False)):
        if ours != theirs:
            return place
    return min(len(one), len(other))


def _missing(shards: Iterable[str]) -> tuple[str, ...]:
    """The shards that are not there, where all were cut into equally many."""
    counts = {shard.partition("/")[2] for shard in shards}
    if len(counts) != 1:
        return ()
    [count] = counts
    return tuple(f"{n}/{count}" for n in range(1, int(count) + 1) if f"{n}/{count}" not in shards)
