"""Measures how fast answers are read: typical, real, hostile and random texts, by every kind.

python tests/benchmarks/reading.py [RANDOM_TEXTS] [FILE.json]

The budget: 1 ms per kilobyte (of 1,024 characters, a shorter text counting as one) whatever a text
contains. Processor time of one thread, the best of three. Real texts are the solutions of GSM8K beside
this checkout, or made-up ones where they are absent. `growth` is what a kilobyte of 64 takes, of what a
kilobyte of 4 takes: 1 where time grows as the text does, 16 where it grows as its square.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from harness import KINDS
from harness.running.provenance import hardware

SOLUTIONS = Path(__file__).resolve().parents[3] / "shared/data/gsm8k/test.jsonl"
CHOICES = ("ocean", "a lake", "desert", "the north pole", "river bank")
KILOBYTE = 1024
CHAIN = (
    "There are 15 trees originally. Then there were 21 trees after some more were planted, so there "
    "must have been 21 - 15 = 6. Each of the trees costs $40, so in total the workers spent 6 * 40 = 240 "
    "dollars on them. They also bought 3 shovels for $12 each, which makes 3 * 12 = 36 dollars. In total "
    "they have spent 240 + 36 = 276 dollars. After the discount of 10% they pay 248.4 dollars."
)
CLOSINGS = {
    "number": "The answer is 42.",
    "choice": "The answer is (b).",
    "yes_no": "So the answer is yes.",
    "letters": "The answer is nk.",
    "date": "So the answer is 05/01/2021.",
    "label": "The answer is a lake.",
    "free": "So the answer is Saint Louis.",
    "math": "The answer is $x^2 + 1$.",
    "verbatim": "The answer is: 1 0\n0 1",
}
STUTTERS = (
    "7", "1,", "1 ", "a-1 ", "1 + 2 - ", "= 5 ", "1 and ", "one ", "one hundred and ", "half a ", "½", "3/4 ", "10^3 ",
    "{", "}", "\\boxed{", "\\boxed{5}", "\\frac{1}{2}", "\\text{", "$", "**", "*a*", "`", "~~a~~", "<<1>>", "<b>",
    "The answer is ", "The answer is 5. ", "answer: ", "answer ", "ans", "#### 5\n", "#### ", "<answer>", '"answer": "',
    "<think>", "</think>", "<think></think>", "</s>", "<|im_end|>", "\nQ: ", " Q: ", "\n\n", "\n", " ", "\t", ". ",
    ".x", "No, ", "Wait, ", "12, no wait, ", "yes or no ", "yes and ", "(A) ", "(1", "A. ", "lake ",
    "ocean and ", "a ", "a-", '"a" ', "05/01/2021 ", "05/01/2021 or ", "July 4, ", "-", "- ", "| 1 ",
    "İ", "答案是", "٣", "e9", "is ",
    "option ", ": ", "Tom has 3. How many?\n\n", "because 5 ", "not ", "[", "【5】",
    "1/2/3/", "..", "12:30 ", "π", "million ", "x ",
    # other scripts and signs
    "ж", "ответ ", "Ответ: 5 ", "उत्तर: ", "الإجابة ", "คำตอบ", "१२ ", "三", "3万", "１２", "é", "🙂", "𝟏𝟐 ",
    "\u200b", "。", "、",
    "选B", "答案是B", "B是正确的。", "正解はB。", "la respuesta es B ", "Die Antwort ist ", "Antwort B ",
    "1.234,5 ", "€5 ",
    # braces, LaTeX and formulas
    "{{", "{{}}", "{a{b}", "\\{", "\\frac{\\sqrt{", "\\sqrt{2}", "\\left(", "\\begin{matrix}1&2\\\\", "$x$ ",
    "$x^2", "$$",
    "\\(x\\) ", "\\(", "x^2 + ", "a_1 ", "\\", "^", "_", "f(x) = ", "\\pi r ", "$5 and ", "\\boxed{x} ",
    "\\boxed{5}, ",
    "\\boxed{\\frac{1}{2}} ", "\\boxed 5 ", "x=1, ", "sqrt(2) ", "(1, 2) ", "[0,1) ", "2π ", "x ≤ 5 ", "5° ", "x² ",
    # digits, sums and units
    "1234567890", "0.", "1.5 ", "1,000 ", "-1", "1-", "12 345 ", "1e5 ", "5% ", "$5 ", "2 × 10^", "5x ", "5 km ",
    "5th ",
    "5 dollars and ", "5 feet 2 inches ", "twenty-", "not 5 ", "has 5, ", "5 or ", "total of 5 ", "After 5, ",
    # blanks, tables, lists, headings and code
    "                    5", "\u3000", "\r\n", "\n ", "\n\n- ", "\n1. a", "* 5\n", "5.\n", "5. ", "\n| a | b |",
    "|---", "```",
    "```\n1\n```\n", "## Answer\n", "\n### ", "\nAnswer: 5\n", "\nA: 5\n", "\n1. Q: a ", "\nHuman: ", "?\n\n",
    # fields, calls, tags and tokens
    '{"answer": 5}', '{"answer": "5"}, ', '{"a": [', "[1, 2], ", "'answer': ", '\\"answer\\": \\"5\\" ',
    "<answer>x^2</answer>",
    "</answer>", "<ans>", "[answer]", "<|", "<|begin_of_box|>5", "<parameter=answer>5", "Finish[5] ", "Finish[",
    "final_answer(5)", "submit(", "answer[", "<b>5</b> ", "<<", "[[", "()", "((", "[THINK]", "◁", "assistant\n",
    "analysisWe ",
    # words
    "supercalifragilistic", "theanswer is", "don't ", "a b ", "word, ", "e.g. ", "J.R. ", "A.B.", "A. ", "Yes. ",
    "No. ", "so B, ",
    "(B) is wrong. ", "B is correct. ", "yes\n", "it is ", "none of the above ", "2020-01-01 ", "01.01.2020 ",
    "1 January ",
    '"abc ', "a, b, ", "k + ", "the final answer", "correct option ", "opción correctaaa", "wait",
)  # fmt: skip

LENGTHS = (200, 990, KILOBYTE, 16 * KILOBYTE)
"""Characters of a stutter. The second is still an answer and nothing else, if it is one (`rules.LONGEST_BARE`)."""


CACHES = [
    thing
    for name, module in sys.modules.items()
    if name.startswith("harness.reading")
    for thing in vars(module).values()
    if hasattr(thing, "cache_clear")
]
"""What a reader remembers of texts that it has read; forgotten before each measurement."""


def seconds(kind: str, text: str, times: int = 1) -> float:
    """Processor time of reading a text once, and as if for the first time: the best of three measurements."""
    best = float("inf")
    for _ in range(3):
        spent = 0.0
        for _ in range(times):
            for cache in CACHES:
                cache.cache_clear()
            start = time.thread_time()
            KINDS[kind].read(text, CHOICES)
            spent += time.thread_time() - start
        best = min(best, spent / times)
    return best


def per_kilobyte(kind: str, text: str, times: int = 1) -> float:
    """Milliseconds per kilobyte of a text, a shorter one counting as a kilobyte."""
    return 1e3 * seconds(kind, text, times) / max(1.0, len(text) / KILOBYTE)


def hostile() -> Iterator[tuple[str, str]]:
    """Texts that are made to be slow, by name: one piece over and over, at four lengths, and more."""
    for piece in STUTTERS:
        for length in LENGTHS:
            yield f"{piece!r} to {length:,}", (piece * (length // len(piece) + 1))[:length]
            yield (
                f"{piece!r} to {length:,}, asked",
                f"The answer is {piece * (length // len(piece))}",
            )
    yield "a million digits", "7" * 10**6
    yield "10,000 announcements", "The answer is " * 10**4
    yield "boxes 10,000 deep", "\\boxed{" * 10**4 + "5" + "}" * 10**4
    yield (
        "every character",
        "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000),
    )


def random_texts(count: int) -> Iterator[str]:
    """Seeded texts: pieces that the rules look for, between signs of any kind, 1 to 3,000 characters."""
    draw = random.Random(3)
    signs = [chr(code) for code in range(0x2FF0) if chr(code).isprintable()]
    for _ in range(count):
        length = int(10 ** draw.uniform(0, 3.5))
        pool = draw.sample(STUTTERS, draw.randint(1, 8)) + draw.sample(signs, draw.randint(0, 8))
        text = "".join(draw.choices(pool, k=length))
        yield text[:length]


def solutions() -> list[str]:
    """Worked solutions as models write them, ended as chain-of-thought prompts ask for it."""
    if not SOLUTIONS.exists():
        return [f"{CHAIN[: 100 + place % 200]} The answer is {place}." for place in range(1000)]
    rows = [json.loads(line) for line in SOLUTIONS.read_text(encoding="utf-8").split("\n") if line]
    return [row["answer"].replace("#### ", "The answer is ") for row in rows]


def real(texts: Sequence[str]) -> dict[str, float]:
    """Microseconds per solution and milliseconds per kilobyte of them, read as numbers."""
    spent = [seconds("number", text, 5) for text in texts]
    length = sum(map(len, texts)) / KILOBYTE
    return {
        "texts": len(texts),
        "median_us": 1e6 * statistics.median(spent),
        "ms_per_kb": 1e3 * sum(spent) / length,
        "million_seconds": 1e6 * statistics.mean(spent),
    }


def worst(named: Iterator[tuple[str, str]]) -> dict[str, Any]:
    """The slowest text per kilobyte of each kind, and how many were tried; an exception ends it all."""
    slowest = dict.fromkeys(KINDS, (0.0, ""))
    tried = 0
    for name, text in named:
        tried += 1
        for kind in KINDS:
            cost = per_kilobyte(kind, text)
            if cost > slowest[kind][0]:  # looked at again: of thousands, some were interrupted
                cost = min(cost, per_kilobyte(kind, text, 10))
            slowest[kind] = max(slowest[kind], (cost, name))
    return {"texts": tried, "slowest_ms_per_kb": slowest}


def growth() -> dict[str, tuple[float, str]]:
    """The stutter of which time grows the most with its length, for each kind."""
    most = dict.fromkeys(KINDS, (0.0, ""))
    for piece in STUTTERS:
        short, long = (
            piece * (length // len(piece) + 1) for length in (4 * KILOBYTE, 64 * KILOBYTE)
        )
        for kind in KINDS:
            if (cost := per_kilobyte(kind, long)) > GROWS:
                most[kind] = max(most[kind], (cost / per_kilobyte(kind, short, 3), repr(piece)))
    return most


GROWS = 0.1
"""Milliseconds per kilobyte: what takes less grows from nothing."""


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    typical = {kind: 1e6 * seconds(kind, f"{CHAIN} {CLOSINGS[kind]}", 500) for kind in CLOSINGS}
    result = {
        "typical_chain_us": typical,
        "solutions": real(solutions()),
        "hostile": worst(hostile()),
        "random": worst((repr(text[:60]), text) for text in random_texts(count)),
        "growth": growth(),
    }
    table = Table(
        "kind",
        f"chain of {len(CHAIN) + 18} (us)",
        "hostile, worst (ms/KB)",
        "random, worst (ms/KB)",
        "growth from 4 to 64 KB",
    )
    for kind in KINDS:
        cells = [result[name]["slowest_ms_per_kb"][kind] for name in ("hostile", "random")]
        cells.append(result["growth"][kind])
        table.add_row(kind, f"{typical[kind]:.0f}", *(f"{cost:.2f} {name}" for cost, name in cells))
    Console().print(table)
    Console().print(
        f"{result['hostile']['texts']:,} hostile and {result['random']['texts']:,} random texts, each read by "
        f"{len(KINDS)} kinds, none raised. Solutions: {result['solutions']}"
    )
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(
            json.dumps({"processor": hardware()["processor"], **result}, indent=1) + "\n",
            encoding="utf-8",
        )
