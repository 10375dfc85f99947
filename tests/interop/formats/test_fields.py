"""What `--fields` says: which of somebody's fields is what."""

from __future__ import annotations

from typing import Any

import pytest

from harness import UserError
from harness.interop.formats.fields import parsed, row
from harness.interop.rows import Row, Text, Unusable


def test_meanings_are_parted_by_commas_and_fields_joined_by_plus() -> None:
    assert parsed("gold=target, texts = a+b,id=q.id") == {
        "gold": ("target",),
        "texts": ("a", "b"),
        "id": ("q.id",),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is no MEANING=FIELD, as in --fields gold=answer,texts=outputs"),
        ("gold", "'gold' is no MEANING=FIELD"),
        ("gold=", "'gold=' is no MEANING=FIELD"),
        ("golds=a", r"there is no 'golds' \(did you mean 'gold'\?\): gold, texts"),
        ("gold=a,gold=b", "gold is said twice"),
        ("gold=a,text=b,texts=c", "it says both text and texts"),
    ],
)
def test_what_it_cannot_mean_is_told(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parsed(text)


@pytest.mark.parametrize(
    ("content", "fields", "expected"),
    [
        ({"a": 18, "o": "x"}, "gold=a,texts=o", Row("18", (Text("x"),))),
        ({"a": 18, "o": ["x", 7]}, "gold=a,texts=o", Row("18", (Text("x"), Text("7")))),
        ({"a": ["7", "seven"], "o": "x"}, "gold=a,text=o", Row("7", (Text("x"),), accepted=("seven",))),
        # the fields of plain rows need no naming
        ({"gold": 1, "o": "x", "id": 3}, "texts=o", Row("1", (Text("x"),), "3")),
        ({"gold": 1, "text": "y", "o": "x"}, "texts=o", Row("1", (Text("x"),))),
        # paths
        ({"d": {"a": "1"}, "o": [{"t": "x"}, {"t": "y"}]}, "gold=d.a,texts=o.t",
         Row("1", (Text("x"), Text("y")))),
        ({"d.a": "1", "o": [{"t": "x"}, {"t": "y"}]}, "gold=d.a,texts=o.1.t", Row("1", (Text("y"),))),
        ({"d": '{"a": "1"}', "o": "x"}, "gold=d.a,texts=o", Row("1", (Text("x"),))),
        # options, and golds that are their places
        ({"a": 1, "c": ["red", "blue"], "o": "B"}, "gold=a,choices=c,texts=o",
         Row("B", (Text("B"),), choices=("red", "blue"))),
        ({"a": 1, "c": [1, 2], "o": "B"}, "gold=a,choices=c,texts=o",
         Row("1", (Text("B"),), choices=("1", "2"))),
        ({"a": "B", "c": {"A": "red", "B": "blue"}, "o": "B"}, "gold=a,choices=c,texts=o",
         Row("B", (Text("B"),), choices=("red", "blue"))),
        ({"a": "1", "o": "x", "level": "easy", "steps": 2}, "gold=a,texts=o,tags=level+steps",
         Row("1", (Text("x"),), tags={"level": "easy", "steps": 2})),
    ],
)  # fmt: skip
def test_the_fields_that_are_named_make_a_row(
    content: dict[str, Any], fields: str, expected: Row
) -> None:
    assert row(content, parsed(fields)) == expected


@pytest.mark.parametrize(
    ("content", "fields", "why"),
    [
        ({"target": 1, "o": "x"}, "gold=targt,texts=o",
         "no 'targt' (did you mean 'target'?), among the fields ['target', 'o']"),
        ({"o": [{"t": "x"}, {}]}, "gold=o.0.t,texts=o.t", "no 'o.t', among"),
        ({"a": "1", "o": "x"}, "texts=o", "no 'gold', among the fields ['a', 'o']"),
        ({"a": "1", "o": "x"}, "gold=a", "no texts"),
        ({"a": "1", "o": None}, "gold=a,texts=o", "no texts"),
        ({"a": "1", "o": {"t": 1}}, "gold=a,texts=o", "'text' is no text but"),
        ({"a": "1", "b": "2", "o": "x"}, "gold=a+b,texts=o", "gold is one field, not a+b"),
    ],
)  # fmt: skip
def test_a_row_without_them_says_what_is_missing(
    content: dict[str, Any], fields: str, why: str
) -> None:
    with pytest.raises(Unusable) as reason:
        row(content, parsed(fields))
    assert str(reason.value).startswith(why)
