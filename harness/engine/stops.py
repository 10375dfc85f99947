"""Finds stop texts in a reply as it grows, without decoding all of it at each token."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Decode = Callable[[Sequence[int]], str]

MARGIN = 4
"""Tokens decoded beyond a stop text's length: some decoders drop a space at the very beginning."""


class StopTexts:
    """The stop texts of a model's replies. One object serves all replies with the same texts.

    A stop text is complete the moment its last character is, so the newest token must contain that
    character; only then are the last few tokens decoded. A token has at least one byte, so as many
    tokens as the longest stop text has bytes are enough.
    """

    def __init__(self, texts: Sequence[str], decode: Decode) -> None:
        self._texts = tuple(texts)
        self._decode = decode
        self._last = frozenset(text[-1] for text in texts)
        self._window = max((len(text.encode()) for text in texts), default=0) + MARGIN
        self._may_end: dict[int, bool] = {}

    def ended(self, tokens: Sequence[int]) -> bool:
        """Whether the newest of `tokens`, one reply so far, may complete a stop text."""
        if not self._texts or not self._may_complete(tokens[-1]):
            return False
        recent = self._decode(tokens[-self._window :])
        return any(text in recent for text in self._texts)

    def cut(self, text: str) -> str | None:
        """A reply up to its first stop text, or None if there is none in it."""
        found = [at for stop in self._texts if (at := text.find(stop)) >= 0]
        return text[: min(found)] if found else None

    def _may_complete(self, token: int) -> bool:
        if token not in self._may_end:
            text = self._decode([token])
            # A lone token may decode to nothing or to a replacement character (it holds some of a
            # character's bytes): then its text is only known in context. So it is with a leading
            # space, which some decoders drop.
            unclear = not text or "\N{REPLACEMENT CHARACTER}" in text or " " in self._last
            self._may_end[token] = unclear or not self._last.isdisjoint(text)
        return self._may_end[token]
