"""The processor's threads: how those wait that have nothing to do."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

SPINS = "1000"
"""Turns of its loop that a thread waits before it sleeps: about what waking it up again takes.

Waiting without end holds a core from whoever needs it; beside one busy program a product of two threads
then takes a hundred times as long. Sleeping at once costs a third where nothing else runs.
"""

SAID = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
"""How a user says it: where one of them is set, nothing is changed."""


def wait_briefly(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have torch's threads sleep soon when they wait. It reads this when it is first imported."""
    if not any(name in environment for name in SAID):
        environment["OMP_WAIT_POLICY"] = "passive"
        environment["GOMP_SPINCOUNT"] = SPINS  # of GNU's library, which torch mostly comes with
