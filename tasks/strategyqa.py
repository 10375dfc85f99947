"""StrategyQA (Geva et al., 2021, arXiv:2101.02235): yes or no, by facts that the question leaves out.

Source: github.com/eladsegal/strategyqa, MIT, dev.json with 229 rows {qid, term, question, answer: true,
facts, decomposition}; on the hub ChilleD/StrategyQA, whose two splits make the 2290 rows on which the
chain-of-thought paper reports. The task.json of BIG-bench ({input, target_scores}) is read too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness import Problem, task

from .released import Release, Row, catalogued, released

RELEASE = Release(
    task="strategyqa",
    file="https://raw.githubusercontent.com/eladsegal/strategyqa/{revision}/data/strategyqa/dev.json",
    columns="{qid, question, answer: true, facts}",
    hub="ChilleD/StrategyQA",
    splits={"all": "train+test", "test": "test", "train": "train"},
)


@task(
    exemplars="strategyqa",
    area="commonsense",
    kind="yes_no",
    rows="2,290 (the file dev.json 229)",
    licence="MIT",
)
def strategyqa(
    *, path: str | None = None, split: str = "all", revision: str | None = None
) -> Iterator[Problem]:
    """StrategyQA: yes or no, by facts that the question does not tell."""
    return catalogued(_problem(row) for row in released(RELEASE, path, split, revision))


def _problem(row: Row) -> Problem:
    scores = row.values.get("target_scores")
    if isinstance(scores, Mapping):
        gold = row.gold(max(scores, key=lambda answer: scores[answer]), "yes_no")
        return Problem(f"strategyqa/bigbench/{row.index:04d}", row.text("input"), gold, "yes_no")
    facts = row.values.get("facts") or ""
    told = " ".join(map(str, facts)) if isinstance(facts, list) else str(facts).strip()
    return Problem(
        id=f"strategyqa/{row.text('qid')}",
        question=row.text("question"),
        answer=row.gold(row["answer"], "yes_no"),
        kind="yes_no",
        rationales=(told,) if told else (),
    )
