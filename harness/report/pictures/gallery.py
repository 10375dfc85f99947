"""All pictures of a report, in the order in which they are looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from harness.records.loading import Score
from harness.records.racing import race_of
from harness.report.differences import baseline_of
from harness.report.pictures import accuracy, calibration, cost, doubts, paths, race, tags
from harness.report.pictures.picture import Picture, rows
from harness.report.table import row_names

PANELS = 24


def pictures(scores: Sequence[Score], *, baseline: str | None = None) -> tuple[Picture, ...]:
    """The pictures of scores as `harness.records.loading` reads them: those that there is data for.

    Raises `UserError` where `baseline` names no row.
    """
    if not scores:
        return ()
    lines = rows(scores)
    against = baseline_of(row_names(scores), baseline)
    raced = race_of(scores)
    drawn = [
        race.picture(raced) if raced else None,
        accuracy.picture(lines, against),
        cost.picture(lines),
        paths.picture(lines, against),
        *tags.pictures(lines),
        calibration.picture(lines),
        doubts.picture(lines),
    ]
    parts = [part for one in drawn if one for part in split(one)]
    # two tags may differ in what a file's name cannot hold
    used = Counter(part.name for part in parts)
    return tuple(
        replace(part, name=f"{part.name}-{place}") if used[part.name] > 1 else part
        for place, part in enumerate(parts, start=1)
    )


def split(picture: Picture) -> list[Picture]:
    """A picture of very many panels as several, none of them too long to be looked at."""
    parts = picture.spec["concat"]
    if len(parts) <= PANELS:
        return [picture]
    starts = range(0, len(parts), PANELS)
    return [
        replace(
            picture,
            name=f"{picture.name}-{part}",
            title=f"{picture.title} ({part} of {len(starts)})",
            spec={**picture.spec, "concat": parts[start : start + PANELS]},
        )
        for part, start in enumerate(starts, start=1)
    ]
