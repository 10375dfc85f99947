"""CSV, TSV and parquet are tables of rows, whose columns the user may name."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from pyarrow import Table, parquet  # type: ignore[import-untyped]

from harness import UserError
from harness.interop.formats.fields import parsed
from harness.interop.pieces import Entry, entries
from harness.interop.rows import Row, Text
from harness.interop.source import sources
from tests.interop.found import found

TEXT = 'He said "no", then:\n18'


def rows(file: Path, fields: str | None = None) -> list[Entry]:
    [source] = sources([file], None if fields is None else parsed(fields))
    return [entry for chunk in source.chunks() for entry in entries(chunk)]


def csv(folder: Path, text: str, name: str = "rows.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('qid,target,completion\r\n7,18,"He said ""no"", then:\n18"\r\n', "rows.csv"),
        ('\ufeffqid;target;completion\n7;18;"He said ""no"", then:\n18"\n', "rows.txt"),
        ('qid\ttarget\tcompletion\n7\t18\t"He said ""no"", then:\n18"\n', "rows.tsv"),
    ],
)
def test_a_table_is_read_with_the_fields_that_are_named(
    tmp_path: Path, text: str, name: str
) -> None:
    expected = [("fields", Row("18", (Text(TEXT),), "7"))]
    file = csv(tmp_path, text, name)
    assert rows(file, "gold=target,texts=completion,id=qid") == expected
    file.write_bytes(gzip.compress(file.read_bytes()))
    assert rows(file, "gold=target,texts=completion,id=qid") == expected


def test_columns_that_say_what_they_are_need_no_naming(tmp_path: Path) -> None:
    file = csv(
        tmp_path, 'id,gold,texts,choices,tokens\na,B,"[""x"", ""y""]","[\'r\', \'b\']","[4, 5]"\n'
    )
    texts = (Text("x", tokens=4), Text("y", tokens=5))
    assert found(file) == [("fields", Row("B", texts, "a", choices=("r", "b")))]


def test_several_columns_are_the_chains_of_a_problem(tmp_path: Path) -> None:
    file = csv(tmp_path, "answer,first,second,level\n18,a,b,easy\n")
    [(_, row)] = rows(file, "gold=answer,texts=first+second,tags=level")  # type: ignore[str-unpack]
    assert row == Row("18", (Text("a"), Text("b")), tags={"level": "easy"})


def test_a_list_of_several_golds_is_written_in_a_cell(tmp_path: Path) -> None:
    [entry, interval] = found(csv(tmp_path, "gold\ttext\n['7', 'seven']\t7\n[1, 2]\t[1, 2]\n"))
    assert entry[1].golds == ("7", "seven")  # type: ignore[union-attr]
    assert (interval[1].gold, interval[1].texts) == ("[1, 2]", (Text("[1, 2]"),))  # type: ignore[union-attr]


def test_a_line_of_another_length_is_a_bad_row(tmp_path: Path) -> None:
    good, bad = found(csv(tmp_path, "gold,text\n1,one\n2,two,three\n"))
    assert good == ("fields", Row("1", (Text("one"),)))
    assert str(bad).startswith("no object but ['2', 'two', 'three']")


def test_a_table_whose_columns_nobody_named_says_how_to(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"with the columns q, a: say which is what, as in --fields gold="
    ):
        found(csv(tmp_path, "q,a\n1,2\n"))


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(b"gold,text\n1,\xff\n")
    with pytest.raises(UserError, match="cannot be read as a table"):
        found(file)


# --- parquet ---


def table(folder: Path, *content: dict[str, Any], size: int = 2) -> Path:
    file = folder / "rows.parquet"
    parquet.write_table(Table.from_pylist(list(content)), file, row_group_size=size)
    return file


def test_parquet_holds_plain_rows(tmp_path: Path) -> None:
    each = [
        {"gold": str(number), "texts": ["a", "b"], "logprobs": [-1.0, None]} for number in range(5)
    ]
    assert found(table(tmp_path, *each)) == [
        ("rows", Row(str(number), (Text("a", None, None, -1.0), Text("b")))) for number in range(5)
    ]


def test_parquet_holds_the_samples_that_the_hub_shows(tmp_path: Path) -> None:
    """The Hub makes parquet of lm-evaluation-harness's logged samples."""
    content = {
        "doc_id": 4, "doc": {"question": "3 * 6?", "choices": {"text": ["18", "19"], "label": ["A", "B"]}},
        "target": "A", "arguments": {"gen_args_0": {"arg_0": "Q", "arg_1": {"until": ["Q:"]}}},
        "resps": [["so A", "B"]], "filtered_resps": ["A"], "filter": "none", "exact_match": 1.0,
    }  # fmt: skip
    [entry] = found(table(tmp_path, content))
    assert entry == (
        "lm-evaluation-harness",
        Row(
            "A",
            (Text("so A"), Text("B")),
            "4",
            choices=("18", "19"),
            question="3 * 6?",
            variant="none",
        ),
    )


def test_a_path_leads_into_columns(tmp_path: Path) -> None:
    outputs = [{"message": {"content": "18"}}, {"message": {"content": "19"}}]
    file = table(tmp_path, {"doc": {"answer": 18, "other": "x"}, "outputs": outputs, "rest": 1})
    [entry] = rows(file, "gold=doc.answer,texts=outputs.message.content")
    assert entry == ("fields", Row("18", (Text("18"), Text("19"))))


def test_a_parquet_file_that_is_broken_is_refused(tmp_path: Path) -> None:
    file = table(tmp_path, {"gold": "1", "text": "1"})
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(UserError, match="cannot be read as parquet"):
        found(file)
