"""Released data from the hub and from addresses, with a fake in place of the network."""

from __future__ import annotations

import importlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harness.tasks import online
from harness.tasks.gsm8k import gsm8k
from harness.tasks.gsm_symbolic import gsm_symbolic
from harness.tasks.multiarith import multiarith
from harness.tasks.singleop import singleop
from harness.tasks.svamp import svamp

from harness import Problem, UserError

HUB = {
    "gsm8k": ("openai/gsm8k", "main", "test"),
    "gsm8k_platinum": ("madrylab/gsm8k-platinum", "main", "test"),
    "svamp": ("ChilleD/SVAMP", None, "train+test"),
    "asdiv": ("EleutherAI/asdiv", "asdiv", "validation"),
    "multiarith": ("ChilleD/MultiArith", None, "train+test"),
    "aqua": ("deepmind/aqua_rat", "raw", "test"),
    "gsm_symbolic": ("apple/GSM-Symbolic", "main", "test"),
    "gsm_hard": ("reasoning-machines/gsm-hard", None, "train"),
}
DOWNLOADED = ("addsub", "singleeq", "singleop")
WORKED = {"question": "One and one?", "answer": "1+1=<<1+1=2>>2\n#### 2"}
HUB_ROWS: dict[str, dict[str, Any]] = {
    "gsm8k": WORKED,
    "gsm8k_platinum": {**WORKED, "cleaning_status": "consensus"},
    "svamp": {
        "ID": "chal-9",
        "Body": "A cup holds 2 pens",
        "Question": "How many pens?",
        "Equation": "( 2.0 + 0.0 )",
        "Answer": "2",
        "Type": "Addition",
        "question_concat": "A cup holds 2 pens How many pens?",
    },
    "asdiv": {
        "body": "A cup holds 2 pens.",
        "question": "How many pens?",
        "solution_type": "Addition",
        "answer": "2 (pens)",
        "formula": "2+0=2",
    },
    "multiarith": {"question": "One and one?", "final_ans": "2"},
    "aqua": {
        "question": "One and one?",
        "options": ["A)2", "B)3", "C)4", "D)5", "E)6"],
        "rationale": "1 + 1 = 2\nAnswer: A",
        "correct": "A",
    },
    "gsm_symbolic": {**WORKED, "id": 7, "instance": 3, "original_id": 70},
    "gsm_hard": {"input": "One and one?", "code": "def solution(): ...", "target": 2.0},
}


def function(task: str) -> Callable[..., Iterator[Problem]]:
    found: Callable[..., Iterator[Problem]] = getattr(
        importlib.import_module(f"harness.tasks.{task}"), task
    )
    return found


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A hub that answers every request with `rows`, or raises `error`, and keeps the requests."""
    state = SimpleNamespace(rows=[], error=None, calls=[])

    def load_dataset(*names: Any, **settings: Any) -> list[dict[str, object]]:
        state.calls.append((names, settings))
        if state.error is not None:
            raise state.error
        return list(state.rows)

    config = SimpleNamespace(HF_HUB_OFFLINE=False)
    state.config = config
    fake = SimpleNamespace(load_dataset=load_dataset, config=config)
    monkeypatch.setitem(sys.modules, "datasets", fake)
    monkeypatch.setattr(online, "reachable", lambda address, seconds=0: True)
    return state


@pytest.mark.parametrize("task", HUB)
def test_rows_come_from_the_hub(task: str, hub: SimpleNamespace) -> None:
    hub.rows = [HUB_ROWS[task]]
    (problem,) = function(task)(revision="abc")
    name, config, split = HUB[task]
    assert hub.calls == [((name, config), {"split": split, "revision": "abc"})]
    assert problem.answer == ("A" if task == "aqua" else "2")
    assert problem.id.startswith(f"{task}/")


def test_a_split_of_its_own_can_be_asked_for(hub: SimpleNamespace) -> None:
    hub.rows = [HUB_ROWS["svamp"]]
    (problem,) = svamp(split="test")
    assert hub.calls[0][1]["split"] == "test"
    assert problem.id == "svamp/chal-9"
    assert problem.question == "A cup holds 2 pens. How many pens?"
    hub.rows = [HUB_ROWS["multiarith"]]
    assert [p.id for p in multiarith(split="train")] == ["multiarith/train/0000"]
    hub.rows = [HUB_ROWS["gsm_symbolic"]]
    assert [p.id for p in gsm_symbolic(variant="p2")] == ["gsm_symbolic/p2/0007/03"]
    assert hub.calls[-1][0] == ("apple/GSM-Symbolic", "p2")


def test_what_the_hub_refuses_becomes_one_line(hub: SimpleNamespace) -> None:
    hub.error = ValueError("Revision 'abc' does not exist.\nMore lines of it.")
    with pytest.raises(UserError) as caught:
        list(gsm8k(split="train", revision="abc"))
    assert str(caught.value) == (
        "gsm8k: loading openai/gsm8k, main, train, abc from the hub failed: Revision 'abc' does "
        "not exist. Download https://raw.githubusercontent.com/openai/grade-school-math/master/"
        "grade_school_math/data/train.jsonl where there is a network, and give the file as "
        "gsm8k:path=FILE"
    )


@pytest.mark.parametrize("task", [*HUB, *DOWNLOADED])
def test_offline_without_a_path_says_in_one_line_what_to_do(
    task: str, hub: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "reachable", lambda address, seconds=0: False)
    hub.error = ConnectionError("Couldn't reach the hub")
    with pytest.raises(UserError) as caught:
        list(function(task)())
    message = str(caught.value)
    assert message.startswith(f"{task}: ")
    assert "out of reach" in message
    assert "https://" in message
    assert "{" not in message
    assert message.endswith(f"give the file as {task}:path=FILE")
    assert "\n" not in message


def test_offline_the_libraries_are_told_so_for_one_call_only(
    hub: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "reachable", lambda address, seconds=0: False)
    during = []

    class Rows(list[dict[str, object]]):
        def __iter__(self) -> Iterator[dict[str, object]]:
            during.append(hub.config.HF_HUB_OFFLINE)
            return super().__iter__()

    hub.rows = Rows([HUB_ROWS["gsm8k"]])
    # What was downloaded before is still there.
    assert [p.answer for p in gsm8k()] == ["2"]
    assert during == [True]
    assert hub.config.HF_HUB_OFFLINE is False


def test_no_server_is_asked_where_the_user_said_offline(
    hub: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(address: str, seconds: float = 0) -> bool:
        raise AssertionError("asked")

    monkeypatch.setattr(online, "reachable", asked)
    hub.config.HF_HUB_OFFLINE = True
    hub.rows = [HUB_ROWS["gsm8k"]]
    assert len(list(gsm8k())) == 1


def test_sets_that_the_hub_does_not_hold_are_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(address: str) -> bytes:
        asked.append(address)
        return b'{"input": "q", "target": 2.0}'

    monkeypatch.setattr("harness.tasks.released.download", download)
    assert [p.answer for p in singleop(revision="abc")] == ["2"]
    assert asked == [
        "https://raw.githubusercontent.com/reasoning-machines/pal/abc/datasets/mawpssingleop.jsonl"
    ]


@pytest.fixture
def server() -> Iterator[str]:
    """A server that refuses every request."""

    class Refusing(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_server_that_answers_with_an_error_is_in_reach(server: str) -> None:
    assert online.reachable(server, 5)


def test_a_closed_door_and_a_silent_one_are_out_of_reach_soon() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert not online.reachable(closed, 5)
        silent.listen()
        start = time.monotonic()
        assert not online.reachable(closed, 0.2)
        assert time.monotonic() - start < 2
