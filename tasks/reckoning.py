"""Quantities as trees of sums, products and quotients, and the many correct ways to reckon them.

A story problem is a tree; a rationale is one way through it. Different people add in different orders, put
gains and losses together first, multiply by splitting a factor into tens and ones: `tell` draws one such way.
Chains of thought that really differ are what makes their vote worth more than one of them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, eq=False)
class Quantity:
    """A number in a story: given, or reckoned from others by `operation`.

    `operation` is "given", "sum" (of `parts` under `signs`), "product" (two parts) or "quotient" (two
    parts, exact). `noun` is what is counted (`"shells"`), `note` an optional sentence with `{}` for the
    equation (`"Ray is {}"`). `of` is what a product of givens takes as many whole groups from as there are.
    """

    value: int
    operation: str = "given"
    parts: tuple[Quantity, ...] = ()
    signs: tuple[int, ...] = ()
    noun: str = ""
    note: str = ""
    of: Quantity | None = None


def given(value: int) -> Quantity:
    """A number that the question states."""
    return Quantity(value)


def total(terms: Sequence[tuple[int, Quantity]], noun: str = "", note: str = "") -> Quantity:
    """A signed sum of (sign, quantity) terms, all at once."""
    signs = tuple(sign for sign, _ in terms)
    parts = tuple(part for _, part in terms)
    value = sum(sign * part.value for sign, part in terms)
    return Quantity(value, "sum", parts, signs, noun, note)


def times(left: Quantity, right: Quantity, noun: str = "", note: str = "") -> Quantity:
    """The product of two quantities."""
    return Quantity(left.value * right.value, "product", (left, right), (), noun, note)


def shared(whole: Quantity, by: int, noun: str = "", note: str = "") -> Quantity:
    """`whole` divided by a number that divides it exactly."""
    if whole.value % by:
        raise ValueError(f"{whole.value} does not divide by {by}")
    return Quantity(whole.value // by, "quotient", (whole, given(by)), (), noun, note)


def left_over(whole: Quantity, by: int, noun: str = "") -> Quantity:
    """What is left of `whole` when as many groups of `by` as it holds are taken away."""
    number, size = given(whole.value // by), given(by)
    groups = Quantity(number.value * by, "product", (number, size), (), noun, of=whole)
    return total([(1, whole), (-1, groups)], noun)


def operations(quantity: Quantity) -> int:
    """How many binary operations the tree takes; a quantity that is used twice is reckoned once."""
    seen: dict[int, int] = {}

    def visit(node: Quantity) -> None:
        if id(node) in seen:
            return
        seen[id(node)] = max(len(node.parts) - 1, 0)
        for part in node.parts:
            visit(part)

    visit(quantity)
    return sum(seen.values())


def equation(quantity: Quantity, *, inside: str = "") -> str:
    """The bare equation of the tree, with brackets only where they are needed (`"(12 + 4 * 6) / 3"`)."""
    if quantity.operation == "given":
        return str(quantity.value)
    if quantity.operation == "sum":
        text = equation(quantity.parts[0], inside="sum")
        for sign, part in zip(quantity.signs[1:], quantity.parts[1:], strict=True):
            text += (" + " if sign > 0 else " - ") + equation(
                part, inside="sum" if sign > 0 else "-"
            )
        return f"({text})" if inside in ("product", "quotient", "-") else text
    left, right = (equation(part, inside=quantity.operation) for part in quantity.parts)
    text = f"{left} {'*' if quantity.operation == 'product' else '/'} {right}"
    return f"({text})" if inside == "quotient" else text


def program(quantity: Quantity) -> str:
    """The tree in Python: a line for every quantity that is reckoned, named for what it counts, `answer` last."""
    names: dict[int, str] = {}
    lines: list[str] = []

    def told(node: Quantity) -> str:
        if node.operation == "given":
            return str(node.value)
        if id(node) not in names:
            reckoned = _reckoned(node, [told(part) for part in (node.of, *node.parts) if part])
            names[id(node)] = "answer" if node is quantity else _name(node, names.values())
            lines.append(f"{names[id(node)]} = {reckoned}")
        return names[id(node)]

    last = told(quantity)
    return "\n".join(lines or [f"answer = {last}"])


def _reckoned(node: Quantity, parts: Sequence[str]) -> str:
    """The right side of a line: numbers and names alone, so that it needs no brackets."""
    if node.of:
        return f"{parts[0]} // {parts[2]} * {parts[2]}"
    if node.operation != "sum":
        return f" {'*' if node.operation == 'product' else '/'} ".join(parts)
    return parts[0] + "".join(
        f" {'+' if sign > 0 else '-'} {part}"
        for sign, part in zip(node.signs[1:], parts[1:], strict=True)
    )


def _name(node: Quantity, taken: Collection[str]) -> str:
    """What a line binds: whom the note is about, else what is counted; a number tells equal ones apart."""
    about = node.note.partition(" ")[0].lower()
    word = about if about.isalpha() else node.noun.replace(" ", "_") or "part"
    return next(
        name
        for number in itertools.count(1)
        if (name := word if number == 1 else f"{word}_{number}") not in taken
    )


@dataclass
class _Telling:
    """One way through a tree: what has been reckoned so far and the sentences that say so."""

    rng: random.Random
    sentences: list[str] = field(default_factory=list)
    known: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.eager = self.rng.random() < 0.5
        self.worded = self.rng.random() < 0.5
        self.splitting = self.rng.random() < 0.4
        self.careful = self.rng.random() < 0.25

    def reckon(self, node: Quantity) -> int:
        if node.operation == "given" or id(node) in self.known:
            return node.value
        if node.operation == "sum":
            self._sum(node)
        else:
            self._pair(node)
        self.known[id(node)] = node.value
        return node.value

    def _say(self, text: str, node: Quantity | None = None) -> None:
        if node is not None and node.note and self.worded:
            text = node.note.format(text)
        elif node is not None and node.noun:
            text = f"{text} {node.noun}"
        self.sentences.append(text + ".")

    def _pair(self, node: Quantity) -> None:
        left, right = (self.reckon(part) for part in node.parts)
        if node.operation == "quotient":
            self._say(f"{left} / {right} = {node.value}", node)
            return
        if self.rng.random() < 0.4:
            left, right = right, left
        big, small = max(left, right), min(left, right)
        if self.splitting and big > 10 and big % 10 and small < 10:
            tens, ones = big - big % 10, big % 10
            split = f"{tens} * {small} + {ones} * {small} = {tens * small} + {ones * small}"
            self._say(f"{big} * {small} = {split} = {node.value}", node)
        else:
            self._say(f"{left} * {right} = {node.value}", node)

    def _sum(self, node: Quantity) -> None:
        terms = list(zip(node.signs, node.parts, strict=True))
        if self.eager:
            for _, part in self.rng.sample(terms, len(terms)):
                self.reckon(part)
        gains = [term for term in terms if term[0] > 0]
        losses = [term for term in terms if term[0] < 0]
        way = self.rng.choice(("in turn", "grouped", "reordered"))
        if way == "grouped" and losses and len(terms) > 2:
            gained, lost = self._fold(gains, None), self._fold(losses, None)
            self._add(gained, -1, lost, node)
            return
        if way == "reordered":
            gains = self.rng.sample(gains, len(gains))
            terms = gains + self.rng.sample(losses, len(losses))
        self._fold(terms, node)

    def _fold(self, terms: Sequence[tuple[int, Quantity]], node: Quantity | None) -> int:
        """Add up from the left; a list of losses alone is added up as amounts."""
        sofar = self.reckon(terms[0][1])
        first = terms[0][0]
        for place, (sign, part) in enumerate(terms[1:], start=2):
            amount = self.reckon(part)
            sofar = self._add(sofar, first * sign, amount, node if place == len(terms) else None)
        return sofar

    def _add(self, sofar: int, sign: int, amount: int, node: Quantity | None) -> int:
        """Say one addition or subtraction, the careful way by tens and then ones."""
        after, mark = sofar + sign * amount, "+" if sign > 0 else "-"
        tens, ones = amount - amount % 10, amount % 10
        between = ""
        if self.careful and tens and ones and sofar > 10:
            between = (
                f" = {sofar} {mark} {tens} {mark} {ones} = {sofar + sign * tens} {mark} {ones}"
            )
        self._say(f"{sofar} {mark} {amount}{between} = {after}", node)
        return after


def tell(quantity: Quantity, rng: random.Random) -> str:
    """One correct rationale for a tree, as sentences; another state of `rng` gives another way."""
    telling = _Telling(rng)
    telling.reckon(quantity)
    return " ".join(telling.sentences) or f"It is {quantity.value}."
