"""Samples are found by their places: as the file grows, and again where it changed."""

from __future__ import annotations

import gzip
import tempfile
import tracemalloc
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.records.loading import column_key
from harness.records.record import line
from harness.view import index as indexing
from harness.view.folder import NotThere
from harness.view.index import Index

from .conftest import chain, sample


def test_a_file_that_grows_is_read_from_where_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_bytes(line(sample("a")))
    index = Index(file)
    index.follow()
    read = []
    monkeypatch.setattr(indexing, "_sample", lambda found: read.append(found))
    index.follow()
    assert not read
    monkeypatch.undo()
    whole = line(sample("b"))
    with file.open("ab") as open_file:
        open_file.write(whole[:30])
        open_file.flush()
        index.follow()
        assert len(index) == 1  # half a line is none
        open_file.write(whole[30:])
    index.follow()
    assert [index.sample(row)["problem"] for row in range(len(index))] == ["a", "b"]
    assert index.torn == []


def test_a_file_that_was_cut_or_written_anew_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_bytes(line(sample("a")) + line(sample("b")))
    index = Index(file)
    index.follow()
    file.write_bytes(line(sample("c")))
    index.follow()
    assert [index.sample(row)["problem"] for row in range(len(index))] == ["c"]
    file.write_bytes(line(sample("d")) + line(sample("e")) + line(sample("f")))
    index.follow()
    assert [index.sample(row)["problem"] for row in range(len(index))] == ["d", "e", "f"]


def test_a_problem_is_found_in_its_own_column_alone(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    first, second = sample("a"), sample("a", strategy="other", answer="7")
    file.write_bytes(line(first) + line(second))
    index = Index(file)
    index.follow()
    row = index.find(column_key(second), "a")
    assert row is not None
    assert index.sample(row)["answer"] == "7"
    assert index.find(column_key(second), "b") is None
    assert index.find("no column", "a") is None
    with pytest.raises(NotThere):
        index.sample(2)


def test_what_is_held_does_not_grow_with_the_chains(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    long = [chain("x" * 10_000) for _ in range(20)]
    with file.open("wb") as out:
        for n in range(100):
            out.write(line(sample(f"p{n}", chains=long)))
    assert file.stat().st_size > 20_000_000
    tracemalloc.start()
    index = Index(file)
    index.follow()
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 100_000
    assert most < 3_000_000  # a line, and what is made of it


def test_a_line_that_never_ends_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "LONGEST", 2_000)
    file = tmp_path / "samples.jsonl"
    file.write_bytes(line(sample("a")) + b"x" * 10_000 + b"\n" + line(sample("b")))
    index = Index(file)
    index.follow()
    assert [index.sample(row)["problem"] for row in range(len(index))] == ["a", "b"]
    assert index.torn == [2]


def test_an_unpacked_file_has_its_limit_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "samples.jsonl.gz"
    file.write_bytes(gzip.compress(line(sample("a"))))
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    index = Index(file)
    index.follow()
    assert index.sample(0)["problem"] == "a"
    assert list(place.iterdir()) == []
    index.close()
    monkeypatch.setattr(indexing, "KEEP", 0.0)
    with pytest.raises(UserError, match="too large to be unpacked"):
        Index(file).follow()


def test_tokens_that_one_chain_does_not_say_are_not_known(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_bytes(line(sample("a", chains=[chain("x", tokens=None)])) + line(sample("b")))
    index = Index(file)
    index.follow()
    [column] = index.columns.values()
    assert (column.tokens, len(column.rows), column.credit) == (None, 2, 2.0)
