"""The tokenizer of the fake server: a token is a word with the white space before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

PIECE = re.compile(r"\s*\S+|\s+")


class FakeTokenizer:
    """Numbers words as they come, so that any text comes back from its tokens."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def encode(self, text: str) -> list[int]:
        """The numbers of a text's words."""
        return [
            self._numbers.setdefault(piece, len(self._numbers)) for piece in PIECE.findall(text)
        ]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of such numbers. Raises `IndexError` for others."""
        pieces = list(self._numbers)
        return "".join(pieces[token] for token in tokens)
