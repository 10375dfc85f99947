"""Imports point one way, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness

ROOT = Path(__file__).parent.parent

LAYERS = (
    ("errors", "problem", "nearest", "steps", "weighing"),
    ("answers", "reading", "declaring", "ledger", "votes"),
    ("prompt", "settings", "specs", "stopping", "voting", "statistics", "published"),
    ("engine", "models", "exemplars"),
    ("finding",),
    ("choosing", "record", "measuring", "scoring", "rehearsal", "provenance"),
    ("column", "planning", "directory"),
    ("report",),
    ("run", "others"),
    ("checking", "listing", "showing", "revoting"),
    ("cli",),
)
"""The parts of the harness, each of which imports from its own line and those above it alone."""

RANK = {part: rank for rank, parts in enumerate(LAYERS) for part in parts}

NEVER = {
    "engine": {"answers", "reading", "votes", "statistics", "finding", "exemplars"},
    "models": {"answers", "reading", "votes", "statistics", "finding", "exemplars"},
    "report": {"run", "finding", "models", "engine", "ledger", "column", "planning", "answers"},
    "votes": {"answers", "reading", "prompt"},
    "voting": {"answers", "reading", "prompt"},
    "stopping": {"answers", "reading", "prompt"},
    "statistics": {"answers", "reading", "prompt"},
}
"""What a part must not know, whatever its layer: models know text, never tasks, kinds or votes."""

LIGHT = {"harness", "click", "rich", "markdown_it", "mdurl", "pygments", "regex"}
"""All that `harness list` may import beside the standard library."""


def imports(file: Path, package: str) -> Iterator[str]:
    """The full names that a file imports, at its top or inside its functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
                base = f"{above}.{base}".rstrip(".")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def part(name: str) -> str | None:
    """`report` of `harness.report.table`; None of what is not a part of the harness."""
    words = name.split(".")
    if words[0] != "harness" or len(words) == 1:
        return None
    place = ROOT / "harness" / words[1]
    known = words[1] in ("tasks", "prompts") or place.is_dir() or place.with_suffix(".py").exists()
    return words[1] if known else None


def library() -> Iterator[tuple[str, str, set[str]]]:
    """Every module but the reference model's: its part, its name, and all that it imports."""
    for file in sorted((ROOT / "harness").rglob("*.py")):
        place = file.relative_to(ROOT).with_suffix("").parts
        if place[1] in ("__init__", "reference"):
            continue
        yield place[1], ".".join(place), set(imports(file, ".".join(place[:-1])))


MODULES = list(library())


@pytest.mark.parametrize(("own", "module", "used"), MODULES, ids=[name for _, name, _ in MODULES])
def test_imports_point_one_way(own: str, module: str, used: set[str]) -> None:
    assert own in RANK, f"{own} has no place in LAYERS: what may it import?"
    for other in {part(name) for name in used} - {own, None}:
        assert other in RANK, f"{other} has no place in LAYERS: what may it import?"
        assert RANK[other] <= RANK[own], f"{module} imports {other}, which stands above it"
        assert other not in NEVER.get(own, ()), f"{module} imports {other}: {own} must not know it"


@pytest.mark.parametrize("folder", ["tasks", "prompts"])
def test_tasks_and_strategies_know_the_public_names_alone(folder: str) -> None:
    for file in sorted((ROOT / folder).glob("*.py")):
        for name in imports(file, folder):
            if name.startswith("harness"):
                module, _, imported = name.rpartition(".")
                assert module == "harness", f"{file} imports {name}: from harness import ..."
                assert imported in harness.__all__, f"{file} imports {name}, which is not public"


def test_the_library_finds_tasks_and_strategies_by_name_alone() -> None:
    for _, module, used in MODULES:
        assert not {name for name in used if part(name) in ("tasks", "prompts")}, module


def test_every_public_name_is_there() -> None:
    assert len(set(harness.__all__)) == len(harness.__all__)
    for name in harness.__all__:
        assert hasattr(harness, name), name


@pytest.mark.parametrize(
    "code",
    [
        "import harness",
        "from harness.cli import main; main(['list'], standalone_mode=False)",
        "from harness.cli import main; main(['run', '--help'], standalone_mode=False)",
    ],
)
def test_what_answers_at_once_imports_nothing_heavy(code: str) -> None:
    assert foreign(code) <= LIGHT


def test_the_library_itself_needs_no_torch_until_a_model_is_loaded() -> None:
    heavy = {"torch", "transformers", "datasets", "scipy", "statsmodels", "pandas"}
    assert not foreign("import harness.run, harness.models.scripted") & heavy


def foreign(code: str) -> set[str]:
    """The packages outside the standard library that a program imports, in a fresh interpreter."""
    report = "import sys; print(*(name.partition('.')[0] for name in sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    # what the installation itself hangs into the interpreter's start is not an import of ours
    ours = {name for name in loaded if not name.startswith(("_", "__editable__"))}
    return ours - set(sys.stdlib_module_names) - {"sitecustomize", "usercustomize"}
