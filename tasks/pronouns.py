"""Pronoun problems (our own, in the manner of Winograd schemas: Levesque, Davis and Morgenstern, 2012), generated.

Of two things or people one is meant by a pronoun, and only what the sentence tells decides which. Every schema
has two endings that resolve the pronoun in opposite ways, and each is drawn as often. The tag `template` is
the schema, by which errors are clustered.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from harness import Problem, task

from .names import MEN, WOMEN
from .streams import stream


@dataclass(frozen=True)
class Schema:
    """A sentence about {a} and {b}, in which {p} is the pronoun and {special} decides.

    `pairs` are what a and b may be, and then somebody says the sentence; of two people there are none. With
    `first` for the special words the pronoun stands for a, with `second` for b; `reasons` say why.
    """

    name: str
    text: str
    first: str
    second: str
    reasons: tuple[str, str]
    pairs: tuple[tuple[str, str], ...] = ()


SCHEMAS = (
    Schema(
        "fit",
        "the {a} does not fit into the {b} because {p} is too {special}.",
        "large",
        "small",
        ("What does not fit in is too large", "What has no room is too small"),
        (("guitar", "car"), ("pillow", "drawer"), ("cake", "tin"), ("poster", "envelope")),
    ),
    Schema(
        "block",
        "nobody can see the {a} behind the {b} because {p} is so {special}.",
        "short",
        "tall",
        ("What is hidden is short", "What hides another is tall"),
        (("shed", "hedge"), ("pond", "wall"), ("bench", "tree"), ("hut", "tower")),
    ),
    Schema(
        "pour",
        "water ran from the {a} into the {b} until {p} was {special}.",
        "empty",
        "full",
        ("What water leaves becomes empty", "What water enters becomes full"),
        (("jug", "bowl"), ("barrel", "bucket"), ("kettle", "pot"), ("tank", "basin")),
    ),
    Schema(
        "break",
        "the {a} fell on the {b}, and {p} {special}.",
        "bounced off",
        "was crushed",
        ("What falls on another may bounce off", "What is hit from above is crushed"),
        (("hammer", "egg"), ("brick", "flower"), ("book", "biscuit"), ("stone", "snail")),
    ),
    Schema(
        "chase",
        "the {a} could not catch the {b} because {p} was too {special}.",
        "slow",
        "fast",
        ("Who cannot catch up is too slow", "Who gets away is too fast"),
        (("dog", "rabbit"), ("fox", "hare"), ("lion", "deer"), ("cat", "squirrel")),
    ),
    Schema(
        "thank",
        "{a} thanked {b} because {p} had {special}.",
        "received help",
        "given help",
        ("Who thanks has received help", "Who is thanked has given help"),
    ),
    Schema(
        "lend",
        "{a} lent money to {b} because {p} {special}.",
        "had plenty",
        "had none",
        ("Who lends has plenty", "Who borrows has none"),
    ),
    Schema(
        "carry",
        "{a} carried {b} home because {p} was {special}.",
        "strong",
        "tired",
        ("Who carries another is strong", "Who is carried is tired"),
    ),
    Schema(
        "win",
        "{a} lost the race against {b} because {p} {special}.",
        "stumbled",
        "ran faster",
        ("Who loses may have stumbled", "Who wins has run faster"),
    ),
    Schema(
        "ask",
        "{a} asked {b} for the way because {p} {special}.",
        "was lost",
        "knew the town",
        ("Who asks for the way is lost", "Who is asked for it knows the town"),
    ),
    Schema(
        "teach",
        "{a} taught {b} to swim because {p} {special}.",
        "was a good swimmer",
        "wanted to learn it",
        ("Who teaches is good at it", "Who is taught wants to learn"),
    ),
)


@task(
    exemplars="pronouns",
    unlimited=True,
    area="endless",
    kind="choice",
    rows="endless",
    licence="Apache-2.0",
)
def pronouns(*, seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """Which of two a pronoun stands for, in everyday sentences."""
    return stream("pronouns", draw, name=split, seed=seed)


def draw(rng: random.Random) -> Problem:
    """One sentence, with either ending, and the two candidates in either order."""
    schema = rng.choice(SCHEMAS)
    if schema.pairs:
        pair, pronoun = rng.choice(schema.pairs), "it"
        opening, article = f"{rng.choice(WOMEN + MEN)} says that ", "the "
    else:
        pronoun, names = rng.choice((("she", WOMEN), ("he", MEN)))
        one, other = rng.sample(names, 2)
        pair, opening, article = (one, other), "", ""
    second = rng.random() < 0.5
    special = schema.second if second else schema.first
    before, _, after = f"{opening}{schema.text}".partition("{p}")
    filled = [part.format(a=pair[0], b=pair[1], special=special) for part in (before, after)]
    order = rng.sample((0, 1), 2)
    choices = tuple(article + pair[place] for place in order)
    problem = posed("", filled[0], pronoun, filled[1], choices, order.index(int(second)))
    reason = f"{schema.reasons[second]}, so {pronoun} is {article}{pair[second]}."
    return Problem(
        id="",
        question=problem.question,
        answer=problem.answer,
        kind="choice",
        choices=choices,
        rationales=(reason,),
        tags={**problem.tags, "template": f"pronouns/{schema.name}"},
    )


def posed(
    identity: str, before: str, pronoun: str, after: str, choices: tuple[str, ...], gold: int
) -> Problem:
    """A sentence with a pronoun as a choice of what it stands for.

    The sentence is the question's first line; the tags `pronoun` and `pronoun_at` mark the pronoun, for
    a strategy that puts something else in its place.
    """
    around = " ".join([*before.split()[-2:], pronoun, *after.split()[:2]]).rstrip(".,;")
    return Problem(
        id=identity,
        question=f'{before}{pronoun}{after}\nWhat does "{pronoun}" in "{around}" stand for?',
        answer="ABCDEFGHIJ"[gold],
        kind="choice",
        choices=choices,
        tags={"pronoun": pronoun, "pronoun_at": len(before)},
    )
