"""Compares our readers with others': the same texts, beside what a careful reader reads.

python tests/benchmarks/readers.py [OTHER_PYTHON ...] [FILE.json]

Each OTHER_PYTHON is an interpreter with some of the other programs installed as published (`pip install
lm_eval math-verify[antlr4_13_2] inspect-ai evalscope`; lighteval needs another math-verify, and so an
environment of its own); without any ours alone are measured.
A reading is right where it means what a careful reader reads, in our normal form of the kind (so
"1,200.00" is right for 1200); silent where it gives none of its kind; else wrong. Where nothing may be
read, silence is right. Microseconds of processor time a text.

Some compare with a gold instead of reading: they are right where they accept it, and where nothing may be
read they are wrong if they extract anything of the kind.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import other_readers
from other_readers import NOT_IT, Case, Reader, each

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "answers"
CORPORA = {
    "golden": SHARED / "golden.jsonl",
    "reported": SHARED / "reported.jsonl",
    "classes": ROOT / "tests" / "golden" / "classes.jsonl",
    "unseen": ROOT / "tests" / "golden" / "unseen.jsonl",
}
"""The last was written before any reader had read it; what ours made of it then stands in it as `before`."""

PACKAGES = {
    "lm_eval": "lm_eval",
    "math_verify": "math-verify",
    "inspect": "inspect-ai",
    "lighteval": "lighteval",
    "evalscope": "evalscope",
}
"""What makes readers in `other_readers.py`, and the package that they are from."""


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
                case = {"corpus": corpus, "kind": row["kind"], "text": text, "choices": choices}
                found.append({**case, "reads": reads, "before": row.get("before")})
    return found


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
            start = _processor()
            found = reader([read[place] for place in places])
            spent += _processor() - start
            answers |= {str(place): answer for place, answer in zip(places, found, strict=True)}
        table[name] = {"answers": answers, "us": 1e6 * spent / max(1, len(answers))}
    return table


def _processor() -> float:
    """Seconds of processor time, of processes that have ended, too: evalscope compares in one for each text."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def others(done: Sequence[str]) -> None:
    """Reads the cases of standard input by those installed that have not `done` so; for OTHER_PYTHON."""
    read = json.load(sys.stdin)
    table: dict[str, Any] = {}
    versions: dict[str, str] = {}
    for make, package in PACKAGES.items():
        if package in done:
            continue
        try:
            readers = getattr(other_readers, f"{make}_readers")()
        except ImportError as error:
            print(f"without {package}: {error}", file=sys.stderr)
            continue
        readings(readers, read[:50])  # what is only done once
        table |= readings(readers, read)
        versions[package] = metadata.version(package)
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
    return "right" if kind.same(said, case["reads"]) else "wrong"


def documented(rows: Sequence[Mapping[str, Any]]) -> str:
    """The two tables of docs/scoring.md: each reader on each set of texts, and each kind's wrong readings."""
    count = {(row["texts"], row["kind"], row["reader"]): row for row in rows}

    def cell(row: Mapping[str, Any] | None, sign: str = ", ") -> str:
        if row is None:
            return ""
        verdicts = [row.get(verdict, 0) for verdict in ("right", "silent", "wrong")]
        return f"{sum(verdicts):,}: {sign.join(f'{one:,}' for one in verdicts)}"

    lines = ["| reader | golden | classes | unseen | us a text |", "|---|---|---|---|---|"]
    for reader in dict.fromkeys(row["reader"] for row in rows if row["texts"] == "golden"):
        cells = [cell(count.get((texts, "all", reader))) for texts in ("golden", "classes")]
        first = "ours, before" if reader == "ours, flexible" else reader
        cells.append("" if reader == "ours, strict" else cell(count.get(("unseen", "all", first))))
        lines.append(
            f"| {reader} | {' | '.join(cells)} | {count['golden', 'all', reader]['us']:,.0f} |"
        )
    lines += ["", "| kind | ours | the other with most right | the other with fewest wrong |"]
    lines.append("|---|---|---|---|")
    for kind in sorted({row["kind"] for row in rows} - {"all"}):
        of_kind = {
            row["reader"]: row for row in rows if (row["texts"], row["kind"]) == ("all", kind)
        }
        others = [row for name, row in of_kind.items() if not name.startswith("ours")]
        best = max(others, key=lambda row: row.get("right", 0), default=None)
        safest = min(others, key=lambda row: row.get("wrong", 0), default=None)
        named = [f"{row['reader']} {cell(row)}" if row else "none" for row in (best, safest)]
        lines.append(f"| `{kind}` | {cell(of_kind['ours, flexible'])} | {' | '.join(named)} |")
    return "\n".join(lines)


def main(other_pythons: Sequence[str], file: str | None) -> None:
    from rich.console import Console
    from rich.table import Table

    read = cases()
    readings(our_readers(), read[:50])  # what is only done once
    table = readings(our_readers(), read)
    versions: dict[str, str] = {}
    for other_python in other_pythons:
        done = subprocess.run(
            [other_python, __file__, "--others", *versions],
            input=json.dumps(read),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        reply = json.loads(done.stdout[done.stdout.index('{"table"') :])
        table |= reply["table"]
        versions |= reply["versions"]
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for case in read:
        for kind in (case["kind"], "all") if case["before"] else ():
            counts["unseen", kind, "ours, before"][case["before"]] += 1
    table["ours, before"] = {"answers": {}, "us": 0.0}
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
    rows = [
        {"texts": corpus, "kind": kind, "reader": name, **verdicts, "us": table[name]["us"]}
        for (corpus, kind, name), verdicts in sorted(counts.items())
    ]
    print(documented(rows))
    if file:
        Path(file).write_text(json.dumps({"versions": versions, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--others"]:
        others(sys.argv[2:])
    else:
        given = sys.argv[1:]
        files = [one for one in given if one.endswith(".json")]
        main([one for one in given if one not in files], files[0] if files else None)
