"""What others generated is scored like a run: the same files, the same numbers, nothing made up."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness import Problem, Reply, UserError, chain, strategy, task
from harness.interop import workers
from harness.interop.scoring import score
from harness.interop.workers import workers as pool
from harness.models.scripted import Scripted
from harness.records.loading import read
from harness.report.table import table
from harness.running.run import Run, run

Rows = Callable[..., Path]


@pytest.fixture(autouse=True)
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Writes rows to a file in a folder of its own, which is the current one."""
    monkeypatch.chdir(tmp_path)

    def write(*content: object, name: str = "rows.jsonl") -> Path:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in content]
        file = Path(name)
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return file

    return write


def says(answer: object) -> str:
    return f"We count. The answer is {answer}."


VOTED = {"gold": "18", "texts": [says(18), says("$18.00"), says(26)], "id": "a"}
TIED = {"gold": "1,200", "texts": [says(1200), says(4)], "id": "b"}
SILENT = {"gold": "7", "texts": ["I cannot say.", ""], "id": "c"}
WRONG = {"gold": "3/4", "texts": [says("0.7")], "id": "d"}


def test_rows_are_read_voted_on_and_scored(rows: Rows) -> None:
    done = score([rows(VOTED, TIED, SILENT, WRONG)], output=Path("out"))
    assert [one["problem"] for one in done.samples] == ["a", "b", "c", "d"]
    assert [one["correct"] for one in done.samples] == [1, 0.5, 0, 0]
    assert done.samples[0]["votes"] == {"18": 2, "26": 1}
    assert done.samples[1]["gold"] == "1200"
    [entry] = done.scores
    assert (entry["model"], entry["task"], entry["strategy"]) == ("rows", "rows", "scored")
    assert (entry["problems"], entry["accuracy"]) == (4, 1.5 / 4)
    assert (entry["unread"], entry["ties"], entry["errors"]) == (1, 1, 0)
    assert {file.name for file in done.directory.iterdir()} == {
        "run.json", "samples.jsonl", "scores.json", "report.md", "report.html", "report.csv",
    }  # fmt: skip


def test_what_nobody_counted_is_null_and_never_zero(rows: Rows) -> None:
    done = score([rows(VOTED, {**WRONG, "tokens": [9], "finish": ["stop"]})])
    unknown, known = (one["chains"][0] for one in done.samples)
    assert (unknown["tokens"], unknown["finish"], unknown["logprob"]) == (None, None, None)
    assert (known["tokens"], known["finish"]) == (9, "stop")
    [entry] = done.scores
    assert (
        entry["calls"]
        is entry["prompt_tokens"]
        is entry["seconds"]
        is entry["generated_tokens"]
        is None
    )
    assert entry["truncated"] is None
    report = (done.directory / "report.md").read_text(encoding="utf-8")
    assert report.partition("\n| --- |")[2].splitlines()[1].endswith("| – |")


def test_what_is_told_is_counted(rows: Rows) -> None:
    told = {"tokens": [9, 8, 7], "finish": ["stop", "length", "eos"], "logprobs": [-1.5, -2, None]}
    done = score([rows({**VOTED, **told})])
    assert [one["logprob"] for one in done.samples[0]["chains"]] == [-1.5, -2.0, None]
    assert done.scores[0]["generated_tokens"] == 24
    assert done.scores[0]["truncated"] == 1
    assert table(read([done.directory])).rows[0].tokens == 24


def test_run_json_tells_where_the_scores_come_from(rows: Rows) -> None:
    done = score([rows(VOTED, "no row")], output=Path("out"), kind="number", command="the command")
    manifest = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert manifest["status"] == "finished"
    assert manifest["command"] == "the command"
    assert manifest["origin"] == "scored from rows.jsonl"
    [source] = manifest["sources"]
    assert len(source.pop("sha256")) == 64
    assert source == {
        "file": "rows.jsonl", "format": "rows", "kinds": ["number"], "rows": 2, "scored": 1,
        "repeated": 0, "skipped": 1,
    }  # fmt: skip
    assert manifest["kind"] == "number"
    assert [one["name"] for one in manifest["models"]] == ["rows"]
    assert done.directory == Path("out")


