"""Whether two formulas are equal, as math-verify decides, in a process of its own.

math-verify (Hugging Face; the extra `math`) parses LaTeX and compares with SymPy, which no length of
text bounds: `9^{9^{9}}` fills the memory. Its own time limits are signals, which the main thread
alone can have. So it works in a process that answers one question after another, has 4 GiB of
addresses and 5 s of processor time for each, and is replaced where it dies of one: the answer to
that is no, with a warning. (Windows knows neither limit.)

Nothing that a model wrote is evaluated as code: formulas go to the parser of LaTeX alone.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import json
import logging
import os
import subprocess
import sys
import threading
from functools import lru_cache

from harness.errors import UserError
from harness.reading.formulas.normal import is_in_words, is_number

log = logging.getLogger(__name__)

MEMORY = 4 * 2**30
"""Bytes of addresses: a formula that needs more is compared as different."""


def equal(one: str, other: str) -> bool:
    """Whether two answers of the kind `math`, in normal form, mean the same.

    Symmetric: they are equal if math-verify accepts either for the other. Two numbers, and answers
    in words, are equal only as their keys are, and it is not asked of them. It rounds to six digits,
    so three answers that differ by less than that may not be pairwise equal.

    Raises UserError where math-verify is not installed: scores must not depend on it in silence.
    """
    if (is_number(one) and is_number(other)) or is_in_words(one) or is_in_words(other):
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
    """A process that compares formulas; it starts with the first question, and again if it died.

    `seconds` of processor time are for each question, so that a busy machine changes no answer.
    """

    def __init__(self, seconds: int = 5) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def equal(self, one: str, other: str) -> bool:
        """Whether either formula is accepted for the other; False if the process died of that."""
        with self._lock:
            self._process = self._process or _started(self._seconds)
            answer = _asked(self._process, one, other)
            if answer not in ("true\n", "false\n"):
                log.warning("%s and %s are beyond comparison, and count as different", one, other)
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


def _started(seconds: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        # -P, because a file math.py where the harness was started must not be taken for the
        # library's; warnings there are of SymPy and ANTLR, for nobody here
        [sys.executable, "-P", "-W", "ignore", "-c", _PROGRAM.format(seconds=seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    if process.stdout.readline() != "ready\n":
        process.communicate()
        raise RuntimeError(f"math-verify did not start (status {process.returncode}), see above")
    return process


_PROGRAM = "from harness.reading.formulas.equality import serve; serve({seconds})"


def _asked(process: subprocess.Popen[str], one: str, other: str) -> str:
    """The line that the process answers; empty if it dies instead."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps([one, other]) + "\n")
        process.stdin.flush()
    return process.stdout.readline()


def serve(seconds: int) -> None:
    """Answers each line `["x+1", "1+x"]` of standard input with `true` or `false`."""
    answers, sys.stdout = sys.stdout, sys.stderr  # ANTLR prints what it warns of
    logging.disable()
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import math_verify  # noqa: F401  (here, so that loading it costs no question its time)

    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        one, other = json.loads(line)
        _limit(seconds)
        verdict = _verified(one, other)
        _limit(0)
        print(json.dumps(verdict), file=answers, flush=True)


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
