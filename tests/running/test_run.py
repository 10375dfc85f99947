"""Runs: what is written about every problem, and what it cost."""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import os
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import Chain, Problem, Reply, UserError, strategy, task
from harness.errors import CannotLoadError
from harness.models.chat import PromptFormatError
from harness.models.ledger import Ledger
from harness.models.scripted import Scripted
from harness.prompt import STOP
from harness.records.record import stored
from harness.records.scoring import rescored
from harness.running.run import Run, run
from harness.statistics import wilson

EXEMPLAR = Problem("example/0", "What is 1 + 1?", "2", "number", rationales=("1 + 1 = 2.",))


@task()
def sums(*, count: int = 12, base: int = 0) -> Iterator[Problem]:
    """Small sums."""
    for i in range(base, base + count):
        yield Problem(f"sums/{i:03}", f"What is {i} + 1?", f"{i + 1}", "number", tags={"size": i})


def concluded(reply: Reply) -> Chain:
    """What a text ends in, if that is a number."""
    last = reply.text.split()[-1] if reply.text.split() else ""
    answer = last.rstrip(".") if last.rstrip(".").isdigit() else None
    return Chain(
        reply.text,
        answer,
        "last" if answer else None,
        reply.finish,
        reply.tokens,
        reply.logprob,
        reply.prompt_tokens,
        reply.seconds,
    )


@strategy
async def ask(problem: Problem, model: Any, *, max_tokens: int = 16) -> list[Chain]:
    """Asks once."""
    replies = await model.sample(problem.question, max_tokens=max_tokens)
    return [concluded(reply) for reply in replies]


@strategy
async def vote(problem: Problem, model: Any, *, paths: int = 3, stop: bool = True) -> list[Chain]:
    """Asks several times."""
    replies = await model.sample(problem.question, n=paths, temperature=0.7)
    return [concluded(reply) for reply in replies]


def answer(text: str) -> str:
    words = text.rstrip("?").split()
    return f"It is {int(words[-3]) + int(words[-1])}."


def scripted(
    function: Callable[[str], str | Sequence[str]] = answer, name: str = "fake"
) -> Scripted:
    return Scripted(function, name=name, identity=name)


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_writes_what_happened() -> None:
    done = run(model=scripted(), tasks=sums, strategies=[ask, vote], seed=3, output="out")
    assert done.directory == Path("out")
    assert len(done.samples) == 24
    first = done.samples[0]
    assert list(first) == [
        "model", "task", "strategy", "options", "problem", "question", "gold", "kind", "choices",
        "tags", "chains", "votes", "answer", "correct", "error",
    ]  # fmt: skip
    assert first["options"] == {"max_tokens": 16}
    assert (first["problem"], first["gold"], first["kind"]) == ("sums/000", "1", "number")
    assert first["tags"] == {"size": 0}
    assert first["chains"] == [
        {
            "text": "It is 1.", "answer": "1", "correct": 1, "rule": "last", "logprob": 0.0,
            "tokens": 3, "finish": "end", "asked": "", "start": 0,
        }
    ]  # fmt: skip
    assert (first["votes"], first["answer"], first["correct"]) == ({"1": 1}, "1", 1)
    assert first["error"] is None
    keys = [(s["strategy"], s["problem"]) for s in done.samples]
    assert keys == [(s, f"sums/{i:03}") for s in ("ask", "vote") for i in range(12)]

    scores = json.loads(Path("out/scores.json").read_text())
    assert scores == {"schema": 1, "scores": done.scores}
    # what other programs may rely on; a new statistic comes beside it
    assert set(done.scores[0]) >= {
        "model", "task", "strategy", "options", "problems", "accuracy", "interval", "unread",
        "truncated", "ties", "errors", "paths", "standard_errors", "single_path", "rules", "readings",
        "curve", "calibration", "calls", "prompt_tokens", "generated_tokens", "seconds",
    }  # fmt: skip
    assert done.scores[0]["problems"] == 12
    assert done.scores[0]["accuracy"] == 1
    assert done.scores[0]["interval"] == pytest.approx(list(wilson(12, 12)))
    assert [score["calls"] for score in done.scores] == [12, 12 * 3]
    assert done.scores[0]["prompt_tokens"] == 12 * 5
    assert done.scores[0]["generated_tokens"] == 12 * 3
    assert done.scores[1]["prompt_tokens"] == 12 * 5  # once for the three paths
    assert done.scores[1]["generated_tokens"] == 12 * 3 * 3


