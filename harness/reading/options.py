"""Finds the options of a list in a text: the whole text, or the only one that stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.reading.markup import plain, unbraced

_NONE_OF = re.compile(r"\bnone of (?:the(?:se|m|m)? ?(?:above|options|choices|answers)?|above)\b")


def folded(text: str) -> str:
    """A text as options are compared: plain, lower case, single blanks, no outer punctuation."""
    text = " ".join(unbraced(plain(text)).lower().replace("\\", " ").split())
    return _NONE_OF.sub("none of these", text.strip(" .,:;!?\"'()[]"))


def named(text: str, options: Sequence[str]) -> int | None:
    """The place of the first option that `text` is, or None."""
    wanted = folded(text)
    for article in ("", "a ", "an ", "the "):
        short = wanted.removeprefix(article)
        for place, option in enumerate(options):
            if short and folded(option) in (short, article + short):
                return place
    return None


def only_named(text: str, options: Sequence[str]) -> int | None:
    """The place of the only option that stands in `text` as whole words; None if none does, or several.

    An option inside a longer one that stands there ("york" in "new york") does not count.
    """
    places = {folded(option): place for place, option in reversed(list(enumerate(options)))}
    places.pop("", None)
    if not places:
        return None
    # leftmost and longest, in one pass: linear in the text, whatever it repeats
    wanted = "|".join(re.escape(option) for option in sorted(places, key=len, reverse=True))
    found = re.finditer(rf"(?<![\w.,-])(?:{wanted})(?![\w%]|[.,][0-9])", folded(text))
    texts = {match[0] for match in found}
    return places[texts.pop()] if len(texts) == 1 else None
