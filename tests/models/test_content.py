"""What a model is told apart by, and what that costs."""

from __future__ import annotations

import os
from pathlib import Path

import gguf
import pytest

from harness.models import content
from harness.models.folder import Files


def saved(folder: Path, weights: bytes = b"weights") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text("{}")
    return folder


def digest(folder: Path, *, code: bool = False) -> str:
    return content.digest(Files(folder), chat=False, dtype="float32", code=code)


@pytest.fixture
def reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose content is read, with every file taken for a large one and no memory of its own."""
    names: list[str] = []

    def noted(path: Path) -> str:
        names.append(path.name)
        return whole(path)

    whole = content._digest
    monkeypatch.setattr(content, "LARGE", 0)
    monkeypatch.setattr(content, "_digest", noted)
    monkeypatch.setattr(content, "_content", content._content.__wrapped__)
    monkeypatch.setattr(content, "user_cache_path", lambda name: tmp_path / "cache")
    return names


def test_the_digest_of_large_weights_is_kept_between_runs(tmp_path: Path, reads: list[str]) -> None:
    folder = saved(tmp_path / "model")
    first = digest(folder)
    assert reads == ["model.safetensors", "config.json"]
    assert digest(folder) == first
    assert len(reads) == 2


def test_weights_that_were_replaced_are_read_again(tmp_path: Path, reads: list[str]) -> None:
    folder = saved(tmp_path / "model")
    first = digest(folder)
    stat = (folder / "model.safetensors").stat()
    saved(folder, b"WEIGHTS")  # of the same size
    os.utime(folder / "model.safetensors", ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert digest(folder) != first
    assert reads.count("model.safetensors") == 2


def test_a_kept_digest_that_is_cut_off_is_made_again(tmp_path: Path, reads: list[str]) -> None:
    folder = saved(tmp_path / "model")
    first = digest(folder)
    for kept in (tmp_path / "cache" / "digests").iterdir():
        kept.write_text(kept.read_text()[:10])
    assert digest(folder) == first
    assert reads.count("model.safetensors") == 2


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, reads: list[str]
) -> None:
    (tmp_path / "cache").write_text("no folder")
    folder = saved(tmp_path / "model")
    assert digest(folder) == digest(folder)
    assert reads.count("model.safetensors") == 2


def test_code_that_is_run_counts_for_the_identity_of_a_model(tmp_path: Path) -> None:
    folder = saved(tmp_path / "model")
    plain = digest(folder)
    (folder / "modeling.py").write_text("LAYERS = 1")
    assert digest(folder) == plain  # it is not run
    one = digest(folder, code=True)
    (folder / "modeling.py").write_text("LAYERS = 2")
    assert len({plain, one, digest(folder, code=True)}) == 3


def test_the_ends_of_a_turn_that_a_gguf_file_names_count(tmp_path: Path) -> None:
    """Files of Llama 3 and Gemma 3 end a document with one token, and a turn with another."""
    writer = gguf.GGUFWriter(tmp_path / "small.gguf", "llama")
    writer.add_eos_token_id(1)
    writer.add_eot_token_id(106)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert content.ends(Files(tmp_path, "small.gguf")) == {1, 106}
    assert content.family(Files(tmp_path, "small.gguf")) == "llama"


def test_the_ends_of_a_model_are_those_of_all_its_settings(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"eos_token_id": 1}')
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": [2, 3]}')
    assert content.ends(Files(tmp_path)) == {1, 2, 3}
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": null}')
    assert content.ends(Files(tmp_path)) == {1}
