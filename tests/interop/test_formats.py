"""Every format is known by its content, and read as what it says."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import UserError
from harness.interop.pieces import entries
from harness.interop.rows import Row, Text
from harness.interop.source import sources


def written(folder: Path, *rows: object, name: str = "rows.jsonl") -> Path:
    file = folder / name
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def found(file: Path) -> list[tuple[str, Row] | str]:
    [source] = sources([file])
    return [entry for chunk in source.chunks() for entry in entries(chunk)]


def only(file: Path) -> Row:
    [entry] = found(file)
    assert not isinstance(entry, str), entry
    return entry[1]


def reason(file: Path) -> str:
    [entry] = found(file)
    assert isinstance(entry, str), entry
    return entry


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


# --- lm-evaluation-harness ---


def logged(doc_id: int, filter_: str, texts: Sequence[object], /, **more: Any) -> dict[str, Any]:
    """A row as `lm_eval --log_samples` (0.4.13) writes it."""
    return {
        "doc_id": doc_id,
        "doc": {"question": "Ann has 3 boxes of 6 pens. How many pens?", "answer": "..."},
        "target": "3 boxes of 6 are 3*6=<<3*6=18>>18 pens.\n#### 18",
        "arguments": {"gen_args_0": {"arg_0": "Q: ...\nA:", "arg_1": {"until": ["Q:"]}}},
        "resps": [list(texts)],
        "filtered_resps": ["[invalid]"],
        "filter": filter_,
        "metrics": ["exact_match"],
        "doc_hash": "d5", "prompt_hash": "44", "target_hash": "a2",
        "exact_match": 0.0,
        **more,
    }  # fmt: skip


def test_a_row_of_lm_evaluation_harness_has_its_repeats_before_any_filter(tmp_path: Path) -> None:
    row = only(written(tmp_path, logged(4, "strict-match", ["so 18", "no"])))
    assert row.gold.endswith("#### 18")
    assert row.texts == (Text("so 18"), Text("no"))
    assert (row.id, row.variant) == ("4", "strict-match")
    assert row.question == "Ann has 3 boxes of 6 pens. How many pens?"


@pytest.mark.parametrize(
    ("doc", "choices"),
    [
        ({"choices": ["red", "blue"]}, ("red", "blue")),
        ({"choices": {"text": ["red", "blue"], "label": ["A", "B"]}}, ("red", "blue")),
        ({"options": ["A)21", "B)22.5"]}, ("21", "22.5")),
        ({"options": [1, 2]}, ()),
        ({}, ()),
    ],
)
def test_the_options_are_those_of_its_data_set(
    tmp_path: Path, doc: dict[str, Any], choices: tuple[str, ...]
) -> None:
    row = only(written(tmp_path, logged(0, "none", ["B"], doc=doc, target="(B)")))
    assert row.choices == choices


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"resps": [[["-0.1", "False"]], [["-0.6", "False"]]]}, "by log-likelihood"),
        ({"arguments": {"gen_args_0": {"arg_0": "Q", "arg_1": " yes"}}}, "by log-likelihood"),
        ({"arguments": [["Q", " yes"]]}, "by log-likelihood"),
        ({"resps": [["a"], ["b"]]}, "2 requests for one problem"),
        ({"resps": []}, "no texts"),
        ({"resps": [[]]}, "no texts"),
        ({"resps": "a"}, "no list of lists"),
        ({"resps": [[3]]}, "no text but 3"),
        ({"target": None}, "no 'target'"),
        ({"doc_id": None}, "'doc_id' is no number"),
    ],
)
def test_a_row_of_lm_evaluation_harness_without_texts_says_so(
    tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    assert why in reason(written(tmp_path, logged(0, "none", ["a"], **more)))


def test_its_file_tells_the_task_and_the_results_beside_it_the_model(tmp_path: Path) -> None:
    date = "2026-01-31T12-00-00.123456"
    name = f"samples_gsm8k_cot_{date}.jsonl"
    [source] = sources([written(tmp_path, logged(0, "none", ["a"]), name=name)])
    assert (source.model, source.task) == (name.removesuffix(".jsonl"), "gsm8k_cot")
    (tmp_path / f"results_{date}.json").write_text('{"model_name": "org/model"}')
    [source] = sources([source.path])
    assert (source.model, source.task) == ("org/model", "gsm8k_cot")


# --- Inspect ---


def evaluated(sample: object, epoch: object = 1, content: object = "ANSWER: 5", **more: Any) -> Any:
    """A sample as Inspect's JSON logs (version 2) have it."""
    choice = {"message": {"role": "assistant", "content": content}, "stop_reason": "stop"}
    output = {"model": "m", "choices": [choice], "usage": {"output_tokens": 9}}
    return {
        "id": sample, "epoch": epoch, "input": "2 + 3?", "target": "5", "messages": [],
        "output": output, "scores": {}, "metadata": {}, **more,
    }  # fmt: skip


