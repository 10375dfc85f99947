"""Whether two formulas are equal, as math-verify decides, in a process of its own.

math-verify (Hugging Face; the extra `math`) parses LaTeX and compares with SymPy, which no length of
text bounds: `9^{9^{9}}` fills the memory. Its own time limits are signals, which the main thread
alone can have. So it works in a process that answers one question after another, has 4 GiB of
addresses and 5 s of processor time for each, and is replaced where it dies of one. A question that
it dies of has the answer no. (Windows knows neither limit.)

Nothing that a model wrote is evaluated as code: formulas go to the parser of LaTeX alone.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from functools import lru_cache

from harness.errors import UserError
from harness.reading.math import is_number

SECONDS = 5
"""Processor time for one question, so that a busy machine changes no answer."""

MEMORY = 4 * 2**30
"""Bytes of addresses: a formula that needs more is compared as different."""


def equal(one: str, other: str) -> bool:
    """Whether two answers of the kind `math`, in normal form, mean the same.

    Symmetric: they are equal if math-verify accepts either for the other. Numbers and answers in
    words are equal only as their keys are, so it is not asked of two such. It rounds to six digits,
    so three answers that differ by less than that may not be pairwise equal.

    Raises UserError where math-verify is not installed: scores must not depend on it in silence.
    """
    if is_number(one) and is_number(other):
        return False
    if one.startswith(r"\text{") or other.startswith(r"\text{"):
        return False
    return _equal(*sorted((one, other)))


@lru_cache(maxsize=65536)
def _equal(one: str, other: str) -> bool:
    require()
    return _verifiers.setdefault(os.getpid(), Verifier()).equal(one, other)


def require() -> None:
    """Raises UserError where math-verify is not installed."""
    if importlib.util.find_spec("math_verify") is None:
        raise UserError(
            "answers of the kind 'math' are compared by math-verify, which is not installed: "
            "pip install 'reasoning-harness[math]'"
        )


class Verifier:
    """A process that compares formulas; it starts with the first question, and again if it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def equal(self, one: str, other: str) -> bool:
        """Whether either formula is accepted for the other; False if the process died of that."""
        with self._lock:
            process = self._process = self._process or _started()
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps([one, other]) + "\n")
                process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                self._close()
            return answer == "true\n"

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._process is not None:
            # killed, not waited for: what was forked from here may hold its input open
            self._process.kill()
            with contextlib.suppress(BrokenPipeError):
                self._process.communicate()
            self._process = None


_verifiers: dict[int, Verifier] = {}
"""By process, because what a process was forked with answers the process that it was forked from."""


@atexit.register
def _close_all() -> None:
    verifier = _verifiers.pop(os.getpid(), None)
    if verifier is not None:
        verifier.close()


def _started() -> subprocess.Popen[str]:
    # -P, because a file math.py where the harness was started must not be taken for the library's
    return subprocess.Popen(
        [sys.executable, "-P", "-c", "from harness.reading.equality import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )


def serve() -> None:
    """Answers questions: a line `["x+1", "1+x"]` on standard input with `true` or `false`."""
    answers, sys.stdout = sys.stdout, sys.stderr  # ANTLR prints its warnings
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import math_verify  # noqa: F401  (here, so that loading it costs no question its time)

    for line in sys.stdin:
        one, other = json.loads(line)
        _limit(SECONDS)
        verdict = _verified(one, other)
        _limit(0)
        answers.write(f"{json.dumps(verdict)}\n")
        answers.flush()


def _limit(seconds: int) -> None:
    """Lets the kernel end this process after so much processor time, even inside one long sum."""
    import signal

    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _verified(one: str, other: str) -> bool:
    from math_verify import LatexExtractionConfig, parse, verify

    formulas = [
        parse(f"${formula}$", [LatexExtractionConfig()], parsing_timeout=None)
        for formula in (one, other)
    ]
    return any(
        verify(gold, answer, timeout_seconds=None) for gold, answer in (formulas, formulas[::-1])
    )
