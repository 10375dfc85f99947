"""The workers of a run on Ray: started, named, watched, and started again where they die."""

from __future__ import annotations

import sys
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.cluster.size import Size
from harness.cluster.weights import Part
from harness.cluster.worker import About, Answers, Numbered, Opening, Worker
from harness.errors import CannotLoadError, UserError
from harness.request import ENGINE

LOOK = 5.0
"""Seconds after which the pool looks whether nodes have come or gone."""

PATIENCE = 30.0
"""Seconds without any worker after which a line says what is waited for."""

CONCURRENCY = 4
"""Calls that a worker takes side by side: one waits for answers, others bring requests."""


@dataclass(slots=True)
class Member:
    """A worker as the driver knows it; `pending` is the one call that it waits for."""

    name: str
    actor: Any
    pending: Any
    about: About | None = None
    up: bool = False
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Came:
    """A worker is ready."""

    worker: str


@dataclass(frozen=True, slots=True)
class Left:
    """A worker died, or its node left."""

    worker: str


@dataclass(frozen=True, slots=True)
class Failed:
    """What a worker owes cannot be answered; it goes on with other requests."""

    worker: str
    error: Exception


@dataclass(frozen=True, slots=True)
class Said:
    """What a worker answered."""

    worker: str
    answers: Answers


Event = Came | Left | Failed | Said


class Pool:
    """The workers with one model. They are gone when the pool is."""

    def __init__(
        self,
        opening: Opening,
        spec: str,
        identity: str,
        size: Callable[[], Size],
        parts: Callable[[], Sequence[Part]],
        entry: str = "",
    ) -> None:
        """`size` says anew how many there are to be; `parts` puts the model into the object store."""
        import ray

        self._ray = ray
        self._opening, self._spec, self._identity = opening, spec, identity
        self._size, self._parts, self._entry = size, parts, entry
        self._sent: Sequence[Part] | None = None
        self._run = uuid.uuid4().hex[:6]
        self._number = self._out = 0
        self.members: dict[str, Member] = {}
        self._looked = self._idle = float("-inf")
        weakref.finalize(self, _end, self.members)

    def send(self, worker: str, requests: Sequence[Numbered], rows: int) -> None:
        """Hand requests to a worker; whether they arrive shows in what it answers."""
        shared = requests[0][1].shared
        told = f"{len(requests)} requests behind {shared} shared tokens"
        self.members[worker].actor.ask.options(name=told).remote(requests, rows)

    def stop(self) -> None:
        """Have all workers leave what they are at."""
        for member in self.members.values():
            member.actor.stop.remote()

    def events(self, seconds: float) -> Iterator[Event]:
        """What has happened; waits so many seconds for something to happen."""
        self._look()
        pending = {member.pending: member for member in self.members.values()}
        refs = list(pending)
        if not refs:  # the only one was ended by hand: a new one comes when it is looked again
            time.sleep(seconds)
            return
        done, _ = self._ray.wait(refs, num_returns=1, timeout=seconds)
        if done and len(refs) > 1:
            done, _ = self._ray.wait(refs, num_returns=len(refs), timeout=0)
        for ref in done:
            yield from self._happened(pending[ref])

    def _happened(self, member: Member) -> Iterator[Event]:
        from ray.exceptions import ActorDiedError, RayActorError, RayTaskError

        try:
            result = self._ray.get(member.pending)
        except ActorDiedError as error:  # for good: it cannot even be started, or was ended by hand
            started = member.up
            yield from self._dropped(member)
            if not started:
                self._count_out(last_line(error))
        except RayActorError:
            yield from self._left(member)
            # waits with Ray until the worker is there again
            member.pending = member.actor.ready.options(max_task_retries=-1).remote()
        except RayTaskError as error:
            reason = error.cause if isinstance(error.cause, Exception) else error
            if member.up and not isinstance(reason, CannotLoadError):
                member.pending = member.actor.take.remote()
                yield Failed(member.name, reason)
            else:
                yield from self._dropped(member)
                self._count_out(str(reason) or type(reason).__name__)
        else:
            if isinstance(result, Answers):
                member.pending = member.actor.take.remote()
                yield Said(member.name, result)
            else:
                yield from self._opened(member, result)

    def _opened(self, member: Member, about: About) -> Iterator[Event]:
        """A worker has looked for the model: it begins, or is sent the files."""
        if about.engine != ENGINE:
            raise UserError(
                f"the harness on {about.host} is {about.version} with engine {about.engine}, and here it "
                f"is engine {ENGINE}: install the same version on every node"
            )
        if about.missing is None:
            member.about, member.up = about, True
            member.pending = member.actor.take.remote()
            yield Came(member.name)
        elif member.sent:
            yield from self._dropped(member)
            self._count_out(f"{about.host} has not got the model: {about.missing}")
        else:
            print(f"{member.name}: {about.missing}; the files are sent", file=sys.stderr)
            self._sent = self._parts() if self._sent is None else self._sent
            member.sent = True
            member.pending = member.actor.receive.remote(self._sent, self._entry)

    def _left(self, member: Member) -> Iterator[Event]:
        if member.up:
            print(f"{member.name} died and is started again", file=sys.stderr)
            yield Left(member.name)
        member.up = member.sent = False

    def _dropped(self, member: Member) -> Iterator[Event]:
        """Do without a worker."""
        del self.members[member.name]
        self._ray.kill(member.actor)
        if member.up:
            yield Left(member.name)

    def _count_out(self, reason: str) -> None:
        """One worker less for good: others may go on where the model cannot be loaded on one node."""
        self._out += 1
        if not self.members:
            raise CannotLoadError(f"no worker can begin: {reason}")
        print(f"a worker is given up: {reason}", file=sys.stderr)

    def _look(self) -> None:
        """Have as many workers as there are to be; of those over, the ones that wait for a place go."""
        now = time.monotonic()
        if any(member.up for member in self.members.values()):
            self._idle = now
        if now - self._looked < LOOK:
            return
        size = self._size()
        while len(self.members) < max(1, size.workers - self._out):
            self._add(size)
        for member in [one for one in self.members.values() if not one.up]:
            if len(self.members) > max(size.workers, 1):
                del self.members[member.name]
                self._ray.kill(member.actor)
        if self._looked > float("-inf") and now - self._idle > PATIENCE:
            self._idle = now
            print(
                f"no worker has started yet: {size.workers} with {size.gpus:g} GPUs and {size.cores:g} "
                f"cores each are waited for, and the cluster has {self._ray.available_resources()}",
                file=sys.stderr,
            )
        if self._looked == float("-inf"):
            self._idle = now
        self._looked = now

    def _add(self, size: Size) -> None:
        self._number += 1
        name = f"harness {self._run} {self._number}"
        remote: Any = self._ray.remote(Worker)
        actor = remote.options(
            name=name,
            num_cpus=size.cores,
            num_gpus=size.gpus,
            max_restarts=-1,
            max_task_retries=0,
            max_concurrency=CONCURRENCY,
        ).remote(self._opening, self._spec, self._identity)
        ready = actor.ready.options(max_task_retries=-1).remote()
        self.members[name] = Member(name, actor, ready)


def last_line(error: Exception) -> str:
    """The last line of what Ray tells of a failure: what the worker itself raised."""
    return str(error).strip().splitlines()[-1].strip()


def _end(members: Mapping[str, Member]) -> None:
    import ray

    if ray.is_initialized():
        for member in members.values():
            ray.kill(member.actor)
