"""The command: it serves until Ctrl-C and ends without a word, and refuses with one line."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from .conftest import make

HARNESS = (sys.executable, "-m", "harness.cli", "view", "--no-open")


def said(*arguments: str, folder: Path) -> str:
    done = subprocess.run(
        [*HARNESS, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    return line


def test_it_serves_until_ctrl_c_and_ends_quietly(tmp_path: Path) -> None:
    make(tmp_path / "results" / "one")
    with subprocess.Popen(
        HARNESS, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        assert found, line
        with urllib.request.urlopen(found[0], timeout=60) as answer:
            assert b"one" in answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert said("nothing", folder=tmp_path).startswith("harness: nothing is not a folder")


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = said(".", "--port", port, folder=tmp_path)
    assert line.startswith(f"harness: port {port} cannot be had: ")
    assert "--port" in line


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    done = subprocess.run(
        [*HARNESS, ".", "--port", port], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