def test_run_json_tells_how_to_do_it_again() -> None:
    model = scripted()
    run(
        model=model,
        tasks=sums,
        strategies=[vote],
        seed=3,
        limit=5,
        output="out",
        exemplars=[EXEMPLAR],
    )
    told = json.loads(Path("out/run.json").read_text())
    assert told["status"] == "finished"
    assert told["models"][0]["identity"] == model.identity
    assert told["models"][0]["bitwise"] is None  # a scripted model does not say
    assert told["tasks"][0]["options"] == {"count": 12, "base": 0}
    assert told["tasks"][0]["problems"] == 5
    assert told["tasks"][0]["exemplars"]["number"] == 1
    assert told["strategies"][0]["options"] == {"paths": 3, "stop": True}
    assert (told["seed"], told["limit"], told["shuffle"]) == (3, 5, None)
    assert told["versions"]["python"]
    assert told["versions"]["harness"]
    assert told["hardware"]["cores"] == os.cpu_count()
    assert told["started"] <= told["finished"]
    assert told["command"]
    assert "commit" in told


def test_a_run_keeps_the_exact_prompts_of_its_first_problems() -> None:
    done = run(
        Scripted(lambda text: "1"), [sums], [ask, vote], limit=2, output="out", progress=False
    )
    written = json.loads((done.directory / "prompts.json").read_text(encoding="utf-8"))
    first, second = written["columns"]
    assert (first["strategy"], first["problem"], first["number"]) == ("ask", "sums/000", 1)
    assert first["question"] == "What is 0 + 1?"
    assert "What is 0 + 1?" in first["prompts"][0]["text"]
    assert "3 paths, temperature 0.7" in second["prompts"][0]["settings"]


def test_silence_errors_and_ties_are_kept_apart() -> None:
    def say(text: str) -> Sequence[str]:
        number = int(text.rstrip("?").split()[-3])
        if number == 0:
            return ["Who knows.", "Nobody does.", "Not me."]
        if number == 1:
            raise RuntimeError(f"no power at {object()}")
        if number == 2:
            return ["It is 3.", "It is 4.", "Hm."]
        if number == 3:
            return ["It is 9.", "It is 8.", "It is 4."]
        return ["It is 5.", "Hm.", "word " * 300]

    done = run(
        model=scripted(say),
        tasks=functools.partial(sums, count=5),
        strategies=vote,
        output="out",
    )
    silent, failed, half, third, right = done.samples
    assert (silent["answer"], silent["correct"], silent["votes"]) == (None, 0, {})
    assert [chain["correct"] for chain in silent["chains"]] == [0, 0, 0]
    assert (failed["answer"], failed["correct"], failed["chains"]) == (None, None, [])
    assert failed["error"] == "RuntimeError: no power at <object object at 0x...>"
    assert (half["correct"], half["votes"], half["answer"]) == (0.5, {"3": 1, "4": 1}, "3")
    assert third["correct"] == pytest.approx(1 / 3)
    assert right["correct"] == 1
    assert right["chains"][2]["finish"] == "length"
    (score,) = done.scores
    assert (score["problems"], score["errors"]) == (4, 1)
    assert score["accuracy"] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1) / 4)
    assert (score["unread"], score["ties"], score["truncated"]) == (1, 2, 1)
    assert score["task"] == "sums:count=5"


def test_a_column_where_all_fails_has_no_accuracy(capsys: pytest.CaptureFixture[str]) -> None:
    @strategy
    async def broken(problem: Problem, model: Any) -> list[Chain]:
        """Returns what is no chain."""
        return [problem]  # type: ignore[list-item]

    (score,) = run(model=scripted(), tasks=sums, strategies=broken, output="out").scores
    assert (score["problems"], score["errors"]) == (0, 12)
    assert score["accuracy"] is None
    assert score["interval"] == [None, None]
    assert "12 of 12 problems failed, the first with TypeError: broken returned" in (
        capsys.readouterr().err
    )


