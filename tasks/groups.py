"""Groups of tasks: the sets on which a paper reports, with its splits and its first so many rows.

`-t @chain_of_thought_paper` runs them all. What a paper has and a group lacks is said beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from .bbh import KIND_OF

MAWPS = ("singleop", "singleeq", "addsub", "multiarith")
ARITHMETIC = ("gsm8k", "svamp", "asdiv", "aqua", *MAWPS)
SYMBOLIC = (
    *(f"last_letter:words={words}" for words in (2, 3, 4)),
    *(f"coin_flip:people={people}" for people in (2, 3, 4)),
)
ANLI = tuple(f"anli:split=r{number}" for number in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks with their options, and what is behind them."""

    about: str
    tasks: tuple[str, ...]


GROUPS = {
    "arithmetic": Group(
        "The word problems of the chain-of-thought paper. Its MAWPS is the mean of the last four.",
        ARITHMETIC,
    ),
    "symbolic": Group(
        "Its last letters and coin flips: two in domain, three and four out of it. Generated anew, for its "
        "lists of names are not released.",
        SYMBOLIC,
    ),
    "chain_of_thought_paper": Group(
        "Wei et al. (2022, arXiv:2201.11903). SayCan is left out: its answers are plans of a robot.",
        (
            *ARITHMETIC,
            "commonsenseqa",
            "strategyqa",
            "date_understanding",
            "sports_understanding",
            *SYMBOLIC,
        ),
    ),
    "self_consistency_paper": Group(
        "Wang et al. (2022, arXiv:2203.11171): table 2 and 3, and the sets where chains of thought may hurt.",
        (
            *("addsub", "multiarith", "asdiv", "aqua", "svamp", "gsm8k"),
            *("commonsenseqa", "strategyqa", "arc:level=easy", "arc"),
            *("last_letter:words=4", "coin_flip:people=4"),
            *(*ANLI, "esnli", "rte", "boolq", "hotpotqa"),
        ),
    ),
    "ensembles_paper": Group(
        "Wang et al. (2022, arXiv:2207.00747): rationale-augmented ensembles, the first 1000 of four sets.",
        (
            *(*ANLI, "esnli:first=1000", "rte"),
            *("mnli:first=1000", "mnli:split=mismatched,first=1000"),
            *("openbookqa", "arc:level=easy", "arc", "boolq", "boolq:passage=yes"),
            *("hotpotqa:first=1000", "wic", "sst2", "qqp:first=1000", "gsm8k"),
        ),
    ),
    "bbh": Group(
        "The 27 tasks of BIG-Bench Hard (Suzgun et al., 2022, arXiv:2210.09261), a column each.",
        tuple(f"bbh:name={name}" for name in KIND_OF),
    ),
    "mathematics": Group(
        "Competitions: what is reported today.",
        ("math:split=500", "aime", "aime:year=2025", "amc", "minerva", "olympiadbench"),
    ),
    "endless": Group(
        "Generated, so that no model has seen them.",
        (
            *("arithmetic", "last_letter", "coin_flip", "pronouns"),
            *("dates", "tracking", "boolean", "navigation", "sorting", "counting", "ages", "rates"),
        ),
    ),
}
