"""All pictures of a report, in the order in which they are looked at."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.differences import baseline_of
from harness.report.pictures import accuracy
from harness.report.pictures.picture import Picture, rows
from harness.report.reading import Score
from harness.report.table import row_names


def pictures(scores: Sequence[Score], *, baseline: str | None = None) -> tuple[Picture, ...]:
    """The pictures of scores as `harness.report.reading` reads them: those that there is data for.

    Raises `UserError` where `baseline` names no row.
    """
    if not scores:
        return ()
    found = rows(scores)
    against = baseline_of(row_names(scores), baseline)
    made = (accuracy.picture(found, against),)
    return tuple(one for one in made if one)
