"""Lines of JSON are read by Python's own parser, whatever others are installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

FOREIGN = """
import sys, types
from pathlib import Path

parser = types.ModuleType("orjson")
def loads(text):
    raise ValueError("this parser refuses half a surrogate pair")
parser.loads = loads
parser.dumps = None
sys.modules["orjson"] = parser
import jsonlines.jsonlines
assert jsonlines.jsonlines.default_loads is loads

from harness.interop.scoring import score
from harness.problems.exemplars import exemplar_set
from harness.records.record import stored
from harness.tasks.gsm8k import gsm8k

folder = Path(sys.argv[1])
done = score([folder / "rows.jsonl"], output=folder / "out", progress=False)
[sample] = done.samples
assert sample["chains"][0]["text"] == "\\ud800 The answer is 3.", sample
assert list(stored(folder / "out")) == [sample]
[problem, _] = gsm8k(path=str(folder / "gsm8k.jsonl"))
assert problem.answer == "3"
assert len(exemplar_set(str(folder / "examples.jsonl")).problems) == 2
"""


def test_a_parser_that_somebody_has_installed_is_not_taken(tmp_path: Path) -> None:
    """jsonlines would take orjson, which refuses the half surrogate pairs that samples may hold."""
    row = {"gold": "3", "kind": "number", "texts": ["\ud800 The answer is 3."]}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    gsm8k = {"question": "What is \ud800 1 + 2?", "answer": "1 + 2 = 3.\n#### 3"}
    (tmp_path / "gsm8k.jsonl").write_text((json.dumps(gsm8k) + "\n") * 2)
    example = {"question": "1 + 1?", "answer": "2", "kind": "number", "rationales": ["It is 2."]}
    (tmp_path / "examples.jsonl").write_text((json.dumps(example) + "\n") * 2)
    command = [sys.executable, "-c", FOREIGN, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
