"""Pronoun problems: those that are generated, and Winograd schemas in their released format."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from harness.tasks.pronouns import SCHEMAS, pronouns
from harness.tasks.winograd import winograd

from harness import Problem, UserError

ROWS = [
    {
        "text": "The urn did not go into the chest because it was too wide.",
        "pronoun": "it",
        "pronoun_loc": 42,
        "quote": "it was too wide",
        "quote_loc": 42,
        "options": ["The urn", "The chest"],
        "label": 0,
        "source": "ours",
    },
    {
        "text": "The urn did not go  into the chest because it was too narrow.",
        "pronoun": "it",
        "pronoun_loc": 43,
        "options": ["the urn", "the chest"],
        "label": 1,
    },
    {
        "text": "Mia called Eva, but she was out.",
        "pronoun": "she",
        "pronoun_loc": 20,
        "options": ["Mia", "Eva"],
        "label": 1,
    },
]


def marked(problem: Problem) -> str:
    """The sentence with its pronoun in brackets."""
    at, pronoun = int(problem.tags["pronoun_at"]), str(problem.tags["pronoun"])
    sentence = problem.question.partition("\n")[0]
    assert sentence[at : at + len(pronoun)] == pronoun
    return f"{sentence[:at]}[{pronoun}]{sentence[at + len(pronoun) :]}"


def read(tmp_path: Path, *rows: dict[str, object]) -> list[Problem]:
    file = tmp_path / "wsc273.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return list(winograd(path=str(file)))


def test_schemas_are_read_in_their_released_format(tmp_path: Path) -> None:
    first, second, third = read(tmp_path, *ROWS)
    assert marked(first) == "The urn did not go into the chest because [it] was too wide."
    assert marked(second) == "The urn did not go into the chest because [it] was too narrow."
    assert marked(third) == "Mia called Eva, but [she] was out."
    assert [one.answer for one in (first, second, third)] == ["A", "B", "B"]
    assert first.choices == ("The urn", "The chest")
    assert first.question.endswith('\nWhat does "it" in "chest because it was too" stand for?')
    assert [one.id for one in (first, second)] == ["winograd/0000", "winograd/0001"]


def test_a_pair_shares_its_template(tmp_path: Path) -> None:
    templates = [one.tags["template"] for one in read(tmp_path, *ROWS)]
    assert templates == ["winograd/000", "winograd/000", "winograd/001"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pronoun_loc": 5}, "no 'it' at the place 5"),
        ({"label": 2}, "label is 2"),
        ({"options": ["one"]}, "no list of two"),
    ],
)
def test_a_row_that_marks_nothing_is_refused(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    with pytest.raises(UserError, match=told):
        read(tmp_path, ROWS[0] | change)
    with pytest.raises(UserError, match="variant 'wsc2'"):
        list(winograd(variant="wsc2"))


def test_generated_pronouns_are_marked_and_their_golds_are_what_the_schema_says() -> None:
    reasons = {f"{s.reasons[at]}": at for s in SCHEMAS for at in (0, 1)}
    for problem in islice(pronouns(), 300):
        marked(problem)
        reason, _, meant = (problem.rationale or "").rpartition(", so ")
        gold = problem.choices["AB".index(problem.answer)]
        assert meant == f"{problem.tags['pronoun']} is {gold}."
        sentence = problem.question.partition("\n")[0]
        places = [sentence.index(choice) for choice in problem.choices]
        assert (places.index(min(places)) == "AB".index(problem.answer)) == (reasons[reason] == 0)


def test_neither_a_letter_nor_a_place_gives_the_answer_away() -> None:
    some = list(islice(pronouns(), 1000))
    letters = Counter(problem.answer for problem in some)
    assert abs(letters["A"] - 500) < 64  # four standard deviations
    for schema in SCHEMAS:
        of_it = [one for one in some if one.tags["template"] == f"pronouns/{schema.name}"]
        firsts = sum((one.rationale or "").startswith(schema.reasons[0]) for one in of_it)
        assert abs(firsts - len(of_it) / 2) < 4 * (len(of_it) / 4) ** 0.5


def test_the_stream_is_the_same_for_ever() -> None:
    assert next(pronouns()).question == (
        "Karen lost the race against Lucy because she ran faster.\n"
        'What does "she" in "Lucy because she ran faster" stand for?'
    )
    train = {one.question for one in islice(pronouns(split="train"), 200)}
    assert train.isdisjoint(one.question for one in islice(pronouns(), 200))