def test_several_columns_of_one_file_are_kept_apart(rows: Rows) -> None:
    done = score(
        [
            rows(
                VOTED | {"strategy": "cot"},
                TIED | {"strategy": "cot"},
                VOTED | {"strategy": "direct"},
                {"gold": "yes", "texts": ["Yes."], "task": "coin"},
            )
        ],
        model="mine",
    )
    assert [(one["task"], one["strategy"], one["problems"]) for one in done.scores] == [
        ("rows", "cot", 2),
        ("rows", "direct", 1),
        ("coin", "scored", 1),
    ]
    assert {one["model"] for one in done.scores} == {"mine"}
    assert {one["kind"] for one in done.samples} == {"number", "yes_no"}


def test_files_are_columns_of_one_comparison(rows: Rows) -> None:
    done = score([rows(VOTED, name="one.jsonl"), rows(VOTED, name="two.jsonl")], task="sums")
    assert [(one["model"], one["task"]) for one in done.scores] == [
        ("one", "sums"),
        ("two", "sums"),
    ]
    assert "| two | scored § |" in (done.directory / "report.md").read_text(encoding="utf-8")


def test_rows_without_an_id_have_one_by_their_place(rows: Rows) -> None:
    nameless = {"gold": "1", "text": "1"}
    done = score([rows(nameless, "", nameless, name="outputs.jsonl")])
    assert [one["problem"] for one in done.samples] == ["outputs/00001", "outputs/00003"]


# --- kinds ---


@pytest.mark.parametrize(
    ("golds", "kind"),
    [
        (["18", 4.5, "1,200", "N/A"], "number"),
        (["so 9*2=18\n#### 18", "#### 7"], "number"),
        ([*["7"] * 9, r"\frac{2}{3}x", r"so \boxed{x^2 + 1}"], "math"),
        (["so $x$ is 3*6: \\boxed{18}", "3/4"], "number"),
        (["05/01/2021", "2021-06-01"], "date"),
        (["yes", "No", True], "yes_no"),
        (["A", "(b)", "C."], "choice"),
        (["A", "J"], "choice"),
        (["nk", "lae"], "letters"),
        (["positive", "negative"], "label"),
        (["A", "M"], "label"),
        (["Paris", "18"], "label"),
    ],
)
def test_the_kind_is_guessed_from_all_golds(
    rows: Rows, capsys: pytest.CaptureFixture[str], golds: list[object], kind: str
) -> None:
    done = score([rows(*({"gold": gold, "text": "?"} for gold in golds))])
    assert {one["kind"] for one in done.samples} == {kind}
    notice = f"harness: kind of answer guessed from the golds: {kind} (--kind says it for sure)\n"
    assert capsys.readouterr().err.startswith(notice)


def test_options_make_a_choice_of_golds_that_name_one(rows: Rows) -> None:
    options = {"choices": ["4", "5", "6"], "texts": ["The answer is (b).", says(5), says(6)]}
    done = score([rows({"gold": "5", **options}, {"gold": "C", **options})])
    assert [(one["kind"], one["gold"]) for one in done.samples] == [
        ("choice", "B"),
        ("choice", "C"),
    ]
    assert [one["answer"] for one in done.samples] == ["B", "B"]


def test_letters_beyond_e_are_read_where_golds_have_them(rows: Rows) -> None:
    answers = {"texts": ["The answer is (G).", "The answer is a matter of taste.", says("J")]}
    done = score([rows({"gold": "G", **answers}, {"gold": "A", **answers})])
    assert [chain["answer"] for chain in done.samples[1]["chains"]] == ["G", None, "J"]
    assert [one["correct"] for one in done.samples] == [0.5, 0]


def test_a_kind_that_is_said_is_not_guessed(rows: Rows, capsys: pytest.CaptureFixture[str]) -> None:
    file = rows({"gold": "18", "text": "18", "kind": "label"}, {"gold": "no", "text": "no"})
    done = score([file])
    assert [one["kind"] for one in done.samples] == ["label", "yes_no"]
    assert "guessed from the golds: yes_no" in capsys.readouterr().err
    assert [one["kind"] for one in score([file], kind="label").samples] == ["label", "label"]
    assert capsys.readouterr().err == ""


