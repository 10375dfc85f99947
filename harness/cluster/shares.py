"""Who answers what: which requests wait, and which of them each worker owes. It knows nothing of Ray."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile

from harness.request import Request

SURPLUS = 1.25
"""A worker owes so many times what it answers side by side, so that none of its rows is ever free."""

CHUNK = 64
"""Requests that are handed to one worker before it is asked which owes least by now."""

SUSPECT = 3
"""A request that so many workers died over goes out with few others, to see whether it is the reason."""

FEWER = 4
"""With each death after that it goes out with so many times fewer, down to none: of many suspects one at most is the
reason, and those that workers were merely at when machines failed are answered side by side, not one by one."""

GIVEN_UP = 3
"""So many workers have to die of a request that they had to themselves before it is given up."""

Numbered = tuple[int, Request]


class Shares:
    """The requests of one batch, from their arrival until each is answered once.

    Requests go to the worker that owes least. It is given those that begin as what it was given before
    does, because it has read that already; paths of one prompt stay together, unless there are fewer
    prompts than workers.
    """

    def __init__(self, rows: int, first: int = 0) -> None:
        """`rows` is what a worker answers side by side; requests are numbered from `first` on."""
        self._room = max(1, int(rows * SURPLUS))
        self._next = first
        self._open: dict[int, Request] = {}
        self._beginnings: dict[tuple[int, ...], int] = {}
        self._begins: dict[int, int] = {}  # which beginning each open request has
        self._waiting: dict[int, deque[int]] = {}  # by beginning
        self._count = 0  # of all that wait
        self._prompts: Counter[int] = Counter()  # how many paths of each prompt wait
        self._suspects: deque[int] = deque()
        self._owed: dict[str, set[int]] = {}
        self._last: dict[str, int] = {}  # the beginning that a worker was last given
        self._deaths: Counter[int] = Counter()
        self._alone: Counter[int] = Counter()
        self._guarded: set[int] = set()  # suspects that are out, or wait to be

    @property
    def finished(self) -> bool:
        """Whether every request was answered."""
        return not self._open

    def add(self, requests: Iterable[Request]) -> None:
        """More requests, which are numbered in their order."""
        known: dict[int, int] = {}  # by prompt: its paths have one beginning
        for request in requests:
            place = _prompt(request)
            if place not in known:
                beginning = request.tokens[: request.shared]
                known[place] = self._beginnings.setdefault(beginning, len(self._beginnings))
            self._open[self._next] = request
            self._begins[self._next] = known[place]
            self._wait(self._next)
            self._next += 1

    def join(self, worker: str) -> None:
        """A worker is ready."""
        self._owed.setdefault(worker, set())

    def leave(self, worker: str) -> list[int]:
        """A worker is gone, and what it owed waits again.

        Returns the requests that are given up, because worker after worker died of them alone.
        """
        owed = sorted(self._owed.pop(worker, ()))
        self._last.pop(worker, None)
        lost: list[int] = []
        for number in reversed(owed):
            self._deaths[number] += 1
            if self._deaths[number] < SUSPECT:
                self._wait(number, front=True)
                continue
            self._alone[number] += len(owed) == 1
            if self._alone[number] < GIVEN_UP:
                self._suspects.append(number)
                self._guarded.add(number)
            else:
                lost.append(number)
                self._close(number)
        return lost

    def failed(self, worker: str) -> list[int]:
        """What a worker owed and cannot answer; nobody is to try again."""
        numbers = sorted(self._owed[worker])
        self._owed[worker].clear()
        for number in numbers:
            self._close(number)
        return numbers

    def outgoing(self) -> dict[str, list[Numbered]]:
        """What is to be sent now, by worker."""
        parcels: dict[str, list[Numbered]] = defaultdict(list)
        while (self._waiting or self._suspects) and (worker := self._freest()) is not None:
            numbers = self._for(worker)
            if not numbers:
                break
            self._owed[worker].update(numbers)
            parcels[worker] += [(number, self._open[number]) for number in numbers]
        return parcels

    def answered(self, worker: str, number: int) -> bool:
        """Note an answer; whether it counts: what a worker no longer owes, another was given."""
        if number not in self._owed.get(worker, ()):
            return False
        self._owed[worker].discard(number)
        self._close(number)
        return True

    def _wait(self, number: int, *, front: bool = False) -> None:
        queue = self._waiting.setdefault(self._begins[number], deque())
        (queue.appendleft if front else queue.append)(number)
        self._prompts[_prompt(self._open[number])] += 1
        self._count += 1

    def _close(self, number: int) -> None:
        del self._open[number], self._begins[number]
        self._guarded.discard(number)

    def _freest(self) -> str | None:
        """The worker that owes least, if it may owe more."""
        free = [
            worker
            for worker, owed in self._owed.items()
            if len(owed) < self._room and self._guarded.isdisjoint(owed)
        ]
        return min(free, key=lambda worker: len(self._owed[worker]), default=None)

    def _for(self, worker: str) -> Sequence[int]:
        """The next requests for a worker; none where only suspects wait and it is not idle."""
        if not self._waiting:
            return [] if self._owed[worker] else self._suspected()
        beginning = self._beginning(worker)
        queue = self._waiting[beginning]
        room = self._room - len(self._owed[worker])
        share = min(room, CHUNK, -(-self._count // len(self._owed)))
        together = len(self._prompts) >= len(self._owed)
        numbers: list[int] = []
        prompt = 0
        while queue and len(numbers) < room:
            following = _prompt(self._open[queue[0]])
            if len(numbers) >= share and not (together and following == prompt):
                break
            prompt = following
            numbers.append(queue.popleft())
            self._count -= 1
            self._prompts[prompt] -= 1
            if not self._prompts[prompt]:
                del self._prompts[prompt]
        if not queue:
            del self._waiting[beginning]
        self._last[worker] = beginning
        return numbers

    def _suspected(self) -> list[int]:
        """The next suspects that go out together: as many as may by how many workers died over them."""
        deaths = self._deaths[self._suspects[0]]
        alike = takewhile(lambda number: self._deaths[number] == deaths, self._suspects)
        most = self._room // FEWER ** (deaths - SUSPECT + 1)
        numbers = list(islice(alike, max(1, min(most, -(-len(self._suspects) // len(self._owed))))))
        for _ in numbers:
            self._suspects.popleft()
        return numbers

    def _beginning(self, worker: str) -> int:
        """With which beginning a worker goes on: its own, else one that no other is at, else any."""
        if self._last.get(worker) in self._waiting:
            return self._last[worker]
        taken = set(self._last.values())
        free = (beginning for beginning in self._waiting if beginning not in taken)
        return next(free, next(iter(self._waiting)))


def _prompt(request: Request) -> int:
    """What tells prompts that wait from one another: the paths of one share its tokens."""
    return id(request.tokens or request.text)
