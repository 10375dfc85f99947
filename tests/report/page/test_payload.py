"""What the page is made of: where answers were read, which chains fit, what stands beside them."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.problem import Chain, Problem, Reply
from harness.reading.kinds import chain
from harness.records.loading import read
from harness.records.record import Column, sample, stored
from harness.records.revoting import revoted
from harness.report.page import chains, page
from harness.report.page.blocks import PROBLEMS, Packer
from harness.report.page.chains import ranked
from harness.report.page.payload import payload
from harness.report.page.places import place
from harness.report.page.trust import trust
from harness.report.report import report

ONE = Problem("one", "What is 2 + 3?", "5", "number")


def marked(text: str, problem: Problem = ONE, *, asked: str = "", before: str = "") -> str | None:
    replies = [Reply(text, "stop", 9, -1.0)]
    if before:
        replies.insert(0, Reply(before, "stop", 9, -1.0))
    made: Chain = chain(problem, *replies, asked=asked)
    found = place(
        {
            "text": made.text,
            "answer": made.answer,
            "rule": made.rule,
            "asked": made.asked,
            "start": made.start,
        }
    )
    whole = made.text.encode("utf-16-le")
    return None if found is None else whole[2 * found[0] : 2 * found[1]].decode("utf-16-le")


@pytest.mark.parametrize(
    ("text", "stretch"),
    [
        ("2 + 3 = 5. The answer is 5.", "The answer is 5."),
        ("The answer is 4. Wait, no. The answer is 5. Good.", "The answer is 5."),
        ("So \\boxed{1,200} it is", "\\boxed{1,200}"),
        ("Adding up.\n#### 5", "#### 5"),
        ("First 2 + 3. That makes 5 apples.", "That makes 5 apples."),
        ("5", "5"),
        ("\U0001f34e\U0001f34e 2 + 3. The answer is 5.", "The answer is 5."),
        ("I cannot say.", None),
    ],
)
def test_the_stretch_that_was_read_is_found_again(text: str, stretch: str | None) -> None:
    assert marked(text) == stretch


def test_of_several_stages_the_last_is_looked_at() -> None:
    asked = "\nTherefore, the answer (arabic numerals) is"
    found = marked(" 5.", asked=asked, before="The answer is 7, I think.")
    assert found is not None
    assert found.endswith("is 5.")
    assert "7" not in found


def test_of_chains_that_do_not_all_fit_every_answer_keeps_one() -> None:
    answers = ["3", "5", "5", None, "4", "5"]
    assert ranked([{"answer": answer} for answer in answers]) == [1, 0, 3, 4, 2, 5]


def packed(packer: Packer, problems: int, paths: int) -> list[Any]:
    packer.begin(0)
    for number in range(problems):
        texts = [f"{number * path * 7919} apples. The answer is 5." for path in range(paths)]
        packer.add({"chains": [known(text) for text in texts]})
    return packer.finish()


def known(text: str) -> dict[str, Any]:
    made = sample_of(text)
    [only] = made["chains"]
    return dict(only)


def sample_of(*texts: str) -> dict[str, Any]:
    made = [chain(ONE, Reply(text, "stop", 9, -1.0)) for text in texts]
    return sample(Column("m", "t", "s", {}), ONE, made)


def test_pieces_hold_all_chains_where_they_fit() -> None:
    packer = Packer(1_000_000)
    pieces = packed(packer, PROBLEMS + 1, 5)
    assert packer.chains is None
    contents = [json.loads(zlib.decompress(base64.b64decode(one.content))) for one in pieces]
    assert sum(len(problem) for content in contents for problem in content) == 5 * (PROBLEMS + 1)


def test_the_last_chains_are_left_out_for_every_problem_alike() -> None:
    whole = sum(len(one.content) for one in packed(Packer(10**9), 2 * PROBLEMS, 8))
    packer = Packer(whole // 2)
    pieces = packed(packer, 2 * PROBLEMS, 8)
    assert sum(len(one.content) for one in pieces) <= whole // 2
    assert packer.chains in (1, 2, 4)
    assert packer.every == 1
    layers = {number: {one.layer for one in pieces if one.number == number} for number in (0, 1)}
    assert layers[0] == layers[1]


def test_where_not_even_one_chain_of_each_fits_problems_are_left_out_evenly() -> None:
    packer = Packer(1_000)
    pieces = packed(packer, 8 * PROBLEMS, 2)
    assert packer.every > 1
    assert {one.number % packer.every for one in pieces} == {0}
    assert sum(len(one.content) for one in pieces) <= 1_000


@pytest.fixture
def run(written: Callable[..., Path], tmp_path: Path) -> Path:
    problems = [Problem(f"sums/{n}", f"What is {n} + 1?", str(n + 1), "number") for n in range(40)]
    good = [[f"The answer is {n + 1}."] * 3 for n in range(40)]
    poor = [[f"The answer is {n + 1}."] if n < 20 else ["I cannot say."] for n in range(40)]
    return written(tmp_path / "run", problems, {"chain_of_thought": good, "standard": poor})


def test_unread_answers_that_could_explain_a_difference_are_told(run: Path) -> None:
    [warning] = trust(read([run])).warnings
    assert "20 of 40 problems of standard are unread (50.0 %)" in warning
    assert "chain_of_thought is 50.0 points ahead" in warning


def test_chains_that_are_decided_anew_are_not_held_twice(run: Path) -> None:
    once = read([run])
    twice = revoted(read([run]), votes=["weighted_sum"])
    data = payload(twice, 10**6)
    assert [column.of for column in data.columns] == [None, 0, None]
    assert len(data.pieces) == len(payload(once, 10**6).pieces)


def test_problems_with_the_same_name_have_links_of_their_own(
    written: Callable[..., Path], tmp_path: Path
) -> None:
    folders = []
    for task in ("sums", "others"):
        problem = Problem("1", f"What is it in {task}?", "5", "number")
        folders.append(written(tmp_path / task, [problem], {"standard": [["5"]]}, task=task))
    data = payload(read(folders), 10**6)
    assert [problem["anchor"] for problem in data.problems] == ["1", "others/1"]


def test_stored_prompts_come_with_the_place_of_the_question(run: Path) -> None:
    scores = read([run])
    columns = [
        {
            **{key: scores[0][key] for key in ("model", "task", "strategy", "options")},
            "problem": "sums/0",
            "question": "What is 0 + 1?",
            "number": 1,
            "prompts": [{"text": "Q: What is 0 + 1?\nA:", "settings": "greedy"}],
        }
    ]
    (run / "prompts.json").write_text(json.dumps({"schema": 1, "columns": columns}))
    first, second = payload(scores, 10**6).columns
    assert first.asked is not None
    assert first.asked["prompts"] == [
        {"settings": "greedy", "before": "Q: ", "question": "What is 0 + 1?", "after": "\nA:"}
    ]
    assert second.asked is None


def test_a_served_page_holds_no_chains(run: Path) -> None:
    scores = read([run])
    whole, served = page(report(scores), scores), page(report(scores), scores, source="/chains")
    assert 'id="piece-0-0-0"' in whole
    assert 'id="piece-' not in served
    assert "connect-src &#39;self&#39;" in served
    assert "connect-src" not in whole


def test_the_form_of_one_problems_chains(run: Path) -> None:
    made = chains(next(iter(stored(run))))
    assert made["total"] == 3
    assert made["votes"] == {"1": 3}
    assert made["chains"][0] == {
        "path": 1,
        "text": "The answer is 1.",
        "answer": "1",
        "correct": 1,
        "rule": "answer_phrase",
        "tokens": 7,
        "finish": "stop",
        "logprob": -1.5,
        "read": (0, 16),
    }
