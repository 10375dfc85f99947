"""Measures the page of a large run: how long it takes to make, how large it is, how soon it answers.

    python tests/benchmarks/page.py results/reference/page.json

5,000 problems, 5 strategies, 20 chains each: made up, with texts of the length and sameness of real
ones. The browser is a headless Chromium that opens the page from a file, five times.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.problem import Problem, Reply
from harness.reading.kinds import chain
from harness.records.loading import read
from harness.records.record import Column, Sample, line, sample
from harness.records.scoring import rescored
from harness.report.pictures import bundle
from harness.report.writing import rendered
from harness.running.provenance import hardware, versions

STRATEGIES = ("standard", "chain_of_thought", "self_consistency", "order", "input_rationale")
NAMES = ("Nina", "Omar", "Ruth", "Pat", "Eric", "Olga", "Joe", "Alice", "Ben", "Laura")
THINGS = ("apples", "pens", "cups", "lamps", "shirts", "chairs", "bottles", "books", "coins")
OPENED = 5


def problem(number: int, rng: random.Random) -> tuple[Problem, tuple[int, int, int]]:
    """A problem and its numbers."""
    name, thing = rng.choice(NAMES), rng.choice(THINGS)
    a, b, c = (rng.randrange(2, 90) for _ in range(3))
    question = (
        f"{name} has {a} boxes with {b} {thing} each and finds {c} more. Then half of what {name} "
        f"found is given to {rng.choice(NAMES)}, who had {rng.randrange(9)} {thing} before, and the "
        f"rest is put on a shelf. How many {thing} does {name} have in the boxes and on the way?"
    )
    return Problem(f"made/test/{number:04}", question, str(a * b + c), "number"), (a, b, c)


def reasoning(numbers: tuple[int, int, int], rng: random.Random) -> str:
    """A chain that is right three times in four."""
    a, b, c = numbers
    slip = 0 if rng.random() < 0.75 else rng.choice((1, -1, 10, c))
    steps = rng.sample(
        (
            f"There are {a} boxes with {b} in each, which makes {a} * {b} = {a * b}.",
            f"Then {c} more are found, so these have to be added as well.",
            "What is given away and what is put on the shelf does not change the number asked for.",
            f"In the boxes alone there are {a * b} of them.",
        ),
        rng.randrange(2, 5),
    )
    return (
        f" {' '.join(steps)} {a * b} + {c} = {a * b + c + slip}. The answer is {a * b + c + slip}."
    )


def samples(problems: int, paths: int) -> Iterator[Sample]:
    """The samples of all strategies, one after the other."""
    made = [problem(number, random.Random(number)) for number in range(problems)]
    for strategy in STRATEGIES:
        for one, numbers in made:
            rng = random.Random(f"{strategy}/{one.id}")
            texts = [reasoning(numbers, rng) for _ in range(paths)]
            replies = [Reply(text, "stop", len(text) // 4, -9 * rng.random()) for text in texts]
            yield sample(
                Column("made", "made", strategy, {}), one, [chain(one, reply) for reply in replies]
            )


def run(folder: Path, problems: int, paths: int) -> None:
    """Write the directory of a run."""
    made = list(samples(problems, paths))
    with (folder / "samples.jsonl").open("wb") as file:
        file.writelines(map(line, made))
    cost = {"prompt_tokens": 1, "generated_tokens": 1, "seconds": 1.0}
    scores = [{**score, **cost} for score in rescored(made)]
    (folder / "scores.json").write_text(json.dumps({"schema": 1, "scores": scores}))
    (folder / "run.json").write_text('{"status": "finished"}')


def looked_at(file: Path) -> dict[str, float]:
    """Seconds from opening a page until its first picture, its table, an answer to a search, a problem."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    found: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(OPENED):
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.goto(file.as_uri(), wait_until="commit")
            tab.wait_for_selector(".drawing[data-drawn]")
            tab.wait_for_selector("#list tbody tr")
            marks = tab.evaluate(
                "Object.fromEntries(performance.getEntriesByType('mark').map(m => [m.name, m.startTime]).reverse())"
            )
            found.setdefault("first_picture", []).append(marks["picture"] / 1000)
            found.setdefault("table", []).append(marks["problems"] / 1000)
            began = time.perf_counter()
            tab.fill("[name=search]", "made/test/4321")
            tab.locator("#count", has_text="1 of ").wait_for()
            found.setdefault("search", []).append(time.perf_counter() - began)
            began = time.perf_counter()
            tab.locator("#list tbody a").click()
            tab.wait_for_selector("dialog[open] .chain")
            found.setdefault("problem", []).append(time.perf_counter() - began)
            tab.close()
        browser.close()
    return {name: round(statistics.median(values), 3) for name, values in found.items()}


def measured(problems: int, paths: int) -> dict[str, Any]:
    """All figures of a run of that size."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        run(place, problems, paths)
        scores = read([place])
        bundle()  # is made once in a process, whatever the run
        began = time.perf_counter()
        text = rendered(scores, "html")
        seconds = time.perf_counter() - began
        file = place / "report.html"
        file.write_text(text, encoding="utf-8")
        return {
            "problems": problems,
            "strategies": len(STRATEGIES),
            "chains": paths,
            "samples_megabytes": round((place / "samples.jsonl").stat().st_size / 1e6, 1),
            "page_megabytes": round(file.stat().st_size / 1e6, 2),
            "seconds": {"build": round(seconds, 2), **looked_at(file)},
        }


def main() -> None:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("output", nargs="?", type=Path)
    parser.add_argument("--problems", type=int, default=5000)
    parser.add_argument("--paths", type=int, default=20)
    given = parser.parse_args()
    found = measured(given.problems, given.paths)
    content = {"page": found, "versions": versions(), "hardware": hardware()}
    text = json.dumps(content, indent=1) + "\n"
    sys.stdout.write(text)
    if given.output:
        given.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
