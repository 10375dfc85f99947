"""Remembers every reply ever made, by content, so that nothing is generated twice."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
import threading
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from harness.errors import UserError
from harness.problem import Finish, Reply, Thought
from harness.request import Key

APPLICATION = 0x4841524E
"""Written into the file's header, which is how a ledger is told from any other SQLite file."""

SCHEMA = 3
PATIENCE = 60.0
"""Seconds to wait for another process that is writing; a write itself takes milliseconds."""

TABLE = """CREATE TABLE replies (
    key TEXT NOT NULL, "limit" INTEGER NOT NULL, text TEXT NOT NULL, finish TEXT NOT NULL,
    tokens INTEGER NOT NULL, logprob REAL, prompt_tokens INTEGER NOT NULL, seconds REAL NOT NULL,
    width INTEGER NOT NULL, top BLOB NOT NULL, ends BLOB NOT NULL, certainty REAL,
    made TEXT NOT NULL, version TEXT NOT NULL, device TEXT NOT NULL, joules REAL, thought TEXT,
    PRIMARY KEY (key, "limit")
) WITHOUT ROWID"""
"""`limit` is that of the tokens of a reply that was cut off, 0 of one that ended by itself.

`thought` is JSON, of a reply that came together with one: from a server.
"""

ADDED = {2: ("joules REAL", "thought TEXT")}
"""The columns that make a ledger of an earlier version one of the next."""

SHARDS = """CREATE TABLE IF NOT EXISTS shards (
    run TEXT NOT NULL, shard TEXT NOT NULL, plan TEXT NOT NULL, PRIMARY KEY (run, shard)
) WITHOUT ROWID"""
"""The shards of runs whose replies are here; a ledger that never served one has no such table."""

# The text goes in as bytes: a reply may hold half a surrogate pair, which a string parameter
# cannot.
INSERT = "INSERT OR IGNORE INTO replies VALUES (?, ?, CAST(? AS TEXT)" + ", ?" * 14 + ")"
SELECT = "SELECT * FROM replies WHERE key IN "
EVERYTHING = 'SELECT * FROM replies ORDER BY key, "limit"'
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a reply comes from: when it was made (UTC, ISO 8601), by which version, on which device."""

    made: str = ""
    version: str = ""
    device: str = ""


Entry: TypeAlias = tuple[Key, Reply, Origin]
"""What a ledger keeps of one request."""


class Ledger:
    """Replies by key: a SQLite file in WAL mode, or memory when `path` is None.

    What was written first under a key stays. A reply that ended by itself serves every limit of
    tokens that it fits into, one that was cut off its own limit alone. Several threads and several
    processes may use one file at once; every `put` is in the file when it returns, so a killed
    process loses nothing that it put.
    Raises `UserError` for a file that is not a ledger, is of another version, or cannot be written.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = None if path is None else Path(path).expanduser()
        self._lock = threading.Lock()
        self._connection = self._open()
        # for a ledger that nobody closes, such as a model's own
        weakref.finalize(self, self._connection.close)

    def get(self, keys: Iterable[Key]) -> dict[Key, Reply]:
        """The replies that are known, by key; unknown keys are left out."""
        return {key: reply for key, (reply, _) in self.entries(keys).items()}

    def entries(self, keys: Iterable[Key]) -> dict[Key, tuple[Reply, Origin]]:
        """As `get`, each reply with the note of where it comes from."""
        result: dict[Key, tuple[Reply, Origin]] = {}
        remaining = iter(keys)
        while batch := list(islice(remaining, AT_ONCE)):
            places = ",".join("?" * len(batch))
            with self._lock:
                rows = self._connection.execute(
                    f"{SELECT} ({places})", [key.digest for key in batch]
                ).fetchall()
            kept = {Key(digest, limit): _entry(*columns) for digest, limit, *columns in rows}
            for key in batch:
                whole = kept.get(replace(key, limit=0))
                entry = whole if whole and key.serves(whole[0]) else kept.get(key)
                if entry:
                    result[key] = entry
        return result

    def put(self, key: Key, reply: Reply, origin: Origin = Origin()) -> None:
        """Remember one reply, unless the key is known already."""
        self.put_many([(key, reply)], origin)

    def put_many(self, replies: Iterable[tuple[Key, Reply]], origin: Origin = Origin()) -> None:
        """Remember several replies: all of them or, where writing fails, none."""
        self.add((key, reply, origin) for key, reply in replies)

    def add(self, entries: Iterable[Entry]) -> None:
        """As `put_many`, of replies that each have an origin of their own."""
        rows = [_row(key.kept(reply), reply, origin) for key, reply, origin in entries]
        with self._lock, self._writing():
            self._connection.executemany(INSERT, rows)

    def everything(self) -> Iterator[Entry]:
        """All replies with the keys that they are kept under and their origins, sorted by key."""
        for digest, limit, *columns in self._connection.execute(EVERYTHING):
            yield Key(digest, limit), *_entry(*columns)

    def shards(self) -> list[tuple[str, str, str]]:
        """Whose replies are here: run, shard (`3/16`) and plan, as they were noted."""
        with self._lock:
            there = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'shards'")
            found = self._connection.execute("SELECT * FROM shards") if there.fetchone() else ()
            return [(run, shard, plan) for run, shard, plan in found]

    def note_shard(self, run: str, shard: str, plan: str) -> None:
        """Note that this is the ledger of a shard of the run with this identity and plan."""
        with self._lock, self._writing():
            self._connection.execute(SHARDS)
            self._connection.execute(
                "INSERT OR IGNORE INTO shards VALUES (?, ?, ?)", (run, shard, plan)
            )

    def __len__(self) -> int:
        with self._lock:
            count: int = self._connection.execute("SELECT count(*) FROM replies").fetchone()[0]
        return count

    def close(self) -> None:
        """Close the file; the ledger cannot be used any more."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> sqlite3.Connection:
        if self.path is None:
            connection = _connect(":memory:")
            connection.execute(TABLE)
            return connection
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(str(self.path))
        except (OSError, sqlite3.OperationalError) as error:
            raise UserError(f"the ledger {self.path} cannot be opened: {error}") from error
        try:
            _prepare(connection, self.path)
        except sqlite3.OperationalError as error:
            connection.close()
            raise UserError(f"the ledger {self.path} cannot be written: {error}") from error
        except sqlite3.DatabaseError as error:
            connection.close()
            raise _foreign(self.path) from error
        except UserError:
            connection.close()
            raise
        return connection

    @contextmanager
    def _writing(self) -> Iterator[None]:
        # BEGIN IMMEDIATE asks for the write lock first, where waiting is possible; a transaction
        # that begins by reading and then writes fails at once when another process wrote in
        # between.
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name, timeout=PATIENCE, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = lambda raw: raw.decode("utf-8", "surrogatepass")
    return connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make a new file a ledger, and check that an old one is."""
    # In one transaction: another process may make the file a ledger between two reads.
    connection.execute("BEGIN")
    application, schema = _header(connection)
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    connection.execute("COMMIT")
    if application == 0 and schema == 0 and tables == 0:
        _create(connection)
        application, schema = _header(connection)
    if application != APPLICATION:
        raise _foreign(path)
    if schema in ADDED:
        schema = _added(connection)
    if schema != SCHEMA:
        raise UserError(
            f"{path} is a ledger of version {schema}, and this harness reads version {SCHEMA}: "
            "name another file with --ledger"
        )
    # In WAL mode NORMAL loses nothing when the process dies (only, at worst, when the machine
    # does).
    connection.execute("PRAGMA synchronous=NORMAL")


