"""Word problems with a chosen number of steps: a setting, clauses that each cost one or two steps, a question."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import pairwise

from .names import MEN, WOMEN
from .reckoning import Quantity, given, left_over, operations, shared, times, total
from .settings import FLOWS, PARTS, RELATIONS, Flow, Parts


@dataclass(frozen=True)
class Story:
    """A question, the tree that answers it, and the setting it plays in."""

    question: str
    quantity: Quantity
    setting: str


class Unlucky(Exception):
    """The drawn numbers do not suit (too large, negative, not divisible): draw again."""


LARGEST = 300


def story(rng: random.Random, steps: int) -> Story:
    """A random story whose tree has exactly `steps` operations."""
    while True:
        kinds = [_flow, _flow, _flow, _parts, _parts, _relations]
        try:
            drawn = rng.choice(kinds)(rng, steps)
        except Unlucky:
            continue
        if operations(drawn.quantity) == steps and 0 < drawn.quantity.value <= LARGEST:
            return drawn


def _person(rng: random.Random) -> dict[str, str]:
    name, friend = rng.sample(WOMEN + MEN, 2)
    she = name in WOMEN
    return {
        "n": name, "f": friend, "He": "She" if she else "He", "he": "she" if she else "he",
        "his": "her" if she else "his", "him": "her" if she else "him",
    }  # fmt: skip


def _number(rng: random.Random, low: int = 3, high: int = 50) -> int:
    return rng.randint(low, rng.choice((min(15, high), high)))


def _flow(rng: random.Random, steps: int) -> Story:
    """One amount that grows and shrinks, then perhaps is shared, sold, packed or compared."""
    setting = rng.choice(FLOWS)
    words = _person(rng) | {"t": rng.choice(setting.things)}
    ending = rng.choice([end for end, cost in ENDINGS.items() if cost <= steps])
    start = _number(rng, 10)
    text = [rng.choice(setting.opens).format(a=start, **words)]
    terms = [(1, given(start))]
    left, sofar = steps - ENDINGS[ending], start
    unused = {name: list(getattr(setting, name)) for name in CLAUSES}
    while left:
        sign, clause, term, cost = _event(rng, unused, words, most=left, sofar=sofar)
        text.append(clause)
        terms.append((sign, term))
        sofar += sign * term.value
        left -= cost
        if sofar < 2 or sofar > LARGEST:
            raise Unlucky
    whole = total(terms, words["t"]) if len(terms) > 1 else terms[0][1]
    question, quantity = _ending(rng, ending, setting, words, whole)
    return Story(" ".join((*text, question)), quantity, setting.name)


CLAUSES = ("gains", "losses", "many_gains", "many_losses")


def _event(
    rng: random.Random,
    unused: dict[str, list[str]],
    words: dict[str, str],
    *,
    most: int,
    sofar: int,
) -> tuple[int, str, Quantity, int]:
    """One clause: its sign, sentence, quantity and cost in steps. No sentence comes twice in a story."""
    sign = rng.choice((1, -1)) if sofar > 12 else 1
    many = most >= 2 and rng.random() < 0.45
    clauses = unused[("many_" if many else "") + ("gains" if sign > 0 else "losses")]
    if not clauses:
        raise Unlucky
    clause = clauses.pop(rng.randrange(len(clauses)))
    if many:
        count, each = rng.randint(2, 9), _number(rng, 2, 20)
        term = times(given(count), given(each), words["t"])
        return sign, clause.format(a=count, b=each, **words), term, 2
    amount = _number(rng, 2, 50 if sign > 0 else max(min(sofar - 2, 50), 3))
    return sign, clause.format(a=amount, **words), given(amount), 1


ENDINGS = {
    "ask": 0,
    "share": 1,
    "sell": 1,
    "half": 1,
    "pack": 2,
    "percent": 2,
    "friend": 1,
    "both": 2,
}
"""How a story about one amount can end, and what the ending costs in steps."""


def _ending(
    rng: random.Random, ending: str, setting: Flow, words: dict[str, str], whole: Quantity
) -> tuple[str, Quantity]:
    thing = words["t"]
    if ending == "ask":
        return rng.choice(setting.asks).format(**words), whole
    if ending == "share" and setting.shares:
        by = _divisor(rng, whole.value)
        return rng.choice(setting.shares).format(a=by, **words), shared(whole, by, thing)
    if ending == "sell" and setting.sells:
        price = rng.randint(2, 9)
        unit = "liters" if "liters" in setting.sells[0] else "dollars"
        question = rng.choice(setting.sells).format(a=price, **words)
        return question, times(whole, given(price), unit)
    if ending == "pack" and setting.packs:
        by = rng.randint(3, 12)
        if whole.value <= by or whole.value % by == 0:
            raise Unlucky
        return rng.choice(setting.packs).format(a=by, **words), left_over(whole, by, thing)
    remain = f"How many {thing} remain?"
    if ending == "half" and whole.value % 2 == 0:
        return f"{setting.fraction.format(part='half', **words)} {remain}", shared(whole, 2, thing)
    if ending == "percent":
        percent, by = rng.choice(((10, 10), (20, 5), (25, 4), (50, 2)))
        if whole.value % by or whole.value == by:
            raise Unlucky
        gone = shared(whole, by, thing, f"{percent} percent of {whole.value} is {{}}")
        text = setting.fraction.format(part=f"{percent} percent", **words)
        return f"{text} {remain}", total([(1, whole), (-1, gone)], thing)
    if ending in ("friend", "both"):
        return _comparison(rng, ending, setting, words, whole)
    raise Unlucky


def _comparison(
    rng: random.Random, ending: str, setting: Flow, words: dict[str, str], whole: Quantity
) -> tuple[str, Quantity]:
    """Somebody or something else has more or fewer: how many, or how many of both together?"""
    amount = _number(rng, 2, 30)
    sign = rng.choice((1, -1))
    if sign < 0 and whole.value <= amount + 1:
        raise Unlucky
    other = total([(1, whole), (sign, given(amount))], words["t"])
    text = setting.compare.format(a=amount, than="more" if sign > 0 else "fewer", **words)
    if ending == "friend":
        return f"{text} How many {words['t']} is that?", other
    question = f"{text} How many {words['t']} are there together?"
    return question, total([(1, whole), (1, other)], words["t"])


def _divisor(rng: random.Random, value: int) -> int:
    divisors = [by for by in range(2, 13) if value % by == 0 and value > by]
    if not divisors:
        raise Unlucky
    return rng.choice(divisors)


def _parts(rng: random.Random, steps: int) -> Story:
    """A whole made of several products: prices, wages, ways, pages, loads."""
    setting = rng.choice(PARTS)
    words = _person(rng)
    ask = rng.choice([ask for ask in ("asks", "changes", "lefts") if getattr(setting, ask)])
    left = steps - (ask != "asks")
    phrases = rng.sample(setting.parts, len(setting.parts))
    terms: list[tuple[int, Quantity]] = []
    listed: list[str] = []
    while left > 0 or not terms:
        cost = 1 if not terms else 2  # the first product adds nothing up
        if left < cost or (terms and rng.random() < 0.25):
            amount = _number(rng, 3, 40)
            terms.append((1, given(amount)))
            listed.append(rng.choice(setting.singles).format(a=amount))
            left -= 1
            continue
        if not phrases:
            raise Unlucky
        count, each = rng.randint(2, 9), _number(rng, 2, 20)
        terms.append((1, times(given(count), given(each), setting.unit)))
        listed.append(phrases.pop().format(a=count, b=each))
        left -= cost
    whole = total(terms, setting.unit) if len(terms) > 1 else terms[0][1]
    return Story(*_bill(rng, setting, ask, words, _listing(listed), whole), setting.name)


def _bill(
    rng: random.Random,
    setting: Parts,
    ask: str,
    words: dict[str, str],
    listed: str,
    whole: Quantity,
) -> tuple[str, Quantity]:
    sentence: str = rng.choice(getattr(setting, ask))
    if ask == "asks":
        return sentence.format(list=listed, **words), whole
    if ask == "changes":
        given_sum = _round_above(rng, whole.value)
        text = sentence.format(list=listed, a=given_sum, **words)
        return text, total([(1, given(given_sum)), (-1, whole)], setting.unit)
    if whole.value < 6:
        raise Unlucky
    amount = rng.randint(2, min(whole.value - 2, 40))
    return sentence.format(list=listed, a=amount, **words), total(
        [(1, whole), (-1, given(amount))], setting.unit
    )


def _round_above(rng: random.Random, value: int) -> int:
    choices = [n for n in (20, 50, 100, 200, 300, 400, 500) if n > value]
    if not choices:
        raise Unlucky
    return rng.choice(choices[:2])


def _listing(phrases: list[str]) -> str:
    return phrases[0] if len(phrases) == 1 else ", ".join(phrases[:-1]) + " and " + phrases[-1]


def _relations(rng: random.Random, steps: int) -> Story:
    """People compared one after the other; asked for the last, the sum, or how far the ends are apart."""
    name, first, more, fewer, many, asks = rng.choice(RELATIONS)
    ask = rng.randrange(3)
    links = {0: steps, 1: steps // 2, 2: steps - 1}[ask]  # a sum costs one more for every link
    if links < 1 or links > 5 or (ask == 1 and steps % 2) or (ask == 2 and links < 2):
        raise Unlucky
    people = rng.sample(WOMEN + MEN, links + 1)
    amounts = [given(_number(rng, 3, 40))]
    text = [first.format(n=people[0], a=amounts[0].value)]
    for before, person in pairwise(people):
        sentence, quantity = _link(rng, amounts[-1], (more, fewer, many))
        text.append(sentence.format(n=before, m=person))
        note = f"{person} has {{}}" if name != "ages" else f"{person} is {{}}"
        amounts.append(
            Quantity(quantity.value, quantity.operation, quantity.parts, quantity.signs, "", note)
        )
    answer = amounts[-1]
    if ask == 1:
        answer = total([(1, amount) for amount in amounts])
    elif ask == 2:
        answer = total([(1, amounts[-1]), (-1, amounts[0])])
    question = asks[ask].format(last=people[-1], first=people[0])
    if any(amount.value > LARGEST for amount in amounts):
        raise Unlucky
    return Story(" ".join((*text, question)), answer, name)


def _link(
    rng: random.Random, before: Quantity, sentences: tuple[str, str, str]
) -> tuple[str, Quantity]:
    more, fewer, many = sentences
    way = rng.choice(("more", "fewer", "times"))
    if way == "times":
        by = rng.randint(2, 4)
        return many.replace("{a}", str(by)), times(before, given(by))
    amount = _number(rng, 2, 30)
    if way == "fewer":
        if before.value <= amount + 1:
            raise Unlucky
        return fewer.replace("{a}", str(amount)), total([(1, before), (-1, given(amount))])
    return more.replace("{a}", str(amount)), total([(1, before), (1, given(amount))])
