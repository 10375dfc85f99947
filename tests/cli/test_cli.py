"""The commands, as a person meets them: what they print, what they refuse, how they end."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import harness.models
import harness.running.planning
from harness import KINDS
from harness.cli import main, running
from harness.models.scripted import Scripted

MINE = '''"""A task and strategies of somebody's own (nobody, 2026)."""

from harness import Problem, UserError, chain, direct, strategy, task


@task()
def sums(*, count: int = 3, gold: str = "5"):
    """Sums, all with one answer."""
    for number in range(count):
        question = f"What is {number} + {5 - number}?"
        yield Problem(f"sums/{number}", question, gold, "number", rationales=("Count on.",))


@strategy
async def ask(problem, model, *, paths: int = 1, temperature: float = 0.0):
    """The question alone."""
    replies = await model.sample(direct(problem), n=paths, temperature=temperature)
    return [chain(problem, reply) for reply in replies]


@strategy
async def twice(problem, model):
    """The question, and the same with the first reply below it."""
    prompt = direct(problem)
    [reply] = await model.sample(prompt)
    replies = await model.sample(prompt.continued(reply.text + " Again:"), max_tokens=9)
    return [chain(problem, *replies)]


@strategy
async def faulty(problem, model):
    """A bug."""
    raise ZeroDivisionError("a bug")


@strategy
async def sometimes(problem, model):
    """A bug that not every problem meets."""
    return await (ask if problem.id == "sums/1" else faulty)(problem, model)
