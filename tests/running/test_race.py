"""A race run: whom it asks, what it leaves behind, and that it goes on where it was."""

from __future__ import annotations

import functools
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Chain, Problem, UserError, strategy, task
from harness.catalogue.finding import find
from harness.models.scripted import Scripted
from harness.records.racing import stored_race
from harness.records.record import stored
from harness.records.scoring import Cost
from harness.running.budget import Budget, Price, budget_of, price_of, spent
from harness.running.contest import in_race_order, in_rounds
from harness.running.racing import Raced, race
from harness.running.run import run


@task()
def sums(*, count: int = 120) -> Iterator[Problem]:
    """Small sums."""
    for i in range(count):
        yield Problem(f"sums/{i:03}", f"What is {i} + 1?", f"{i + 1}", "number")


@strategy
async def ask(problem: Problem, model: Any, *, good: int = 9, words: int = 1) -> list[Chain]:
    """Asks once; the model is right on `good` of ten problems, in so many words."""
    (reply,) = await model.sample(f"{good} {words} {problem.question}", max_tokens=40)
    answer = reply.text.split()[-1]
    return [Chain(reply.text, answer, "last", reply.finish, reply.tokens, reply.logprob)]


ASKED: list[str] = []


def say(text: str) -> str:
    """The right answer to problems that are easy enough for this strategy."""
    ASKED.append(text)
    good, words, _, _, number, *_ = text.split()
    easy = int(number) * 7 % 10 < int(good)
    return " ".join(["so"] * (int(words) - 1) + [str(int(number) + (1 if easy else 2))])


FOUR = [functools.partial(ask, good=n, words=w) for n, w in ((2, 1), (9, 1), (6, 3), (9, 30))]


def raced(tmp_path: Path, **settings: Any) -> Raced:
    """A race of four, with a ledger of its own."""
    ASKED.clear()
    given: dict[str, Any] = {
        "model": Scripted(say, identity="race"),
        "task": sums,
        "strategies": FOUR,
        "output": tmp_path / "out",
        "ledger": tmp_path / "ledger.sqlite",
        "progress": False,
    }
    return race(**{**given, **settings})


def test_it_ends_with_the_cheapest_of_the_best_and_asks_no_more_than_it_needs(
    tmp_path: Path,
) -> None:
    done = raced(tmp_path, margin=5)
    record = done.record
    assert record["contestants"][record["named"]]["label"] == "ask"
    assert record["end"] == "sure"
    assert record["left"] == [1]
    # the third is worse and dearer: that it is not worth its price is sure before that it is worse
    reasons = {one["who"]: one["reason"] for one in record["departures"]}
    assert reasons == {0: "worse", 2: "margin", 3: "margin"}
    samples = list(stored(done.directory))
    assert len(samples) == len(ASKED) == sum(one["problems"] for one in record["contestants"])
    assert len(samples) < 4 * 120
    assert record["spent"]["tokens"] < record["full"]["tokens"]
    assert stored_race(done.directory) == json.loads(json.dumps(record))


def test_a_run_afterwards_pays_only_for_what_was_not_asked(tmp_path: Path) -> None:
    raced(tmp_path, margin=5)
    already = len(ASKED)
    run(
        model=Scripted(say, identity="race"),
        tasks=sums,
        strategies=FOUR,
        output=tmp_path / "run",
        ledger=tmp_path / "ledger.sqlite",
        progress=False,
    )
    assert len(ASKED) == 4 * 120
    assert already < 4 * 120


def files(directory: Path) -> dict[str, bytes]:
    """What a race leaves behind, without times."""
    kept = {name: (directory / name).read_bytes() for name in ("samples.jsonl", "report.md")}
    record = json.loads((directory / "race.json").read_text())
    for measure in ("spent", "full"):
        del record[measure]["seconds"]
    return {**kept, "race.json": json.dumps(record).encode()}


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C is heard; a process that tests for another is deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def stopping(text: str, left: Iterator[int]) -> str:
    """Ctrl-C once nothing is left."""
    if next(left, None) is None:
        signal.raise_signal(signal.SIGINT)
        time.sleep(0.2)
    return say(text)


