"""Compares our readers with others': the same texts, beside what a careful reader reads.

python tests/benchmarks/readers.py [OTHER_PYTHON] [FILE.json]

OTHER_PYTHON is an interpreter with lm-evaluation-harness, math-verify and Inspect installed, each as
published (`pip install lm_eval math-verify[antlr4_13_2] inspect-ai`); without it ours alone are measured.
A reading is right where it means what a careful reader reads, in our normal form of the kind (so
"1,200.00" is right for 1200); silent where it gives none of its kind; else wrong. Where nothing may be
read, silence is right. Microseconds of processor time a text.

Inspect compares with a target instead of reading: its `match` counts as right where it accepts the gold,
and where nothing may be read it is wrong if it extracts a number.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent.parent / "shared" / "answers"
CORPORA = {
    "golden": SHARED / "golden.jsonl",
    "reported": SHARED / "reported.jsonl",
    "classes": ROOT / "tests" / "golden" / "classes.jsonl",
}
PACKAGES = ("lm_eval", "math-verify", "inspect-ai")

LONGEST_WAIT = 2
"""Seconds that math-verify has to parse a text, or to compare; then it counts as silent, or as not it."""

NOT_IT = " (not it)"
"""Ends the answer of a reader that compares for itself and does not find the gold."""

Case = Mapping[str, Any]
Reader = Callable[[Sequence[Case]], list[str | None]]
"""Reads the texts of some cases; all at once, since a filter of lm-evaluation-harness prepares itself for long."""


def cases() -> list[dict[str, Any]]:
    """All texts: `corpus`, `kind`, `text`, `choices`, and `reads`, which is None where nothing is."""
    found = []
    for corpus, path in CORPORA.items():
        if not path.exists():
            continue
        for line in path.read_text(encoding="utf-8").split("\n"):
            row = json.loads(line) if line else {}
            if row.get("truncated"):
                continue  # others are not told
            for text in row.get("texts") or ([row["text"]] if row else []):
                choices = row.get("choices") or []
                reads = row.get("gold") if "texts" in row else row["reads"]
                found.append(
                    {"corpus": corpus, "kind": row["kind"], "text": text, "choices": choices, "reads": reads}
                )  # fmt: skip
    return found


def each(reading: Callable[[Case], str | None]) -> Reader:
    """A reader of one text as a reader of many."""
    return lambda read: [reading(case) for case in read]


def lm_eval_readers() -> dict[str, dict[str, Reader]]:
    """The filters of the tasks gsm8k_cot, mmlu_pro, gpqa (flexible) and bbh_cot_fewshot, by kind."""
    from lm_eval.filters.extraction import MultiChoiceRegexFilter, RegexFilter

    def through(chosen: Any) -> Reader:
        def reading(read: Sequence[Case]) -> list[str | None]:
            texts = [[case["text"]] for case in read]
            docs = [{"choices": case["choices"] or ["A", "B", "C", "D"]} for case in read]
            answers = [answers[0] for answers in chosen.apply(texts, docs)]
            return [None if answer == "[invalid]" else str(answer) for answer in answers]

        return reading

    number = {
        "lm-eval strict": RegexFilter(regex_pattern=r"The answer is (\-?[0-9\.\,]+)."),
        "lm-eval flexible": RegexFilter(
            regex_pattern=r"(-?[$0-9.,]{2,})|(-?[0-9]+)", group_select=-1
        ),
    }
    choice = {
        "lm-eval strict": RegexFilter(regex_pattern=r"answer is \(?([ABCDEFGHIJ])\)?"),
        "lm-eval flexible": MultiChoiceRegexFilter(
            regex_pattern=r"(\([A-Z]\))", group_select=-1, ignore_case=True, ignore_punctuation=True
        ),
    }
    words = RegexFilter(regex_pattern=r"(?<=the answer is )(.*)(?=.)")
    readers: dict[str, dict[str, Reader]] = {
        name: {"number": through(number[name]), "choice": through(choice[name])} for name in number
    }
    for kind in ("yes_no", "letters", "date"):
        readers["lm-eval strict"][kind] = through(words)
    return readers


def math_verify_readers() -> dict[str, dict[str, Reader]]:
    """math-verify's parser with its own settings: formulas and numbers, or letters for a choice."""
    import math_verify

    def formula(case: Case) -> str | None:
        answer = math_verify.parse(case["text"], parsing_timeout=LONGEST_WAIT)
        if not answer:
            return None
        if case["reads"] is None:
            return str(answer[-1])
        gold = math_verify.parse(f"${case['reads']}$")
        return (
            case["reads"]
            if math_verify.verify(gold, answer, timeout_seconds=LONGEST_WAIT)
            else f"{answer[-1]}{NOT_IT}"
        )

    def letter(case: Case) -> str | None:
        letters = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(case["choices"]) or 5])
        extraction = [math_verify.StringExtractionConfig(strings=letters)]
        answer = math_verify.parse(case["text"], extraction)
        return str(answer[0]).upper() if answer else None

    return {"math-verify": {"number": each(formula), "math": each(formula), "choice": each(letter)}}


