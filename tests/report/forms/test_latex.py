r"""The table for a paper: booktabs, marks that the caption explains, and text that cannot break TeX."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.report.forms.latex import escaped, latex
from harness.report.report import report
from harness.report.writing import rendered

TEX = shutil.which("pdflatex") or shutil.which("tectonic")
HOSTILE = r"a_b%c&d#e$f{g}h~i^j\k<l>m|n`o'p\"q -- [r] *s* ?` !` x\end{table}"
SPECIAL = re.compile(r"(?<!\\)[%&#$_^~]")


def score(strategy: str, right: int, problems: int = 40, **changes: Any) -> dict[str, Any]:
    """A column whose first `right` problems are right."""
    made: dict[str, Any] = {
        "model": "reference",
        "task": "arithmetic",
        "strategy": strategy,
        "label": strategy,
        "options": {},
        "problems": problems,
        "accuracy": right / problems,
        "interval": [0.1, 0.9],
        "generated_tokens": 100 * problems,
        "run": "one",
        "credits": {f"p{n}": float(n < right) for n in range(problems)},
        "clusters": None,
    }
    return made | changes


BASE, VOTE = score("chain_of_thought", 20), score("vote", 30, generated_tokens=40_000)


def table(*scores: dict[str, Any]) -> str:
    return rendered(scores, "latex")


def rows(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.endswith(r"\\")]


def test_strategies_are_rows_and_tasks_columns() -> None:
    text = table(BASE, VOTE, score("vote", 3, 1_000, task="other"))
    assert r"\begin{tabular}{lrrr}" in text
    assert [text.count(rf"\{rule}rule") for rule in ("top", "mid", "bottom")] == [1, 1, 1]
    assert rows(text) == [
        r"Strategy & arithmetic & other & Tokens \\",
        r"& $n = 40$ & $n = 1{,}000$ &  \\",
        r"chain\_of\_thought & 50.0\phantom{$^{\dagger}$} {\scriptsize [10.0, 90.0]} &  & 100 \\",
        r"vote & \textbf{75.0}$^{\dagger}$ {\scriptsize [10.0, 90.0]} "
        r"& 0.3 {\scriptsize [10.0, 90.0]} & 135 \\",
    ]


def test_the_caption_says_what_the_marks_mean_and_only_of_marks_that_are_there() -> None:
    text = table(BASE, VOTE)
    assert r"$\dagger$: differs from chain\_of\_thought by more than chance" in text
    assert r"\textbf{Bold}: the best of a task" in text
    plain = table(BASE, score("vote", 21))
    assert "dagger" not in plain
    assert "textbf" not in plain


def test_every_model_is_a_block_of_rows() -> None:
    text = table(BASE, VOTE, BASE | {"model": "other_one"})
    assert text.count(r"\midrule") == 2
    assert r"\multicolumn{3}{l}{\emph{other\_one}} \\" in text


def test_where_rows_have_other_numbers_of_problems_each_says_its_own() -> None:
    assert "($n = 20$)" in table(BASE, score("vote", 15, 20))


def test_rows_that_others_generated_are_marked_with_their_origin() -> None:
    text = table(BASE, VOTE | {"origin": "scored from out_puts.jsonl"})
    assert r"vote\textsuperscript{\S} &" in text
    assert r"\textsuperscript{\S} scored from out\_puts.jsonl." in text


@pytest.mark.parametrize("sign", "_%&#${}~^\\<>|`'\"[]*-")
def test_no_sign_of_tex_is_left_as_it_is(sign: str) -> None:
    assert escaped(sign) != sign
    assert escaped(f"a{sign}b") == f"a{escaped(sign)}b"


def test_no_name_can_break_the_table() -> None:
    text = table(score(HOSTILE, 20), score("*", 30), score("[x]", 3), score("a\nb\x00c\ud800", 3))
    body = [line.replace(r"\&", "").replace(r"$n = 40$", "") for line in rows(text)]
    assert {line.count("&") for line in body} == {2}
    assert "a b{?}c{?}" in text
    assert text.count(r"\end{table}") == 1
    assert "{[}x{]}" in text
    cell = escaped(HOSTILE)
    assert not SPECIAL.search(cell)
    assert len(re.findall(r"(?<!\\)\{", cell)) == len(re.findall(r"(?<!\\)\}", cell))


def test_a_table_of_nothing_is_no_error() -> None:
    assert latex(report([]).table).endswith("\\end{table}\n")


@pytest.mark.skipif(TEX is None, reason="no LaTeX here")
def test_it_compiles(tmp_path: Path) -> None:
    scores = [
        score("*", 20),
        score("[x]", 30, origin=f"scored from {HOSTILE}"),
        score(HOSTILE, 30, model=HOSTILE, task=HOSTILE),
        score("many", 3, 20, generated_tokens=None),
    ]
    document = (
        "\\documentclass{article}\n\\usepackage{booktabs}\n\\begin{document}\n"
        f"{table(*scores)}{rendered([BASE, VOTE], 'latex')}\\end{{document}}\n"
    )
    (tmp_path / "paper.tex").write_text(document, encoding="utf-8")
    assert TEX is not None
    batch = ["-interaction=nonstopmode", "-halt-on-error"] if "pdflatex" in TEX else []
    done = subprocess.run(
        [TEX, *batch, "paper.tex"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "paper.pdf").stat().st_size > 1_000
