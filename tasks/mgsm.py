"""MGSM (Shi et al., 2022, arXiv:2210.03057): the first 250 problems of GSM8K's test set in eleven languages.

Source: github.com/google-research/url-nlp, CC BY 4.0: mgsm_{lang}.tsv without a header, question and gold,
quotes being signs of the text. Worked examples are in the language asked, and so are the sentence that
closes them and what asks for steps and for the answer where there are none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness import Problem, UserError, task

from .files import Table
from .released import Release, Row, catalogued, named_in, released

LANGUAGES = ("bn", "de", "en", "es", "fr", "ja", "ru", "sw", "te", "th", "zh")
RELEASE = Release(
    task="mgsm",
    file="https://raw.githubusercontent.com/google-research/url-nlp/{revision}/mgsm/mgsm_",
    columns="a question and its gold, divided by a tab,",
    table=Table(("question", "answer_number"), quoted=False),
)


@task(
    exemplars="mgsm_{language}",
    area="arithmetic",
    kind="number",
    rows="250 in each of 11 languages",
    licence="CC BY 4.0",
)
def mgsm(
    *, path: str | None = None, language: str = "de", revision: str | None = None
) -> Iterator[Problem]:
    """MGSM: 250 problems of GSM8K in eleven languages (language=de)."""
    if language not in LANGUAGES:
        raise UserError(
            f"mgsm: there is no language {language!r}; language= can be {', '.join(LANGUAGES)}"
        )
    language = named_in(path, LANGUAGES, language)
    release = replace(RELEASE, file=f"{RELEASE.file}{language}.tsv")
    rows = released(release, path, "test", revision)
    return catalogued(_problem(row, language) for row in rows)


def _problem(row: Row, language: str) -> Problem:
    return Problem(
        id=f"mgsm/{language}/{row.index:04d}",
        question=row.text("question"),
        answer=row.gold(row["answer_number"]),
        kind="number",
        tags={"language": language},
    )
