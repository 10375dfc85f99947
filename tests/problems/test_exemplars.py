"""Exemplars: ours by name, the user's by file, published ones without importing lm-eval."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import UserError
from harness.problems.checking import fault
from harness.problems.exemplars import exemplar_set, exemplars, names
from harness.prompt import answered
from harness.reading.kinds import KINDS

ROWS: list[dict[str, Any]] = [
    {
        "question": "Ann has 3 plums and picks 4. How many has she?",
        "rationales": ["3 + 4 = 7.", "4 and 3 make 7."],
        "equation": "3 + 4 = 7",
        "answer": "7",
    },
    {"question": "Bo has 9 nuts and eats 2. How many are left?", "rationales": [], "answer": 7},
]

TASK = """\
task: fruit_cot
dataset_path: nobody/nothing
process_results: !function utils.process
generation_kwargs:
  until: ["Q:"]
fewshot_config:
  sampler: first_n
  samples:
  - question: Ann has 3 plums and picks 4.
      How many has she?
    target: She starts with 3.
      3 + 4 = 7. The answer is 7.
  - question: Bo earns $1,000 twice. How much is that?
    target: 'Twice is 2 * 1,000 = 2,000.  So the answer is $2,000.'
"""


def write(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


@pytest.mark.parametrize("name", names())
def test_ours_by_name(name: str) -> None:
    found = exemplar_set(name)
    assert found.name == name
    assert found.source
    assert exemplars(name) == found.problems
    for problem in found.problems:
        assert problem.rationale
        assert fault(problem) is None
        assert KINDS[problem.kind].normal(problem.answer, problem.choices) == problem.answer
    assert len({problem.id for problem in found.problems}) == len(found.problems)


def test_a_set_in_a_file(tmp_path: Path) -> None:
    content = {"name": "fruit", "source": "me", "kind": "number", "exemplars": ROWS}
    found = exemplar_set(write(tmp_path, "mine.json", content))
    assert (found.name, found.source) == ("fruit", "me")
    first, second = found.problems
    assert first.id == "fruit/exemplar/1"
    assert first.rationales == ("3 + 4 = 7.", "4 and 3 make 7.")
    assert first.equation == "3 + 4 = 7"
    assert (second.answer, second.rationales) == ("7", ())
    assert {problem.kind for problem in found.problems} == {"number"}


def test_rows_in_a_file(tmp_path: Path) -> None:
    as_list = exemplar_set(write(tmp_path, "rows.json", ROWS))
    lines = "\n".join(json.dumps(row) for row in ROWS) + "\n\n"
    as_lines = exemplar_set(str(write(tmp_path, "rows.jsonl", lines)))
    assert as_list.problems == as_lines.problems
    assert as_list.digest() == as_lines.digest()
    assert as_list.name == "rows"
    assert as_list.problems[0].kind == "number"
    one = exemplar_set(write(tmp_path, "one.jsonl", json.dumps(ROWS[0])))
    assert len(one.problems) == 1


def test_the_kind_is_guessed_or_said(tmp_path: Path) -> None:
    choice = [{"question": "Which?", "choices": ["2", "3"], "answer": "B"}]
    yes_no = [{"question": "Is it?", "answer": "yes"}, {"question": "Or?", "answer": "no"}]
    said = [{"question": "Last letters?", "answer": "nk", "kind": "letters", "rationale": "n, k."}]
    assert exemplars(write(tmp_path, "a.json", choice))[0].kind == "choice"
    assert exemplars(write(tmp_path, "b.json", yes_no))[0].kind == "yes_no"
    letters = exemplars(write(tmp_path, "c.json", said))[0]
    assert (letters.kind, letters.rationale) == ("letters", "n, k.")


def test_a_closing_word_is_part_of_the_set_and_of_its_digest(tmp_path: Path) -> None:
    plain = exemplar_set(write(tmp_path, "mine.json", {"exemplars": ROWS}))
    closed = exemplar_set(write(tmp_path, "mine.json", {"exemplars": ROWS, "closing": "So"}))
    assert answered(closed.problems[0], rationale="3 + 4 = 7.") == "3 + 4 = 7. So the answer is 7."
    assert answered(closed.problems[0]) == answered(plain.problems[0]) == "The answer is 7."
    assert plain.digest() != closed.digest()


def test_the_digest_follows_the_content(tmp_path: Path) -> None:
    digests = set()
    parts = {"parts": [["What?", "7."]]}
    for change in ({}, {"answer": "8"}, {"rationales": ["no"]}, {"question": "What?"}, parts):
        rows = [{**ROWS[0], **change}]
        digests.add(exemplar_set(write(tmp_path, "mine.json", rows)).digest())
    assert len(digests) == 5


@pytest.mark.parametrize("name", ["arithmetic", "aqua", "coin_flip", "last_letter"])
def test_our_examples_state_their_parts_and_the_last_one_has_the_answer(name: str) -> None:
    for problem in exemplars(name):
        assert len(problem.parts) > 1
        sentence = KINDS[problem.kind].sentence(problem.answer)
        said = f"{problem.parts[-1][1]} {sentence}"
        assert KINDS[problem.kind].read(said, problem.choices).answer == problem.answer
        if problem.kind == "number":
            assert problem.answer in problem.parts[-1][1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("no json", "neither JSON nor JSONL"),
        ("[]", "holds no list of exemplars"),
        ('{"exemplars": 3}', "holds no list of exemplars"),
        (
            '[{"question": "?", "answer": "3", "parts": [["one"]]}]',
            "'parts' is not a list of pairs",
        ),
        ("[3]", "exemplar 1 of .* is not an object"),
        ('[{"answer": "3"}]', "exemplar 1 of .* has no 'question'"),
        ('[{"question": "?", "answer": "3", "rationales": "3"}]', "'rationales' is not a list"),
        ('{"kind": "numbr", "exemplars": [{"question": "?", "answer": "3"}]}', "mean 'number'"),
        ('{"kind": "number", "exemplars": [{"question": "?", "answer": "x"}]}', "'x' .* no number"),
        ('[{"question": "?", "answer": "perhaps so"}]', "does not say its kind"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        exemplar_set(write(tmp_path, "mine.json", content))


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no exemplars 'arithmetik' .did you mean 'arithmetic'"):
        exemplars("arithmetik")
    with pytest.raises(UserError, match="cannot be read"):
        exemplars(tmp_path / "nothing.json")


@pytest.fixture
def lm_eval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed lm-eval that cannot be imported."""
    package = tmp_path / "site" / "lm_eval"
    folder = package / "tasks" / "fruit"
    folder.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('this must not be imported')\n")
    (folder / "fruit-cot.yaml").write_text(TASK)
    (folder / "fruit-again.yaml").write_text("include: fruit-cot.yaml\ntask: fruit_again\n")
    (folder / "bare.yaml").write_text("task: bare\nfewshot_config:\n  sampler: first_n\n")
    (folder / "code.yaml").write_text(
        "task: code\nfewshot_config:\n  samples: !function utils.samples\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "lm_eval", raising=False)
    return folder


def test_published_exemplars(lm_eval: Path) -> None:
    found = exemplar_set("lm_eval:fruit_cot")
    first, second = found.problems
    assert first.question == "Ann has 3 plums and picks 4. How many has she?"
    assert first.rationales == ("She starts with 3. 3 + 4 = 7.",)
    assert first.answer == "7"
    assert second.rationale == "Twice is 2 * 1,000 = 2,000."
    assert second.answer == "2000"
    assert {first.kind, second.kind} == {"number"}
    assert "lm_eval/tasks/fruit/fruit-cot.yaml" in found.source
    assert "lm_eval" not in sys.modules


def test_published_exemplars_of_an_included_file(lm_eval: Path) -> None:
    assert len(exemplars("lm_eval:fruit_again")) == 2


def test_published_exemplars_that_are_not_there(
    lm_eval: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"no task 'fruit_cott' .* .did you mean 'fruit_cot'"):
        exemplars("lm_eval:fruit_cott")
    for name in ("bare", "code"):
        with pytest.raises(UserError, match="no worked examples of its own"):
            exemplars(f"lm_eval:{name}")
    (lm_eval / "fruit-cot.yaml").write_text(TASK.replace("So the answer is $2,000", "Lots"))
    with pytest.raises(UserError, match=r"sample 2 of 'fruit_cot'.* does not end in an answer"):
        exemplars("lm_eval:fruit_cot")
    (lm_eval / "fruit-cot.yaml").write_text("task: fruit_cot\nfewshot_config: [")
    with pytest.raises(UserError, match="is not YAML"):
        exemplars("lm_eval:fruit_cot")


def test_lm_eval_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"lm-eval is not installed here.*pip install"):
        exemplars("lm_eval:gsm8k_cot")
