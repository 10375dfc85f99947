"""Means over sets weigh each set the same, and say how many of a paper's sets are in them."""

from __future__ import annotations

import math
from typing import Any

from harness.report.sections.means import means
from harness.report.sections.words import words


def score(task: str, accuracy: float | None, problems: int = 100, **more: Any) -> dict[str, Any]:
    return {
        "model": "m",
        "task": task,
        "accuracy": accuracy,
        "problems": problems,
        "standard_errors": {"questions": 0.04},
        **more,
    }


def test_mawps_is_the_mean_of_its_four_sets_whatever_their_sizes() -> None:
    four = [
        score("singleop", 0.9, 562),
        score("singleeq:path=x/singleeq.json", 0.8, 508),
        score("addsub", 0.6, 395),
        score("multiarith", 0.1, 600),
    ]
    made = means([*four, score("gsm8k", 1.0)], ["cot"] * 5)
    assert made is not None
    half = 1.96 * math.sqrt(4 * 0.04**2) / 4
    interval = f"[{100 * (0.6 - half):.1f}–{100 * (0.6 + half):.1f}]"
    assert made.rows == (("MAWPS", "cot", "4 of 4", "2,065", "60.0", interval),)


def test_each_strategy_has_its_own_and_what_is_missing_is_told() -> None:
    columns = [score("singleop", 0.9), score("addsub", 0.7), score("addsub", 0.2)]
    made = means(columns, ["cot", "cot", "standard"])
    assert made is not None
    assert [row[:5] for row in made.rows] == [("MAWPS", "cot", "2 of 4", "200", "80.0")]
    assert means(columns[:1], ["cot"]) is None
    assert means([score("singleop", None), score("addsub", 0.7)], ["cot"] * 2) is None


def test_the_tasks_of_bbh_weigh_the_same_as_columns_and_as_tags_of_one() -> None:
    apart = [score("bbh:name=navigate", 0.5, 2), score("bbh:name=snarks,path=s.json", 1.0, 4)]
    made = means(apart, ["cot"] * 2)
    assert made is not None
    assert made.rows[0][:5] == ("BIG-Bench Hard", "cot", "2 of 27", "6", "75.0")
    rights = {"n/0": 1.0, "n/1": 0.0, "s/0": 1.0, "s/1": 1.0, "s/2": 1.0, "s/3": 1.0}
    tags = {name: {"task": "navigate" if name[0] == "n" else "snarks"} for name in rights}
    together = score("bbh", 5 / 6, 6, credits=rights, tags=tags, clusters=None)
    made = means([together], ["cot"])
    assert made is not None
    assert made.rows[0][:5] == ("BIG-Bench Hard", "cot", "2 of 27", "6", "75.0")


def test_free_answers_have_exact_match_and_f1_side_by_side() -> None:
    free = {"problems": 40, "exact_match": 0.25, "f1": 0.375}
    made = words([score("hotpotqa", 0.25, 40, free=free), score("gsm8k", 0.5)], ["cot", "cot"])
    assert made is not None
    assert made.rows == (("hotpotqa", "cot", "40", "25.0", "37.5"),)
    assert words([score("gsm8k", 0.5)], ["cot"]) is None