def inspect_readers() -> dict[str, dict[str, Reader]]:
    """Inspect's scorers `match(numeric=True)` for a number and `answer("letter")` for a choice."""
    from inspect_ai.scorer import AnswerPattern
    from inspect_ai.scorer._common import match_str

    def number(case: Case) -> str | None:
        target = case["reads"] if case["reads"] is not None else "0"
        answer, same = match_str(case["text"], target, location="end", numeric=True)
        if case["reads"] is None:
            return answer if re.search(r"[0-9]", answer) else None
        return case["reads"] if same else f"{answer}{NOT_IT}"

    def letter(case: Case) -> str | None:
        match = re.search(AnswerPattern.LETTER, case["text"])
        return match[1].upper() if match else None

    return {"Inspect": {"number": each(number), "choice": each(letter)}}


def our_readers() -> dict[str, dict[str, Reader]]:
    """Every kind, read flexibly and strictly."""
    from harness.reading.kinds import KINDS, STRICT_RULES

    def flexible(case: Case) -> str | None:
        return KINDS[case["kind"]].read(case["text"], case["choices"]).answer

    def strict(case: Case) -> str | None:
        reading = KINDS[case["kind"]].read(case["text"], case["choices"])
        return reading.answer if reading.rule in STRICT_RULES or reading.rule == "bare" else None

    return {
        "ours, flexible": dict.fromkeys(KINDS, each(flexible)),
        "ours, strict": dict.fromkeys(KINDS, each(strict)),
    }


def readings(
    readers: Mapping[str, Mapping[str, Reader]], read: Sequence[Case]
) -> dict[str, dict[str, Any]]:
    """What each reader reads of each text of its kinds, by the text's place, and microseconds a text."""
    table: dict[str, dict[str, Any]] = {}
    for name, by_kind in readers.items():
        answers: dict[str, str | None] = {}
        spent = 0.0
        for kind, reader in by_kind.items():
            places = [place for place, case in enumerate(read) if case["kind"] == kind]
            start = time.thread_time()
            found = reader([read[place] for place in places])
            spent += time.thread_time() - start
            answers |= {str(place): answer for place, answer in zip(places, found, strict=True)}
        table[name] = {"answers": answers, "us": 1e6 * spent / max(1, len(answers))}
    return table


def others() -> None:
    """Reads the cases of standard input by whatever of the others is installed; for OTHER_PYTHON."""
    read = json.load(sys.stdin)
    table: dict[str, Any] = {}
    for make in (lm_eval_readers, math_verify_readers, inspect_readers):
        table |= readings(make(), read)
    versions = {package: metadata.version(package) for package in PACKAGES}
    json.dump({"table": table, "versions": versions}, sys.stdout)


def judged(case: Case, answer: str | None) -> str:
    """Right, silent or wrong, by what a careful reader reads."""
    from harness.reading.kinds import KINDS

    kind = KINDS[case["kind"]]
    if answer is not None and answer.endswith(NOT_IT):
        return "wrong"
    said = None if answer is None else kind.normal(answer, case["choices"])
    if case["reads"] is None:
        return "right" if said is None else "wrong"
    if said is None:
        return "silent"
    same = said == case["reads"] or kind.key(said) == kind.key(case["reads"])
    return "right" if same else "wrong"


def main(other_python: str | None, file: str | None) -> None:
    from rich.console import Console
    from rich.table import Table

    read = cases()
    readings(our_readers(), read[:50])  # what is only done once
    table, versions = readings(our_readers(), read), {}
    if other_python:
        done = subprocess.run(
            [other_python, __file__, "--others"],
            input=json.dumps(read),
            capture_output=True,
            text=True,
            check=True,
        )
        reply = json.loads(done.stdout[done.stdout.index("{") :])
        table |= reply["table"]
        versions = reply["versions"]
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for name, result in table.items():
        for place, answer in result["answers"].items():
            case = read[int(place)]
            verdict = judged(case, answer)
            for corpus in (case["corpus"], "all"):
                for kind in (case["kind"], "all"):
                    counts[corpus, kind, name][verdict] += 1
    shown = Table("texts", "kind", "reader", "n", "right", "silent", "wrong", "us/text")
    for (corpus, kind, name), verdicts in sorted(counts.items()):
        n = sum(verdicts.values())
        cells = (f"{verdicts[verdict]}" for verdict in ("right", "silent", "wrong"))
        shown.add_row(corpus, kind, name, f"{n}", *cells, f"{table[name]['us']:.0f}")
    Console(width=120).print(shown, versions)
    if file:
        rows = [
            {"texts": corpus, "kind": kind, "reader": name, **verdicts, "us": table[name]["us"]}
            for (corpus, kind, name), verdicts in sorted(counts.items())
        ]
        Path(file).write_text(json.dumps({"versions": versions, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--others"]:
        others()
    else:
        main(*[*sys.argv[1:], None, None][:2])
