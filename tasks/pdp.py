"""PDP, the pronoun disambiguation problems of the Winograd challenge of 2016 (Davis, Morgenstern and Ortiz, 2017).

Source: PDPChallenge2016.xml of Davis's collection at cs.nyu.edu, 60 problems of two to five candidates: `<schema>`
with txt1, pron, txt2, answers, correctAnswer. Trinh and Le (2018, arXiv:1806.02847) report 60 % with one model and 70 %
with five. But for blanks and stops only 40 texts are there: the tag `template` counts them, and errors are
clustered by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness import Problem, task

from .released import Release, Row, catalogued, released
from .winograd import schema

RELEASE = Release(
    task="pdp",
    file="https://cs.nyu.edu/~davise/papers/WinogradSchemas/PDPChallenge2016.xml",
    columns="<schema> with txt1, pron, txt2, answers, correctAnswer",
)


@task(
    exemplars="pronouns",
    area="pronouns",
    kind="choice",
    rows="60",
    licence="none stated",
)
def pdp(*, path: str | None = None, revision: str | None = None) -> Iterator[Problem]:
    """PDP-60: which of two to five a pronoun stands for, in sentences from books."""
    return catalogued(_problems(released(RELEASE, path, "test", revision)))


def _problems(rows: Iterator[Row]) -> Iterator[Problem]:
    texts: dict[str, int] = {}
    for row in rows:
        problem = schema(row, f"pdp/{row.index:04d}")
        # the same text asks for several pronouns, and differs in blanks alone
        text = re.sub(r"\W", "", problem.question.partition("\n")[0])
        template = texts.setdefault(text, len(texts))
        yield replace(problem, tags={**problem.tags, "template": template})
