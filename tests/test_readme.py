"""Every code block of every document is run, and what it shows of the output must be what comes.

A `python` block is executed; the blocks of one document share their names and a folder. Where the
text before it says "as `name.py`", it is saved there instead, for the commands that follow; so is a
`json` or `jsonl` block, which is parsed in any case. A `console` block runs its lines
`$ harness ...`; lines without `$` are lines of the output, in order, and `...` stands for any number
of lines left out. A block that cannot be run says why on the line before it:
`<!-- not run: the reason -->`. A `text` block is text; there are no others.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import main

ROOT = Path(__file__).parent.parent
BUILT = {"build", "dist", "results"}
"""Folders whose documents are made, by us or by a run."""


def documents() -> list[str]:
    """Every Markdown file of the project, as a path from its root."""
    found = (file.relative_to(ROOT) for file in ROOT.rglob("*.md"))
    return sorted(
        str(file)
        for file in found
        if not any(part.startswith(".") for part in file.parts)
        and (file.parts[0] not in BUILT or str(file) == "results/README.md")
    )


DOCUMENTS = documents()
RUN = ("python", "console", "json", "jsonl")
TEXT = ("text",)

BLOCK = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^ *(```|~~~)", re.MULTILINE)
SKIPPED = re.compile(r"<!-- not run: (.+?) -->\s*\Z")
SAVED = re.compile(r"\bas `([\w.-]+\.(?:py|jsonl?))`")


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    before: str
    line: int

    @property
    def skipped(self) -> str | None:
        found = SKIPPED.search(self.before)
        return found[1] if found else None

    @property
    def saved(self) -> str | None:
        """The file that the paragraph before the block says it is saved as."""
        paragraph = self.before.rstrip().rpartition("\n\n")[2]
        found = SAVED.search(paragraph)
        return found[1] if found else None


def blocks(text: str) -> list[Block]:
    found = []
    for match in BLOCK.finditer(text):
        indent = len(match[1])
        lines = [line[indent:] for line in match[3].splitlines()]
        number = text.count("\n", 0, match.start()) + 1
        found.append(Block(match[2], "\n".join(lines), text[: match.start()], number))
    return found


def commands(block: Block) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines of output shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            found.append((line[2:].strip(), []))
        elif line.strip():
            assert found, f"line {block.line}: output without a command"
            found[-1][1].append(line)
    return found


def missing(expected: list[str], printed: str) -> str | None:
    """The first expected line that does not come in its place. Spaces at both ends do not count."""
    rest = [line.strip() for line in printed.splitlines() if line.strip()]
    anywhere = True
    for line in (line.strip() for line in expected):
        if line == "...":
            anywhere = True
        elif line in rest and (anywhere or rest[0] == line):
            rest = rest[rest.index(line) + 1 :]
            anywhere = False
        else:
            return line
    return None


def run(command: str, expected: list[str]) -> None:
    words = shlex.split(command, comments=True)
    assert words[0] == "harness", f"`{command}` is no harness command: mark the block as not run"
    # in this process: another would spend seconds on importing torch, for each of some 25 commands
    done = CliRunner().invoke(main, words[1:], prog_name="harness")
    assert done.exit_code == 0, f"`{command}` ended with {done.exit_code}:\n{done.output}"
    lost = missing(expected, done.stdout)
    assert lost is None, f"`{command}` does not print {lost!r}, but:\n{done.stdout}"


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


WITH_CODE = [
    document
    for document in DOCUMENTS
    if any(block.language in RUN for block in blocks(text_of(document)))
]


def test_the_documents_are_there() -> None:
    docs = {f"docs/{name}.md" for name in ("engine", "report", "running", "scoring", "strategies")}
    assert {"README.md", "CONTRIBUTING.md", "tasks/README.md", "prompts/README.md"} | docs <= set(
        DOCUMENTS
    )
    assert {"README.md", "docs/running.md", "docs/report.md", "docs/scoring.md"} <= set(WITH_CODE)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_block_is_left_out_in_silence(document: str) -> None:
    text = text_of(document)
    known = blocks(text)
    assert len(FENCE.findall(text)) == 2 * len(known), f"{document}: a fence without its pair"
    for block in known:
        assert block.language in RUN + TEXT, (
            f"{document}, line {block.line}: a block of {block.language or 'no language'}; "
            f"use one of {', '.join(RUN + TEXT)}"
        )


@pytest.mark.parametrize("document", WITH_CODE)
def test_the_blocks_run(document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    known = [block for block in blocks(text_of(document)) if block.language in RUN]
    ran = 0
    for block in known:
        if block.skipped:
            continue
        ran += 1
        if block.language == "console":
            for command, expected in commands(block):
                run(command, expected)
            continue
        if block.language != "python":
            for part in block.text.splitlines() if block.language == "jsonl" else [block.text]:
                json.loads(part)
        if block.saved:
            if block.language == "python":
                compile(block.text, block.saved, "exec")
            (tmp_path / block.saved).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            # The empty lines put a traceback's line numbers right.
            code = "\n" * block.line + block.text
            exec(compile(code, document, "exec"), names)
    print(f"{document}: {ran} blocks run, {len(known) - ran} marked as not run")
    assert ran, f"every block of {document} is marked as not run"


EXAMPLE = """
Save it as `mine.py`:

```python
x = 1
```

<!-- not run: it takes an hour -->
```console
$ harness run
```

- In a list:

  ```console
  $ harness list \\
      tasks
  arithmetic
  ...
  ```
"""


def test_blocks_are_found_with_what_stands_before_them() -> None:
    saved, skipped, listed = blocks(EXAMPLE)
    assert (saved.language, saved.text, saved.saved, saved.skipped) == (
        "python",
        "x = 1",
        "mine.py",
        None,
    )
    assert (skipped.skipped, skipped.saved) == ("it takes an hour", None)
    [(command, expected)] = commands(listed)
    assert shlex.split(command) == ["harness", "list", "tasks"]
    assert expected == ["arithmetic", "..."]


@pytest.mark.parametrize(
    ("expected", "lost"),
    [
        (["a", "b", "c"], None),
        (["a", "...", "c"], None),
        (["b", "c"], None),  # what comes first need not be shown
        (["...", "c"], None),
        (["a", "c"], "c"),
        (["c", "a"], "a"),
        (["d"], "d"),
    ],
)
def test_output_is_compared_line_by_line(expected: list[str], lost: str | None) -> None:
    assert missing(expected, "a \n\nb\n c\n") == lost
