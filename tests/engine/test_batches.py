from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from harness.engine.batches import Layout, batches
from harness.models.backend import Request, Sampling

LONG, SHORT = Sampling(max_tokens=64), Sampling(max_tokens=8)


def asked(*tokens: int, path: int = 0, sampling: Sampling = SHORT, shared: int = 0) -> Request:
    return Request("", tokens, sampling, 0, path, shared)


def layout(request: Request) -> Layout:
    rest = len(request.tokens) - request.shared
    return request.tokens[: request.shared], -(-rest // 4) * 4


def test_a_batch_has_one_layout_and_at_most_so_many_rows() -> None:
    requests = [asked(*range(length), path=path) for length in (3, 9, 4) for path in range(3)]
    cut = batches(requests, 4, layout)
    assert sorted(index for batch in cut for index in batch) == list(range(9))
    assert all(len(batch) <= 4 for batch in cut)
    for batch in cut:
        assert len({layout(requests[index]) for index in batch}) == 1


def test_the_longest_come_first_and_the_same_beginnings_together() -> None:
    requests = [
        asked(1, 1, 5, shared=2),
        asked(2, 2, 5, 6, 7, 8, 9, shared=2),
        asked(1, 1, 5, 6, 7, 8, 9, shared=2),
        asked(2, 2, 5, shared=2),
    ]
    assert batches(requests, 4, layout) == [[2], [0], [1], [3]]


def test_paths_of_a_prompt_are_neighbours_and_settings_are_kept_together() -> None:
    requests = [
        asked(1, path=1),
        asked(2, path=0),
        asked(1, path=0),
        asked(2, path=0, sampling=LONG),
        asked(2, path=1),
    ]
    assert batches(requests, 9, layout) == [[3, 2, 0, 1, 4]]


@given(
    some.lists(
        some.builds(
            lambda tokens, path: asked(*tokens, path=path),
            some.lists(some.integers(0, 3), min_size=1, max_size=9),
            some.integers(0, 2),
        ),
        unique=True,
        max_size=20,
    ),
    some.randoms(use_true_random=False),
)
def test_batches_do_not_depend_on_the_order_of_arrival(
    requests: list[Request], chance: object
) -> None:
    shuffled = list(requests)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    ours = [[requests[index] for index in batch] for batch in batches(requests, 4, layout)]
    theirs = [[shuffled[index] for index in batch] for batch in batches(shuffled, 4, layout)]
    assert ours == theirs
