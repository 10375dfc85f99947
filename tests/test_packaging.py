"""What is installed is what is here: packages, data files, versions."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PYPROJECT["tool"]["setuptools"]


def requirements(lines: list[str]) -> dict[str, Requirement]:
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


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
    project = PYPROJECT["project"]
    ranges = requirements(project["dependencies"] + project["optional-dependencies"]["dev"])
    pins = requirements((ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    assert pins.keys() == ranges.keys()
    for name, pin in pins.items():
        [exact] = pin.specifier
        assert exact.operator == "==", name
        assert ranges[name].specifier.contains(exact.version), name
