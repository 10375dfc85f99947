"""A shard: the part of a run that one of several machines does by itself, to be merged later."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.errors import UserError
from harness.problems.choosing import Chosen

WRITTEN = re.compile(r"(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` of `count`, from 1 on. Every problem of a run is in exactly one."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @property
    def ledger(self) -> str:
        """The name of its ledger where none is named: machines that share a folder write one each.

        SQLite's WAL mode is not for files on a network that several machines write.
        """
        return f"ledger.{self.number}-of-{self.count}.sqlite"

    def of(self, tasks: Sequence[Chosen]) -> list[Chosen]:
        """The tasks with the problems of this shard; without those of which it has none.

        Every `count`-th problem, because what is hard often stands together. Raises `UserError`
        where nothing is left.
        """
        parts = [
            replace(task, problems=task.problems[self.number - 1 :: self.count]) for task in tasks
        ]
        if not any(part.problems for part in parts):
            most = max(len(task.problems) for task in tasks)
            raise UserError(
                f"shard {self} has no problems: the run has {most}, so take fewer shards"
            )
        return [part for part in parts if part.problems]


def shard(text: str) -> Shard:
    """The shard that is written as `3/16`, the third of sixteen. Raises `UserError` for any other text."""
    written = WRITTEN.fullmatch(text)
    number, count = map(int, written.groups()) if written else (0, 0)
    if not 1 <= number <= count:
        raise UserError(
            f"shard {text!r} is not known: write 1/16 for the first of sixteen, up to 16/16"
        )
    return Shard(number, count)