def test_a_kind_whose_package_is_missing_is_refused_before_anything_is_generated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @task()
    def formulas() -> Iterator[Problem]:
        """One formula."""
        yield Problem("formulas/0", "What is x + x?", "2x", "math")

    monkeypatch.setattr("harness.reading.formulas.equality.require", _missing)
    with pytest.raises(UserError, match="not installed"):
        run(model=scripted(_never), tasks=formulas, strategies=ask, output="out")


def _missing() -> None:
    raise UserError("math-verify is not installed")


def _never(text: str) -> str:
    raise AssertionError(text)


def test_scores_follow_from_the_samples() -> None:
    done = run(
        model=scripted(), tasks=[sums, functools.partial(sums, base=5)], strategies=[ask, vote]
    )
    costs = ("calls", "prompt_tokens", "generated_tokens", "seconds")
    stripped = [{k: v for k, v in score.items() if k not in costs} for score in done.scores]
    assert rescored(done.samples) == stripped


def test_odd_text_is_one_line_of_json() -> None:
    odd = 'a\u2028b\u0085c\ud800d\0e\r\n"f\\ It is 1.'
    done = run(model=scripted(lambda text: odd), tasks=sums, strategies=ask, output="out")
    assert {sample["chains"][0]["text"] for sample in done.samples} == {odd}
    assert len(Path("out/samples.jsonl").read_text(encoding="utf-8").splitlines()) == 12


def test_samples_are_in_the_file_as_they_end() -> None:
    seen: list[int] = []

    def say(text: str) -> str:
        if text.startswith("What is 11"):
            seen.append(len(Path("out/samples.jsonl").read_bytes().splitlines()))
        return answer(text)

    @strategy
    async def one_after_the_other(problem: Problem, model: Any) -> list[Chain]:
        """The last problem asks a second time, when the others have been written."""
        replies = await model.sample(problem.question)
        if problem.id.endswith("011"):
            for _ in range(50):
                await asyncio.sleep(0)
            replies = await model.sample(problem.question, stop=["another question"])
        return [concluded(reply) for reply in replies]

    run(model=scripted(say), tasks=sums, strategies=one_after_the_other, output="out")
    assert seen[-1] == 11


@pytest.mark.parametrize("between", [0, 3])
def test_columns_begin_while_the_last_problems_of_the_first_are_on_their_way(between: int) -> None:
    """Their records are written behind those of the first all the same, each column's in its order."""
    begun = asyncio.Event()
    asked: Counter[str] = Counter()  # empty while strategies are tried, before the run

    @strategy
    async def slow(problem: Problem, model: Any) -> list[Chain]:
        """The first problem waits for the last column."""
        [reply] = await model.sample(problem.question)
        if asked and problem.id.endswith("000"):
            await asyncio.wait_for(begun.wait(), 10)
        return [concluded(reply)]

    @strategy
    async def quick(problem: Problem, model: Any, *, number: int = 0) -> list[Chain]:
        """Begins."""
        [reply] = await model.sample(problem.question)
        if asked and number == between:
            begun.set()
        return [concluded(reply)]

    others = [functools.partial(quick, number=number) for number in range(between + 1)]
    found = run(model=counting(asked), tasks=sums, strategies=[slow, *others], output="out")
    assert {entry["errors"] for entry in found.scores} == {0}
    written = [(one["strategy"], one["problem"]) for one in found.samples]
    names = ("slow", *("quick" for _ in others))
    assert written == [(name, f"sums/{n:03d}") for name in names for n in range(12)]


def test_no_more_columns_begin_than_fill_the_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.running.columns.IN_FLIGHT", 20)
    on_their_way: Counter[int] = Counter()
    most: list[int] = []

    @strategy
    async def counted(problem: Problem, model: Any, *, number: int = 0) -> list[Chain]:
        """Tells how many columns had problems on their way beside it."""
        on_their_way[number] += 1
        most.append(len(+on_their_way))
        [reply] = await model.sample(problem.question)
        on_their_way[number] -= 1
        return [concluded(reply)]

    columns = [functools.partial(counted, number=number) for number in range(5)]
    run(model=scripted(), tasks=sums, strategies=columns, output="out")
    assert max(most) == 2  # of twelve problems each


