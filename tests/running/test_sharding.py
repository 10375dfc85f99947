"""Shards of a run: each problem in exactly one, and merged they are the run in one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import Chain, Problem, Reply, UserError, strategy, task
from harness.catalogue.finding import find
from harness.models.ledger import Ledger, Origin
from harness.models.merging import merge
from harness.models.scripted import Scripted
from harness.problems.choosing import Chosen
from harness.request import Key
from harness.running.run import Run, run
from harness.running.sharding import Shard, shard


@task()
def sums(*, count: int = 7) -> Iterator[Problem]:
    """Small sums."""
    for i in range(count):
        yield Problem(f"sums/{i:03}", f"What is {i} + 1?", f"{i + 1}", "number")


@strategy
async def vote(problem: Problem, model: Any, *, paths: int = 3) -> list[Chain]:
    """Asks for a hint that is the same for all problems, and then several times."""
    [hint] = await model.sample("How are sums made?")
    replies = await model.sample(f"{hint.text} {problem.question}", n=paths, temperature=0.7)
    return [Chain(one.text, "1", "last", one.finish, one.tokens, one.logprob) for one in replies]


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Asked(Scripted):
    """A model that says of each path another thing, and counts what it is asked."""

    def __init__(self, hint: str = "By adding.") -> None:
        self.requests = 0
        super().__init__(lambda text: self.said(text, hint), name="fake", identity="fake")

    def said(self, text: str, hint: str) -> list[str]:
        self.requests += 1
        return [hint] if text.startswith("How") else [f"{text} {path}" for path in range(3)]


def ran(part: str | None = None, *, model: Asked | None = None, **settings: Any) -> Run:
    return run(model=model or Asked(), tasks=sums, strategies=vote, shard=part, **settings)


def chosen(count: int) -> Chosen:
    return Chosen(find(sums, "task"), tuple(sums(count=count)), None)


@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=3), count=st.integers(1, 12))
def test_every_problem_is_in_exactly_one_shard(sizes: list[int], count: int) -> None:
    tasks, taken = [chosen(size) for size in sizes], 0
    for number in range(1, count + 1):
        if number > max(sizes):
            with pytest.raises(UserError, match="has no problems"):
                Shard(number, count).of(tasks)
            continue
        parts = Shard(number, count).of(tasks)
        assert all(part.problems for part in parts)
        taken += sum(len(part.problems) for part in parts)
    assert taken == sum(sizes)


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/3/5", "", "-1/2"])
def test_a_shard_that_is_none_is_refused_with_how_it_is_written(text: str) -> None:
    with pytest.raises(UserError, match="write 1/16 for the first of sixteen"):
        shard(text)


def test_merged_shards_are_the_run_in_one_and_generate_nothing() -> None:
    whole = ran(output="whole", ledger=Ledger())
    for number in (1, 2, 3):
        part = ran(f"{number}/3")
        assert len(part.samples) == (3, 2, 2)[number - 1]
    ledgers = sorted(Path("results").glob("ledger.*.sqlite"))
    assert [path.name for path in ledgers] == [f"ledger.{n}-of-3.sqlite" for n in (1, 2, 3)]
    merged = merge(ledgers, Path("results/ledger.sqlite"))
    assert (merged.replies, merged.missing) == (1 + 7 * 3, ())
    model = Asked()
    again = ran(output="again", model=model)
    assert model.requests == 0
    assert Path("again/samples.jsonl").read_bytes() == Path("whole/samples.jsonl").read_bytes()
    assert [score["calls"] for score in again.scores] == [score["calls"] for score in whole.scores]


def test_a_shard_goes_on_in_its_own_folder_and_no_other_takes_it() -> None:
    ran("1/2", output="one")
    ran("1/2", output="one")
    with pytest.raises(UserError, match="samples of another run"):
        ran("2/2", output="one")
    with pytest.raises(UserError, match="samples of another run"):
        ran(output="one")


def test_missing_shards_are_named_and_the_same_one_twice_is_no_harm() -> None:
    ran("2/3", ledger="two.sqlite")
    ran("2/3", ledger="again.sqlite")
    merged = merge([Path("two.sqlite"), Path("again.sqlite")], Path("merged.sqlite"))
    assert merged.missing == ("1/3", "3/3")
    assert merged.replies == 1 + 2 * 3


def test_a_ledger_of_another_run_is_refused_and_nothing_is_merged() -> None:
    ran("1/2", ledger="one.sqlite")
    ran("2/2", ledger="two.sqlite", seed=5)
    with pytest.raises(
        UserError, match=r"two\.sqlite is of another run than one\.sqlite \(other seed\)"
    ):
        merge([Path("one.sqlite"), Path("two.sqlite")], Path("merged.sqlite"))
    ran(ledger="plain.sqlite")
    with pytest.raises(UserError, match=r"plain\.sqlite is the ledger of no shard"):
        merge([Path("one.sqlite"), Path("plain.sqlite")], Path("merged.sqlite"))
    with pytest.raises(UserError, match=r"there is no ledger nowhere\.sqlite"):
        merge([Path("nowhere.sqlite")], Path("merged.sqlite"))
    assert not Path("merged.sqlite").exists()
    assert not Path("nowhere.sqlite").exists()


def test_ledgers_that_contradict_each_other_are_refused_reply_by_reply(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran("1/2", ledger="one.sqlite")
    ran("2/2", ledger="two.sqlite", model=Asked("By counting."))
    with Ledger("one.sqlite") as one, Ledger("two.sqlite") as two:
        for number, ledger in enumerate((one, two)):
            reply = Reply("scored", "end", 2, -1.0 - number)
            ledger.put(Key("ab" * 32), reply, Origin("2026", "0.1.0", "cpu"))
            ledger.put(Key("cd" * 32), Reply("scored", "end", 2, -1.0 - number / 1000))
    capsys.readouterr()
    with pytest.raises(UserError, match="2 replies are not the same"):
        merge([Path("one.sqlite"), Path("two.sqlite")], Path("merged.sqlite"))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    [hint] = [line for line in lines if "adding" in line]
    assert "one.sqlite has 'adding.' from character 3" in hint
    assert "two.sqlite has 'counting.' from character 3" in hint
    [scored] = [line for line in lines if "abababab" in line]
    assert "log-probability -1.0000" in scored
    with Ledger("merged.sqlite") as merged:
        assert len(merged) == 0


def test_what_the_target_holds_already_stays_and_is_compared() -> None:
    ran("1/2", ledger="one.sqlite")
    with Ledger("target.sqlite") as target:
        target.put(Key("other"), Reply("another run's", "end", 2, 0.0))
    assert merge([Path("one.sqlite")], Path("target.sqlite")).replies == 1 + 4 * 3 + 1
    ran("1/2", ledger="new.sqlite", model=Asked("By counting."))
    with pytest.raises(UserError, match="1 replies are not the same"):
        merge([Path("new.sqlite")], Path("target.sqlite"))
