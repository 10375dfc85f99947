"""Last-letter concatenation (Wei et al., 2022, arXiv:2201.11903, section 5), generated or read from a released file.

Two words are in domain, as many as the exemplars show; any other number is out of domain. Names are one
word each in plain letters, so that the gold is what a reader of the question would write. Released file:
`last_letters.json` of Kojima et al. (2022, arXiv:2205.11916), `{"examples": [{"question", "answer"}]}`;
some of its names are two words, and its golds take one letter a name.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from harness import Problem, task

from .names import FAMILY, GIVEN
from .released import rows
from .streams import lengths, stream


@task(
    exemplars="last_letter",
    unlimited=True,
    area="symbolic",
    kind="letters",
    rows="endless",
    licence="Apache-2.0",
)
def last_letter(
    *, words: str = "2", seed: int = 0, split: str = "test", path: str | None = None
) -> Iterator[Problem]:
    """The last letters of the words of a name, put together."""
    if path is not None:
        return _released(path)
    low, high = lengths("last_letter", "words", words, 1, 40)
    return stream("last_letter", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """One name of `low` to `high` words; given and family names take turns, as in the paper's longer lists."""
    count = rng.randint(low, high)
    name = [rng.choice(FAMILY if place % 2 else GIVEN) for place in range(count)]
    letters = [word[-1] for word in name]
    gold = "".join(letters)
    each = " ".join(
        f'The last letter of "{w}" is "{c}".' for w, c in zip(name, letters, strict=True)
    )
    return Problem(
        id="",
        question=_asked(name),
        answer=gold,
        kind="letters",
        rationales=(f'{each} Put together that is "{gold}".',),
        equation=" + ".join(letters) + f" = {gold}",
        program=f'words = "{" ".join(name)}".split()\nanswer = "".join(word[-1] for word in words)',
        parts=tuple(_parts(name)),
        tags={"words": count, "in_domain": int(count == 2)},
    )


def _asked(name: Sequence[str]) -> str:
    return f'Take the last letters of the words in "{" ".join(name)}" and concatenate them.'


def _parts(name: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The question about the first word, the first two, ..., each answered from the one before it."""
    sofar = ""
    for place, word in enumerate(name):
        step = f'The last letter of "{word}" is "{word[-1]}".'
        if place:
            before = f'"{" ".join(name[:place])}" gives "{sofar}".'
            both = f'"{sofar}" and "{word[-1]}" put together are "{sofar}{word[-1]}".'
            step = f"{before} {step} {both}"
        sofar += word[-1]
        yield _asked(name[: place + 1]), step


def _released(path: str) -> Iterator[Problem]:
    for row in rows(path, ("question", "answer")):
        gold = row.gold(row["answer"], "letters")
        yield Problem(
            id=f"last_letter/released/{row.index:04d}",
            question=row.text("question"),
            answer=gold,
            kind="letters",
            tags={"words": len(gold), "in_domain": int(len(gold) == 2)},
        )
