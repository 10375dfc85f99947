"""Finds the options of a list in a text: the whole text, or the only one that stands in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from string import ascii_uppercase

from harness.reading.markup import plain, unbraced

_ARTICLE = re.compile(r"\A(?:an?|the) ")
_NONE_OF = re.compile(r"\bnone of (?:the(?:se|m|m)? ?(?:above|options|choices|answers)?|above)\b")


# a sentence is compared with the options several times
@lru_cache(maxsize=16)
def folded(text: str) -> str:
    """A plain text as options are compared: lower case, single blanks, no outer punctuation."""
    text = " ".join(unbraced(text).lower().replace("\\", " ").split())
    if "none of" not in text:
        return text.strip(" .,:;!?\"'()[]")
    return _NONE_OF.sub("none of these", text.strip(" .,:;!?\"'()[]"))


def named(text: str, options: Sequence[str]) -> int | None:
    """The place of the first option that `text` is, or None."""
    options, phrase = tuple(options), folded(text)
    if _forms(options).isdisjoint((phrase, _ARTICLE.sub("", phrase))):
        return None
    places = _places(options)
    for article in ("", "a ", "an ", "the "):
        short = phrase.removeprefix(article)
        places_named = [
            places[form] for form in (short, article + short) if short and form in places
        ]
        if places_named:
            return min(places_named)
    return None


def only_named(text: str, options: Sequence[str]) -> int | None:
    """The place of the only option that stands in `text` as whole words; None if none does, or several.

    An option inside a longer one that stands there ("york" in "new york") does not count.
    """
    options = tuple(options)
    pattern = _any_of(options)
    if pattern is None:
        return None
    texts = {match[0] for match in pattern.finditer(folded(text))}
    return _places(options)[texts.pop()] if len(texts) == 1 else None


@lru_cache(maxsize=4096)
def without_letters(options: tuple[str, ...]) -> tuple[str, ...]:
    """Options without the letters that they carry in front ("A)21", "(b) 22"), if all carry their own."""
    if len(options) > len(ascii_uppercase):
        return options
    matches = [_CARRIED.match(option) for option in options]
    carried = "".join(match[1].upper() if match else " " for match in matches)
    if len(options) < 2 or carried != ascii_uppercase[: len(options)]:
        return options
    return tuple(
        option[match.end() :] for option, match in zip(options, matches, strict=True) if match
    )


_CARRIED = re.compile(r"\s*[(\[]?([A-Za-z])(?:[)\].:]|\s+-)\s*(?=\S)")


@lru_cache(maxsize=4096)  # a problem is answered many times, mostly in a row
def _places(options: tuple[str, ...]) -> Mapping[str, int]:
    """The first place of each option's text."""
    places = {folded(plain(option)): place for place, option in reversed(list(enumerate(options)))}
    places.pop("", None)
    return places


@lru_cache(maxsize=4096)
def _forms(options: tuple[str, ...]) -> frozenset[str]:
    """The options' texts, with and without their articles: what is none of these is no option."""
    places = _places(options)
    return frozenset(places) | {_ARTICLE.sub("", text) for text in places}


@lru_cache(maxsize=4096)
def repeated(options: tuple[str, ...]) -> frozenset[int]:
    """The places of the options whose text another option has as well."""
    texts = [_ARTICLE.sub("", folded(plain(option))) for option in options]
    return frozenset(place for place, text in enumerate(texts) if texts.count(text) > 1)


@lru_cache(maxsize=4096)
def _any_of(options: tuple[str, ...]) -> re.Pattern[str] | None:
    """What finds every option in a text, the longest of those that begin at one place."""
    places = _places(options)
    if not places:
        return None
    # leftmost and longest, in one pass: linear in the text, whatever it repeats
    pattern = "|".join(re.escape(option) for option in sorted(places, key=len, reverse=True))
    return re.compile(rf"(?<![\w.,-])(?:{pattern})(?![\w%]|[.,][0-9])")
