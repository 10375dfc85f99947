"""The ledger: what is put comes back, also from another process; nothing else is taken for one."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import UserError
from harness.models import ledger as ledger_module
from harness.models.ledger import Ledger, Origin
from harness.problem import Finish, Reply, Thought
from harness.request import Key

FINISHES: tuple[Finish, ...] = ("end", "stop", "length")

replies = st.builds(
    Reply,
    # every character, also NUL and half a surrogate pair
    text=st.text(st.characters(exclude_categories=())),
    finish=st.sampled_from(FINISHES),
    tokens=st.integers(0, 2**40),
    logprob=st.floats(allow_nan=False),
    prompt_tokens=st.integers(0, 2**40),
    seconds=st.floats(0, 1e6),
    thought=st.none()
    | st.builds(
        Thought,
        text=st.text(st.characters(exclude_categories=())),
        tokens=st.integers(0, 2**40),
        finish=st.sampled_from(FINISHES),
        seconds=st.floats(0, 1e6),
    ),
)


keys = st.builds(Key, st.text(min_size=1, alphabet="0123456789abcdef"))


@settings(max_examples=200)
@given(known=st.dictionaries(keys, replies))
def test_what_is_put_comes_back(known: dict[Key, Reply]) -> None:
    with Ledger() as ledger:
        ledger.put_many(known.items())
        assert ledger.get(known) == known
        assert len(ledger) == len(known)


def test_survives_closing(tmp_path: Path) -> None:
    reply = Reply("A \u2028 text\0 of \ud800 anything.", "stop", 7, -1.5, 100, 0.25)
    with Ledger(tmp_path / "new" / "ledger.sqlite") as ledger:
        ledger.put(Key("key"), reply)
    with Ledger(str(tmp_path / "new" / "ledger.sqlite")) as ledger:
        assert ledger.get([Key("key"), Key("other")]) == {Key("key"): reply}


def test_an_unknown_probability_stays_unknown() -> None:
    with Ledger() as ledger:
        ledger.put(Key("key"), Reply("text", "end", 1, math.nan))
        assert math.isnan(ledger.get([Key("key")])[Key("key")].logprob)


def test_the_first_reply_stays() -> None:
    with Ledger() as ledger:
        ledger.put(Key("key"), Reply("first", "end", 1, 0.0))
        ledger.put(Key("key"), Reply("second", "end", 1, 0.0))
        assert ledger.get([Key("key")])[Key("key")].text == "first"


def test_a_reply_that_ended_by_itself_serves_every_limit_that_it_fits_into() -> None:
    ended = Reply("whole", "end", 150, 0.0)
    with Ledger() as ledger:
        ledger.put(Key("key", 200), ended)
        assert ledger.get([Key("key", 1024)]) == {Key("key", 1024): ended}
        assert ledger.get([Key("key", 150)]) == {Key("key", 150): ended}
        assert ledger.get([Key("key", 149), Key("other", 200)]) == {}


def test_a_reply_that_was_cut_off_serves_its_own_limit_alone() -> None:
    cut, longer = Reply("cut", "length", 200, 0.0), Reply("cut here", "length", 300, 0.0)
    whole = Reply("cut here.", "stop", 301, 0.0)
    with Ledger() as ledger:
        ledger.put(Key("key", 200), cut)
        assert ledger.get([Key("key", 200), Key("key", 300)]) == {Key("key", 200): cut}
        ledger.put(Key("key", 300), longer)
        ledger.put(Key("key", 1024), whole)
        assert ledger.get([Key("key", limit) for limit in (100, 200, 300, 301)]) == {
            Key("key", 200): cut,
            Key("key", 300): longer,
            Key("key", 301): whole,
        }


def test_each_reply_says_when_by_what_and_where_it_was_made() -> None:
    origin = Origin("2026-11-29T06:00:00+00:00", "0.1.0 (engine 1)", "cpu")
    reply = Reply("text", "end", 1, 0.0)
    with Ledger() as ledger:
        ledger.put(Key("key"), reply, origin)
        ledger.put(Key("key"), reply, Origin("2027"))  # what was first stays
        assert ledger.entries([Key("key")]) == {Key("key"): (reply, origin)}


def test_more_keys_than_one_query_takes() -> None:
    many = {Key(str(i)): Reply(f"text {i}", "end", i, 0.0) for i in range(3000)}
    with Ledger() as ledger:
        ledger.put_many(many.items())
        assert ledger.get(many) == many
        assert ledger.get([]) == {}


def test_a_batch_that_fails_leaves_nothing() -> None:
    with Ledger() as ledger:
        broken = Reply("text", "end", object(), 0.0)  # type: ignore[arg-type]
        with pytest.raises(sqlite3.Error):
            ledger.put_many([(Key("good"), Reply("text", "end", 1, 0.0)), (Key("bad"), broken)])
        assert len(ledger) == 0
        ledger.put(Key("good"), Reply("text", "end", 1, 0.0))
        assert len(ledger) == 1


WRITER = """
import sys, time
from pathlib import Path
from harness.models.ledger import Ledger
from harness.problem import Reply
from harness.request import Key

