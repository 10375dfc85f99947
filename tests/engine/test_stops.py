from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as some

from harness.engine.stops import StopTexts


class Bytes:
    """Decodes one token for each byte, and counts the tokens that it had to decode."""

    def __init__(self) -> None:
        self.decoded = 0

    def __call__(self, tokens: Sequence[int]) -> str:
        self.decoded += len(tokens)
        return bytes(tokens).decode(errors="replace")


def first_end(stops: StopTexts, tokens: Sequence[int]) -> int | None:
    """After how many tokens a stop text is reported."""
    counts = range(1, len(tokens) + 1)
    return next((count for count in counts if stops.ended(tokens[:count])), None)


@pytest.mark.parametrize(
    ("text", "stop", "end"),
    [
        ("A: 3.\nQ: next", ("\nQ:",), 8),
        ("one\n\n\ntwo", ("\nQ:", "\n\n\n"), 6),
        ("Q: no newline before it", ("\nQ:",), None),
        ("nothing", (), None),
        ("größe – ja", ("– ja",), 14),
        ("a b", (" ",), 2),
    ],
)
def test_it_is_found_the_moment_it_is_complete(
    text: str, stop: tuple[str, ...], end: int | None
) -> None:
    assert first_end(StopTexts(stop, Bytes()), text.encode()) == end


@given(some.text("ab\nQ:", max_size=40), some.lists(some.text("ab\nQ:", min_size=1, max_size=4)))
def test_it_is_found_where_a_search_of_the_whole_text_finds_it(text: str, stop: list[str]) -> None:
    searched = [at for at in range(1, len(text) + 1) if any(one in text[:at] for one in stop)]
    expected = min(searched, default=None)
    assert first_end(StopTexts(stop, Bytes()), text.encode()) == expected


def test_a_token_may_reach_beyond_the_stop_text() -> None:
    pieces = ["3.", "\nQ", ": How", " many"]
    stops = StopTexts(("\nQ:",), lambda tokens: "".join(pieces[token] for token in tokens))
    assert first_end(stops, [0, 1, 2, 3]) == 3
    assert stops.cut("3.\nQ: How") == "3."
    assert stops.cut("3. How") is None


def test_most_tokens_are_not_decoded_again() -> None:
    decode = Bytes()
    stops = StopTexts(("\nQ:",), decode)
    assert first_end(stops, b"ten apples and five more " * 40) is None
    assert decode.decoded < 40  # each kind of token once, of a thousand tokens
