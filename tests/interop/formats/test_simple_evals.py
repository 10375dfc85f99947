"""simple-evals' reports: the HTML page, and the JSON that holds its parts."""

from __future__ import annotations

import html
import json
from pathlib import Path

from harness.interop.rows import Row, Text
from harness.interop.source import sources
from tests.interop.found import found

PAGE = """<!DOCTYPE html>
<html>
    <head><style>.message { padding: 8px; }</style></head>
    <body>
    <h1>Metrics</h1>
    <table><tr><td><b>Score</b></td><td>0.5</td></tr></table>
    <h1>Examples</h1>
    EXAMPLES
    </body>
</html>
"""


def message(role: str, content: str) -> str:
    said = html.escape(content)
    return (
        f'<div class="message {role}">\n    <div class="role">\n    {role}\n    </div>\n'
        f'    <div class="content">\n    <pre>{said}</pre>\n    </div>\n</div>'
    )


def example(asked: str, said: str, gold: object) -> str:
    return (
        f"\n<h3>Prompt conversation</h3>\n\n{message('system', 'Be brief.')}\n{message('user', asked)}\n\n"
        f"<h3>Sampled message</h3>\n\n{message('assistant', said)}\n<h3>Results</h3>\n"
        f"<p>Correct Answer: {html.escape(str(gold))}</p>\n<p>Extracted Answer: 18</p>\n<p>Score: 1.0</p>\n"
    )


EXAMPLES = [
    example("Is 3 < 6?", "Yes: 3 < 6.\n\nAnswer: <b>yes</b>", "yes"),
    example("3 * 6?", "18", "18"),
    example("Is 3 < 6?", "No.", "yes"),
    example("Who?", "Ann", ["Ann", "Anna"]),
]
ROWS = [
    ("simple-evals", Row("yes", (Text("Yes: 3 < 6.\n\nAnswer: <b>yes</b>"), Text("No.")), question="Is 3 < 6?")),
    ("simple-evals", Row("18", (Text("18"),), question="3 * 6?")),
    ("simple-evals", Row("Ann", (Text("Ann"),), accepted=("Anna",), question="Who?")),
]  # fmt: skip


def page(folder: Path, *examples: str) -> Path:
    file = folder / "gsm_gpt-4o_chatgpt.html"
    file.write_text(PAGE.replace("EXAMPLES", "".join(f"{one}    <hr>\n" for one in examples)))
    return file


def test_a_question_that_was_asked_again_has_another_chain(tmp_path: Path) -> None:
    file = page(tmp_path, *EXAMPLES)
    assert found(file) == ROWS
    [source] = sources([file])
    assert (source.model, source.task, source.unit) == ("gpt-4o_chatgpt", "gsm", "example")


def test_all_results_in_json_hold_the_same(tmp_path: Path) -> None:
    file = tmp_path / "gsm_gpt-4o_chatgpt_20260131_120000_allresults.json"
    results = {
        "score": 0.5,
        "metrics": {"chars": 9.0},
        "htmls": EXAMPLES,
        "convos": [],
        "metadata": {},
    }
    for content in (results, dict(reversed(results.items()))):
        file.write_text(json.dumps(content, indent=2))
        assert found(file) == ROWS


def test_an_example_without_a_gold_says_so(tmp_path: Path) -> None:
    file = page(tmp_path, EXAMPLES[1].replace("Correct Answer", "Rubric"))
    assert found(file) == ["example 1 has no sampled message or no correct answer"]
