"""Batches are decided by seed and step, learn what is to be learned, and keep documents apart."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
import torch

from harness.reference import batches, corpus, tokens
from harness.reference.batches import Batch, Encoded, Rows

TOKENIZER = tokens.build(corpus.sample_texts(random.Random(0), 150), corpus.SPELLED_NAMES)
SHORT, LONG = Rows("short", 4, 384), Rows("long", 3, 512)
BOTH = pytest.mark.parametrize("rows", [SHORT, LONG], ids=["short", "long"])


def drawn(rows: Rows, seed: int = 0, step: int = 0) -> Batch:
    return batches.batch(corpus.sequence, TOKENIZER, rows, seed, step)


def stream(rows: Rows, seed: int = 0, step: int = 0) -> Iterator[Encoded]:
    """The documents that the batch of this seed and step is made of, in the order drawn."""
    rng = random.Random(f"{seed}/{rows.kind}/{step}")
    return batches.encoded(corpus.sequence, TOKENIZER, rng, rows)


def learned(batch: Batch) -> list[tuple[int, int]]:
    """(flat position, token to be said there), without padding."""
    pairs = zip(batch.places.tolist(), batch.targets.tolist(), strict=True)
    return [(place, target) for place, target in pairs if target != batches.IGNORED]


def same(one: Batch, other: Batch) -> bool:
    pairs = [(getattr(one, name), getattr(other, name)) for name in Batch.__slots__]
    return all(a is b if a is None else torch.equal(a, b) for a, b in pairs)


@BOTH
def test_the_same_seed_and_step_give_the_same_batch(rows: Rows) -> None:
    assert same(drawn(rows, 1, 7), drawn(rows, 1, 7))
    assert not same(drawn(rows, 1, 7), drawn(rows, 1, 8))
    assert not same(drawn(rows, 1, 7), drawn(rows, 2, 7))


@BOTH
def test_shapes_are_the_same_at_every_step(rows: Rows) -> None:
    for step in range(5):
        batch = drawn(rows, step=step)
        assert batch.tokens.shape == (rows.count, rows.length)
        assert batch.places.shape == batch.targets.shape == (int(rows.tokens * batches.LEARNED),)


def test_in_long_rows_what_is_learned_is_each_learned_token_one_place_before_it() -> None:
    for step in range(5):
        batch, expected = drawn(LONG, step=step), []
        documents = [
            document for document, _ in zip(stream(LONG, step=step), range(3), strict=False)
        ]
        for row, document in enumerate(documents):
            assert batch.tokens[row].tolist() == [token for token, _ in document[:-1]]
            expected += [
                (row * LONG.length + index - 1, token)
                for index, (token, learn) in enumerate(document)
                if learn
            ]
        assert learned(batch) == expected


def test_in_packed_rows_every_document_is_whole_and_learned_in_its_own_place() -> None:
    for step in range(5):
        batch = drawn(SHORT, step=step)
        assert batch.documents is not None
        assert batch.positions is not None
        wanted = stream(SHORT, step=step)
        heard = dict(learned(batch))
        count = sum(len(set(row.tolist()) - {-1}) for row in batch.documents)
        for document, _ in zip(wanted, range(count), strict=False):
            [places] = found(batch, [token for token, _ in document[:-1]])
            assert batch.positions.flatten()[places].tolist() == list(range(len(places)))
            said = {
                places[index - 1]: token for index, (token, learn) in enumerate(document) if learn
            }
            assert {place: heard.pop(place) for place in said} == said
            assert not heard.keys() & set(places)
        assert not heard


def found(batch: Batch, wanted: list[int]) -> list[list[int]]:
    """Flat positions of the documents of a packed batch that have these tokens; equal ones once."""
    assert batch.documents is not None
    places: dict[tuple[int, int], list[int]] = {}
    for place, number in enumerate(batch.documents.flatten().tolist()):
        if number >= 0:
            places.setdefault((place // batch.tokens.shape[1], number), []).append(place)
    flat = batch.tokens.flatten()
    return [at for at in places.values() if flat[at].tolist() == wanted][:1]


def test_packed_documents_do_not_see_each_other_nor_what_comes_after() -> None:
    documents = drawn(SHORT).documents
    assert documents is not None
    mask = batches.mask(documents)
    assert mask.shape == (SHORT.count, 1, SHORT.length, SHORT.length)
    assert ((mask == 0) | (mask < -1e8)).all()
    for row, numbers in enumerate(documents.tolist()):
        for place, seen in enumerate((mask[row, 0] == 0).tolist()):
            own = [number == numbers[place] for number in numbers[: place + 1]]
            assert seen == own + [False] * (SHORT.length - place - 1)


def test_a_document_shorter_than_its_row_is_padded_with_what_is_not_learned() -> None:
    batch = batches.laid([[[(5, False), (6, True), (7, True)]]], Rows("long", 1, 8))
    assert batch.tokens.tolist() == [[5, 6, 0, 0, 0, 0, 0, 0]]
    assert learned(batch) == [(0, 6), (1, 7)]


@BOTH
def test_no_document_is_longer_than_its_row(rows: Rows) -> None:
    """One token more is let in: the last is never read, only said."""
    tight = Rows(rows.kind, 2, 60)
    for document, _ in zip(stream(tight), range(30), strict=False):
        assert 1 < len(document) <= tight.length + 1
    assert drawn(tight).tokens.shape == (2, 60)


def test_the_room_for_learned_tokens_is_enough_for_the_corpus_with_the_shapes_of_training() -> None:
    """Were it not, the trainer would leave out the last ones silently."""
    for rows in (Rows("long", 3, 1344), Rows("short", 8, 256)):
        for step in range(8):
            batch = drawn(rows, seed=3, step=step)
            assert 0 < batch.learned < len(batch.targets)
