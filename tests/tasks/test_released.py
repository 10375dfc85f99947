"""Released data in local files: formats, and what is said of a file that is not as it should be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness.tasks.aqua import aqua
from harness.tasks.asdiv import asdiv
from harness.tasks.gsm8k import gsm8k
from harness.tasks.gsm8k_platinum import gsm8k_platinum
from harness.tasks.gsm_symbolic import gsm_symbolic
from harness.tasks.multiarith import multiarith
from harness.tasks.released import rows
from harness.tasks.singleop import singleop

from harness import UserError

WORKED = {"question": "One and one?", "answer": "1+1=<<1+1=2>>2\n#### 2"}
PLATINUM = {**WORKED, "cleaning_status": "consensus"}
SYMBOLIC = {**WORKED, "id": 7, "instance": 3, "original_id": 70}
AQUA = {
    "question": "One and one?",
    "options": ["A)2", "B)3", "C)4", "D)5", "E)6"],
    "rationale": "1 + 1 = 2\nAnswer: A",
    "correct": "A",
}


def made(tmp_path: Path, name: str, content: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def lines(*values: object) -> str:
    return "\n".join(json.dumps(value) for value in values)


def test_json_and_json_lines_are_told_apart_by_content(tmp_path: Path) -> None:
    first, second = {"input": "1 + 1?", "target": 2.0}, {"input": "1 + 2?", "target": 3}
    texts = {
        "lines.json": lines(first, second),
        "lines.jsonl": "\ufeff\n" + lines(first, second) + "\n\n",
        "list.jsonl": json.dumps([first, second], indent=1),
        "examples.json": json.dumps({"canary": "x", "examples": [first, second]}, indent=1),
    }
    for name, text in texts.items():
        problems = list(singleop(path=made(tmp_path, name, text)))
        assert [(p.question, p.answer) for p in problems] == [("1 + 1?", "2"), ("1 + 2?", "3")]
    one = list(singleop(path=made(tmp_path, "one.json", lines(first))))
    assert [p.answer for p in one] == ["2"]


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path: Path) -> None:
    text = '{"input": "1\u2028+ 1?", "target": 2}\n{"input": "1 + 2?", "target": 3}'
    assert len(list(singleop(path=made(tmp_path, "a.jsonl", text)))) == 2


def test_parquet_is_read_as_the_hub_keeps_it(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "test-00000-of-00001.parquet"
    row = PLATINUM
    parquet.write_table(pyarrow.Table.from_pylist([row]), path)
    (problem,) = gsm8k_platinum(path=str(path))
    assert problem.id == "gsm8k_platinum/test/0000"
    assert problem.answer == "2"
    assert problem.rationales == ("1+1=2",)
    assert problem.tags == {"steps": 1, "cleaning": "consensus"}


def test_asdiv_is_read_from_its_own_xml_without_what_is_no_number(tmp_path: Path) -> None:
    golds = [
        "9 (apples)",
        "1,200",
        "0.5 (hours)",
        "3:4",
        "5 (cats); 3 (dogs)",
        "yes",
        "1/2",
        "8:30",
    ]
    problems = "".join(
        f'<Problem ID="nluds-{number}" Grade="1"><Body>A tale.</Body><Question>How many?</Question>'
        f"<Solution-Type>Sum</Solution-Type><Answer>{gold}</Answer><Formula>x</Formula></Problem>"
        for number, gold in enumerate(golds)
    )
    text = f"<?xml version='1.0'?><Corpus><ProblemSet>{problems}</ProblemSet></Corpus>"
    found = list(asdiv(path=made(tmp_path, "ASDiv.xml", text)))
    assert [(p.id, p.answer) for p in found] == [
        ("asdiv/nluds-0", "9"),
        ("asdiv/nluds-1", "1200"),
        ("asdiv/nluds-2", "0.5"),
    ]
    assert found[0].question == "A tale. How many?"
    assert found[0].tags["type"] == "Sum"


def test_gsm_symbolic_is_named_and_tagged_by_template_and_instance(tmp_path: Path) -> None:
    row = SYMBOLIC
    (main,) = gsm_symbolic(path=made(tmp_path, "GSM_symbolic.jsonl", lines(row)))
    (harder,) = gsm_symbolic(path=made(tmp_path, "GSM_p1.jsonl", lines(row)))
    assert main.id == "gsm_symbolic/main/0007/03"
    assert harder.id == "gsm_symbolic/p1/0007/03"
    assert main.tags == {"steps": 1, "template": 7, "instance": 3}


def test_rows_for_a_generator_that_reads_a_released_file(tmp_path: Path) -> None:
    path = made(tmp_path, "a.json", json.dumps({"examples": [{"question": "q", "answer": "yes"}]}))
    assert [(row["question"], row["answer"]) for row in rows(path, ("question", "answer"))] == [
        ("q", "yes")
    ]
    with pytest.raises(
        UserError, match=r"row 1: no column label; the columns are question, answer"
    ):
        list(rows(path, ("label",)))


# Errors


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.jsonl", "", "empty.jsonl holds no rows"),
        ("none.json", "[]", "none.json holds no rows"),
        ("a.jsonl", lines(WORKED) + '\n{"question": ', "a.jsonl, line 2: not JSON"),
        ("a.json", '[\n{"question": }\n]', "a.json, line 2: not JSON"),
        ("a.json", '{\n"examples": [}', "a.json, line 2: not JSON"),
        ("a.txt", "What is this?", "a.txt, line 1: not JSON"),
        ("a.jsonl", lines(WORKED, ["a", "b"]), "a.jsonl, line 2: a row needs named columns"),
        ("a.json", "3", "a list of rows was expected, not 3"),
        ("a.jsonl", b'{"question": "\xff"}', "a.jsonl, line 1: not UTF-8 text"),
        (
            "a.jsonl",
            lines(WORKED, {"q": 1}),
            "a.jsonl, line 2: no column answer; the columns are q",
        ),
        ("a.jsonl", lines({"question": "q", "answer": 3}), "line 1: answer is 3, not a text"),
        (
            "a.jsonl",
            lines({"question": "q", "answer": "3"}),
            'line 1: the answer has no line "####',
        ),
        (
            "a.jsonl",
            lines({"question": "q", "answer": "#### x"}),
            "is no answer of the kind number",
        ),
        ("a.jsonl", lines({"question": " ", "answer": "#### 3"}), "line 1: question is"),
        ("a.parquet", "no", "a.parquet is no Parquet file"),
        ("a.xml", "<a>\n<b>", "a.xml, line 2: not XML"),
    ],
)
def test_a_bad_file_is_named_with_its_line_and_what_was_expected(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(UserError) as caught:
        list(gsm8k(path=made(tmp_path, name, content)))
    message = str(caught.value)
    assert said in message
    assert message.startswith("gsm8k: ")
    assert 'gsm8k reads {question, answer: "... #### 18"} as in https://' in message
    assert "\n" not in message


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no file .*nothing.jsonl"):
        list(gsm8k(path=str(tmp_path / "nothing.jsonl")))
    with pytest.raises(UserError, match="is a folder: give the data file itself"):
        list(gsm8k(path=str(tmp_path)))


@pytest.mark.parametrize("gold", [True, None, "", "many", float("nan"), float("inf"), [1.0]])
def test_a_gold_that_is_no_number_is_refused(tmp_path: Path, gold: object) -> None:
    path = made(tmp_path, "a.jsonl", lines({"input": "q", "target": gold}))
    with pytest.raises(UserError, match=r"line 1: the gold .* is no answer of the kind number"):
        list(singleop(path=path))


def test_rows_of_another_shape_are_refused(tmp_path: Path) -> None:
    two = {"iIndex": 0, "sQuestion": "q", "lEquations": ["x=1"], "lSolutions": [1.0, 2.0]}
    with pytest.raises(UserError, match=r"lSolutions is \[1.0, 2.0\], not a list of one"):
        list(multiarith(path=made(tmp_path, "a.json", json.dumps([two]))))
    text = {**AQUA, "options": "A)1 B)2"}
    with pytest.raises(UserError, match="not a list of texts"):
        list(aqua(path=made(tmp_path, "b.json", lines(text))))
    for letter in ("F", "?"):
        with pytest.raises(UserError, match="is no answer of the kind choice"):
            list(aqua(path=made(tmp_path, "c.json", lines({**AQUA, "correct": letter}))))


def test_two_rows_with_one_id_are_refused(tmp_path: Path) -> None:
    row = {"iIndex": 4, "sQuestion": "q", "lEquations": ["x=1"], "lSolutions": [1.0]}
    with pytest.raises(UserError, match="two rows have the id multiarith/0004"):
        list(multiarith(path=made(tmp_path, "a.json", json.dumps([row, row]))))


def test_options_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path, "a.jsonl", lines(WORKED))
    with pytest.raises(UserError, match=r"no split 'tset'; split= can be test or train"):
        list(gsm8k(split="tset"))
    with pytest.raises(UserError, match="revision= is for downloads"):
        list(gsm8k(path=path, revision="main"))
    with pytest.raises(UserError, match="no variant 'p3'; variant= can be main, p1 or p2"):
        list(gsm_symbolic(variant="p3"))


def test_loading_a_local_file_imports_neither_datasets_nor_torch(tmp_path: Path) -> None:
    path = made(tmp_path, "a.jsonl", lines(WORKED))
    program = (
        "import sys; from harness.tasks.gsm8k import gsm8k; "
        f"assert len(list(gsm8k(path={path!r}))) == 1; "
        "print([n for n in ('torch', 'datasets', 'pyarrow', 'transformers') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
