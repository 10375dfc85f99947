"""What a person sees of a run: while it goes on, at its end, and where problems failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_no_warning_of_a_library_reaches_the_user(tmp_path: Path) -> None:
    words = ["run", "-t", "coin_flip", "-s", "chain_of_thought", "--limit", "2"]
    # those of the libraries' own old interfaces, which are shown to everybody
    shown = [f"-Wdefault::{name}" for name in ("FutureWarning", "UserWarning", "RuntimeWarning")]
    done = subprocess.run(
        [sys.executable, *shown, "-m", "harness.cli", *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert "Warning" not in done.stderr
