"""What is installed is what is here: packages, data files, versions."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]
PROJECT = PYPROJECT["project"]
OURS = ("harness", "tasks", "prompts")


def requirements(lines: list[str]) -> dict[str, Requirement]:
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def foreign(sources: Iterable[str]) -> set[str]:
    """The top-level names that Python texts import, beside their siblings, ours and Python's own."""
    imported: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                imported.add(node.module)
    tops = {name.partition(".")[0] for name in imported}
    return tops - set(sys.stdlib_module_names) - set(OURS)


def unused(
    declared: Iterable[str], imported: set[str], providers: Mapping[str, list[str]]
) -> set[str]:
    """The declared distributions of which no module is imported."""
    used = {canonicalize_name(one) for name in imported for one in providers.get(name, ())}
    return set(declared) - used


def undeclared(
    declared: Iterable[str], imported: set[str], providers: Mapping[str, list[str]]
) -> set[str]:
    """The imported modules that no declared distribution brings."""
    brought = {
        name
        for name, distributions in providers.items()
        if {canonicalize_name(one) for one in distributions} & set(declared)
    }
    return imported - brought


def remarks(pyproject: str, words: str) -> dict[str, str]:
    """What the comments that begin with these words go on with, by the dependency on their line."""
    lines = re.findall(rf'^ *"(.+?)",? *# {words} (\S+)', pyproject, re.MULTILINE)
    return {canonicalize_name(Requirement(line).name): remark for line, remark in lines}


def test_every_package_is_installed() -> None:
    inner = (ROOT / "harness").rglob("__init__.py")
    there = {".".join(file.parent.relative_to(ROOT).parts) for file in inner}
    assert set(SETUPTOOLS["packages"]) == there | {"harness.tasks", "harness.prompts"}


def test_every_data_file_is_installed() -> None:
    places = {package: package.replace(".", "/") for package in SETUPTOOLS["packages"]}
    places |= SETUPTOOLS["package-dir"]
    installed = {
        file
        for package, patterns in SETUPTOOLS["package-data"].items()
        for pattern in patterns
        for file in (ROOT / places[package]).glob(pattern)
    }
    data = {
        file
        for folder in ("harness", "tasks", "prompts")
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and file.suffix not in (".py", ".pyc", ".md")
    }
    assert data <= installed


def test_the_versions_that_are_tested_are_in_the_ranges_that_are_promised() -> None:
    ranges = requirements(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
    pins = requirements((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    assert pins.keys() == ranges.keys()
    for name, pin in pins.items():
        [exact] = pin.specifier
        assert exact.operator == "==", name
        assert ranges[name].specifier.contains(exact.version), name


def test_what_is_declared_is_imported_and_what_is_imported_is_declared() -> None:
    files = [file for folder in OURS for file in (ROOT / folder).rglob("*.py")]
    imported = foreign(file.read_text(encoding="utf-8") for file in files)
    extras = [
        line
        for name, lines in PROJECT["optional-dependencies"].items()
        if name != "dev"
        for line in lines
    ]
    declared, optional = requirements(PROJECT["dependencies"]), requirements(extras)
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    # a distribution that only gathers others has no module of its own
    aliases = {module: [name] for name, module in remarks(text, "imported as").items()}
    providers = {**packages_distributions(), **aliases}
    needed = remarks(text, "needed by").keys()
    assert unused({*declared, *optional}, imported, providers) == needed
    assert undeclared({*declared, *optional}, imported, providers) == set()


PROVIDERS = {"yaml": ["PyYAML"], "google": ["protobuf", "google-auth"], "torch": ["torch"]}


def test_a_dependency_that_nothing_imports_is_found() -> None:
    imported = foreign(["import yaml.nodes", "def late():\n    from google.auth import default"])
    assert imported == {"yaml", "google"}
    assert unused(["pyyaml", "torch", "google-auth"], imported, PROVIDERS) == {"torch"}


def test_an_import_that_nothing_declares_is_found() -> None:
    imported = foreign(["import os, torch", "from . import files\nfrom harness import run"])
    assert imported == {"torch"}
    assert undeclared(["pyyaml"], imported, PROVIDERS) == {"torch"}
    assert undeclared(["torch"], imported | {"unheard"}, PROVIDERS) == {"unheard"}


def test_comments_say_who_needs_a_dependency_or_what_it_is_imported_as() -> None:
    lines = '  "one>=1.1",  # needed by another\n  "two>=2",\n  "three", # imported as third\n'
    assert remarks(lines, "needed by") == {"one": "another"}
    assert remarks(lines, "imported as") == {"three": "third"}
