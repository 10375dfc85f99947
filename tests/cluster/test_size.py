"""How many workers there are, and what each takes, on nodes of all kinds; and what is refused."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import UserError, run
from harness.cluster import size as size_module
from harness.cluster.opening import spread
from harness.cluster.size import Cluster, Size, connect, sharing, size_of
from harness.models import load
from harness.models.local import Local
from harness.models.scripted import Scripted


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, float]]:
    """The nodes that the cluster has, to be filled."""
    there: list[dict[str, float]] = []
    monkeypatch.setattr(size_module, "_nodes", lambda: there)
    return there


def test_each_gpu_has_a_worker_unless_it_is_told_otherwise(nodes: list[dict[str, float]]) -> None:
    nodes += [{"CPU": 32, "GPU": 8}, {"CPU": 8}, {"CPU": 32, "GPU": 4}]
    assert size_of(Cluster("auto")) == Size(12, 1, 1)
    assert size_of(Cluster("auto", gpus=2)) == Size(6, 2, 1)
    assert size_of(Cluster("auto", gpus=0.5)) == Size(24, 0.5, 1)
    assert sharing(Size(24, 0.5, 1)) == 2
    assert size_of(Cluster("auto", 64)) == Size(64, 1, 1)  # more nodes may come
    with pytest.raises(
        UserError, match=r"64 replicas with 1 GPUs each do not fit .* has 12: take 12"
    ):
        size_of(Cluster("local", 64))


def test_without_gpus_each_node_has_a_worker_or_they_share_the_cores(
    nodes: list[dict[str, float]],
) -> None:
    nodes += [{"CPU": 8}, {"CPU": 8}]
    assert size_of(Cluster("auto")) == Size(2, 0, 8)
    assert size_of(Cluster("auto", 3)) == Size(3, 0, 4)
    assert sharing(Size(3, 0, 4)) == 1.5
    assert size_of(Cluster("auto", 40)).cores == pytest.approx(1 / 3)


@given(cores=st.lists(st.integers(1, 64), min_size=1, max_size=5), workers=st.integers(1, 300))
def test_all_workers_find_room(cores: list[int], workers: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(size_module, "_nodes", lambda: [{"CPU": number} for number in cores])
        take = size_of(Cluster("auto", workers)).cores
    assert sum(int(number / take + 1e-9) for number in cores) >= workers


@pytest.mark.parametrize("wrong", [{"replicas": 0}, {"gpus": 1.5}, {"gpus": -1.0}])
def test_numbers_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UserError, match=r"must be 1 or more|a whole number, or a part of 1"):
        Cluster("local", **wrong)


def test_gpus_of_replicas_need_replicas() -> None:
    with pytest.raises(UserError, match="without --replicas or --ray"):
        run(tasks="coin_flip", strategies="standard", limit=1, gpus_per_replica=1)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'reasoning-harness\[ray\]'"):
        connect(Cluster("local", 2))


def test_only_local_models_have_replicas() -> None:
    fake = Scripted(str, name="fake")
    with pytest.raises(UserError, match="fake is not a local model"):
        spread("fake", {}, fake, Cluster("local", 2))


def test_what_is_decided_here_is_not_decided_by_a_worker() -> None:
    from harness.cluster.opening import elsewhere

    local = load("reference")
    assert isinstance(local, Local)
    there = elsewhere({"exact": True}, local, Size(2, 0, 1))
    assert there == {"exact": True, "chat": False, "device": "cpu"}
    assert elsewhere({}, local, Size(2, 2, 1))["device"] == "auto"
    assert "device" not in elsewhere({}, local, Size(2, 1, 1))
    assert elsewhere({"device": "cuda:1"}, local, Size(2, 0, 1))["device"] == "cuda:1"
