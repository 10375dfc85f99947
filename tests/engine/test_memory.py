from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.engine import memory
from harness.engine.decoder import Decoder
from harness.engine.memory import available, container_free
from harness.engine.prompts import Node, Nodes
from harness.request import GenerationSettings, Request


@pytest.mark.parametrize("family", ["llama", "gpt2", "qwen3", "gemma2"])
def test_the_bytes_of_a_column_are_those_of_its_keys_and_values(
    family: str, make_network: Callable[..., Any]
) -> None:
    settings = {"num_key_value_heads": 4} if family == "gpt2" else {"head_dim": 16}
    network = make_network(family, **settings)
    decoder = Decoder(network)
    read = decoder.read([Request("", tuple(range(1, 11)), GenerationSettings())])[0]
    assert 10 * memory.column_bytes(network.config, 4) == read.rest.size


def test_what_is_free_is_what_the_system_says_or_half_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "meminfo"
    monkeypatch.setattr(memory, "Path", lambda _: file)
    sizes = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}
    monkeypatch.setattr("os.sysconf", sizes.__getitem__)
    assert memory.available(torch.device("cpu")) == 4096 * 500
    file.write_text("MemTotal: 9000 kB\nMemFree: 70 kB\nMemAvailable:   1234 kB\nCached: 5 kB\n")
    assert memory.available(torch.device("cpu")) == 1234 * 1024


@pytest.mark.parametrize(
    ("room", "most", "rows"),
    [(1000, 320, 320), (319, 320, 288), (100, 320, 96), (20, 40, 20), (7, 40, 7), (0, 40, 1)],
)
def test_rows_are_as_many_as_fit_in_few_steps(room: int, most: int, rows: int) -> None:
    assert memory.rows_that_fit(200 * room, 100, most) == rows


def test_less_memory_makes_fewer_rows(make_network: Callable[..., Any]) -> None:
    network = make_network()
    each = memory.row_bytes(network.config, 4, 128)
    assert Decoder(network, memory=each * 2 * 50).fitting(320, 128) == 48
    assert Decoder(network).fitting(320, 128) == 320


def test_shared_stretches_stay_within_their_memory() -> None:
    def node(tokens: int) -> Node:
        return Node(((torch.zeros(1, tokens, 8), torch.zeros(1, tokens, 8)),), 0)

    nodes = Nodes(memory=10 * node(1).size)
    nodes.put((1,), node(4))
    nodes.put((2,), node(4))
    assert nodes.get((1,)) is not None  # used last now
    nodes.put((3,), node(4))
    assert [nodes.get((name,)) is not None for name in (1, 2, 3)] == [True, False, True]
    nodes.put((4,), node(100))  # too large, and needed all the same
    assert [nodes.get((name,)) is not None for name in (1, 3, 4)] == [False, False, True]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries manage otherwise")
def test_memory_that_a_step_lets_go_is_there_for_the_next() -> None:
    """In a process of its own, where no larger block was let go before."""
    program = """
import resource, torch
from harness.engine.memory import keep_freed_memory
keep_freed_memory()
for _ in range(6):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    [torch.ones(700_000) for _ in range(8)]
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert int(said.stdout) < 100  # of more than 5,000 pages


def grouped(folder: Path, limit: str, used: int, cached: int, *, old: bool = False) -> None:
    """The files of a control group, of version 1 if `old`."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    limits, usage, stat = names if old else ("memory.max", "memory.current", "inactive_file")
    (folder / limits).write_text(f"{limit}\n")
    (folder / usage).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\n{stat} {cached}\n")


@pytest.mark.parametrize("old", [False, True])
def test_the_limit_of_a_container_counts(tmp_path: Path, old: bool) -> None:
    own = tmp_path / "cgroup"
    own.write_text("12:cpu,cpuacct:/\n11:memory:/job/step\n" if old else "0::/job/step\n")
    root = tmp_path / "memory" if old else tmp_path
    grouped(root / "job/step", "1000", 700, 50, old=old)
    assert container_free(tmp_path, own) == 350
    grouped(root / "job", "2000", 1900, 0, old=old)  # what it is in leaves less
    assert container_free(tmp_path, own) == 100
    grouped(root, "90", 100, 0, old=old)
    assert container_free(tmp_path, own) == 0


def test_without_a_limit_of_a_container_there_is_none(tmp_path: Path) -> None:
    own = tmp_path / "cgroup"
    assert container_free(tmp_path, own) is None
    own.write_text("0::/job\n")
    assert container_free(tmp_path, own) is None
    grouped(tmp_path / "job", "max", 700, 50)
    assert container_free(tmp_path, own) is None


def test_a_container_whose_group_has_the_name_of_the_host_is_read_at_its_root(
    tmp_path: Path,
) -> None:
    own = tmp_path / "cgroup"
    own.write_text("0::/../host/name\n")
    grouped(tmp_path, "1000", 400, 0)
    assert container_free(tmp_path, own) == 600


def test_the_smaller_of_machine_and_container_is_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.engine.memory.container_free", lambda: 1234)
    assert available(torch.device("cpu")) == 1234