def counting(asked: Counter[str]) -> Scripted:
    def say(text: str) -> list[str]:
        asked[text] += 1
        return [f"It is {n}." for n in range(40)]

    return scripted(say)


def test_nothing_is_generated_twice() -> None:
    asked: Counter[str] = Counter()
    for paths, total in [(10, 10), (40, 40), (10, 40)]:
        run(model=counting(asked), tasks=sums, strategies=functools.partial(vote, paths=paths))
        assert set(asked.values()) == {total}
    assert len(asked) == 12


def test_costs_are_those_of_the_column_by_itself() -> None:
    """A reply out of the ledger is charged, and one that all problems share is charged once."""

    @strategy
    async def prepared(problem: Problem, model: Any) -> list[Chain]:
        """Asks the same thing for all problems first, and is answered three words."""
        await model.sample("What is 1 + 1?", n=4, temperature=1.0)
        return [concluded(reply) for reply in await model.sample(problem.question)]

    first = run(model=scripted(), tasks=sums, strategies=prepared).scores[0]
    again = run(model=scripted(), tasks=sums, strategies=prepared).scores[0]
    assert first == again
    assert first["generated_tokens"] == (12 + 4) * 3
    assert first["prompt_tokens"] == (12 + 1) * 5


def test_paths_that_are_asked_for_one_by_one_cost_what_they_cost_together() -> None:
    @strategy
    async def together(problem: Problem, model: Any) -> list[Chain]:
        """Four paths at once."""
        replies = await model.sample(problem.question, n=4, temperature=1.0)
        return [concluded(reply) for reply in replies]

    @strategy
    async def apart(problem: Problem, model: Any) -> list[Chain]:
        """The same four, the last one first, and one of them twice."""
        replies = {}
        for path in (3, 2, 1, 0, 2):
            asked = await model.sample(problem.question, first=path, temperature=1.0)
            [replies[path]] = asked
        return [concluded(replies[path]) for path in range(4)]

    one, other = run(model=scripted(), tasks=sums, strategies=[together, apart]).scores
    for cost in ("prompt_tokens", "generated_tokens", "accuracy"):
        assert one[cost] == other[cost]


def test_what_failed_is_owed_again() -> None:
    broken = {"What is 3 + 1?", "What is 7 + 1?"}
    asked: Counter[str] = Counter()

    def say(text: str) -> str:
        asked[text] += 1
        if text in broken:
            raise OSError("out of memory")
        return answer(text)

    first = run(model=scripted(say), tasks=sums, strategies=ask, output="out")
    assert first.scores[0]["errors"] == 2
    broken.clear()
    second = run(model=scripted(say), tasks=sums, strategies=ask, output="out")
    assert second.scores[0]["errors"] == 0
    assert {s["correct"] for s in second.samples} == {1}
    assert sorted(Counter(asked.values()).items()) == [(1, 10), (2, 2)]


def test_several_models_of_one_name_get_columns_of_their_own() -> None:
    one, other = Scripted(answer, name="fake"), Scripted(lambda text: "Hm.", name="fake")
    done = run(model=[one, other], tasks=sums, strategies=ask)
    assert [score["model"] for score in done.scores] == ["fake", "fake-2"]
    assert [score["accuracy"] for score in done.scores] == [1, 0]


def test_runs_inside_a_running_event_loop() -> None:
    async def notebook() -> Run:
        return run(model=scripted(), tasks=sums, strategies=ask)

    assert asyncio.run(notebook()).scores[0]["accuracy"] == 1


def test_settings_reach_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def load(spec: str, **settings: Any) -> Scripted:
        given.update(spec=spec, **settings)
        return scripted()

    monkeypatch.setattr("harness.running.planning.load", load)
    run(model="a/folder", tasks=sums, strategies=ask, dtype="float32", chat=False, rows=2)
    assert given == {"spec": "a/folder", "dtype": "float32", "chat": False}


