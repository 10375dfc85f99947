"""Every format is known by its content, and read as what it says."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from harness import UserError
from harness.interop.rows import Row, Text
from harness.interop.source import sources
from tests.interop.found import found, only, reason, written


def test_a_plain_row_says_what_it_knows(tmp_path: Path) -> None:
    content = {
        "gold": "B", "texts": ["(b)", "c"], "id": 7, "kind": "choice", "choices": ["one", "two"],
        "question": "Which?", "tags": {"steps": 2, "level": "easy"}, "model": "m", "task": "t",
        "strategy": "s", "logprobs": [-1.5, [-0.25, -0.5]], "tokens": [4, None],
        "finish": ["eos", "max_tokens"], "anything": "else",
    }  # fmt: skip
    assert only(written(tmp_path, content)) == Row(
        gold="B",
        texts=(Text("(b)", "end", 4, -1.5), Text("c", "length", 2, -0.75)),
        id="7",
        kind="choice",
        choices=("one", "two"),
        question="Which?",
        tags={"steps": 2, "level": "easy"},
        model="m",
        task="t",
        strategy="s",
    )


@pytest.mark.parametrize(
    ("gold", "text"), [(18, "18"), (18.5, "18.5"), (True, "true"), (" nk ", " nk ")]
)
def test_a_gold_may_be_a_number_or_a_truth(tmp_path: Path, gold: object, text: str) -> None:
    assert only(written(tmp_path, {"gold": gold, "texts": [""]})).gold == text


def test_a_single_text_needs_no_list(tmp_path: Path) -> None:
    row = only(written(tmp_path, {"gold": "1", "text": "1", "tokens": 3, "logprobs": [-1, -2]}))
    assert row.texts == (Text("1", None, 3, -3.0),)
    assert only(written(tmp_path, {"gold": "1", "text": "1", "finish": ["stop"]})).texts == (
        Text("1", "stop"),
    )


@pytest.mark.parametrize("value", [None, "tool_calls"])
def test_how_a_text_ended_is_unknown_where_it_is_not_said_in_words_that_are_known(
    tmp_path: Path, value: object
) -> None:
    row = only(written(tmp_path, {"gold": "1", "text": "1", "finish": value}))
    assert row.texts == (Text("1", None),)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), [-1, None], 10**400, [1e308] * 2])
def test_a_log_probability_that_is_no_number_is_unknown(tmp_path: Path, value: object) -> None:
    row = only(written(tmp_path, {"gold": "1", "texts": ["1"], "logprobs": [value]}))
    assert row.texts[0].logprob is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (7, "no object but 7"),
        ({"golds": "1", "texts": ["1"]}, "no 'gold', among the fields ['golds', 'texts']"),
        ({"gold": None, "texts": ["1"]}, "'gold' is null"),
        ({"gold": {}, "texts": ["1"]}, "'gold' is no text but {}"),
        ({"gold": ["1", None], "texts": ["1"]}, "a gold in 'gold' is null"),
        ({"gold": [], "texts": ["1"]}, "'gold' is an empty list"),
        ({"gold": "1"}, "no texts"),
        ({"gold": "1", "texts": []}, "no texts"),
        ({"gold": "1", "texts": "1"}, "'texts' is no list but '1'"),
        ({"gold": "1", "texts": ["1", None]}, "texts[1] is no text but None"),
        ({"gold": "1", "text": "1", "texts": ["1"]}, "it has both 'text' and 'texts'"),
        ({"gold": "1", "texts": ["1"], "id": {}}, "'id' is no text but {}"),
        ({"gold": "1", "texts": ["1"], "tags": {"a": []}}, "tag 'a' is no text or whole number"),
        ({"gold": "1", "texts": ["1"], "tokens": [1, 2]}, "'tokens' has 2 entries for 1 texts"),
        ({"gold": "1", "texts": ["1"], "tokens": 4}, "'tokens' is no list but 4"),
        ({"gold": "1", "texts": ["1"], "tokens": [-4]}, "'tokens' is no count but -4"),
        ({"gold": "1", "texts": ["1"], "tokens": [True]}, "'tokens' is no count but True"),
        ({"gold": "1", "texts": ["1"], "finish": [3]}, "'finish' is no text but 3"),
        ({"gold": "1", "texts": ["1"], "logprobs": ["x"]}, "'logprobs' has no number but 'x'"),
    ],
)
def test_a_row_that_cannot_be_scored_says_why(tmp_path: Path, content: object, why: str) -> None:
    assert reason(written(tmp_path, content)).startswith(why)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "an empty line"),
        (b" \r", "an empty line"),
        (b"not JSON", "not JSON: Expecting value, column 1"),
        (b'{"gold": "1", "texts": ["a', "not JSON: Unterminated string"),
        (b'{"gold": "\xff"}', "not UTF-8: byte 11"),
        (b'{"gold": ' + b"1" * 5000 + b"}", "not JSON that can be read"),
        (b"{" + b'"a":{' * 100_000, "not JSON that can be read"),
    ],
)
def test_a_line_that_is_no_json_says_why(tmp_path: Path, line: bytes, why: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(b'{"gold": "1", "texts": ["1"]}\n' + line + b"\n")
    _, broken = found(file)
    assert isinstance(broken, str)
    assert broken.startswith(why)


def test_only_a_newline_ends_a_line(tmp_path: Path) -> None:
    text = "one\u2028two\u2029three\u0085four\x0bfive\x0csix"
    file = tmp_path / "rows.jsonl"
    line = json.dumps({"gold": "1", "texts": [text]}, ensure_ascii=False)
    file.write_bytes(b"\xef\xbb\xbf" + line.encode() + b"\r\n" + line.encode())
    first, second = found(file)
    assert first == second == ("rows", Row("1", (Text(text),)))


# --- samples of ours, and files ---


def test_a_sample_of_ours_has_its_stages(tmp_path: Path) -> None:
    chain = {"text": "2 + 3 is 5. So: 5", "finish": "end", "tokens": 8, "logprob": -2.5}
    content = {
        "model": "m", "task": "t", "strategy": "s", "options": {"paths": 2}, "problem": "t/1",
        "question": "2 + 3?", "gold": "5", "kind": "number", "tags": {"steps": 1},
        "chains": [{**chain, "asked": " So:", "start": 15}, chain], "error": None,
    }  # fmt: skip
    row = only(written(tmp_path, content))
    assert row.texts == (
        Text("2 + 3 is 5. So: 5", "end", 8, -2.5, " So:", 15),
        Text("2 + 3 is 5. So: 5", "end", 8, -2.5),
    )
    assert (row.id, row.options, row.task) == ("t/1", {"paths": 2}, "t")
    assert "no place" in reason(written(tmp_path, content | {"chains": [{**chain, "start": 99}]}))
    asked = {**chain, "start": 15, "asked": "But:"}
    assert "does not stand" in reason(written(tmp_path, content | {"chains": [asked]}))
    assert reason(written(tmp_path, content | {"chains": []})) == "no texts"
    failed = only(written(tmp_path, content | {"chains": [], "error": "ValueError: x"}))
    assert failed.error == "ValueError: x"


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    file = written(tmp_path, {"gold": "1", "texts": ["1"]})
    plain = found(file)
    file.write_bytes(gzip.compress(file.read_bytes()))
    assert found(file) == plain


def test_an_array_of_rows_is_read_as_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([{"gold": "1", "texts": ["1"]}, 3], indent=1))
    assert found(file) == [("rows", Row("1", (Text("1"),))), "no object but 3"]
    assert sources([file])[0].unit == "row"


def test_a_line_that_begins_like_an_array_is_a_line(tmp_path: Path) -> None:
    file = written(tmp_path, [1, 2], {"gold": "1", "texts": ["1"]})
    assert found(file) == ["no object but [1, 2]", ("rows", Row("1", (Text("1"),)))]
    file.write_bytes(b"[" * 100_000)
    assert "too deep a list" in reason(file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\x7fELF\x02\x01\x01\x00", "is a binary file"),
        (b"\xff\xfe{\x00}\x00", "is a binary file"),
        (b"PK\x03\x04\x14", "is a zip archive that is cut off"),
        (b"\x1f\x8b\x08 broken", "cannot be read"),
        (
            gzip.compress(b"PK\x03\x04", mtime=0),
            "packed by gzip, and packed inside as well: unpack it",
        ),
        (
            gzip.compress(b"PAR1..PAR1", mtime=0),
            "packed by gzip, and packed inside as well: unpack it",
        ),
        (gzip.compress(b'{"gold": "1"}' * 99, mtime=0)[:-9], "cannot be read"),
        (b'{"version": 2, "status": "started", "eval": {', "is a log of Inspect's that is cut off"),
        (b'{"version": 2, "status": "success", "eval": {}}', "a header alone"),
    ],
)
def test_a_file_that_cannot_be_scored_is_refused(
    tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(UserError, match=message):
        found(file)


def test_a_wrong_path_is_told_with_the_nearest(tmp_path: Path) -> None:
    written(tmp_path, {}, name="outputs.jsonl")
    with pytest.raises(UserError, match=r"no file .*output.jsonl \(did you mean 'outputs.jsonl'"):
        sources([tmp_path / "output.jsonl"])
    with pytest.raises(UserError, match="is a folder: name the file of outputs in it"):
        sources([tmp_path])
    written(tmp_path, {}, name="samples.jsonl")
    with pytest.raises(UserError, match=r"is a folder: name .*samples.jsonl"):
        sources([tmp_path])
    with pytest.raises(UserError, match="is no file"):
        sources([Path("/dev/null")])
    with pytest.raises(UserError, match="cannot be read: File name too long"):
        sources([tmp_path / ("x" * 999)])


def names(folder: Path, *files: str) -> list[str]:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("{}")
    return [source.name for source in sources([folder / file for file in files])]


def test_files_have_as_many_folders_in_their_names_as_it_takes_to_differ(tmp_path: Path) -> None:
    assert names(tmp_path, "a.jsonl", "b.jsonl.gz") == ["a", "b"]
    assert names(tmp_path, "x/out.jsonl", "y/out.jsonl") == ["x/out", "y/out"]
    assert names(tmp_path, "x/out.jsonl", "x/out.json") == ["out.jsonl", "out.json"]
    assert names(tmp_path, "a.jsonl", "a.jsonl", "x/../a.jsonl") == ["a"]  # once each