folder, writer = Path(sys.argv[1]), sys.argv[2]
(folder / f"ready {writer}").touch()
while not (folder / "go").exists():
    time.sleep(0.001)
with Ledger(folder / "ledger.sqlite") as ledger:
    for i in range(150):
        ledger.put(Key(f"shared {i}"), Reply(f"shared {i}", "end", i, 0.0))
        ledger.put_many([(Key(f"{writer} {i}"), Reply(f"{writer} {i}", "end", i, 0.0))])
        assert ledger.get([Key(f"{writer} {i}")])
"""


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(n)]) for n in range(4)
    ]
    while len(list(tmp_path.glob("ready *"))) < 4:  # so that all of them create the file at once
        assert not any(writer.poll() for writer in writers)
        time.sleep(0.01)
    (tmp_path / "go").touch()
    assert [writer.wait() for writer in writers] == [0] * 4
    with Ledger(path) as ledger:
        assert len(ledger) == 150 * 5
        for name, reply in ledger.get(
            [Key(f"{n} {i}") for n in range(4) for i in range(150)]
        ).items():
            assert reply.text == name.digest
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_file_that_becomes_a_ledger_while_it_is_looked_at_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.sqlite"
    look = ledger_module._header
    others: list[threading.Thread] = []

    def interrupted(connection: sqlite3.Connection) -> tuple[int, int]:
        header = look(connection)
        if not others:
            others.append(threading.Thread(target=lambda: Ledger(path).close()))
            others[0].start()
            others[0].join(0.3)  # the other has made the file by now, or waits for us
        return header

    monkeypatch.setattr(ledger_module, "_header", interrupted)
    with Ledger(path) as ledger:
        ledger.put(Key("key"), Reply("text", "end", 1, 0.0))
    others[0].join()


def test_an_empty_file_becomes_a_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.touch()
    with Ledger(path) as ledger:
        ledger.put(Key("key"), Reply("text", "end", 1, 0.0))


def test_refuses_what_is_no_ledger(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("this is no database, but the notes of a long afternoon\n" * 50)
    before = text.read_bytes()
    with pytest.raises(UserError, match=r"notes\.txt is not a ledger"):
        Ledger(text)
    assert text.read_bytes() == before

    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE birds (name TEXT)")
    connection.close()
    before = other.read_bytes()
    with pytest.raises(UserError, match="is not a ledger"):
        Ledger(other)
    assert other.read_bytes() == before


def test_refuses_another_version(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(UserError, match=r"version 99.*another file with --ledger"):
        Ledger(path)


def test_refuses_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be opened"):
        Ledger(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be opened"):
        Ledger(tmp_path / "file" / "ledger.sqlite")
