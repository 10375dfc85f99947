"""The Winograd schema challenge (Levesque, Davis and Morgenstern, 2012): which of two a pronoun stands for.

Source: Davis's collection at cs.nyu.edu, WSCollection.xml, CC BY 4.0: 285 schemas, of which the first 273 count
(`variant=wsc285` takes all); on the hub lighteval/winograd_wsc (configs wsc273, wsc285) with rows {text, pronoun,
pronoun_loc, options: [two], label}. Trinh and Le (2018, arXiv:1806.02847) report 63.7 % on the 273. Two sentences that
differ in a word or two belong together: the tag `template` is the place of the pair, and errors are
clustered by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

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
        file="https://cs.nyu.edu/~davise/papers/WinogradSchemas/WSCollection.xml",
        columns='{text, pronoun, pronoun_loc: 63, options: ["...", "..."], label: 0}',
        hub="lighteval/winograd_wsc",
        config=variant,
    )
    rows = islice(released(release, path, "test", revision), int(variant.removeprefix("wsc")))
    return catalogued(_paired(_problem(row) for row in rows))


def _problem(row: Row) -> Problem:
    if "txt1" in row:
        return schema(row, f"winograd/{row.index:04d}")
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


def schema(row: Row, name: str) -> Problem:
    """A problem from an element `<schema>` of Davis's collections: txt1, pron, txt2, answers, correctAnswer."""
    before, pronoun, after = (" ".join(row.text(part).split()) for part in ("txt1", "pron", "txt2"))
    answers = row["answers"]
    if not isinstance(answers, list) or len(answers) < 2:
        raise row.wrong("answers are no list of two texts or more")
    choices = tuple(" ".join(str(answer).split()) for answer in answers)
    gold = row.gold(row.text("correctAnswer").strip(" ."), "choice", choices)
    joint = "" if after[:1] in ",.;:?!'" else " "
    return posed(name, f"{before} ", pronoun, f"{joint}{after}", choices, ord(gold) - ord("A"))


def _paired(problems: Iterator[Problem]) -> Iterator[Problem]:
    """The problems, those in a row that have the same options under one `template`."""
    schema, before = -1, None
    for problem in problems:
        options = {choice.lower() for choice in problem.choices}
        if options != before:
            schema, before = schema + 1, options
        yield replace(problem, tags={**problem.tags, "template": f"winograd/{schema:03d}"})