def test_an_unknown_kind_is_told_with_the_nearest(
    rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError, match=r"no kind 'numbr' \(did you mean 'number'"):
        score([rows(VOTED)], kind="numbr")
    score([rows(VOTED, TIED | {"kind": "yesno"})])
    assert "its kind 'yesno' is none (did you mean 'yes_no'?)" in capsys.readouterr().err


# --- bad rows ---


def test_bad_rows_are_skipped_and_summed_up_in_one_line(
    rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = {"doc_id": 0, "target": "1", "resps": [["1"]], "filter": "none"}
    bad = ["{", "", {"gold": "1", "texts": []}, VOTED, {"gold": "?", "text": "1"}, foreign]
    done = score([rows(VOTED, *bad, WRONG)], kind="number")
    assert [one["problem"] for one in done.samples] == ["a", "d"]
    assert capsys.readouterr().err == (
        "harness: 6 of 8 rows skipped: line 2 (not JSON: Expecting property name enclosed in double "
        "quotes, column 2), line 3 (an empty line), line 4 (no texts), line 5 (the id 'a' of row 1), "
        "line 6 (its gold '?' reads as no number), and 1 more\n"
    )
    assert json.loads(Path(done.directory, "run.json").read_text())["sources"][0]["skipped"] == 6


def test_strict_writes_nothing_where_a_row_is_bad(rows: Rows) -> None:
    with pytest.raises(UserError, match=r"nothing is written.* 1 of 2 rows skipped: line 2"):
        score([rows(VOTED, "")], strict=True, output=Path("out"))
    assert not Path("out").exists()
    assert score([rows(VOTED, WRONG)], strict=True, output=Path("out")).scores


def test_a_file_without_a_good_row_is_an_error(rows: Rows) -> None:
    bad = rows("x", "y", name="bad.jsonl")
    with pytest.raises(
        UserError, match=r"bad.jsonl has no row to score: not JSON: Expecting value"
    ):
        score([rows(VOTED), bad])
    with pytest.raises(UserError, match=r"2 of 2 rows skipped: line 1 .*, line 2 "):
        score([rows("x", "", name="bad.jsonl")])


def test_an_id_may_come_again_in_another_column_alone(
    rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = rows(VOTED, name="one.jsonl"), rows(VOTED, WRONG, name="two.jsonl")
    assert len(score([one, two]).samples) == 3
    assert "skipped" not in capsys.readouterr().err
    assert len(score([one, two], model="m", task="t").samples) == 2
    assert "line 1 of two (the id 'a' of row 1 of one)" in capsys.readouterr().err


def test_a_problem_counts_once_however_many_filters_it_went_through(
    rows: Rows, capsys: pytest.CaptureFixture[str]
) -> None:
    """As lm-evaluation-harness logs them: all problems under one filter, then under the next."""

    def logged(doc_id: int, filter_: str) -> dict[str, Any]:
        gold, texts = "3*6=<<3*6=18>>18\n#### 18", [says(18), says(18), "19"]
        arguments = {"gen_args_0": {"arg_0": "Q", "arg_1": {"until": ["Q:"]}}}
        row = {"doc_id": doc_id, "doc": {"question": "3 * 6?"}, "target": gold}
        return {**row, "arguments": arguments, "resps": [texts], "filter": filter_}

    every = [logged(number, name) for name in ("strict", "flexible") for number in range(3)]
    done = score([rows(*every, logged(1, "strict"))])
    assert [(one["problem"], one["gold"], one["correct"]) for one in done.samples] == [
        ("0", "18", 1),
        ("1", "18", 1),
        ("2", "18", 1),
    ]
    assert "1 of 7 rows skipped: line 7 (the id '1' of row 2)" in capsys.readouterr().err
    source = json.loads(Path(done.directory, "run.json").read_text())["sources"][0]
    assert (source["format"], source["scored"], source["repeated"], source["skipped"]) == (
        "lm-evaluation-harness", 3, 3, 1,
    )  # fmt: skip


def test_the_epochs_of_inspect_vote(rows: Rows) -> None:
    def epoch(number: int, text: str) -> dict[str, Any]:
        output = {"choices": [{"message": {"content": text}, "stop_reason": "stop"}]}
        return {"id": 1, "epoch": number, "input": "2 + 3?", "target": "5", "output": output}

    log = {"version": 2, "status": "success", "eval": {"task": "sums", "model": "org/m"}}
    samples = [epoch(1, says(6)), epoch(2, says(5)), epoch(3, "ANSWER: 5")]
    done = score([rows(log | {"samples": samples}, name="log.json")])
    assert [(one["model"], one["task"], one["accuracy"]) for one in done.scores] == [
        ("org/m", "sums", 1)
    ]
    assert done.samples[0]["votes"] == {"5": 2, "6": 1}


# --- several golds ---


def test_each_of_several_golds_counts_as_right(rows: Rows) -> None:
    """What is another of them is the answer that the gold is, and votes with it."""
    several = {"gold": ["Paris", "City of Light"], "kind": "label", "id": "a"}
    texts = {
        "texts": ["The answer is City of Light.", "The answer is Paris.", "The answer is Rome."]
    }
    done = score([rows(several | texts)], output=Path("out"))
    [sample] = done.samples
    assert [chain["correct"] for chain in sample["chains"]] == [1, 1, 0]
    assert (sample["gold"], sample["votes"]) == ("paris", {"paris": 2, "rome": 1})
    assert sample["chains"][0]["note"] == "city of light counts as right as well"
    assert sample["accepted"] == ["City of Light"]
    again = score([Path("out/samples.jsonl")], output=Path("again"))
    assert again.samples == done.samples


def test_the_kind_is_that_of_any_of_the_golds(rows: Rows) -> None:
    texts = {"texts": [says(7)]}
    done = score([rows({"gold": ["N/A", "7"], **texts}, {"gold": "7", **texts})])
    assert [(one["kind"], one["gold"], one["correct"]) for one in done.samples] == [
        ("number", "7", 1)
    ] * 2


# --- fields ---


def test_any_fields_are_scored_where_the_user_names_them(rows: Rows) -> None:
    file = rows({"target": "18", "completions": [says(18), says(17)], "qid": 3})
    done = score([file], fields="gold=target,texts=completions,id=qid", output=Path("out"))
    [source] = json.loads(Path("out/run.json").read_text())["sources"]
    assert (source["format"], source["fields"]) == (
        "fields",
        "gold=target,texts=completions,id=qid",
    )
    with pytest.raises(UserError, match="samples of another run"):
        score([file], fields="gold=target,texts=completions", output=Path("out"))
    assert [(one["problem"], one["correct"]) for one in done.samples] == [("3", 0.5)]
    with pytest.raises(UserError, match=r"no row to score: no 'targt' \(did you mean 'target'"):
        score([file], fields="gold=targt,texts=completions")
    with pytest.raises(UserError, match=r"no 'gold', among the fields .* \(--fields gold="):
        score([file])


# --- runs ---


@task()
def sums(*, count: int = 4) -> Iterator[Problem]:
    """Small sums."""
    for i in range(count):
        yield Problem(f"sums/{i}", f"What is {i} + 1?", f"{i + 1}", "number", tags={"size": i})


@strategy
async def staged(problem: Problem, model: Any, *, paths: int = 3) -> list[Any]:
    """Reasons, then is asked for the answer."""
    asked = "\nTherefore, the answer (arabic numerals) is"
    replies = await model.sample(problem.question, n=paths, temperature=0.7)
    return [chain(problem, reply, Reply(" 2.", "stop", 2, -0.5), asked=asked) for reply in replies]


@strategy
async def plain(problem: Problem, model: Any) -> list[Any]:
    """Asks once; fails on one problem."""
    if problem.id == "sums/3":
        raise ValueError("no idea")
    return [chain(problem, *await model.sample(problem.question))]


def a_run() -> Run:
    def reply(text: str) -> list[str]:
        number = int(text.split()[2])
        return [f"It is {number + 1}.", f"The answer is {number}.", "No idea."]

    return run(
        Scripted(reply, name="fake", identity="fake"),
        tasks=sums,
        strategies=[staged, plain],
        output="run",
        progress=False,
    )


def test_the_samples_of_a_run_give_the_scores_of_the_run() -> None:
    done = a_run()
    again = score([done.directory / "samples.jsonl"], output=Path("again"))
    assert again.samples == done.samples
    cost = {"calls", "prompt_tokens", "generated_tokens", "seconds"}
    for before, after in zip(done.scores, again.scores, strict=True):
        assert {key: before[key] for key in before.keys() - cost} == {
            key: after[key] for key in after.keys() - cost
        }
    # the strategies keep the names that the run gave them
    assert {one["label"] for one in read([done.directory])} == {
        one["label"] for one in read([again.directory])
    }


def test_older_samples_are_read_without_what_they_lack() -> None:
    done = a_run()
    lacking = []
    for one in done.samples:
        chains = [
            {key: chain[key] for key in chain if key not in ("asked", "start")}
            for chain in one["chains"]
        ]
        lacking.append({key: one[key] for key in one if key != "choices"} | {"chains": chains})
    Path("old.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lacking))
    again = score([Path("old.jsonl")])
    assert again.scores[1]["accuracy"] == done.scores[1]["accuracy"]
    assert [one["chains"][0]["start"] for one in again.samples[:4]] == [0] * 4


def test_scores_of_others_stand_beside_those_of_a_run(rows: Rows) -> None:
    done = a_run()
    other = score([rows(VOTED | {"task": "sums"})], model="other")
    shown = table(read([done.directory, other.directory]))
    assert [(row.model, row.tokens is None) for row in shown.rows] == [
        ("fake", False),
        ("fake", False),
        ("other", True),
    ]


# --- directories ---


def test_the_same_command_writes_the_same_again(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("manifest", "scoring"):  # the time stands in run.json and on the page
        monkeypatch.setattr(f"harness.interop.{module}.now", lambda: "2026-11-29T00:00:00+00:00")
    file = rows(VOTED, TIED)
    first = score([file], output=Path("out"))
    before = {file.name: file.read_bytes() for file in Path("out").iterdir()}
    score([file], output=Path("out"))
    after = {file.name: file.read_bytes() for file in Path("out").iterdir()}
    assert before == after
    assert score([file]).directory != first.directory  # a new one where none is named


@pytest.mark.parametrize(
    ("other", "part"),
    [({"kind": "label"}, "kind"), ({"model": "m"}, "models"), ({"strategy": "s"}, "strategies")],
)
def test_a_directory_that_holds_something_else_is_refused(
    rows: Rows, other: dict[str, str], part: str
) -> None:
    file = rows(VOTED)
    score([file], output=Path("out"))
    with pytest.raises(UserError, match=rf"samples of another run \(other {part}\)"):
        score([file], output=Path("out"), **other)  # type: ignore[arg-type]
    with pytest.raises(UserError, match=r"samples of another run \(other sources"):
        score([rows(TIED)], output=Path("out"))


def test_samples_are_not_scored_into_their_own_directory() -> None:
    done = a_run()
    before = (done.directory / "samples.jsonl").read_bytes()
    with pytest.raises(UserError, match="holds the samples of another run"):
        score([done.directory / "samples.jsonl"], output=done.directory)
    assert (done.directory / "samples.jsonl").read_bytes() == before


# --- processes ---


def test_several_processes_keep_the_order() -> None:
    with pool(0, processes=2) as ordered:
        assert list(ordered(operator.neg, range(20))) == [-number for number in range(20)]


def test_several_processes_write_what_one_writes(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = rows(*({**VOTED, "id": number} for number in range(300)), "bad")
    alone = score([file], output=Path("alone"))
    monkeypatch.setattr(workers, "SMALL", 0)
    monkeypatch.setattr("harness.interop.lines.CHUNK", 4096)
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    together = score([file], output=Path("together"))
    assert together.scores == alone.scores
    assert Path("together/samples.jsonl").read_bytes() == Path("alone/samples.jsonl").read_bytes()


def test_rows_that_are_put_together_at_once_are_sent_to_processes(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = {"choices": [{"message": {"content": says(5)}, "stop_reason": "stop"}]}
    each = [{"id": number, "epoch": 1, "target": "5", "output": output} for number in range(99)]
    file = rows({"samples": each, "status": "success", "eval": {"task": "t", "model": "m"}})
    monkeypatch.setattr(workers, "SMALL", 0)
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    assert [one["accuracy"] for one in score([file]).scores] == [1]


def test_a_process_that_is_ended_from_outside_is_told() -> None:
    with pytest.raises(UserError, match="ended from outside"), pool(0, processes=1) as ordered:
        list(ordered(os._exit, [1]))
