"""Reads one JSON document of any size, a value at a time."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO

BLOCK = 1 << 16
"""Bytes that are read at a time."""

NEAR = 16
"""Characters before the end of what was read in which an error may be no error, but a cut."""

ENDS = tuple(",]} \t\n\r")
"""What stands behind a number that is whole."""

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class Scanner:
    """Goes once through the JSON text that comes in blocks of UTF-8.

    It holds the value that it is at, and a few blocks. Every method raises `ValueError` where the
    text is no JSON, or ends too early. `line` is the number of the line that it is at.
    """

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._place = 0
        self._ended = False
        self._lines = 1
        self._passed = 0

    @property
    def passed(self) -> int:
        """Characters that were gone by."""
        return self._passed + self._place

    @property
    def line(self) -> int:
        """The line, from 1, of the character that comes next."""
        return self._lines + self._text.count("\n", 0, self._place)

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._place)
            self._place = space.end() if space else self._place
            if self._place < len(self._text):
                return self._text[self._place]
            if not self._more():
                return ""

    def value(self) -> Any:
        """The next value, whole."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._place)
            except json.JSONDecodeError as error:
                if not self._cut(error) or not self._more():
                    raise ValueError(error.msg) from error  # its place is that in the last blocks
                continue
            except RecursionError as error:  # a list in a list in a list...
                raise ValueError("too deep a list") from error
            # "0" and "0." are both the beginning of 0.5
            ends = not isinstance(value, int | float) or self._text[end : end + 1] in ENDS
            if ends or not self._more():
                self._place = end
                return value

    def members(self) -> Iterator[str]:
        """The keys of the object that comes next. The value of each has to be taken, or skipped."""
        for _ in self._parts("{", "}"):
            key = self.value()
            if not isinstance(key, str):
                raise ValueError(f"a key of an object is {key!r}")
            self._take(":")
            yield key

    def items(self) -> Iterator[None]:
        """One step for each item of the array that comes next, which has to be taken, or skipped."""
        return self._parts("[", "]")

    def skip(self) -> None:
        """Leave out the next value, without holding more than a part of it."""
        first = self.peek()
        if first == "[":
            for _ in self.items():
                self.value()
        elif first == "{":
            for _ in self.members():
                self.value()
        else:
            self.value()

    def _parts(self, begin: str, end: str) -> Iterator[None]:
        self._take(begin)
        if self.peek() != end:
            yield
        while self.peek() != end:
            self._take(",")
            yield
        self._take(end)

    def _take(self, sign: str) -> None:
        found = self.peek()
        if found != sign:
            raise ValueError(f"{sign} is missing" if found else "it ends too early")
        self._place += 1

    def _cut(self, error: json.JSONDecodeError) -> bool:
        """Whether an error may come of what is not read yet."""
        return error.msg.startswith("Unterminated") or error.pos > len(self._text) - NEAR

    def _more(self) -> bool:
        """Read as much again as there is; whether there was anything."""
        if self._ended:
            return False
        size, parts = max(1, len(self._text) - self._place), list[str]()
        while size > 0:
            block = next(self._blocks, b"")
            self._ended = not block
            parts.append(self._decoder.decode(block, final=self._ended))
            size -= len(parts[-1])
            if self._ended:
                break
        self._lines += self._text.count("\n", 0, self._place)
        self._passed += self._place
        self._text = self._text[self._place :] + "".join(parts)
        self._place = 0
        return any(parts)


def scanned(file: BinaryIO) -> Scanner:
    """A scanner of a file, from where it stands."""
    return Scanner(iter(partial(file.read, BLOCK), b""))
