"""Says how far the figures of a report can be trusted: how chains were read, and what paths bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.records.loading import Score
from harness.report.section import Section, between, percent

READINGS = {
    "flexible": "flexible",
    "strict": "strict",
    "lm_eval_strict": "lm_eval strict",
    "lm_eval_flexible": "lm_eval flexible",
}
PATHS = (1, 3, 5, 8, 10, 20, 40, 64, 100)
"""The numbers of paths that a table shows, of all that `scores.json` has."""


def readings(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """The same chains read in several ways; None where the scores do not say."""
    columns = [(one, name) for one, name in zip(scores, names, strict=True) if one.get("readings")]
    if not columns:
        return None
    shown = [key for key in READINGS if any(key in one["readings"] for one, _ in columns)]
    return Section(
        title="Readings",
        columns=("task", "strategy", *(READINGS[key] for key in shown), "unread chains", "read by"),
        rows=tuple(_reading(one, name, shown) for one, name in columns),
        caption=(
            "Accuracy in % of the same stored chains under several readings: of single chains, and "
            "behind the arrow of their majority. flexible is the harness's own, strict counts only "
            "announced answers, lm_eval is what the two filters of lm-evaluation-harness's gsm8k_cot "
            "read (numbers only). Read by: the rules that read the chains, most frequent first."
        ),
        names=2,
    )


def _reading(score: Score, name: str, shown: Sequence[str]) -> tuple[str, ...]:
    readings = score["readings"]
    cells = [_under(readings[key], score) if key in readings else "–" for key in shown]
    chains = score["paths"]["chains"]
    rules = sorted(score["rules"].items(), key=lambda item: -item[1])
    read = ", ".join(f"{rule} {percent(count / chains)}" for rule, count in rules if chains)
    return (score["task"], name, *cells, percent(readings["flexible"]["unread"]), read)


def _under(reading: dict[str, Any], score: Score) -> str:
    single, voted = percent(reading["single_path"]), percent(reading["accuracy"])
    return f"{single} → {voted}" if score["paths"]["most"] > 1 else voted


def paths(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """What more paths bring: maj@k for some k, and pass@n; None where no problem has two chains."""
    columns = [
        (one, name)
        for one, name in zip(scores, names, strict=True)
        if len((one.get("curve") or {}).get("majority", ())) > 1
    ]
    if not columns:
        return None
    longest = max(len(one["curve"]["majority"]) for one, _ in columns)
    shown = sorted({k for k in PATHS if k <= longest} | {longest})
    return Section(
        title="Paths",
        columns=("task", "strategy", *(f"maj@{k}" for k in shown), "95 %", "pass@n", "first path"),
        rows=tuple(_path(one, name, shown) for one, name in columns),
        caption=(
            "Expected accuracy in % of a majority vote among k of the n stored chains, exactly (the "
            "mean over all subsets; maj@1 is the mean accuracy of a single path), with the interval "
            "over questions of the last; pass@n: some chain is right."
        ),
        names=2,
    )


def _path(score: Score, name: str, shown: Sequence[int]) -> tuple[str, ...]:
    curve = score["curve"]
    values = [
        percent(curve["majority"][k - 1]) if k <= len(curve["majority"]) else "" for k in shown
    ]
    return (
        score["task"],
        name,
        *values,
        between(curve["interval"][-1]),
        percent(curve["pass"][-1]),
        percent(score["single_path"]["first"]),
    )


def certainty(scores: Sequence[Score], names: Sequence[str]) -> Section | None:
    """Standard errors by where they come from, and what the winner's share of the votes tells."""
    columns = [
        (one, name)
        for one, name in zip(scores, names, strict=True)
        if (one.get("paths") or {}).get("most", 0) > 1 and one["accuracy"] is not None
    ]
    if not columns:
        return None
    return Section(
        title="Certainty",
        columns=(
            "task",
            "strategy",
            "error",
            "clustered",
            "of chains",
            "ECE",
            "Brier",
            "AUROC",
            "at 50 %",
            "at 75 %",
        ),
        rows=tuple(_certain(one, name) for one, name in columns),
        caption=(
            "Standard errors of the accuracy in points: over questions, over clusters of questions "
            "(a template's, or the same question twice), and the part that is due to which chains were "
            "drawn. Then the winner's share of the chains as a confidence: expected calibration error, "
            "Brier score, area under the ROC curve, and accuracy in % on the half and three quarters of "
            "the problems with the highest share."
        ),
        names=2,
    )


def _certain(score: Score, name: str) -> tuple[str, ...]:
    errors, calibration = score["standard_errors"], score["calibration"] or {}
    coverage = calibration.get("coverage", {})
    return (
        score["task"],
        name,
        *(_points(errors[key]) for key in ("questions", "clusters", "chains")),
        *(_plain(calibration.get(key)) for key in ("ece", "brier", "auroc")),
        *(percent(coverage.get(key)) for key in ("50", "75")),
    )


def _points(error: float | None) -> str:
    return "–" if error is None else f"{100 * error:.2f}"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
