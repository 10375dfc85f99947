"""What was found by trying is found again, and only on the same machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engine import trials
from harness.engine.trials import remembered


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(trials, "WORTH", 0)


def test_a_trial_is_made_once_for_each_subject_and_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert remembered("a", lambda: (1, 2)) == (1, 2)
    assert remembered("a", lambda: pytest.fail("tried again")) == (1, 2)
    assert remembered("b", lambda: (3,)) == (3,)
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert remembered("a", lambda: (4,)) == (4,)


def test_what_is_broken_or_cannot_be_written_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered("a", lambda: (1,))
    (file,) = trials.folder().iterdir()
    for content in ("", '{"a": 1}', '["x"]'):
        file.write_text(content)
        assert remembered("a", lambda: (2,)) == (2,)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert remembered("a", lambda: (5,)) == (5,)


def test_what_is_quickly_found_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "WORTH", 60)
    remembered("a", lambda: (1,))
    assert not trials.folder().exists()
