"""The Winograd schema challenge (Levesque, Davis and Morgenstern, 2012): which of two a pronoun stands for.

Source: Davis's collection at cs.nyu.edu, CC BY 4.0; on the hub lighteval/winograd_wsc (config wsc273, test):
273 rows {text, pronoun, pronoun_loc, options: [two], label, source}; `variant=wsc285` has twelve more. Trinh and Le
(2018, arXiv:1806.02847) report 63.7 % on the 273. Two sentences that differ in a word or two belong together:
the tag `template` is the place of the pair, and errors are clustered by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness import Problem, UserError, task

from .pronouns import posed
from .released import Release, Row, catalogued, released

VARIANTS = ("wsc273", "wsc285")


@task(
    exemplars="pronouns",
    area="pronouns",
    kind="choice",
    rows="273 (or 285)",
    licence="CC BY 4.0",
)
def winograd(
    *, path: str | None = None, variant: str = "wsc273", revision: str | None = None
) -> Iterator[Problem]:
    """Winograd schemas: which of two a pronoun stands for."""
    if variant not in VARIANTS:
        raise UserError(f"winograd: there is no variant {variant!r}; take {' or '.join(VARIANTS)}")
    release = Release(
        task="winograd",
        file="the Parquet file of https://huggingface.co/datasets/lighteval/winograd_wsc",
        columns='{text, pronoun, pronoun_loc: 63, options: ["...", "..."], label: 0}',
        hub="lighteval/winograd_wsc",
        config=variant,
    )
    return catalogued(_paired(_problem(row) for row in released(release, path, "test", revision)))


def _problem(row: Row) -> Problem:
    text, pronoun, at = str(row["text"]), row.text("pronoun"), row.whole("pronoun_loc")
    options, label = row["options"], row["label"]
    if not isinstance(options, list) or len(options) < 2:
        raise row.wrong("options are no list of two texts or more")
    if str(label) not in map(str, range(len(options))):
        raise row.wrong(f"label is {label!r}, which is the number of no option")
    if text[at : at + len(pronoun)] != pronoun:
        raise row.wrong(f"the text has no {pronoun!r} at the place {at}")
    before, after = (" ".join(part.split()) for part in (text[:at], text[at + len(pronoun) :]))
    # a blank before or after the pronoun is one, and none stays none
    before += " " * text[:at].endswith((" ", "\n"))
    after = " " * text[at + len(pronoun) :].startswith((" ", "\n")) + after
    choices = tuple(str(option).strip() for option in options)
    return posed(f"winograd/{row.index:04d}", before, pronoun, after, choices, int(str(label)))


def _paired(problems: Iterator[Problem]) -> Iterator[Problem]:
    """The problems, those in a row that have the same options under one `template`."""
    schema, before = -1, None
    for problem in problems:
        options = {choice.lower() for choice in problem.choices}
        if options != before:
            schema, before = schema + 1, options
        yield replace(problem, tags={**problem.tags, "template": f"winograd/{schema:03d}"})
