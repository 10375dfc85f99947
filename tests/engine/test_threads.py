"""Threads that wait give their core to others."""

from __future__ import annotations

import os
import subprocess
import sys

from harness.engine.threads import SPINS, wait_briefly


def test_a_user_who_said_how_to_wait_is_not_overruled() -> None:
    for said in ({"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "5"}, {"KMP_BLOCKTIME": "0"}):
        environment = dict(said)
        wait_briefly(environment)
        assert environment == said
    nothing: dict[str, str] = {}
    wait_briefly(nothing)
    assert nothing == {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": SPINS}


def test_it_is_said_before_torch_is_loaded() -> None:
    program = (
        "import os, sys, harness\n"
        "assert 'torch' not in sys.modules\n"
        "print(os.environ['OMP_WAIT_POLICY'], os.environ['GOMP_SPINCOUNT'])\n"
    )
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OMP_", "GOMP_", "KMP_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["passive", SPINS]
