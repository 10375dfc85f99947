"""Run directories made of texts, and one browser to look at their pages with."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.problem import Problem, Reply
from harness.reading.kinds import chain
from harness.records.record import Column, line, sample
from harness.records.scoring import rescored

BROWSERS = ("chromium", "chromium-browser", "google-chrome")

Texts = Mapping[str, Sequence[Sequence[str] | Exception]]
"""Of every strategy what it said to each problem: its chains, or what it raised."""


@pytest.fixture(scope="session")
def written() -> Callable[..., Path]:
    """Writes the directory of a run of texts: the problems, and what each strategy said to them."""

    def write(
        folder: Path,
        problems: Sequence[Problem],
        texts: Texts,
        *,
        model: str = "reference",
        task: str = "sums",
        finish: Callable[[str], str] = lambda text: "stop",
        **manifest: Any,
    ) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        samples = []
        for strategy, given in texts.items():
            column = Column(model, task, strategy, {})
            for problem, said in zip(problems, given, strict=True):
                made: Any = said
                if not isinstance(said, Exception):
                    made = [
                        chain(problem, Reply(text, finish(text), 7, -1.5))  # type: ignore[arg-type]
                        for text in said
                    ]
                samples.append(sample(column, problem, made))
        with (folder / "samples.jsonl").open("wb") as file:
            file.writelines(map(line, samples))
        cost = {"prompt_tokens": 100, "generated_tokens": 700, "seconds": 1.0}
        scores = [{**score, **cost} for score in rescored(samples)]
        (folder / "scores.json").write_text(json.dumps({"schema": 1, "scores": scores}))
        (folder / "run.json").write_text(json.dumps({"status": "finished", **manifest}))
        return folder

    return write


# Not for the session: its event loop runs in this thread, where other tests start one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium for all tests; without one they are skipped, or fail where CI needs it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        reason = "no Chromium on this machine (apt-get install chromium): the page is not looked at"
        if os.environ.get("CHROMIUM_REQUIRED"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # a container's root may not use the sandbox
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=found, args=arguments)
        yield opened
        opened.close()
