"""What the documents say of the code is so: links, paths, settings, strategies, and where speeds come from."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from harness.catalogue.finding import find, names
from harness.catalogue.marks import marks
from harness.cli.racing import OWN, race_
from harness.request import GenerationSettings

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / folder / "README.md" for folder in ("tasks", "prompts", "results")),
        ROOT / "harness/reference/README.md",
    ]
)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
FOLDERS = "harness|tasks|prompts|tests|docs|results/reference"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")
PROCESSOR = re.compile(r"EPYC|Xeon|H200|A100")
SPEED = re.compile(r"tokens/s|chains/s|problems/s|TFLOP/s|\d ms\b|\dx \||\d times (as fast|`)")
README_LINES = 130


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """The names by which GitHub links to a document's headings."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def table(document: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its first."""
    below = text_of(ROOT / document).partition(f"\n{heading}\n")[2]
    rows = below[below.index("\n|") + 1 :].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = text_of(document)
    for link, anchor in LINK.findall(text):
        if link.startswith("https:"):
            continue
        file = (document.parent / link).resolve() if link else document
        assert file.exists(), f"{document.name}: no {link}"
        assert not anchor or anchor in anchors(text_of(file)), (
            f"{document.name}: no {link}#{anchor}"
        )
    for path in PATH.findall(text):
        assert "NAME" in path or (ROOT / path).exists(), f"{document.name}: no {path}"


def test_the_readme_is_read_in_ten_minutes() -> None:
    lines = text_of(ROOT / "README.md").splitlines()
    assert len(lines) <= README_LINES
    prose = [line for line in lines if not line.startswith(("|", "$", "!", "{", '"'))]
    assert max(map(len, prose)) <= 120


CHANGES = {row[0]: row[1] for row in table("CONTRIBUTING.md", "## I want to add ...")}
TRIED = "harness/testing/problems.json"
"""A tiny problem of every kind, on which the tests try every strategy: a kind's test."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_touches_the_files_that_are_named(change: str) -> None:
    files = PATH.findall(CHANGES[change])
    assert 1 < len(files) <= 3
    for file in files:
        place = ROOT / file
        assert (place.parent if "NAME" in file else place).exists(), file
    assert files[-1].startswith("tests/") or files[-1] == TRIED


def test_there_are_ten_changes() -> None:
    assert len(CHANGES) == 10


def test_the_tree_names_every_folder() -> None:
    tree = " ".join(row[0] for row in table("CONTRIBUTING.md", "## The tree"))
    inner = {f"harness/{file.parent.name}/" for file in ROOT.glob("harness/*/__init__.py")}
    assert inner - {"harness/tasks/", "harness/prompts/"} <= set(PATH.findall(tree))


def test_every_strategy_is_in_the_survey_with_the_papers_of_its_file() -> None:
    rows = {
        row.split("`")[1]: row
        for row in text_of(ROOT / "docs/strategies.md").splitlines()
        if row.startswith("| `")
    }
    assert set(rows) == set(names("strategy"))
    for name, row in rows.items():
        head = text_of(ROOT / "prompts" / f"{name}.py").split("\n\n")[0]
        for paper in re.findall(r"arXiv:(\d+\.\d+)", head):
            assert paper in row, f"{name} lacks arXiv:{paper}"


def test_every_task_is_in_the_tables_of_tasks_with_what_its_mark_says() -> None:
    lines = text_of(ROOT / "docs/tasks.md").splitlines()
    rows = {
        line.split("`")[1]: line
        for line in lines
        if line.startswith("| `") and line.count("|") == 8
    }
    assert set(rows) == set(names("task"))
    for name, row in rows.items():
        about = marks(find(name, "task").function)
        cells = [cell.strip().strip("`") for cell in row.strip("|").split("|")]
        assert cells[1:3] == [about["kind"], about["rows"]], name
        assert cells[-1] == about["licence"], name
        assert str(about["exemplars"] or "none") in cells[3], name
    assert f"[{len(rows)} tasks](docs/tasks.md)" in text_of(ROOT / "README.md")


def test_every_generation_setting_is_described_once() -> None:
    rows = [row[0].strip("`") for row in table("docs/running.md", "## Generation settings")]
    assert sorted(rows) == sorted(field.name for field in fields(GenerationSettings))


def test_every_option_of_a_race_is_described() -> None:
    rows = table("docs/race.md", "## A race")
    described = [name for row in rows for name in re.findall(r"--[\w-]+", row[0])]
    own = [option.opts[-1] for option in race_.params[: len(OWN)]]
    assert sorted(described) == sorted(own)


def test_every_file_of_the_engine_is_described() -> None:
    named = " ".join(row[0] for row in table("docs/engine.md", "## How it is put together"))
    files = {file.name for file in (ROOT / "harness/engine").glob("*.py")}
    assert set(re.findall(r"`(\w+\.py)`", named)) == files - {"__init__.py"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_speed_names_its_processor(document: Path) -> None:
    """In its own paragraph or table, or in the words before it."""
    parts = text_of(document).split("\n\n")
    for place, part in enumerate(parts):
        if SPEED.search(part):
            near = "\n".join(parts[max(0, place - 2) : place + 1])
            section = text_of(document).split(part)[0].rpartition("\n## ")[2]
            assert PROCESSOR.search(near + section), f"{document.name}: whose speed is\n{part}"
