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

SURROGATE = "\ud800"
ROW: dict[str, object] = {"gold": "1", "texts": ["1"]}
SAMPLE: dict[str, object] = {"problem": "p", "gold": "1", "chains": [{"text": "1"}]}
LOG: dict[str, object] = {"version": 2, "status": "success"}


def line(content: object) -> bytes:
    return json.dumps(content).encode()


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = LEAF | st.lists(LEAF | st.lists(LEAF, max_size=3), max_size=3)
FIELDS = st.sampled_from(
    "gold texts text id kind choices tags tokens logprobs finish doc_id doc target arguments resps"
    " filter problem chains error options version status eval samples epoch output".split()
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
    # nearly right, which gets further
    | st.tuples(st.sampled_from([ROW, SAMPLE]), FIELDS, JSON).map(
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
