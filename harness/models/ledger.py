"""Remembers every reply ever made, by content, so that nothing is generated twice."""

from __future__ import annotations

import sqlite3
import struct
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType

from harness.errors import UserError
from harness.problem import Finish, Reply

APPLICATION = 0x4841524E
"""Written into the file's header, which is how a ledger is told from any other SQLite file."""

SCHEMA = 1
PATIENCE = 60.0
"""Seconds to wait for another process that is writing; a write itself takes milliseconds."""

TABLE = """CREATE TABLE replies (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, finish TEXT NOT NULL, tokens INTEGER NOT NULL,
    logprob REAL, prompt_tokens INTEGER NOT NULL, seconds REAL NOT NULL
) WITHOUT ROWID"""

# Beside the first table, so that a ledger from before it was there stays one.
TOPS = """CREATE TABLE IF NOT EXISTS tops (
    key TEXT PRIMARY KEY, width INTEGER NOT NULL, logprobs BLOB NOT NULL
) WITHOUT ROWID"""

DETAILS = """CREATE TABLE IF NOT EXISTS details (
    key TEXT PRIMARY KEY, ends BLOB NOT NULL, certainty REAL
) WITHOUT ROWID"""

# The text goes in as bytes: a reply may hold half a surrogate pair, which a string parameter
# cannot.
INSERT = "INSERT OR IGNORE INTO replies VALUES (?, CAST(? AS TEXT), ?, ?, ?, ?, ?)"
SELECT = "SELECT key, text, finish, tokens, logprob, prompt_tokens, seconds FROM replies"
INSERT_TOP = "INSERT OR IGNORE INTO tops VALUES (?, ?, ?)"
INSERT_DETAIL = "INSERT OR IGNORE INTO details VALUES (?, ?, ?)"
AT_ONCE = 500


class Ledger:
    """Replies by key: a SQLite file in WAL mode, or memory when `path` is None.

    A key is a digest of all that decides a reply (model, prompt tokens, sampling, seed, path). What
    was written first under a key stays. Several threads and several processes may use one file at
    once; every `put` is in the file when it returns, so a killed process loses nothing that it put.
    Raises `UserError` for a file that is not a ledger, is of another version, or cannot be written.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = None if path is None else Path(path).expanduser()
        self._lock = threading.Lock()
        self._connection = self._open()

    def get(self, keys: Iterable[str]) -> dict[str, Reply]:
        """The replies that are known, by key; unknown keys are left out."""
        found: dict[str, Reply] = {}
        remaining = iter(keys)
        while some := list(islice(remaining, AT_ONCE)):
            places = ",".join("?" * len(some))
            with self._lock:
                rows = self._connection.execute(
                    f"{SELECT} WHERE key IN ({places})", some
                ).fetchall()
                tops = self._connection.execute(
                    f"SELECT key, width, logprobs FROM tops WHERE key IN ({places})", some
                ).fetchall()
                details = self._connection.execute(
                    f"SELECT key, ends, certainty FROM details WHERE key IN ({places})", some
                ).fetchall()
            found.update(_replies(rows))
            for key, width, logprobs in tops:
                if key in found:
                    found[key] = replace(found[key], top=_unpacked(width, logprobs))
            for key, packed, certainty in details:
                if key in found:
                    ends = struct.unpack(f"<{len(packed) // 4}I", packed)
                    found[key] = replace(found[key], ends=ends, certainty=certainty)
        return found

    def put(self, key: str, reply: Reply) -> None:
        """Remember one reply, unless the key is known already."""
        self.put_many([(key, reply)])

    def put_many(self, replies: Iterable[tuple[str, Reply]]) -> None:
        """Remember several replies: all of them or, where writing fails, none."""
        given = list(replies)
        rows = [_row(key, reply) for key, reply in given]
        tops = [_packed(key, reply) for key, reply in given if reply.top]
        details = [
            (key, struct.pack(f"<{len(reply.ends)}I", *reply.ends), reply.certainty)
            for key, reply in given
            if reply.ends or reply.certainty is not None
        ]
        with self._lock, self._writing():
            self._connection.executemany(INSERT, rows)
            self._connection.executemany(INSERT_TOP, tops)
            self._connection.executemany(INSERT_DETAIL, details)

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
            for table in (TABLE, TOPS, DETAILS):
                connection.execute(table)
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
    if schema != SCHEMA:
        raise UserError(
            f"{path} is a ledger of version {schema}, and this harness reads version {SCHEMA}: "
            "name another file with --ledger"
        )
    connection.execute(TOPS)
    connection.execute(DETAILS)
    # In WAL mode NORMAL loses nothing when the process dies (only, at worst, when the machine
    # does).
    connection.execute("PRAGMA synchronous=NORMAL")


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


def _row(key: str, reply: Reply) -> tuple[object, ...]:
    return (
        key,
        reply.text.encode("utf-8", "surrogatepass"),
        reply.finish,
        reply.tokens,
        reply.logprob,
        reply.prompt_tokens,
        reply.seconds,
    )


def _packed(key: str, reply: Reply) -> tuple[str, int, bytes]:
    """Log-probabilities in float32, in which models say them."""
    flat = [logprob for step in reply.top for logprob in step]
    return key, len(reply.top[0]), struct.pack(f"<{len(flat)}f", *flat)


def _unpacked(width: int, logprobs: bytes) -> tuple[tuple[float, ...], ...]:
    flat = struct.unpack(f"<{len(logprobs) // 4}f", logprobs)
    return tuple(flat[start : start + width] for start in range(0, len(flat), width))


def _replies(
    rows: Sequence[tuple[str, str, str, int, float | None, int, float]],
) -> dict[str, Reply]:
    replies = {}
    for key, text, finish, tokens, logprob, prompt_tokens, seconds in rows:
        # SQLite keeps NaN as NULL: a reply whose probability is not known
        known = float("nan") if logprob is None else logprob
        replies[key] = Reply(text, _finish(finish), tokens, known, prompt_tokens, seconds)
    return replies


def _finish(name: str) -> Finish:
    if name not in ("end", "stop", "length"):
        raise ValueError(f"a reply in the ledger has the unknown ending {name!r}")
    return name  # type: ignore[return-value]
