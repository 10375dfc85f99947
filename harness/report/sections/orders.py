"""Says how much the order of the worked examples matters: mean and deviation over random orders."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev

from harness.records.loading import Score
from harness.report.section import Section, between, percent
from harness.statistics import accuracy_interval


def orders(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """Columns that differ in the order of their examples alone, together; None where there are none.

    An order is a whole number, the seed of a shuffle; examples as they were written are no random
    order. Of two columns with one order, as of two runs, the later counts.
    """
    groups: dict[tuple[str, ...], dict[int, Score]] = {}
    titles: dict[tuple[str, ...], str] = {}
    for score, name in zip(scores, names, strict=True):
        order = score["options"].get("order")
        if isinstance(order, int) and score["accuracy"] is not None:
            others = sorted((k, repr(v)) for k, v in score["options"].items() if k != "order")
            key = (score["model"], score["task"], score["strategy"], repr(others))
            groups.setdefault(key, {})[order] = score
            titles.setdefault(key, _without_order(name))
    rows = [
        (key[1], titles[key], *_figures(list(group.values())))
        for key, group in groups.items()
        if len(group) > 1
    ]
    if not rows:
        return None
    return Section(
        title="Orders",
        columns=("task", "strategy", "orders", "mean", "95 %", "deviation", "lowest", "highest"),
        rows=tuple(rows),
        caption=(
            "Accuracy in % over random orders of the same worked examples: the mean with its interval "
            "over questions, the standard deviation over orders in points, and the extremes."
        ),
        names=2,
    )


def _figures(group: Sequence[Score]) -> tuple[str, ...]:
    accuracies = [score["accuracy"] for score in group]
    return (
        str(len(group)),
        percent(fmean(accuracies)),
        _interval(group),
        percent(stdev(accuracies)),
        percent(min(accuracies)),
        percent(max(accuracies)),
    )


def _without_order(name: str) -> str:
    strategy, _, options = name.partition(":")
    kept = [option for option in options.split(",") if not option.startswith("order=")]
    return ":".join(filter(None, [strategy, ",".join(kept)]))


def _interval(group: Sequence[Score]) -> str:
    """Of the mean, over questions: each counts with its mean over the orders."""
    first = group[0].get("credits", {})
    if not first or any(score.get("credits", {}).keys() != first.keys() for score in group):
        return ""
    means = [fmean(score["credits"][problem] for score in group) for problem in first]
    shared = group[0].get("clusters")
    return between(accuracy_interval(means, shared and [shared[problem] for problem in first]))
