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
    [(1000, 320, 320), (319, 320, 288), (100, 320, 96), (20, 40, 16), (7, 40, 7), (0, 40, 1)],
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
