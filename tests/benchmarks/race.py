"""Measures how often a race errs, and what it saves: simulated races, and committed runs replayed.

python tests/benchmarks/race.py [RACES] [ORDERS] [FILE.json] [FOLDER...]

Errors: RACES races of eight strategies on 500 problems. A problem is one of the 200 of the committed
run `strategies` (arithmetic), drawn with replacement, so that credits are correlated as those of real
columns are; its eight credits are dealt out to the eight strategies anew, and then exchanged until all
have the same accuracy to the last problem. In three of four settings the first is then made better
by 2, 5 or 10 points. An error is a strategy out that none is better than, at any look of the race.
Beside it: McNemar's exact test at 0.05 for every pair at the same looks, with and without Bonferroni's
correction over the 28 pairs.

Savings: the columns of committed runs (and of FOLDERs) in ORDERS random orders of their problems. The share is that of
the tokens of all columns on all problems; paths are drawn until the vote is decided, as a race does.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
from rich.console import Console
from rich.table import Table
from scipy.stats import binom

from harness.reading.kinds import KINDS
from harness.records.record import stored
from harness.statistics import wilson
from harness.statistics.racing import Race, next_round
from harness.voting.stopping import replay

REFERENCE = Path(__file__).parents[2] / "results/reference"
ROUNDS, EQUAL, PART = 8, 1e-9, 100
PROBLEMS, ALPHA, LEADS, MARGIN = 500, 0.05, (0.0, 0.02, 0.05, 0.10), 0.01
EIGHT = (
    "zero_shot_chain_of_thought",
    "re_reading",
    "chain_of_thought",
    "auto_chain_of_thought",
    "chain_of_thought_decoding",
    "self_consistency",
    "prompt_order_ensemble",
    "input_rationale_ensemble",
)


@dataclass(frozen=True)
class Columns:
    """Strategies by problems: credits, tokens of all chains, and of those until the vote is decided."""

    name: str
    strategies: list[str]
    credits: Any
    tokens: Any
    decided: Any


def columns(folder: Path) -> list[Columns]:
    """The columns of a run, a group for each task."""
    cells: dict[str, dict[str, dict[str, tuple[float, int, int]]]] = {}
    for sample in stored(folder):
        if sample["correct"] is not None:
            strategy = f"{sample['strategy']} {json.dumps(sample['options'])}"
            column = cells.setdefault(sample["task"], {}).setdefault(strategy, {})
            column[sample["problem"]] = sample["correct"], *_tokens(sample)
    return [_grouped(f"{folder.name}: {task}", rows) for task, rows in cells.items()]


def _tokens(sample: dict[str, Any]) -> tuple[int, int]:
    """All that was generated, and that until the vote was decided where the strategy can stop there."""
    tokens = [chain["tokens"] for chain in sample["chains"]]
    if "stop" not in sample["options"] or sample["options"]["stop"] is not None:
        return sum(tokens), sum(tokens)
    answers = [chain["answer"] for chain in sample["chains"]]
    same, per_round = KINDS[sample["kind"]].same, max(1, len(tokens) // ROUNDS)
    drawn = replay(answers, same, "decided", per_round=per_round).drawn
    return sum(tokens), sum(tokens[:drawn])


def _grouped(name: str, rows: dict[str, dict[str, tuple[float, int, int]]]) -> Columns:
    problems = sorted(set.intersection(*(set(column) for column in rows.values())))
    cells = numpy.array([[column[one] for one in problems] for column in rows.values()])
    return Columns(name, list(rows), cells[..., 0], cells[..., 1], cells[..., 2])


def alike(random: numpy.random.Generator, right: Any, lead: float) -> Any:
    """Eight columns of equal accuracy on 500 problems, but that the first is better by `lead`."""
    rows = random.permuted(right[:, random.integers(right.shape[1], size=PROBLEMS)].T, axis=1)
    rows = (rows > 0.5).astype(float)
    ones = numpy.argwhere(rows)
    for place in random.choice(len(ones), len(ones) % len(EIGHT), replace=False):
        rows[tuple(ones[place])] = 0
    while numpy.ptp(sums := rows.sum(axis=0)):
        high, low = sums.argmax(), sums.argmin()
        row = random.choice(numpy.flatnonzero(rows[:, high] > rows[:, low]))
        rows[row, [high, low]] = rows[row, [low, high]]
    wrong = numpy.flatnonzero(rows[:, 0] == 0)
    rows[random.choice(wrong, round(lead * PROBLEMS), replace=False), 0] = 1
    return random.permutation(rows).T


def run(race: Race, right: Any, costs: Any) -> tuple[float, list[int]]:
    """Run a race on columns in their order: the part of all `costs` that it took, and its looks."""
    spent, looks = 0.0, [0]
    while (asked := list(race.asked)) and (number := next_round(looks[-1], right.shape[1])):
        part = slice(looks[-1], looks[-1] + number)
        spent += costs[asked, part].sum()
        means = costs[:, : part.stop].mean(axis=1)
        race.look({who: right[who, part] for who in asked}, {who: means[who] for who in asked})
        looks.append(part.stop)
    return float(spent / costs.sum()), looks[1:]


def mcnemar_outs(right: Any, level: float) -> dict[int, int]:
    """Who would be out, and after how many problems, if each look were the only one."""
    outs: dict[int, int] = {}
    looks, seen = [], 0
    while number := next_round(seen, right.shape[1]):
        looks.append(seen := seen + number)
    for look in looks:
        left = [who for who in range(len(right)) if who not in outs]
        part = right[left, :look]
        wins = (part[:, None] > part[None]).sum(axis=-1)
        losses = wins.T
        p = 2 * binom.cdf(numpy.minimum(wins, losses), wins + losses, 0.5)
        for place in numpy.flatnonzero(((p < level) & (wins < losses)).any(axis=1)):
            outs[left[place]] = look
    return outs


@dataclass
class Errors:
    """What became of the simulated races of one setting; `again`: problems are drawn with replacement."""

    lead: float
    margin: float
    again: bool
    races: int = 0
    false: Counter[str] = field(default_factory=Counter)
    behind: int = 0
    found: int = 0
    shares: list[float] = field(default_factory=list)

    def add(self, races: int, right: Any) -> None:
        """So many races more."""
        part = self.races
        random = numpy.random.default_rng(
            [round(1000 * self.lead), round(1000 * self.margin), self.again, part]
        )
        for _ in range(races):
            self._race(random, alike(random, right, self.lead))
        self.races += races

    def _race(self, random: numpy.random.Generator, rows: Any) -> None:
        truth, best = rows.mean(axis=1), {0} if self.lead else set(range(len(EIGHT)))
        if self.again:
            rows = rows[:, random.integers(PROBLEMS, size=PROBLEMS)]
        race = Race(len(EIGHT), None if self.again else PROBLEMS, ALPHA, self.margin)
        # dearer and cheaper ones, or a margin would put nobody out
        costs = numpy.broadcast_to(random.permutation(8.0 + numpy.arange(8))[:, None], rows.shape)
        self.shares.append(run(race, rows, costs)[0])
        self.false["race"] += any(d.who in best for d in race.departures if d.reason == "worse")
        self.behind += max(truth) - truth[race.named()] > max(self.margin, EQUAL)
        self.found += race.left == [0]
        for name, level in (("mcnemar", ALPHA), ("bonferroni", ALPHA / 28)):
            self.false[name] += not best.isdisjoint(mcnemar_outs(rows, level))

    def row(self) -> dict[str, Any]:
        """The counts, as they are written down."""
        return {
            "lead": self.lead,
            "margin": self.margin,
            "drawn": "with replacement" if self.again else "without replacement",
            "races": self.races,
            "false": dict(self.false),
            "interval": {
                name: [round(end, 4) for end in wilson(count, self.races)]
                for name, count in self.false.items()
            },
            "best_left_behind": int(self.behind),
            "only_best_left": int(self.found),
            "share_of_cost": quantiles(self.shares),
        }


def eight() -> Any:
    """The credits of the eight columns that simulated races are made of, strategies by problems."""
    source = next(c for c in columns(REFERENCE / "strategies") if c.name.endswith("arithmetic"))
    place = {name.partition(" ")[0]: n for n, name in reversed(list(enumerate(source.strategies)))}
    return source.credits[[place[name] for name in EIGHT]]


def savings(source: Columns, orders: int, margin: float) -> dict[str, Any]:
    """The share of the full cost in so many random orders, and how often the answer was right."""
    random = numpy.random.default_rng(0)
    means = source.credits.mean(axis=1)
    shares, right = [], 0
    for _ in range(orders):
        order = random.permutation(source.credits.shape[1])
        race = Race(len(means), len(order), ALPHA, margin)
        shares.append(run(race, source.credits[:, order], source.decided[:, order])[0])
        left = race.named()
        right += bool(means[left] > means.max() - max(margin, 1e-9))
    decided = float(source.decided.sum() / source.tokens.sum())
    return {
        "columns": source.name,
        "strategies": len(means),
        "problems": int(source.credits.shape[1]),
        "margin": margin,
        "orders": orders,
        "right": right,
        "share_of_tokens": quantiles([share * decided for share in shares]),
        "share_by_paths_alone": round(decided, 4),
    }


def quantiles(shares: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {
        "median": round(float(numpy.median(shares)), 4),
        "p95": round(float(numpy.quantile(shares, 0.95)), 4),
    }


def shown(rows: Sequence[dict[str, Any]], title: str) -> None:
    """Print rows of figures as a table."""
    table = Table(*rows[0], title=title)
    for row in rows:
        table.add_row(*(json.dumps(v) if isinstance(v, dict) else str(v) for v in row.values()))
    Console().print(table)


def main(races: int, orders: int, file: str = "", *folders: str) -> None:
    """Measure both, and write into the file what is known so far, again and again."""
    settings = [
        Errors(lead, margin, again)
        for margin, again in ((0.0, False), (MARGIN, False), (0.0, True))
        for lead in LEADS
    ]
    saving: list[dict[str, Any]] = []

    def note() -> None:
        erring = [one.row() for one in settings if one.races]
        if file:
            Path(file).write_text(
                json.dumps({"errors": erring, "savings": saving}, indent=1) + "\n"
            )

    runs = [REFERENCE / name for name in ("arithmetic", "strategies", "real/gsm8k")]
    runs += map(Path, folders)
    for group in [group for folder in runs for group in columns(folder)] if orders else []:
        for margin in (0.0, 0.01, 0.02, 0.05):
            saving.append(savings(group, orders, margin))
            note()
    right = eight()
    for _ in range(races // PART):
        for one in settings:
            one.add(PART, right)
            note()
    for title, rows in (
        ("errors", [one.row() for one in settings if one.races]),
        ("savings", saving),
    ):
        if rows:
            shown(rows, title)


if __name__ == "__main__":
    races, orders, *rest = sys.argv[1:] or ["2000", "200"]
    main(int(races), int(orders), *rest)
