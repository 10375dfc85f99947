"""Cuts requests into batches whose rows can run side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.models.backend import Request

Layout = tuple[tuple[int, ...], int]
"""The tokens whose keys and values a batch uses in common, and the padded length of the rest.

It follows from a request's own prompt and nothing else. A batch holds one layout only, so that the
shapes in which a row is computed, and with them its last bits, do not depend on its neighbours.
"""


def batches(
    requests: Sequence[Request], rows: int, layout: Callable[[Request], Layout]
) -> list[list[int]]:
    """The indices of `requests` in batches of one layout each and of at most `rows`.

    Prompts with the same beginning come one after the other, so that it is computed once; of those
    the longest first, so that what is too much for the memory fails early and the time left is
    overestimated rather than underestimated. Within a layout, those come together whose settings
    let them end together, and the paths of one prompt are neighbours.
    """
    groups: dict[Layout, list[int]] = {}
    for index, request in enumerate(requests):
        groups.setdefault(layout(request), []).append(index)
    ordered = sorted(groups, key=lambda one: (-len(one[0]), one[0], -one[1]))
    cut: list[list[int]] = []
    for group in ordered:
        members = sorted(groups[group], key=lambda index: _order(requests[index]))
        cut.extend(members[start : start + rows] for start in range(0, len(members), rows))
    return cut


def _order(request: Request) -> tuple[object, ...]:
    sampling = request.sampling
    settings = (sampling.temperature, sampling.top_k, sampling.top_p, sampling.stop)
    return (-sampling.max_tokens, settings, -len(request.tokens), request.tokens, request.path)
