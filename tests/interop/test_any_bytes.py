"""Whatever bytes a file of outputs holds, it is scored or refused in one line."""

from __future__ import annotations

import gzip
import json
import shutil
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from harness import UserError
from harness.interop.scoring import score
from tests.interop.archive import write

SURROGATE = "\ud800"
ROW: dict[str, object] = {"gold": "1", "texts": ["1"]}
SAMPLE: dict[str, object] = {"problem": "p", "gold": "1", "chains": [{"text": "1"}]}
OTHERS: list[dict[str, object]] = [
    {"doc": {"choices": ["1"], "gold_index": 0}, "model_response": {"text": ["1"]}},
    {"predictions": ["1"], "gold": ["1"]},
    {"generation": "1", "expected_answer": "1"},
    {"index": 0, "target": "1", "sample_score": {"score": {"prediction": "1"}}},
    {
        "index": 0,
        "choices": [{"message": {"content": "1"}, "review": {"gold": "1"}}],
        "raw_input": {},
    },
    {"run_id": "", "event_id": 0, "sample_id": "a", "type": "match", "data": {"expected": "1"}},
    {"sample_id": "a", "interaction_type": "", "input": {"reference": "1"}, "output": {"raw": "1"}},
]
"""A line as each of other programs writes it."""

LOG: dict[str, object] = {"version": 2, "status": "success"}


def line(content: object) -> bytes:
    return json.dumps(content).encode()


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = LEAF | st.lists(LEAF | st.lists(LEAF, max_size=3), max_size=3)
FIELDS = st.sampled_from(
    "gold texts text id kind choices tags tokens logprobs finish doc_id doc target arguments resps"
    " filter problem chains error options version status eval samples epoch output doc_id doc"
    " model_response predictions gold_index generation expected_answer index sample_score"
    " model_output choices raw_input spec run_id event_id sample_id type data input interaction_type"
    " adapter_spec request_states htmls convos score".split()
)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.binary()
    | st.lists(st.dictionaries(FIELDS, JSON, max_size=6).map(json.dumps), max_size=3).map(
        lambda rows: "\n".join(rows).encode()
    )
    | st.dictionaries(FIELDS, JSON | st.lists(st.dictionaries(FIELDS, JSON))).map(
        lambda log: line(LOG | {"eval": {}} | log)
    )
    | st.binary().map(gzip.compress)
    | st.binary().map(lambda content: b"PAR1" + content + b"PAR1")
    | st.lists(st.lists(st.text(max_size=4), max_size=3), max_size=3).map(
        lambda cells: "\n".join(["gold,text,choices", *map(",".join, cells)]).encode()
    )
    # documents of other programs that are nearly right
    | st.lists(st.dictionaries(FIELDS, JSON, max_size=4), max_size=3).map(
        lambda states: line({"adapter_spec": {}, "request_states": states})
    )
    | st.lists(JSON, max_size=3).map(lambda htmls: line({"score": 1, "htmls": htmls}))
    | st.lists(st.dictionaries(FIELDS, JSON, max_size=4), max_size=2).map(
        lambda rows: json.dumps(rows, indent=1).encode()
    )
    # nearly right, which gets further
    | st.tuples(st.sampled_from([ROW, SAMPLE, *OTHERS]), FIELDS, JSON).map(
        lambda parts: line(parts[0] | {parts[1]: parts[2]})
    )
)
@example(line(ROW | {"model": SURROGATE, "id": SURROGATE, "texts": [SURROGATE]}))
@example(line(ROW | {"id": SURROGATE, "texts": [SURROGATE], "question": SURROGATE}))
@example(line(ROW | {"gold": SURROGATE, "tags": {SURROGATE: SURROGATE}}))
@example(line(ROW | {"choices": ["x"] * 30 + ["1"], "kind": "choice"}))
@example(line(ROW | {"choices": ["x"] * 30 + ["1"]}))
@example(line(SAMPLE | {"options": {"a": float("nan")}}))
@example(line(SAMPLE | {"options": {SURROGATE: 1}}))
@example(
    b'{"problem":"p","gold":"1","chains":[{"text":"1"}],"options":{"a":'
    + b"[" * 900
    + b"]" * 900
    + b"}}"
)
@example(line(LOG | {"eval": {"task": SURROGATE}, "samples": [{"id": 1, "target": "1"}]}))
def test_any_bytes_are_scored_or_a_user_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any"
    file.write_bytes(content)
    output = tmp_path / "out"
    with suppress(UserError):
        assert score([file], output=output, progress=False).samples
    shutil.rmtree(output, ignore_errors=True)


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.dictionaries(st.sampled_from(["eval", "status", "samples"]), JSON),
    st.dictionaries(
        st.sampled_from("id epoch input target choices output error attachments events".split()),
        JSON,
    ),
    st.lists(st.fixed_dictionaries({"id": st.just(1), "epoch": JSON, "completed": JSON})) | JSON,
)
def test_any_archive_is_scored_or_a_user_error(
    tmp_path: Path, header: object, sample: dict[str, object], summaries: object
) -> None:
    known = {
        "id": 1,
        "epoch": 1,
        "target": "1",
        "output": {"choices": [{"message": {"content": "1"}}]},
    }
    each = {
        "header.json": header,
        "samples/1_epoch_1.json": known | sample,
        "summaries.json": summaries,
    }
    file = write(tmp_path / "any", [(name, line(content)) for name, content in each.items()])
    output = tmp_path / "out"
    with suppress(UserError):
        assert score([file], output=output, progress=False).samples
    shutil.rmtree(output, ignore_errors=True)
