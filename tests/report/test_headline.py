"""The answer in a sentence: who wins, by how much and at what cost, or honestly that nobody does."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from harness.report.forms.markdown import markdown
from harness.report.report import Report, report


def score(strategy: str, right: int, problems: int = 40, **changes: Any) -> dict[str, Any]:
    """A column whose first `right` problems are right."""
    made: dict[str, Any] = {
        "model": "reference",
        "task": "arithmetic",
        "strategy": strategy,
        "label": strategy,
        "options": {},
        "problems": problems,
        "accuracy": right / problems if problems else None,
        "interval": [0.1, 0.9],
        "generated_tokens": 100,
        "run": "one",
        "credits": {f"p{n}": float(n < right) for n in range(problems)},
        "clusters": None,
    }
    return made | changes


def said(*scores: dict[str, Any], baseline: str | None = None) -> str:
    [sentence] = report(scores, baseline=baseline).headlines
    return sentence


def marks(made: Report) -> list[str]:
    return [row.cells["arithmetic"].mark for row in made.table.rows]


def best(made: Report) -> list[bool]:
    return [row.cells["arithmetic"].best for row in made.table.rows]


BASE = score("chain_of_thought", 20)
VOTE = score("vote", 30, generated_tokens=1_750)


def test_the_winner_is_told_with_its_interval_and_its_cost() -> None:
    assert said(BASE, VOTE) == (
        "arithmetic: vote beats chain_of_thought by 25.0 points [9.3, 38.3] on 40 problems, "
        "p = 0.002, at 18x the tokens."
    )


def test_the_p_value_is_that_after_holm() -> None:
    sentence = said(BASE, VOTE, score("a", 21), score("b", 22))
    assert "p = 0.0059" in sentence  # three times 0.00195


def test_others_that_win_too_are_named_and_many_are_counted() -> None:
    third = score("third", 28)
    assert said(BASE, third, VOTE).endswith("; so does third (+20.0).")
    many = [score(f"s{n}", 29, task="arithmetic") for n in range(4)]
    assert said(BASE, VOTE, *many).endswith("; so do 4 others.")


def test_where_nothing_is_real_the_difference_that_could_be_seen_is_told() -> None:
    assert said(BASE, score("vote", 22)) == (
        "arithmetic: vote does not differ from chain_of_thought by more than chance on 40 problems; "
        "a difference of 18.5 points could have been seen."
    )
    assert said(BASE, score("a", 22), score("b", 19)).startswith(
        "arithmetic: nothing differs from chain_of_thought by more than chance on 40 problems;"
    )


def test_so_few_problems_that_nothing_can_be_seen_say_so() -> None:
    sentence = said(score("chain_of_thought", 1, 3), score("vote", 3, 3))
    assert sentence.endswith("by more than chance on 3 problems; so few show no difference.")


def test_what_falls_behind_is_told_where_nothing_wins() -> None:
    sentence = said(BASE, score("a", 22), score("standard", 2))
    assert sentence.startswith("arithmetic: a does not beat chain_of_thought by more than chance")
    assert sentence.endswith("; standard (-45.0) falls behind.")


def test_a_baseline_that_beats_all_is_the_winner() -> None:
    costly = BASE | {"generated_tokens": 250}
    assert said(costly, score("standard", 2)) == (
        "arithmetic: chain_of_thought beats standard by 45.0 points [26.5, 59.2] on 40 problems, "
        "p < 0.0001, at 2.5x the tokens."
    )
    assert "chain_of_thought beats all 2 others, the nearest, b, by 40.0 points" in said(
        BASE, score("a", 2), score("b", 4)
    )


def test_a_single_row_says_what_it_reaches() -> None:
    assert said(BASE) == (
        "arithmetic: chain_of_thought reaches 50.0 % [10.0–90.0] on 40 problems; "
        "there is nothing to hold it against."
    )
    nothing = {"accuracy": None, "problems": 0, "interval": [None, None]}
    assert said(BASE | nothing) == "arithmetic: no problem of chain_of_thought ran."


def test_rows_of_other_problems_are_never_compared_in_silence() -> None:
    other = score("vote", 15, 20)
    assert said(BASE, other) == "arithmetic: vote and chain_of_thought ran on other problems."
    assert said(BASE, VOTE, score("c", 9, 20)).endswith("; c ran on other problems.")


def test_scores_without_samples_say_that_they_cannot_be_compared() -> None:
    bare = {key: BASE[key] for key in BASE if key != "credits"}
    made = report([bare, bare | {"label": "vote", "strategy": "vote"}])
    assert [line.partition("; ")[2] for line in made.headlines] == [
        "without its samples it cannot be compared."
    ] * 2


def test_tokens_that_nobody_counted_are_not_told() -> None:
    assert "tokens" not in said(BASE, VOTE | {"generated_tokens": None})


def test_every_task_and_every_model_has_its_sentence() -> None:
    other = {"model": "other"}
    made = report([BASE, VOTE, BASE | other, VOTE | other, score("chain_of_thought", 3, task="b")])
    assert [line.partition(" by ")[0] for line in made.headlines] == [
        "arithmetic, reference: vote beats chain_of_thought",
        "arithmetic: chain_of_thought of other does not differ from chain_of_thought of reference",
        "arithmetic, other: vote beats chain_of_thought",
        "b: chain_of_thought of reference reaches 7.5 % [10.0–90.0] on 40 problems; "
        "there is nothing to hold it against.",
    ]


def test_tokens_of_different_models_are_not_held_against_each_other() -> None:
    assert "tokens" not in said(BASE, score("chain_of_thought", 40, model="other"))


def test_answers_stand_first_in_every_form() -> None:
    made = report([BASE, score("<b>`vote`", 35)])
    assert made.markdown().startswith(r"- arithmetic: \<b\>\`vote\` beats chain_of_thought by 37.5")
    console = Console(file=io.StringIO(), width=200)
    console.print(made.drawn())
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert text.startswith("arithmetic: <b>`vote` beats chain_of_thought by 37.5 points")


def test_arrows_mark_what_is_real_and_the_legend_says_so() -> None:
    made = report([BASE, VOTE, score("same", 21), score("standard", 2)])
    assert marks(made) == ["", "↑", "", "↓"]
    text = markdown(made.table)
    assert "| vote | **75.0**↑ [10.0–90.0] |" in text
    assert "↑ ↓: better or worse than chain_of_thought by more than chance" in text
    assert "↑" not in markdown(report([BASE, score("same", 21)]).table)


def test_what_cannot_be_told_from_the_best_is_bold_with_it() -> None:
    assert best(report([BASE, VOTE, score("near", 29)])) == [False, True, True]


def test_nothing_is_bold_where_nothing_can_be_told_apart() -> None:
    assert best(report([BASE, score("vote", 22)])) == [False, False]


def test_rows_of_other_problems_are_not_called_as_good_as_the_best() -> None:
    assert best(report([BASE, VOTE, score("few", 14, 20)])) == [False, True, False]


@pytest.mark.parametrize("scores", [[], [score("a", 0, 0)]])
def test_a_report_of_nothing_is_no_error(scores: list[dict[str, Any]]) -> None:
    assert report([one | {"interval": [None, None]} for one in scores]).table.against == ""
