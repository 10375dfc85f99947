"""The error for bad input, which the command line shows as one line, and the name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """What was asked for cannot be done; the message names the thing, the value and the remedy."""


class RunStoppedError(UserError):
    """What ends a run at once, because no other problem would fare better."""


class CannotLoadError(RunStoppedError):
    """A model that cannot be loaded: no problem can run."""


def nearest(name: str, names: Iterable[str]) -> str:
    """`" (did you mean 'NAME'?)"` for a message, or nothing where no name is near enough."""
    by_lower = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return f" (did you mean {by_lower[close[0]]!r}?)" if close else ""