@pytest.mark.usefixtures("interruptible")
def test_stopped_ten_times_it_ends_the_same(tmp_path: Path) -> None:
    whole = raced(tmp_path / "whole", margin=5)
    needed, made = len(ASKED), 0
    for _ in range(10):
        script = functools.partial(stopping, left=iter(range(needed // 12)))
        with pytest.raises(KeyboardInterrupt):
            raced(tmp_path, margin=5, model=Scripted(script, identity="race"))
        made += len(ASKED)
    mended = raced(tmp_path, margin=5)
    assert files(mended.directory) == files(whole.directory)
    # at each stop at most the reply that was just being made is lost
    assert needed <= made + len(ASKED) <= needed + 10


def test_it_ends_at_the_budget_and_goes_on_with_a_larger_one(tmp_path: Path) -> None:
    first = raced(tmp_path, margin=5, budget="1500 tokens").record
    assert first["end"] == "budget"
    assert first["spent"]["tokens"] <= 1500
    assert 3 in first["left"]
    assert json.loads((tmp_path / "out/run.json").read_text())["status"] == "budget"
    second = raced(tmp_path, margin=5, budget="100k tokens")
    assert second.record["end"] == "sure"
    other = raced(tmp_path / "other", margin=5)
    ours, theirs = (files(one.directory)["samples.jsonl"] for one in (second, other))
    assert sorted(ours.splitlines()) == sorted(theirs.splitlines())
    assert second.record["departures"] == other.record["departures"]


def test_a_budget_too_small_for_a_round_is_overspent_by_a_problem_at_most(tmp_path: Path) -> None:
    record = raced(tmp_path, budget="10 tokens").record
    # 1, 1, 3 and 30 tokens
    assert record["spent"]["tokens"] == 35
    assert (record["end"], record["asked"]) == ("budget", 1)
    more = raced(tmp_path, budget="200 tokens").record
    assert 165 < more["spent"]["tokens"] <= 200


def test_the_time_of_a_problem_alone_is_not_held_for_that_of_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # however many problems a strategy was asked at once, it took 10 seconds
    monkeypatch.setattr("harness.running.racing.spent", lambda cost, *_: 10.0 * bool(cost.calls))
    record = raced(tmp_path, budget="50s").record
    assert [look["problems"] for look in record["looks"]][:2] == [1, 16]
    record = raced(tmp_path / "none left", budget="40s").record
    assert (record["end"], record["asked"]) == ("budget", 1)


def test_who_fails_on_every_problem_is_named_neither_cheap_nor_near(tmp_path: Path) -> None:
    def broken(text: str) -> str:
        if text.split()[1] == "3":
            raise RuntimeError("no answer")
        return say(text)

    record = raced(tmp_path, model=Scripted(broken, identity="race"), margin=50).record
    assert record["contestants"][2]["errors"] == record["contestants"][2]["problems"]
    assert 2 not in {one["other"] for one in record["departures"]}
    assert record["named"] != 2


def test_what_is_done_is_said_and_who_is_asked_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raced(tmp_path, margin=5, limit=40, progress=None)
    first, second, *_, last = capsys.readouterr().err.splitlines()[-5:]
    assert first == "4 strategies, 40 problems at most"
    assert second.startswith("16 of 40 problems")
    assert second.endswith("are asked on")
    assert last.startswith("40 of 40 problems")
    assert "asked on" not in last


def test_the_front_is_told_with_what_is_sure(tmp_path: Path) -> None:
    record = raced(tmp_path, objective="accuracy-at-cost", margin=5).record
    assert [record["contestants"][who]["label"] for who in record["left"]] == ["ask:good=2", "ask"]
    assert record["sure"] == record["left"]


def test_problems_come_in_a_random_order_of_the_seed() -> None:
    problems = list(sums())
    order = in_race_order(problems, 0)
    assert order != problems
    assert sorted(order, key=lambda one: one.id) == problems
    assert order != in_race_order(problems, 1)
    # a problem's place does not depend on the others
    assert in_race_order(problems[:60], 0) == [one for one in order if one in problems[:60]]


def test_paths_are_drawn_until_the_vote_is_decided() -> None:
    vote = in_rounds(find("self_consistency:paths=40", "strategy"))
    assert vote.options["stop"] == "decided"
    assert vote.options["per_round"] == 5
    for spec in ("chain_of_thought", "self_consistency:paths=40,stop=window"):
        assert in_rounds(find(spec, "strategy")) == find(spec, "strategy")


def test_what_cannot_be_raced_is_refused(tmp_path: Path) -> None:
    for change, message in (
        ({"strategies": FOUR[:1]}, "a race needs two strategies"),
        ({"alpha": 1.0}, "alpha=1.0"),
        ({"margin": -1}, "margin=-1"),
        ({"objective": "fame"}, "objective=fame: one of accuracy, accuracy-at-cost"),
        ({"cost": "dollars"}, "costs in dollars need a price"),
        ({"budget": "$5"}, r"the budget \$5 needs a price"),
        ({"budget": "much"}, "write 2M tokens, 30min or"),
        ({"budget": "0 tokens"}, "no number above 0"),
        ({"price": "cheap"}, "write 2.50/h"),
    ):
        with pytest.raises(UserError, match=message):
            raced(tmp_path, **change)
    assert ASKED == []


def test_budgets_and_prices_are_read() -> None:
    price = price_of("$0.10, 0.40")
    assert price == Price(read=0.1, written=0.4)
    assert price_of("2.50/h") == Price(hour=2.5)
    for text, amount, measure in (
        ("2M tokens", 2e6, "tokens"),
        ("1.5k token", 1500, "tokens"),
        ("30min", 1800, "seconds"),
        ("2 h", 7200, "seconds"),
        ("$5", 5, "dollars"),
    ):
        assert budget_of(text, price) == Budget(amount, measure, text)
    cost = Cost(prompt_tokens=1_000_000, generated_tokens=500_000, seconds=1800)
    assert spent(cost, "dollars", price) == pytest.approx(0.3)
    assert spent(cost, "dollars", price_of("2/h")) == pytest.approx(1)
    assert spent(cost, "tokens", None) == 500_000
    assert spent(cost, "seconds", None) == 1800
