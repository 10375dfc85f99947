"""What may be wrong with the figures: the worst of each kind, by name, and what helps."""

from __future__ import annotations

from typing import Any

from harness.report.report import report
from harness.report.warnings import warnings


def score(strategy: str, problems: int = 40, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "model": "reference",
        "task": "sums",
        "strategy": strategy,
        "label": strategy,
        "options": {"max_tokens": 256},
        "problems": problems,
        "accuracy": 0.5 if problems else None,
        "interval": [0.1, 0.9] if problems else [None, None],
        "generated_tokens": 100,
        "run": "one",
    }
    return made | changes


def test_failures_come_first_and_then_what_more_problems_have() -> None:
    found = warnings(
        [
            score("a", truncated=4, unread=1),
            score("b", truncated=2, unread=10),
            score("c", 38, errors=2),
        ]
    )
    assert found == (
        "Failed: 2 of 40 problems (5.0 %) of c on sums; samples.jsonl says why, and the same "
        "command tries them again.",
        "Unread: 10 of 40 problems (25.0 %) of b on sums, and some in 1 other column; "
        "`harness view` shows what they say, and --chat or --no-chat may help.",
        "Cut off: 4 of 40 problems (10.0 %) of a on sums, and some in 1 other column; a higher "
        "--max-tokens may let them end.",
    )


def test_what_was_cut_off_needs_more_tokens_to_be_read() -> None:
    _, unread = warnings([score("a", truncated=9, unread=9)])
    assert unread.endswith("most were cut off: a higher --max-tokens may let them end.")


def test_scored_chains_are_not_told_options_of_a_run() -> None:
    [unread] = warnings([score("a", unread=9, truncated=None, origin="scored from a.jsonl")])
    assert unread.endswith("and --kind says what to read.")


def test_thoughts_that_their_limit_ended_are_told_with_what_raises_it() -> None:
    scores = [
        score("a", thoughts={"number": 40, "closed": 2}),
        score("b", thoughts={"number": 40, "closed": 10}),
        score("c", thoughts={"number": 40, "closed": 0}),
    ]
    assert warnings(scores) == (
        "Thoughts: 25.0 % of those of b on sums were closed at their limit; "
        "--thinking-tokens raises it.",
    )


def test_where_nothing_is_wrong_nothing_is_said() -> None:
    assert warnings([score("a", unread=0, truncated=0, errors=0)]) == ()
    assert report([score("a", 0, errors=3)]).warnings[0].startswith("Failed: 3 of 3 problems")
