"""Imports point one way, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import harness
from tests.structure import arrows, between_children, circles, imports, modules

ROOT = Path(__file__).parent.parent

GRAPH = arrows(ROOT)
FOLDERS = sorted({name.rpartition(".")[0] for name in GRAPH})

NEVER = {
    "engine": {"reading", "voting", "statistics", "catalogue", "problems", "prompt", "models"},
    "models": {"reading", "voting", "statistics", "catalogue", "problems", "records"},
    "report": {"running", "catalogue", "models", "engine", "problems"},
    "voting": {"prompt", "records"},
    "statistics": {"reading", "prompt", "voting", "records"},
    "reading": {"prompt", "voting", "catalogue"},
}
"""What a part must not know, though no circle would come of it: models know text, never kinds or votes."""

LIGHT = {"harness", "click", "rich", "markdown_it", "mdurl", "pygments", "regex"}
"""All that `harness list` may import beside the standard library."""


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_files_and_folders_of_a_folder_import_each_other_in_no_circle(folder: str) -> None:
    assert circles(between_children(GRAPH, folder)) == []


def test_no_file_imports_itself_through_others() -> None:
    assert circles(GRAPH) == []


def test_a_circle_is_found_however_it_is_hidden(tmp_path: Path) -> None:
    for folder in ("harness", "harness/engine", "harness/models"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "harness/engine/batch.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from harness.models import local\n"
    )
    late = "def load():\n    from ..engine.batch import Batch\n"
    (tmp_path / "harness/models/local.py").write_text(late)
    graph = arrows(tmp_path)
    assert circles(graph) == [["harness.engine.batch", "harness.models.local"]]
    assert circles(between_children(graph, "harness")) == [["harness.engine", "harness.models"]]


@pytest.mark.parametrize(("part", "forbidden"), NEVER.items())
def test_a_part_does_not_know_what_is_none_of_its_business(part: str, forbidden: set[str]) -> None:
    known = between_children(GRAPH, "harness")
    assert f"harness.{part}" in known
    for other in forbidden:
        assert f"harness.{other}" in known, f"there is no harness.{other} any more"
        assert f"harness.{other}" not in known[f"harness.{part}"]


def test_nobody_imports_a_private_name_of_another_file() -> None:
    for name, file in modules(ROOT).items():
        for imported in imports(name, file):
            if imported.startswith("harness"):
                private = [word for word in imported.split(".") if word.startswith("_")]
                assert not [word for word in private if not word.startswith("__")], (name, imported)


@pytest.mark.parametrize("folder", ["tasks", "prompts"])
def test_tasks_and_strategies_know_the_public_names_alone(folder: str) -> None:
    for file in sorted((ROOT / folder).glob("*.py")):
        for name in imports(f"harness.{folder}.{file.stem}", file):
            if name.startswith("harness") and not name.startswith(f"harness.{folder}."):
                module, _, imported = name.rpartition(".")
                assert module == "harness", f"{file} imports {name}: from harness import ..."
                assert imported in harness.__all__, f"{file} imports {name}, which is not public"


def test_the_library_finds_tasks_and_strategies_by_name_alone() -> None:
    for module, file in modules(ROOT).items():
        if not module.startswith("harness.reference"):
            for name in imports(module, file):
                assert not name.startswith(("harness.tasks", "harness.prompts")), module


def test_every_public_name_is_there() -> None:
    assert len(set(harness.__all__)) == len(harness.__all__)
    for name in harness.__all__:
        assert hasattr(harness, name), name


def test_the_function_that_runs_is_no_module() -> None:
    assert importlib.util.find_spec("harness.run") is None
    assert callable(harness.run)


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
    assert not foreign("import harness.running.run, harness.models.scripted") & heavy


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