def test_a_model_is_let_go_before_the_next_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[weakref.ref[Scripted]] = []

    def load(spec: str, **settings: Any) -> Scripted:
        def say(text: str) -> str:
            gc.collect()
            assert sum(model() is not None for model in alive) == 2 - int(spec)
            return answer(text)

        model = scripted(say, name=spec)
        alive.append(weakref.ref(model))
        return model

    monkeypatch.setattr("harness.running.planning.load", load)
    done = run(model=["0", "1"], tasks=sums, strategies=ask, limit=2)
    assert [score["errors"] for score in done.scores] == [0, 0]


def test_nothing_holds_a_model_once_its_run_has_ended() -> None:
    """Also where garbage is not collected for a long time."""
    model = scripted()
    del model._model  # by which a scripted one can be asked directly: it would hold itself
    known = weakref.ref(model)
    gc.disable()
    try:
        run(model=model, tasks=sums, strategies=ask, limit=2)
        del model
        assert known() is None
    finally:
        gc.enable()


def test_a_model_is_let_go_of_before_the_next_one_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two may not fit into memory."""
    known: list[weakref.ref[Any]] = []
    alive: list[bool] = []

    def opened(name: str, **settings: Any) -> Scripted:
        model = scripted(say, name=name)
        del model._model
        known.append(weakref.ref(model))
        return model

    def say(text: str) -> str:
        alive.append(known[0]() is not None)
        return answer(text)

    monkeypatch.setattr("harness.running.planning.load", opened)
    gc.disable()
    try:
        run(model=["reference", "other"], tasks=sums, strategies=ask, limit=2)
    finally:
        gc.enable()
    assert alive == [True, True, False, False]


def test_the_generation_settings_of_every_strategy_are_written_down_by_their_fields(
    tmp_path: Path,
) -> None:
    done = run(
        model=scripted(lambda text: "The answer is 1."),
        tasks=sums,
        strategies=["zero_shot_chain_of_thought", "self_consistency:paths=2"],
        limit=1,
        exemplars=[EXEMPLAR],
        output=tmp_path / "out",
        ledger=Ledger(),
    )
    noted = json.loads((done.directory / "run.json").read_text())["generation"]
    *staged, sampled = noted
    assert sampled.pop("options")["paths"] == 2
    assert sampled == {
        "strategy": "self_consistency",
        "temperature": 0.7,
        "top_k": 40,
        "top_p": 1.0,
        "min_p": 0.0,
        "max_tokens": 256,
        "stop": list(STOP),
        "top_logprobs": 0,
        "branching": False,
        "certainty": False,
        "beams": 0,
        "repetition_penalty": 1.0,
        "suppressed": [],
    }
    assert [one["max_tokens"] for one in staged] == [256, 32]


class Refusing(Scripted):
    """A model whose chat template wants one turn alone."""

    def prompt(self, prompt: Any) -> tuple[str, tuple[int, ...]]:
        if not isinstance(prompt, str) and prompt.examples:
            raise PromptFormatError("the chat template refuses the prompt: use --no-chat")
        return super().prompt(prompt)


def test_a_template_that_refuses_a_prompt_is_heard_before_anything_is_generated(
    tmp_path: Path,
) -> None:
    texts: list[str] = []
    model = Refusing(lambda text: texts.append(text) or "1")  # type: ignore[func-returns-value]
    with pytest.raises(UserError, match="refuses the prompt"):
        run(
            model=model,
            tasks=sums,
            strategies=["zero_shot", "chain_of_thought"],
            exemplars=[EXEMPLAR],
            output=tmp_path / "out",
            ledger=Ledger(),
        )
    assert not texts
    assert not (tmp_path / "out").exists()


def test_a_model_that_cannot_be_loaded_ends_the_run_at_once(tmp_path: Path) -> None:
    def broken(text: str) -> str:
        raise CannotLoadError("it cannot be loaded")

    asked = scripted(broken)
    with pytest.raises(CannotLoadError, match="it cannot be loaded"):
        run(
            model=asked,
            tasks=sums,
            strategies=ask,
            output=tmp_path / "out",
            ledger=Ledger(),
        )
    assert not list(stored(tmp_path / "out"))
