"""One JSON document is read a value at a time, wherever its blocks end."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.interop.json_stream import Scanner

LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUE = st.recursive(
    LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner), max_leaves=12
)
SIZES = st.integers(1, 40)


def blocks(text: str, size: int) -> Iterator[bytes]:
    content = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode()
    return (content[place : place + size] for place in range(0, len(content), size))


def walked(scanner: Scanner) -> Any:
    """A value of which every list and object is gone through."""
    if scanner.peek() == "[":
        return [walked(scanner) for _ in scanner.items()]
    if scanner.peek() == "{":
        return {key: walked(scanner) for key in scanner.members()}
    return scanner.value()


@settings(deadline=None)
@given(VALUE, SIZES, st.sampled_from([None, 1]))
def test_a_value_is_what_the_whole_text_says(value: Any, size: int, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    assert Scanner(blocks(text, size)).value() == value
    scanner = Scanner(blocks(f" {text}\n", size))
    assert walked(scanner) == value
    assert scanner.peek() == ""


@settings(deadline=None)
@given(VALUE, VALUE, SIZES)
def test_what_is_skipped_leaves_what_follows(value: Any, next_value: Any, size: int) -> None:
    text = json.dumps({"skipped": value, "read": next_value})
    scanner = Scanner(blocks(text, size))
    found = {}
    for key in scanner.members():
        found[key] = scanner.skip() if key == "skipped" else scanner.value()  # type: ignore[func-returns-value]
    assert found["read"] == next_value


@settings(deadline=None)
@given(VALUE.filter(lambda value: isinstance(value, list | dict)), SIZES, st.data())
def test_a_text_that_is_cut_off_is_an_error(value: Any, size: int, data: st.DataObject) -> None:
    text = json.dumps(value)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    with pytest.raises(ValueError, match=r"\w"):
        walked(Scanner(blocks(cut, size)))


@pytest.mark.parametrize(
    "text", ["{1: 2}", '{"a" 1}', "[1 2]", "[1,]", "{,}", "nul", '["\\x"]', "["]
)
def test_a_text_that_is_no_json_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        walked(Scanner(blocks(text, 3)))


def test_signs_that_are_no_json_and_are_written_all_the_same() -> None:
    assert math.isnan(Scanner([b"\xef\xbb\xbfNa", b"N"]).value())
    with pytest.raises(ValueError, match="too deep"):
        Scanner([b"[" * 100_000]).value()


def test_the_line_is_counted_over_blocks() -> None:
    scanner = Scanner(blocks('[1,\n2,\n\n"a"]', 2))
    assert [(scanner.peek(), scanner.line, scanner.value())[1] for _ in scanner.items()] == [
        1,
        2,
        4,
    ]


def test_an_error_at_the_beginning_does_not_wait_for_the_end() -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        yield b"[1, tru, " + b" " * 100
        for _ in range(100):
            read += 1
            yield b'"x",' * 1000

    scanner = Scanner(endless())
    with pytest.raises(ValueError, match="Expecting value"):
        scanner.value()
    assert read < 3