def _added(connection: sqlite3.Connection) -> int:
    """Bring an older ledger to this version, unless another process was here first; its version now."""
    connection.execute("BEGIN IMMEDIATE")
    while (schema := _header(connection)[1]) in ADDED:
        for column in ADDED[schema]:
            connection.execute(f"ALTER TABLE replies ADD COLUMN {column}")
        connection.execute(f"PRAGMA user_version={schema + 1}")
    connection.execute("COMMIT")
    return int(schema)


def _create(connection: sqlite3.Connection) -> None:
    _wal(connection)
    connection.execute("BEGIN IMMEDIATE")
    if _header(connection)[0] == 0:  # another process may have been here first
        connection.execute(TABLE)
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute(f"PRAGMA user_version={SCHEMA}")
    connection.execute("COMMIT")


def _wal(connection: sqlite3.Connection) -> None:
    # Changing the journal mode does not wait for others as statements do, so the waiting is here.
    end = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _header(connection: sqlite3.Connection) -> tuple[int, int]:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    return application, connection.execute("PRAGMA user_version").fetchone()[0]


def _foreign(path: Path) -> UserError:
    return UserError(f"{path} is not a ledger of this harness: name another file with --ledger")


def _row(key: Key, reply: Reply, origin: Origin) -> tuple[object, ...]:
    logprobs = [logprob for step in reply.top for logprob in step]
    return (
        key.digest,
        key.limit,
        reply.text.encode("utf-8", "surrogatepass"),
        reply.finish,
        reply.tokens,
        reply.logprob,  # SQLite keeps NaN, an unknown probability, as NULL
        reply.prompt_tokens,
        reply.seconds,
        len(reply.top[0]) if reply.top else 0,
        struct.pack(f"<{len(logprobs)}f", *logprobs),  # in float32, in which models say them
        struct.pack(f"<{len(reply.ends)}I", *reply.ends),
        reply.certainty,
        *astuple(origin),
        reply.joules,
        None if reply.thought is None else json.dumps(astuple(reply.thought)),
    )


def _entry(
    text: str,
    finish: Finish,
    tokens: int,
    logprob: float | None,
    prompt_tokens: int,
    seconds: float,
    width: int,
    top: bytes,
    ends: bytes,
    certainty: float | None,
    made: str,
    version: str,
    device: str,
    joules: float | None,
    thought: str | None,
) -> tuple[Reply, Origin]:
    if finish not in ("end", "stop", "length"):
        raise ValueError(f"a reply in the ledger has the unknown ending {finish!r}")
    logprobs = struct.unpack(f"<{len(top) // 4}f", top)
    steps = tuple(logprobs[at : at + width] for at in range(0, len(logprobs), width or 1))
    reply = Reply(
        text,
        finish,
        tokens,
        math.nan if logprob is None else logprob,
        prompt_tokens,
        seconds,
        steps,
        struct.unpack(f"<{len(ends) // 4}I", ends),
        certainty,
        None if thought is None else Thought(*json.loads(thought)),
        joules,
    )
    return reply, Origin(made, version, device)