def log(folder: Path, *samples: object, indent: int | None = 2) -> Path:
    spec = {"task": "sums", "model": "org/m", "dataset": {}, "config": {"epochs": 2}}
    content = {"version": 2, "status": "success", "eval": spec, "samples": list(samples)}
    file = folder / "log.json"
    file.write_text(json.dumps(content, indent=indent), encoding="utf-8")
    return file


@pytest.mark.parametrize("indent", [None, 2])
def test_the_epochs_of_a_sample_are_its_chains(tmp_path: Path, indent: int | None) -> None:
    samples = [evaluated("a", 2, "it is 6"), evaluated("b"), evaluated("a", 1, "it is 5")]
    first, second = found(log(tmp_path, *samples, indent=indent))
    assert first == (
        "inspect",
        Row(
            gold="5",
            texts=(Text("it is 5", "stop", 9), Text("it is 6", "stop", 9)),
            id="a",
            question="2 + 3?",
            model="org/m",
            task="sums",
        ),
    )
    assert second[1].id == "b"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([{"type": "text", "text": "it "}, {"type": "text", "text": "is 5"}], "it is 5"),
        (
            [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "5"}],
            "<think>hm</think>\n5",
        ),
        (
            [{"type": "reasoning", "reasoning": "x", "redacted": True, "summary": "sums"}, "5"],
            "<think>sums</think>\n5",
        ),
        ([{"type": "image", "image": "data:"}, {"type": "text", "text": "5"}], "5"),
        ("attachment://ab", "a long text"),
    ],
)
def test_a_message_may_have_parts(tmp_path: Path, content: object, text: str) -> None:
    sample = evaluated(1, content=content, attachments={"ab": "a long text"})
    assert only(log(tmp_path, sample)).texts[0].text == text


def test_an_input_may_be_messages_and_an_output_several_choices(tmp_path: Path) -> None:
    asked = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 3?"}]
    logprobs = {"content": [{"token": "5", "logprob": -0.5}, {"token": ".", "logprob": -0.25}]}
    choices = [
        {"message": {"content": "5."}, "stop_reason": "max_tokens", "logprobs": logprobs},
        {"message": {"content": "6"}, "stop_reason": "content_filter"},
    ]
    output = {"choices": choices, "usage": {"output_tokens": 3}}
    row = only(log(tmp_path, evaluated(1, input=asked, output=output, target=["5"])))
    assert row.question == "2 + 3?"
    # the tokens of several choices are known together alone
    assert row.texts == (Text("5.", "length", None, -0.75), Text("6"))


def test_an_epoch_that_failed_did_not_run(tmp_path: Path) -> None:
    failed: dict[str, Any] = {
        "output": {"choices": []},
        "error": {"message": "timed out", "traceback": "..."},
    }
    half, none = found(
        log(tmp_path, evaluated(1), evaluated(1, 2, **failed), evaluated(2, **failed))
    )
    assert half[1].texts == (Text("ANSWER: 5", "stop", 9),)  # type: ignore[union-attr]
    assert half[1].error is None  # type: ignore[union-attr]
    assert none[1].texts == ()  # type: ignore[union-attr]
    assert none[1].error == "timed out"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        ([evaluated(1, target=[])], "'target' is an empty list"),
        (
            [evaluated(1, target=["A", "B"], choices=["red", "blue", "green"])],
            "it asks for several options at once",
        ),
        ([evaluated(1), evaluated(1)], "two samples have the same id and epoch"),
        ([evaluated(1, epoch="one")], "'epoch' is no number"),
        ([evaluated(1, output={})], "no texts"),
        ([evaluated(1, content=7)], "a message has no text but 7"),
        ([evaluated(None)], "a sample has no id"),
        ([7], "a sample has no id"),
    ],
)
def test_a_sample_of_inspects_that_cannot_be_scored_says_why(
    tmp_path: Path, samples: list[object], why: str
) -> None:
    assert why in reason(log(tmp_path, *samples))


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
