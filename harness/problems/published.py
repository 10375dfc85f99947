"""Reads the published worked examples of an installed lm-evaluation-harness, not importing it.

Its tasks are YAML files under `lm_eval/tasks/`, whose `fewshot_config.samples` hold `question` (or
`input`) and `target`: a rationale that ends in a sentence such as "The answer is 6."
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import UserError, nearest

CLOSING = re.compile(
    r"(?:^|\s)(?:(?:so|thus|hence|therefore),? +)?"
    r"the (?:final )?answer is:? +(?P<answer>.+?)\.?\s*$",
    re.IGNORECASE | re.DOTALL,
)
TASK = re.compile(r"^task: *[\"']?([\w-]+)", re.MULTILINE)
SAMPLES = re.compile(r"^ +samples:|^include:", re.MULTILINE)
INCLUDES = 5
"""How many files may include one another; more is a circle."""


def published(name: str) -> tuple[str, list[dict[str, Any]]]:
    """The source and the rows `{"question", "rationales", "answer"}` of the task called `name`.

    Raises `UserError` where lm-eval is not installed, has no such task, or the task has no worked
    examples that end in an answer.
    """
    folder = _folder()
    file = _file(name, folder)
    samples = _samples(file)
    if samples is None:
        raise UserError(f"the task {name!r} of lm-eval has no worked examples of its own ({file})")
    rows = [_row(sample, f"sample {n} of {name!r}, {file}") for n, sample in enumerate(samples, 1)]
    return f"lm-evaluation-harness, lm_eval/{file.relative_to(folder.parent).as_posix()}", rows


def _folder() -> Path:
    package = importlib.util.find_spec("lm_eval")
    places = list(package.submodule_search_locations or ()) if package else []
    for place in places:
        if (tasks := Path(place) / "tasks").is_dir():
            return tasks
    raise UserError(
        "lm-eval is not installed here, and its worked examples are read from its files: "
        "`pip install --no-deps lm_eval` (its own requirements are not needed)"
    )


def _file(name: str, folder: Path) -> Path:
    """The file of a task: by its own name if that is telling, else by the `task:` lines of all."""
    for file in [*folder.rglob(f"{name}.yaml"), *folder.rglob(f"{name.replace('_', '-')}.yaml")]:
        if name in TASK.findall(file.read_text(encoding="utf-8")):
            return file
    files: dict[str, Path] = {}
    for file in sorted(folder.rglob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        if SAMPLES.search(text):
            files.update(dict.fromkeys(TASK.findall(text), file))
    if name not in files:
        raise UserError(
            f"lm-eval has no task {name!r} with worked examples{nearest(name, files)} in {folder}"
        )
    return files[name]


def _samples(file: Path) -> list[Any] | None:
    for _ in range(INCLUDES):
        content = _yaml(file)
        fewshot = content.get("fewshot_config")
        samples = fewshot.get("samples") if isinstance(fewshot, Mapping) else None
        if isinstance(samples, list):
            return samples
        included = content.get("include")
        if not isinstance(included, str) or not (file.parent / included).is_file():
            return None
        file = file.parent / included
    return None


def _yaml(file: Path) -> Mapping[str, Any]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Safe, and silent about tags such as `!function`: they name code, never run here."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{file} is not YAML: {error}") from error
    return content if isinstance(content, Mapping) else {}


def _row(sample: object, where: str) -> dict[str, Any]:
    question = _field(sample, "question") or _field(sample, "input")
    target = _field(sample, "target")
    if question is None or target is None:
        raise UserError(f"{where} has no question and target")
    closing = CLOSING.search(target)
    if not closing:
        raise UserError(f"{where} does not end in an answer sentence: ...{target[-60:]!r}")
    rationale = target[: closing.start()].strip()
    return {
        "question": question.strip(),
        "rationales": [rationale] if rationale else [],
        "answer": closing["answer"].strip(),
    }


def _field(sample: object, name: str) -> str | None:
    value = sample.get(name) if isinstance(sample, Mapping) else None
    return value if isinstance(value, str) and value else None
