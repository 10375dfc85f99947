"""Measures how the code hangs together: modules, packages, levels, arrows, circles, and files.

    python tests/structure.py [ROOT]

prints the figures of a checkout (this one, unless another folder is named). `tests/test_imports.py`
holds the imports to what is found here; nothing is kept by hand.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

VAGUE = ("found", "told", "said", "asked", "given", "known", "made", "wanted", "ask")
"""Names for locals that leave out the noun: found what?"""


@dataclass(frozen=True)
class Import:
    """A name that a module imports; `late` inside a function, `typing` under TYPE_CHECKING."""

    module: str
    name: str
    late: bool = False


def modules(root: Path) -> dict[str, Path]:
    """Every module of the package, by its dotted name; a package goes by its own name."""
    result = {}
    for file in sorted((root / "harness").rglob("*.py")):
        place = file.relative_to(root).with_suffix("").parts
        result[".".join(place[:-1] if place[-1] == "__init__" else place)] = file
    return result


def imports(name: str, file: Path) -> Iterator[str]:
    """Full names that a file imports, wherever they stand: also in functions and for types alone."""
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.rsplit(".", node.level - 1)[0]
                base = f"{above}.{base}".rstrip(".")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def module_of(name: str, among: Mapping[str, object]) -> str | None:
    """The module that an imported name stands in: the longest beginning of it that is one."""
    while name and name not in among:
        name = name.rpartition(".")[0]
    return name or None


def arrows(root: Path) -> dict[str, set[str]]:
    """Which modules each module imports. The public names at the top are nobody's to import within."""
    files = modules(root)
    return {
        name: {
            target
            for imported in imports(name, file)
            if (target := module_of(imported, files)) and target not in (name, "harness")
        }
        for name, file in files.items()
        if name != "harness"
    }


def between_children(graph: Mapping[str, set[str]], folder: str) -> dict[str, set[str]]:
    """The arrows between the files and folders of one folder, whatever lies deeper taken together."""
    depth = folder.count(".") + 2
    result: dict[str, set[str]] = {}
    for source, targets in graph.items():
        if not source.startswith(folder + "."):
            continue
        own = ".".join(source.split(".")[:depth])
        others = {
            ".".join(target.split(".")[:depth])
            for target in targets
            if target.startswith(folder + ".")
        }
        result.setdefault(own, set()).update(others - {own})
    return result


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The strongly connected groups of more than one node, each sorted (Tarjan, 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = lowest[node] = len(order)
        stack.append(node)
        for target in graph.get(node, ()):
            if target not in order:
                visit(target)
                lowest[node] = min(lowest[node], lowest[target])
            elif target in stack:
                lowest[node] = min(lowest[node], order[target])
        if lowest[node] == order[node]:
            place = stack.index(node)
            if len(stack) - place > 1:
                groups.append(sorted(stack[place:]))
            del stack[place:]

    for node in graph:
        if node not in order:
            visit(node)
    return sorted(groups)


def levels(graph: Mapping[str, set[str]]) -> dict[str, int]:
    """How far above the ground each node stands; nodes of one circle stand on one level."""
    group = {node: tuple(circle) for circle in circles(graph) for node in circle}
    height: dict[object, int] = {}

    def level(node: str) -> int:
        key: object = group.get(node, node)
        if key not in height:
            members = group.get(node, (node,))
            below = {t for one in members for t in graph.get(one, ()) if group.get(t, t) != key}
            height[key] = 1 + max(map(level, below), default=-1)
        return height[key]

    return {node: level(node) for node in graph}


def vague_locals(root: Path) -> int:
    """How often a local name, or an argument, is one of the words that leave out the noun."""
    count = 0
    for folder in ("harness", "tasks", "prompts"):
        for file in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                if stored and isinstance(node, ast.Name):
                    count += node.id in VAGUE[:-1]
                elif isinstance(node, ast.arg):
                    count += node.arg in VAGUE[:-1]
    return count


def figures(root: Path) -> dict[str, object]:
    """What the script prints, by name."""
    graph = arrows(root)
    top = between_children(graph, "harness")
    folders = {name.rpartition(".")[0] for name in graph}
    lines = [len(file.read_text(encoding="utf-8").splitlines()) for file in modules(root).values()]
    inner = [
        group for folder in sorted(folders) for group in circles(between_children(graph, folder))
    ]
    return {
        "modules at the top": sum(path.is_file() for path in (root / "harness").glob("*.py")) - 1,
        "packages at the top": sum(
            (path / "__init__.py").is_file() for path in (root / "harness").iterdir()
        ),
        "levels at the top": 1 + max(levels(top).values()),
        "arrows at the top": sum(map(len, top.values())),
        "circles of files": len(circles(graph)),
        "circles within a folder": len(inner),
        "files": len(lines),
        "files under 60 lines": sum(count < 60 for count in lines),
        "median file, lines": statistics.median(lines),
        "largest file, lines": max(lines),
        "README, lines": len((root / "README.md").read_text(encoding="utf-8").splitlines()),
        "locals without a noun": vague_locals(root),
    }


def main() -> None:
    """Print the figures, and every circle by name."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    for name, value in figures(root).items():
        print(f"{name:26} {value}")
    graph = arrows(root)
    for folder in sorted({name.rpartition(".")[0] for name in graph}):
        for circle in circles(between_children(graph, folder)):
            print("circle:", re.sub(r"harness\.", "", ", ".join(circle)))


if __name__ == "__main__":
    main()
