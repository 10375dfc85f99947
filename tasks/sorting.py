"""Words to be sorted by the alphabet (this project), generated.

In the manner of BIG-bench's word sorting (Srivastava et al., 2022, arXiv:2206.04615). A level is two words
more: level 1 has three.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from harness import Problem, task

from .streams import fresh, lengths

WORDS = (
    "acorn actor almond amber anchor anvil apple apron arch arrow ash autumn axe bacon badge bagel barn basil "
    "basin basket beacon beam bean beard bell belt berry bird blanket boat bolt bonnet book boot bottle bowl box "
    "branch brass bread brick bridge broom brush bubble bucket button cabin cable cactus cake camel candle canoe "
    "canvas carpet carrot castle cave cedar cellar chain chair chalk cheese cherry chest cliff cloak clock cloud "
    "clover coal cobweb coffee comb copper coral corn cotton crate cricket crown cup curtain daisy desert desk "
    "dial diamond dish dolphin donkey door dove dragon drawer drum eagle earth easel elbow ember engine fabric "
    "falcon fan feather fence fern ferry fiddle field fig finger flag flame flask flour flute fog forest fork "
    "fossil fountain fox frame garden garlic gate glacier glass glove goat grape gravel guitar hail hammer "
    "harbor harp hat hawk hazel helmet hill honey hook horn hut ice ink iron island ivory ivy jacket jar jewel "
    "jug kettle key kite knot ladder lake lamp lantern leaf lemon lily linen lion lock loom maple marble mask "
    "meadow melon mill mint mirror moss moth mountain mud needle nest night notebook nut oak oar oat ocean olive "
    "onion orchard oven owl paddle pail paint palm paper parrot peach pear pebble pencil pepper piano pillow "
    "pine pipe plank plate plum pocket pond porch potato prism pump quarry quilt rabbit raft rain raven ribbon "
    "rice river robin roof rope rose ruby saddle sail salt sand scarf seal shell shovel silk silver snail snow "
    "soap spade spoon star stone storm straw sugar swan table tea tent thorn thread tiger tile timber torch "
    "tower trout trumpet tulip tunnel turtle umbrella valley vase velvet village vine violin wagon walnut water "
    "wheat wheel whistle willow window wing wolf wood wool yarn yeast zebra zinc"
).split()


@task(
    exemplars="sorting",
    unlimited=True,
    area="endless",
    kind="free",
    rows="endless",
    licence="Apache-2.0",
)
def sorting(*, level: str = "2", seed: int = 0, split: str = "test") -> Iterator[Problem]:
    """Words to be sorted by the alphabet."""
    low, high = lengths("sorting", "level", level, 1, 12)
    return fresh("sorting", lambda rng: draw(rng, low, high), name=split, seed=seed)


def draw(rng: random.Random, low: int, high: int) -> Problem:
    """Twice as many words as a level of `low` to `high`, and one more."""
    level = rng.randint(low, high)
    words = rng.sample(WORDS, 2 * level + 1)
    ordered = sorted(words)
    return Problem(
        id="",
        question=_asked(words),
        answer=" ".join(ordered),
        kind="free",
        rationales=(" ".join(_grouped(ordered)),),
        program=f'words = "{" ".join(words)}".split()\nanswer = " ".join(sorted(words))',
        parts=tuple(_parts(words)),
        tags={"level": level, "words": len(words)},
    )


def _asked(words: Sequence[str]) -> str:
    return f"Sort these words by the alphabet: {' '.join(words)}"


def _grouped(ordered: Sequence[str]) -> Iterator[str]:
    """The words by their first letters, and within one letter what decides."""
    for letter, group in groupby(ordered, key=lambda word: word[0]):
        same = list(group)
        reasons = [f'"{_decisive(a, b)}" before "{_decisive(b, a)}"' for a, b in pairwise(same)]
        yield f"With {letter}: {', '.join(same)}{' (' + ', '.join(reasons) + ')' if reasons else ''}."


def _decisive(word: str, other: str) -> str:
    """The beginning of a word up to the first letter in which it differs from another."""
    common = next((n for n, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    return word if common is None else word[: common + 1]


def _parts(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The first two words, the first three, ...: each is the one before with a word put in its place."""
    for count in range(2, len(words) + 1):
        before, ordered = sorted(words[: count - 1]), sorted(words[:count])
        place, new = ordered.index(words[count - 1]), words[count - 1]
        where = f'before "{ordered[place + 1]}"' if place + 1 < count else f'after "{before[-1]}"'
        yield _asked(words[:count]), f'"{new}" goes {where}: {" ".join(ordered)}.'
