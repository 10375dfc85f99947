"""Solvers of the endless tasks that read the question alone: no code of the generators is in them."""

from __future__ import annotations

import ast
import re
from fractions import Fraction

from harness import Problem

LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
NUMBERS = "zero one two three four five six seven eight nine".split()


def dates(problem: Problem) -> str:
    """Walks the calendar day by day."""
    month, day, year = map(int, re.findall(r"(\d\d)/(\d\d)/(\d{4})", problem.question)[0])
    gaps = re.findall(r" came (\d+) (day|week|month|year)s? (after|before) ", problem.question)
    for number, unit, direction in gaps:
        forward = direction == "after"
        if unit in ("day", "week"):
            for _ in range(int(number) * (7 if unit == "week" else 1)):
                year, month, day = _next_day(year, month, day, forward)
        else:
            for _ in range(int(number) * (12 if unit == "year" else 1)):
                month += 1 if forward else -1
                year, month = (year + 1, 1) if month == 13 else (year, month)
                year, month = (year - 1, 12) if month == 0 else (year, month)
    return f"{month:02}/{day:02}/{year}"


def _next_day(year: int, month: int, day: int, forward: bool) -> tuple[int, int, int]:
    day += 1 if forward else -1
    if day > _days(year, month):
        return (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)
    if day == 0:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return year, month, _days(year, month)
    return year, month, day


def _days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and leap else LENGTHS[month - 1]


def tracking(problem: Problem) -> str:
    """Follows the last thing back to whom it belonged at first."""
    begin, *rest = problem.question.split(". ")
    owners = dict(re.findall(r"(\w+) (?:has )?the (\w+)", begin))
    last = re.findall(r"What does (\w+) hold", problem.question)[0]
    for one, other in reversed(re.findall(r"(\w+) and (\w+) swap", problem.question)):
        last = {one: other, other: one}.get(last, last)
    assert rest
    return "ABCDEFGHIJ"[problem.choices.index(owners[last])]


def boolean(problem: Problem) -> str:
    """By Python's own grammar, with the values as names."""
    given, _, asked = problem.question.rpartition(". Is ")
    values: dict[str, bool] = {
        letter: word == "true" for letter, word in re.findall(r"(\w) is (\w+)", given)
    }

    def value(node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.UnaryOp):
            return not value(node.operand)
        assert isinstance(node, ast.BoolOp)
        every = isinstance(node.op, ast.And)
        values_said = [value(part) for part in node.values]
        return all(values_said) if every else any(values_said)

    return "yes" if value(ast.parse(asked.removesuffix(" true?"), mode="eval").body) else "no"


def navigation(problem: Problem) -> str:
    """In the plane of complex numbers, where a turn is a factor."""
    place, facing = 0 + 0j, 1 + 0j
    turns = {"left": 1j, "right": -1j, "around": -1}
    sides = {"forward": 1, "backward": -1, "to the left": 1j, "to the right": -1j}
    for turn, number, side in re.findall(
        r"turns (left|right|around)|goes (\d+) steps? (forward|backward|to the left|to the right)",
        problem.question,
    ):
        if turn:
            facing *= turns[turn]
        else:
            place += int(number) * facing * sides[side]
    return "yes" if place == 0 else "no"


def sorting(problem: Problem) -> str:
    """By how many of the other words stand before each."""
    words = problem.question.partition(": ")[2].split()
    return " ".join(sorted(words, key=lambda word: sum(other < word for other in words)))


def counting(problem: Problem) -> str:
    """Adds what the program counts: which things are of a sort is not in the question."""
    meant = re.findall(r"^(\w+) = \d+$", problem.program or "", re.MULTILINE)
    total = 0
    for word, thing in re.findall(
        r"\b(an?|two|three|four|five|six|seven|eight|nine|one) (\w+)", problem.question
    ):
        if any(thing in (one, f"{one}s", f"{one}es", f"{one[:-1]}ies") for one in meant):
            total += 1 if word in ("a", "an") else NUMBERS.index(word)
    return str(total)


def ages(problem: Problem) -> str:
    """Tries all pairs of ages: exactly one fits both equations."""
    asked = re.findall(r"How old is (\w+) now\?", problem.question)[0]
    older, younger, equations = _equations(problem.question)
    fitting = [
        (a, b)
        for a in range(1, 100)
        for b in range(1, 100)
        if all(p * a + q * b == r for p, q, r in equations)
    ]
    assert len(fitting) == 1, problem.question
    return str(dict(zip((older, younger), fitting[0], strict=True))[asked])


def _equations(question: str) -> tuple[str, str, list[tuple[int, int, int]]]:
    """Who is older, who is younger, and (p, q, r) for each p * older + q * younger = r."""
    found: list[tuple[int, int, int]] = []
    names: list[tuple[str, str]] = []
    for name, number, other in re.findall(r"(\w+) is (\d+) years? older than (\w+)\.", question):
        names.append((name, other))
        found.append((1, -1, int(number)))
    later = r"In (\d+) years? (\w+) will be (\d+) times as old as (\w+) then"
    for years, name, times, other in re.findall(later, question):
        names.append((name, other))
        found.append((1, -int(times), (int(times) - 1) * int(years)))
    for name, times, other in re.findall(r"(\w+) is (\d+) times as old as (\w+)\.", question):
        names.append((name, other))
        found.append((1, -int(times), 0))
    added = r"If (\d+) is added to (\d+) times the age of (\w+), the age of (\w+)"
    for more, times, other, name in re.findall(added, question):
        names.append((name, other))
        found.append((1, -int(times), int(more)))
    sums = re.findall(r"(\w+) and (\w+) are (\d+) years old together", question)
    found += [(1, 1, int(number)) for _, _, number in sums]
    names += [(name, other) for name, other, _ in sums]
    assert len(found) == 2, question
    return *names[0], found


def rates(problem: Problem) -> str:
    """By fractions: a way, a time or a rate from what the sentences give."""
    text, n = problem.question, [int(number) for number in re.findall(r"\d+", problem.question)]
    if "follows" in text:  # the one ahead and the one behind are as far after this time
        time = next(t for t in range(1, 100) if n[0] * (n[1] + t) == n[2] * t)
        return str(time)
    if "to meet" in text:
        return str(next(t for t in range(1, 100) if (n[1] + n[2]) * t == n[0]))
    if "together for" in text:
        hourly = Fraction(1, n[0]) + Fraction(1, n[1])
        return str(n[2] / hourly)
    if "average" in text:
        return str(Fraction(n[0] * n[1] + n[2] * n[3], n[1] + n[3]))
    if "How many miles is" in text:
        return str(sum(n[0] for _ in range(n[1])))
    return str(Fraction(n[0], n[1]))


SOLVERS = {
    function.__name__: function
    for function in (dates, tracking, boolean, navigation, sorting, counting, ages, rates)
}