'''

Harness = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def said(here: Path, monkeypatch: pytest.MonkeyPatch) -> Harness:
    """Runs a command in a folder of its own, with a scripted model for any model named."""

    def load(spec: str, **settings: Any) -> Scripted:
        return Scripted(lambda text: "The answer is 5.", name=spec, identity=spec)

    monkeypatch.setattr(harness.models, "load", load)
    monkeypatch.setattr(harness.running.planning, "load", load)

    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, words, prog_name="harness")
        shown = result.exception if result.exit_code == 1 else None
        assert result.exit_code == code, (result.output, shown)
        return result

    return run


def test_the_version_is_that_of_the_distribution(said: Harness) -> None:
    assert said("--version").output == "harness 0.1.0\n"


def test_help_shows_what_to_type(said: Harness) -> None:
    assert "harness show arithmetic chain_of_thought" in said("--help").output
    for command in ("list", "show", "check", "run", "score", "report"):
        assert f"harness {command}" in said(command, "--help").output or command == "list"


def test_list_shows_names_options_and_sources(said: Harness) -> None:
    text = said("list").output
    assert "self_consistency" in text
    assert "paths=40" in text
    assert "arXiv:2203.11171" in text
    assert "steps=3-5" in text
    assert "coin_flip" in text


def test_list_can_be_told_what_to_list(said: Harness) -> None:
    text = said("list", "exemplars").output
    assert text.startswith("exemplars\n")
    assert "8 worked examples with 3 rationales each; answers: number." in text
    assert "self_consistency" not in text


def test_everything_that_is_built_in_says_what_it_is_and_where_it_comes_from() -> None:
    from harness.cli.listing import LISTS

    for name, entries in LISTS.items():
        for entry in entries():
            assert entry.summary.endswith("."), (name, entry)
            assert entry.source, (name, entry)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lst"], "Did you mean 'list'?"),
        (["run", "--limt", "3"], "'--limit'"),
        (["run", "--limit", "0"], "0 is not in the range x>=1"),
        (["list", "things"], "'tasks', 'groups', 'strategies', 'exemplars'"),
        (["show", "arithmetic"], "Missing argument 'STRATEGY'"),
        (["report"], "Missing argument 'DIR...'"),
        (["score"], "Missing argument 'FILE...'"),
        (["score", "rows.jsonl", "--knd", "number"], "Did you mean '--kind'?"),
    ],
)
def test_a_mistyped_command_is_told_its_nearest(
    said: Harness, words: list[str], message: str
) -> None:
    assert message in said(*words, code=2).stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "-t", "arithmetik"], "did you mean 'arithmetic'?"),
        (["run", "-s", "self_consistency:pats=3"], "did you mean 'paths'?"),
        (["run", "-t", "mine.py@sum"], "did you mean 'sums'?"),
        (["show", "mine.py@sums", "mine.py@ask", "--problem", "4"], "no problem 4"),
        (["show", "mine.py@sums", "mine.py@ask", "--problem", "0"], "no problem 0"),
        (["check", "gone.py@sums"], "no file gone.py"),
        (["report", "gone"], "gone is not a folder"),
        (["score", "min.py"], "no file min.py (did you mean 'mine.py'?)"),
        (["score", "."], ". is a folder"),
        (["score", "mine.py"], "mine.py has no row to score"),
    ],
)
def test_bad_input_is_one_line_and_no_traceback(
    said: Harness, words: list[str], message: str
) -> None:
    result = said(*words, code=2)
    assert message in result.stderr
    assert result.stderr.startswith("harness: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_bug_has_its_traceback(said: Harness) -> None:
    result = CliRunner().invoke(main, ["show", "mine.py@sums", "mine.py@faulty"])
    assert isinstance(result.exception, ZeroDivisionError)


def test_an_interruption_ends_with_130(said: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.problems.checking.check", interrupted)
    assert said("check", "mine.py@sums", code=130).stderr == "harness: stopped\n"
    monkeypatch.setattr("harness.interop.scoring.score", interrupted)
    assert said("score", "mine.py", code=130).stderr == "harness: stopped\n"
    # a run says by itself where it keeps what is done
    monkeypatch.setattr(sys.modules["harness.running.run"], "run", interrupted)
    assert said("run", code=130).stderr == ""


def test_show_prints_the_exact_text_of_every_prompt(said: Harness) -> None:
    text = said("show", "mine.py@sums", "mine.py@ask:paths=3,temperature=0.5").output
    assert text == (
        "sums/0, gold: 5\n"
        "\n--- prompt 1 of 1: 3 paths, temperature 0.5, at most 256 new tokens ---\n"
        "Q: What is 0 + 5?\nA:\n--- scripted reply ---\n Count on. The answer is 5.\n"
    )


def test_show_goes_on_from_a_first_reply_as_an_exemplar_gives_it(said: Harness) -> None:
    text = said("show", "mine.py@sums", "mine.py@twice", "--problem", "2").output
    assert "prompt 2 of 2: 1 path, greedy, at most 9 new tokens" in text
    assert "\nQ: What is 1 + 4?\nA: Count on. The answer is 5. Again:\n--- scripted" in text


@pytest.mark.parametrize("strategy", running.STRATEGIES)
@pytest.mark.parametrize("task", running.TASKS)
def test_show_shows_every_strategy_on_every_task(said: Harness, task: str, strategy: str) -> None:
    text = said("show", task, strategy).output
    assert "prompt 1 of" in text
    assert "\nQ: " in text


def test_show_takes_other_exemplars(said: Harness, here: Path) -> None:
    one = {"question": "What is 1 + 1?", "rationales": ["Count."], "answer": "2"}
    (here / "my.json").write_text(json.dumps({"kind": "number", "exemplars": [one]}))
    text = said("show", "mine.py@sums", "chain_of_thought", "--exemplars", "my.json").output
    assert "Q: What is 1 + 1?\nA: Count. The answer is 2.\n\nQ: What is 0 + 5?\nA:\n--- " in text


def test_check_counts_golds_that_pass(said: Harness) -> None:
    text = said("check", "mine.py@sums", "mine.py@sums:count=2").output
    assert [
        line.split() for line in text.splitlines() if line.startswith(" sums") or "sums" in line
    ]
    rows = [line.split() for line in text.splitlines() if line.strip().startswith("sums")]
    assert rows == [["sums", "number", "3", "3", "0"], ["sums:count=2", "number", "2", "2", "0"]]


def test_check_names_golds_that_fail_and_ends_with_1(said: Harness) -> None:
    text = said("check", "mine.py@sums:gold=five apples,count=12", code=1).output
    assert "sums/0: 'five apples' is" in text
    assert "and 2 more" in text


def test_check_tries_strategies_and_ends_with_1_where_one_fails(said: Harness) -> None:
    text = said("check", "-s", "mine.py@ask", "-s", "mine.py@twice").output
    assert text.count("ask ") == text.count("twice ") == len(KINDS)
    assert text.count("1 of 1") == 2 * len(KINDS)
    text = said("check", "mine.py@sums", "-s", "mine.py@faulty", code=1).output
    assert "faulty on number: ZeroDivisionError: a bug" in text
    assert "sums" in text
    assert "nothing to check" in said("check", code=2).stderr


def test_check_reads_as_many_problems_as_it_is_told(said: Harness) -> None:
    assert " 4 " in said("check", "mine.py@sums:count=9", "--limit", "4").output


def test_run_shows_the_table_and_names_the_files(said: Harness, here: Path) -> None:
    words = ["run", "-t", "mine.py@sums", "-s", "mine.py@ask", "-s", "mine.py@faulty"]
    text = said(*words, "-s", "mine.py@ask:paths=2,temperature=0.5", "-o", "out").output
    assert "Model: reference" in text
    assert "n=3" in text
    assert "ask:paths=2,temperature=0.5" in text
    for name in ("report.md", "report.html"):
        assert str(Path("out", name)) in text
    written = ("run.json", "samples.jsonl", "scores.json", "prompts.json", "report.csv")
    for name in (*written, "report.md", "report.html"):
        assert (here / "out" / name).stat().st_size
    # one strategy failed on every problem, and the others ran
    assert "Failed: 3 of 3 problems (100.0 %) of faulty on sums; " in text


def test_a_run_in_which_nothing_ran_says_why_and_ends_with_1(said: Harness, here: Path) -> None:
    words = ["run", "-t", "mine.py@sums", "-t", "mine.py@sums:count=2", "-s", "mine.py@faulty"]
    result = said(*words, "-o", "out", code=1)
    assert result.stderr.splitlines()[-1] == (
        "harness: no problem ran: all 5 failed, the first with ZeroDivisionError: a bug"
    )
    for name in ("samples.jsonl", "scores.json", "report.md", "report.html", "report.csv"):
        assert (here / "out" / name).stat().st_size
    assert "no problem of faulty ran" in result.stdout


def test_a_run_in_which_some_failed_says_so_in_one_line_and_ends_with_0(said: Harness) -> None:
    words = ["run", "-t", "mine.py@sums", "-s", "mine.py@sometimes", "-o", "out"]
    result = said(*words)
    [line] = [line for line in result.stderr.splitlines() if "failed" in line]
    assert line == (
        "reference sums sometimes: 2 of 3 problems failed, the first with ZeroDivisionError: a bug"
    )
    # and where another column ran, one that did not is no reason to fail
    said("run", "-t", "mine.py@sums", "-s", "mine.py@ask", "-s", "mine.py@faulty", "-o", "two")


def test_the_long_sections_come_when_they_are_asked_for(said: Harness, here: Path) -> None:
    make_runs(said)
    for words in (["report", "two"], ["run", *RUN_TWO], ["report", "one", "two"]):
        text = said(*words).stdout
        assert text.startswith("sums: ")
        assert "Model: reference" in text
        assert not {"Cost", "Paths", "Certainty", "Readings"} & set(text.splitlines()), words
        assert "--full" in text
    full = said("report", "two", "--full").output
    assert {"Cost", "Paths", "Certainty", "Readings"} <= set(full.splitlines())
    assert "--full" not in full
    assert "## Certainty" in (here / "two" / "report.md").read_text(encoding="utf-8")


def test_the_end_of_a_run_fits_as_many_columns_as_there_are(
    said: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    tasks = [word for count in (2, 3, 4) for word in ("-t", f"mine.py@sums:count={count}")]
    strategies = [
        word for name in ("ask", "twice", "sometimes") for word in ("-s", f"mine.py@{name}")
    ]
    text = said("run", *tasks, *strategies, "-o", "out").stdout
    assert max(map(len, text.splitlines())) <= 80


def test_run_takes_several_models(said: Harness, here: Path) -> None:
    words = ["-t", "mine.py@sums", "-s", "mine.py@ask"]
    text = said("run", "-m", "one", "-m", "two", *words, "-o", "out").output
    assert "model" in text
    assert {score["model"] for score in scores(here / "out")} == {"one", "two"}


def test_run_without_arguments_is_the_demonstration(said: Harness, here: Path) -> None:
    said("run")
    [directory] = (here / "results").glob("*-reference-1")
    found = scores(directory)
    assert len(found) == len(running.TASKS) * len(running.STRATEGIES)
    assert {score["problems"] for score in found} == {running.LIMIT}
    assert not any(score["errors"] for score in found)


def test_a_task_that_is_named_is_run_whole(said: Harness, here: Path) -> None:
    said("run", "-t", f"mine.py@sums:count={running.LIMIT + 1}", "-s", "mine.py@ask", "-o", "out")
    assert scores(here / "out")[0]["problems"] == running.LIMIT + 1


def test_report_puts_runs_into_one_table(said: Harness, here: Path) -> None:
    make_runs(said)
    text = said("report", "one", "two").output
    assert "ask" in text
    assert "ask:paths=2,temperature=0.5" in text
    assert text.count("100.0") >= 2


def test_report_writes_csv_json_and_markdown(said: Harness, here: Path) -> None:
    make_runs(said)
    rows = list(csv.DictReader(io.StringIO(said("report", "one", "two", "--csv").output)))
    assert [row["run"] for row in rows] == ["one", "two"]
    assert len(json.loads(said("report", "one", "--json").output)["scores"]) == 1
    assert said("report", "one", "two", "-o", "both.md").output == "both.md\n"
    written = (here / "both.md").read_text(encoding="utf-8")
    assert written.startswith("- sums: ")
    assert "\n\nModel: reference\n\n| str" in written
    assert r"\begin{tabular}{lrr}" in said("report", "one", "two", "--latex").output
    said("report", "one", "two", "-o", "both.html")
    assert (here / "both.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    said("report", "one", "--csv", "-o", "one.csv")
    assert (here / "one.csv").read_text(encoding="utf-8").startswith("run,model,task,strategy")


def test_report_says_where_a_run_is_not_finished(said: Harness, here: Path) -> None:
    make_runs(said)
    manifest = json.loads((here / "one" / "run.json").read_text(encoding="utf-8"))
    (here / "one" / "run.json").write_text(json.dumps(manifest | {"status": "running"}))
    assert "the run in one is not finished" in said("report", "one").stderr


def test_report_decides_stored_chains_anew(said: Harness, here: Path) -> None:
    make_runs(said)
    words = ("--vote", "first:k=1", "--vote", "weighted_sum", "--stop", "window:size=2", "--csv")
    rows = list(csv.DictReader(io.StringIO(said("report", "one", "two", *words).output)))
    several = "ask:paths=2,temperature=0.5"
    assert [row["label"] for row in rows] == [
        "ask",  # one chain each: nothing to decide
        several,
        f"{several} [first:k=1]",
        f"{several} [weighted_sum]",
        f"{several} [stop=window:size=2]",
    ]
    assert {row["accuracy"] for row in rows} == {"1.0"}
    scored = json.loads((here / "two" / "scores.json").read_text(encoding="utf-8"))
    scored["scores"][0]["curve"] = None  # as of chains that a rule has stopped already
    (here / "two" / "scores.json").write_text(json.dumps(scored), encoding="utf-8")
    assert "[stop=" not in said("report", "two", "--stop", "adaptive", "--csv").output
    assert "Differences" in said("report", "one", "two", "--baseline", "ask", "--full").output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--vote", "wieghted_sum"), "did you mean 'weighted_sum'"),
        (("--vote", "first:n=3"), "first has no option 'n'"),
        (("--stop", "adptive"), "did you mean 'adaptive'"),
        (("--baseline", "aks"), "did you mean 'ask'"),
    ],
)
def test_a_report_refuses_what_it_does_not_know(
    said: Harness, words: tuple[str, str], message: str
) -> None:
    make_runs(said)
    assert message in said("report", "one", "two", *words, code=2).stderr


def test_a_report_that_cannot_be_written_says_why(said: Harness) -> None:
    make_runs(said)
    assert (
        "cannot be written to no/where.csv"
        in said("report", "one", "--csv", "-o", "no/where.csv", code=2).stderr
    )


def test_score_shows_the_table_and_names_the_files(said: Harness, here: Path) -> None:
    rows = ['{"gold": "5", "texts": ["The answer is 5."]}\n', "bad\n"]
    (here / "rows.jsonl").write_text("".join(rows), encoding="utf-8")
    words = ["score", "rows.jsonl", "-m", "theirs", "-t", "sums", "-s", "cot", "-o", "out"]
    result = said(*words, "--kind", "number")
    assert "Model: theirs" in result.stdout
    assert str(Path("out", "report.md")) in result.stdout
    assert result.stderr.startswith("harness: 1 of 2 rows skipped: line 2")
    assert result.stderr.count("\n") == 1
    assert [one["task"] for one in scores(here / "out")] == ["sums"]
    said(*words, "--strict", code=2)
    make_runs(said)
    assert "cot" in said("report", "one", "out").output


RUN_TWO = ["-t", "mine.py@sums", "-s", "mine.py@ask:paths=2,temperature=0.5", "-o", "two"]


def make_runs(said: Harness) -> None:
    said("run", "-t", "mine.py@sums", "-s", "mine.py@ask", "-o", "one")
    said("run", *RUN_TWO)


def scores(directory: Path) -> list[dict[str, Any]]:
    content = json.loads((directory / "scores.json").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = content["scores"]
    return found


def test_models_are_told_of_without_their_weights() -> None:
    result = CliRunner().invoke(main, ["models", "reference"], prog_name="harness")
    assert result.exit_code == 0, result.output
    for fact in (
        "4.6 million",
        "plain text: its tokenizer has no",
        "<end>",
        "by the engine",
        "2,048",
    ):
        assert fact in result.stdout
