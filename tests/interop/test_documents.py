"""JSON that is no lines of rows is known by what stands in it, in whatever order."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from harness import UserError
from harness.interop.formats.fields import parsed
from harness.interop.rows import Row, Text
from harness.interop.source import sources
from tests.interop.found import found, reason

LOGS = Path(__file__).parents[3] / "shared/logs"

ROW = ("rows", Row("1", (Text("one"),), "a"))
CONTENT = {"gold": "1", "texts": ["one"], "id": "a"}
LOGPROB = {"content": [{"token": "x", "logprob": -0.5}]}


def file(folder: Path, text: str) -> Path:
    path = folder / "rows.json"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(CONTENT),
        json.dumps(CONTENT, indent=2),
        json.dumps([CONTENT]),
        json.dumps([CONTENT], indent=2),
        json.dumps({"a": {"gold": "1", "text": "one"}}, indent=2),
        json.dumps({"a": {"gold": "1", "text": "one"}}),
        json.dumps({"model": "m", "scores": [1, 2], "results": [CONTENT]}),
        "\ufeff" + json.dumps({"results": [CONTENT], "model": "m"}, indent=2),
    ],
)
def test_rows_are_found_wherever_they_stand(tmp_path: Path, text: str) -> None:
    assert found(file(tmp_path, text)) == [ROW]


def test_objects_that_go_over_several_lines_follow_one_another(tmp_path: Path) -> None:
    path = file(tmp_path, json.dumps(CONTENT, indent=2) + "\n" + json.dumps(CONTENT, indent=2))
    assert found(path) == [ROW, ROW]
    assert sources([path])[0].unit == "row"


def test_a_document_that_is_cut_off_has_the_rows_before(tmp_path: Path) -> None:
    row, broken = found(file(tmp_path, json.dumps([CONTENT, CONTENT], indent=2)[:-30]))
    assert row == ROW
    assert str(broken).startswith("not JSON that can be read, line 9: Unterminated string")


def test_a_row_with_lists_of_objects_is_a_row(tmp_path: Path) -> None:
    """As with the conversation beside a generation: that is no list of rows."""
    content = {"generation": "1", "expected_answer": "1", "messages": [{"role": "user"}]}
    assert found(file(tmp_path, json.dumps(content, indent=2)))[0][0] == "NeMo-Skills"


def test_a_list_of_rows_is_read_piece_by_piece(tmp_path: Path) -> None:
    path = file(tmp_path, json.dumps([{**CONTENT, "events": ["x" * 1000] * 100}] * 100))
    found(path)
    tracemalloc.start()
    for chunk in sources([path])[0].chunks():
        del chunk
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < path.stat().st_size


# --- Inspect's logs ---


def log(*samples: dict[str, Any]) -> dict[str, Any]:
    spec = {"model": "org/m", "task": "sums"}
    return {"version": 2, "status": "success", "eval": spec, "plan": {}, "samples": list(samples)}


def sample(**more: Any) -> dict[str, Any]:
    choice = {"message": {"content": "one"}, "stop_reason": "stop", "logprobs": LOGPROB}
    return {
        "id": "a",
        "epoch": 1,
        "input": "?",
        "target": "1",
        "output": {"choices": [choice]},
        **more,
    }


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("order", ["as written", "sorted", "reversed"])
def test_a_log_is_known_whatever_the_order_of_its_fields(
    tmp_path: Path, indent: int | None, order: str
) -> None:
    content = log(sample())
    if order == "reversed":
        content = dict(reversed(content.items()))
    path = file(tmp_path, json.dumps(content, indent=indent, sort_keys=order == "sorted"))
    row = Row(
        "1", (Text("one", "stop", None, -0.5),), "a", question="?", model="org/m", task="sums"
    )
    assert found(path) == [("inspect", row)]


@pytest.mark.parametrize("samples", [[], None])
def test_a_log_that_is_a_header_alone_says_so(tmp_path: Path, samples: object) -> None:
    content = log() | {"samples": samples}
    del content["version"]
    with pytest.raises(UserError, match=r"without samples: it holds a header alone"):
        found(file(tmp_path, json.dumps(content)))


def test_the_targets_of_a_sample_count_each(tmp_path: Path) -> None:
    [entry] = found(file(tmp_path, json.dumps(log(sample(target=["7", "seven", "7"])))))
    assert entry[1].golds == ("7", "seven")  # type: ignore[union-attr]


@pytest.mark.skipif(not LOGS.is_dir(), reason="logs of others are not part of the repository")
def test_logs_that_showed_faults_are_read() -> None:
    [entry] = found(LOGS / "insp_sorted.json")
    assert entry[1].texts == (Text("ANSWER: 18", "stop", 5),)  # type: ignore[union-attr]
    with pytest.raises(UserError, match="header alone"):
        found(LOGS / "insp_headeronly.json")


# --- fields that the user names ---


def test_a_document_of_any_form_is_read_with_fields(tmp_path: Path) -> None:
    rows = {"0": {"prediction": "18", "answer": "18"}, "1": {"prediction": "19", "answer": "18"}}
    [source] = sources([file(tmp_path, json.dumps(rows))], parsed("gold=answer,text=prediction"))
    entries = [entry for chunk in source.chunks() for entry in chunk.read(chunk.pieces)]
    assert entries == [
        ("fields", Row("18", (Text("18"),), "0")),
        ("fields", Row("18", (Text("19"),), "1")),
    ]


def test_what_has_no_gold_says_which_fields_it_has(tmp_path: Path) -> None:
    why = "no 'gold', among the fields ['answer', 'output'] (--fields gold=...,texts=... says"
    assert reason(file(tmp_path, '{"answer": "1", "output": "1"}')).startswith(why)
