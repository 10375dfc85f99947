"""Plans: what a difference takes, told from how two strategies flipped in a pilot."""

from __future__ import annotations

from typing import Any

import pytest

from harness import UserError
from harness.report.plan import Goal, pairs, paths, section, sentence, widest
from harness.statistics import problems_needed

GOAL = Goal(0.05)


def score(strategy: str, right: list[float], tokens: int) -> dict[str, Any]:
    """A column as it is read, of problems 0, 1, 2, ..."""
    return {
        "model": "tiny",
        "task": "sums",
        "strategy": strategy,
        "label": strategy,
        "options": {},
        "run": "nowhere",
        "problems": len(right),
        "errors": 0,
        "accuracy": sum(right) / len(right),
        "generated_tokens": tokens * len(right),
        "seconds": 2.0 * len(right),
        "credits": {str(place): one for place, one in enumerate(right)},
    }


PILOT = [
    score("plain", [1, 0] * 20, 10),
    score("thought", [1, 1, 1, 0] * 10, 50),
    score("other", [1, 0] * 20, 20),
]


def test_flips_decide_how_many_problems_it_takes() -> None:
    one, _, _ = pairs(PILOT)
    assert one.flips == 0.25
    number, least, most = one.problems(GOAL)
    assert number == problems_needed(0.05, discordance=0.25)
    assert least < number < most
    assert sentence(one, GOAL, "on this machine") == (
        f"sums: to see 5 points between plain and thought takes {number:,} problems (between "
        f"{least:,} and {most:,}), {60 * number:,} tokens and {4 * number / 3600:.2g} hours on this machine."
    )


def test_the_sentence_is_about_the_pair_that_takes_most() -> None:
    found = pairs(PILOT)
    assert widest(found, GOAL).names in (("plain", "thought"), ("thought", "other"))
    assert [row[1:3] for row in section(found, GOAL, "here").rows] == [
        ("plain", "thought"), ("plain", "other"), ("thought", "other")
    ]  # fmt: skip


def test_two_that_never_flipped_take_what_the_difference_itself_does() -> None:
    [same] = pairs(PILOT, ["plain", "other"])
    assert same.flips == 0
    assert same.problems(GOAL)[0] == problems_needed(0.05, discordance=0.05)


def test_columns_on_part_of_the_same_problems_are_compared_on_those() -> None:
    short = score("short", [0] * 10, 1)
    [pair] = pairs([PILOT[0], short])
    assert len(pair.differences) == 10


def test_without_chains_there_is_no_table_of_paths() -> None:
    assert paths(pairs(PILOT), GOAL) is None


def test_what_is_no_pilot_is_refused() -> None:
    with pytest.raises(UserError, match="no two strategies on the same problems"):
        pairs(PILOT[:1])
    with pytest.raises(UserError, match="no row of the pilot is called 'plan'"):
        pairs(PILOT, ["plan"])
