"""The formats of rows, each known by the fields that a row of it has."""

from __future__ import annotations

import json

from harness.interop import lm_evaluation_harness, plain, samples
from harness.interop.rows import Row, Unusable, shown

FORMATS = {
    "samples": samples,
    "lm-evaluation-harness": lm_evaluation_harness,
    "rows": plain,
}
"""In the order in which they are tried: a sample of ours has a gold, as a plain row has."""


def of_line(line: bytes) -> tuple[str, Row]:
    """The format and the row of a line. Raises `Unusable` with the reason where there is none."""
    try:
        text = line.rstrip(b"\r\n").decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unusable(f"not UTF-8: byte {error.start + 1}") from None
    if not text.strip():
        raise Unusable("an empty line")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unusable(f"not JSON: {error.msg}, column {error.colno}") from None
    except (ValueError, RecursionError):  # a number of 5,000 digits, a list in a list in a list...
        raise Unusable("not JSON that can be read: too long a number, or too deep a list") from None
    return of_object(content)


def of_object(content: object) -> tuple[str, Row]:
    """The format and the row of a JSON value. Raises `Unusable` where there is none."""
    if not isinstance(content, dict):
        raise Unusable(f"no object but {shown(content)}")
    for name, form in FORMATS.items():
        if form.recognised(content):
            return name, form.row(content)
    raise Unusable(f"no 'gold', among the fields {shown(list(content))}")
