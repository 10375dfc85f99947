"""Inspect's default logs are archives, of which a sample is read at a time."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from harness import UserError
from harness.interop.rows import Row, Text
from tests.interop.archive import DEFLATED, STORED, ZSTD, write
from tests.interop.found import found, only, reason

SPEC = {"version": 2, "eval": {"task": "sums", "model": "org/m"}, "plan": {}}


def evaluated(sample: int | str, epoch: int, said: str, **more: Any) -> dict[str, Any]:
    """A sample as inspect_ai 0.3 has it in an archive, in the order of its fields."""
    choice = {"message": {"role": "assistant", "content": said}, "stop_reason": "stop"}
    return {
        "id": sample, "epoch": epoch, "input": "2 + 3?", "target": "5",
        "messages": [{"role": "user", "content": "2 + 3?"}],
        "output": {"model": "m", "choices": [choice], "completion": said,
                   "usage": {"input_tokens": 4, "output_tokens": 9}},
        "scores": {"match": {"value": "C"}}, "events": [{"event": "model"}], "attachments": {}, **more,
    }  # fmt: skip


def members(*samples: dict[str, Any], finished: bool = True) -> list[tuple[str, bytes]]:
    each = [(f"samples/{one['id']}_epoch_{one['epoch']}.json", one) for one in samples]
    told = [{"id": one["id"], "epoch": one["epoch"], "completed": True} for one in samples]
    whole: list[tuple[str, object]] = [("_journal/start.json", SPEC), *each]
    if finished:
        whole += [("summaries.json", told), ("header.json", SPEC | {"status": "success"})]
    return [(name, json.dumps(content, indent=2).encode()) for name, content in whole]


SAMPLES = [
    evaluated("a b", 2, "it is 6"),
    evaluated("x/y", 1, "ANSWER: 5"),
    evaluated("a b", 1, "it is 5"),
]


@pytest.mark.parametrize("method", [STORED, DEFLATED, ZSTD])
@pytest.mark.parametrize("finished", [True, False])
def test_the_epochs_of_a_sample_are_its_chains(tmp_path: Path, method: int, finished: bool) -> None:
    first, second = found(write(tmp_path / "log", members(*SAMPLES, finished=finished), method))
    assert first == (
        "inspect",
        Row(
            gold="5",
            texts=(Text("it is 5", "stop", 9), Text("it is 6", "stop", 9)),
            id="a b",
            question="2 + 3?",
            model="org/m",
            task="sums",
        ),
    )
    assert second[1].id == "x/y"  # type: ignore[union-attr]


def test_an_archive_says_what_the_log_in_json_says(tmp_path: Path) -> None:
    file = tmp_path / "log.json"
    file.write_text(json.dumps({"samples": SAMPLES, "status": "success", **SPEC}))
    assert found(write(tmp_path / "log.eval", members(*SAMPLES))) == found(file)


def test_attachments_of_a_sample_may_lie_beside_it(tmp_path: Path) -> None:
    """As in logs of version 3: lists of texts, each named by the number of its first."""
    shell = evaluated("a", 1, "attachment://2", message_refs=[[0, 1]])
    del shell["attachments"], shell["messages"], shell["events"]
    each = {
        "header.json": SPEC | {"version": 3},
        "samples/a_epoch_1/sample.json": shell,
        "samples/a_epoch_1/messages/0.json": [{"role": "user", "content": "2 + 3?"}],
        "samples/a_epoch_1/attachments/0.json": ["zero", "one"],
        "samples/a_epoch_1/attachments/2.json": ["The answer is 5."],
    }
    log = write(tmp_path / "log", [(name, json.dumps(one).encode()) for name, one in each.items()])
    assert only(log).texts[0].text == "The answer is 5."


def test_what_stands_behind_the_output_of_a_finished_sample_is_left_unread(tmp_path: Path) -> None:
    """Its events are the most of a log, and its summary says that it ended in no error."""

    def broken(finished: bool) -> Path:
        each = members(evaluated(1, 1, "5"), finished=finished)
        cut = [(name, text.partition(b'"scores"')[0]) for name, text in each if "samples" in name]
        return write(tmp_path / "log", [*cut, *(one for one in each if "samples" not in one[0])])

    assert only(broken(finished=True)).texts[0].text == "5"
    assert "samples/1_epoch_1.json cannot be read" in reason(broken(finished=False))


def test_attachments_are_looked_up_behind_the_output(tmp_path: Path) -> None:
    sample = evaluated(1, 1, "attachment://ab", attachments={"ab": "a long text"})
    assert only(write(tmp_path / "log", members(sample))).texts[0].text == "a long text"


def test_an_epoch_that_failed_did_not_run(tmp_path: Path) -> None:
    sample = evaluated(1, 1, "5", error={"message": "timed out"})
    each = members(sample, finished=False)
    told = [{"id": 1, "epoch": 1, "completed": True, "error": "timed out"}]
    row = only(write(tmp_path / "log", [*each, ("summaries.json", json.dumps(told).encode())]))
    assert (row.texts, row.error) == ((), "timed out")


def test_a_large_sample_is_read_piece_by_piece(tmp_path: Path) -> None:
    events = [{"event": "model", "text": f"{number} " * 9000} for number in range(400)]
    file = write(tmp_path / "log", members(evaluated(1, 1, "5", events=events), finished=False))
    found(file)  # what is imported is no memory of the sample
    tracemalloc.start()
    assert only(file).texts[0].text == "5"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < sum(len(json.dumps(event)) for event in events) / 4


@pytest.mark.parametrize(
    ("each", "message"),
    [
        ([("outputs.jsonl", b"{}")], "is a zip archive, and no log of Inspect's: unpack it"),
        (members(), "is a log of Inspect's without samples"),
        ([("header.json", b"{"), ("samples/1_epoch_1.json", b"{}")], "header.json in .* is broken"),
        ([("header.json", b"{}"), ("summaries.json", b"{}")], "summaries.json in .* is broken"),
    ],
)
def test_an_archive_that_cannot_be_scored_is_refused(
    tmp_path: Path, each: list[tuple[str, bytes]], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        found(write(tmp_path / "log", each))


def test_an_archive_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "log", members(*SAMPLES))
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(UserError, match="cut off or broken"):
        found(file)


def test_a_member_that_nobody_can_unpack_is_told(tmp_path: Path) -> None:
    lzma = 14
    each = members(evaluated(1, 1, "5"))
    with pytest.raises(UserError, match="packed by method 14"):
        found(write(tmp_path / "log", each, lzma))
