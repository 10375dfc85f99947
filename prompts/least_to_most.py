"""Least-to-most prompting (Zhou et al., 2022, arXiv:2205.10625).

The model first names smaller questions, then answers them in turn, each with the ones before it and their answers
in sight, and the question itself last. Worked examples that state their `parts` show both; where none does, the
request stands alone. A quoted list of words is divided as in the paper, without a call: its first word, its
first two words, ..., each answered from the one before. A part without a whole answer ends the chain in silence.

Family: decomposition.
Cost: 2 to 8 calls, 100 to 500 tokens, in sequence.
Helps: problems longer than the worked examples (letters of many words), five steps and more.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from harness import KINDS, Chain, Model, Problem, Prompt, UserError, asked, chain, shown, strategy

from .stages import failed, headed, silent

WHICH = "Which smaller questions have to be answered first, one after the other?"
WORDS = re.compile(r'"([^"]*\s[^"]*)"')
MARK = re.compile(r"^\s*(?:\d+\s*[.):]|[-*•])?\s*")


@strategy
async def least_to_most(
    problem: Problem,
    model: Model,
    *,
    shots: int | None = None,
    parts: int = 6,
    max_tokens: int = 256,
) -> list[Chain]:
    """Smaller questions first; each is answered with the answers before it in sight."""
    if parts < 1:
        raise UserError(f"parts={parts}: at least one smaller question must be allowed")
    exemplars = shown(problem, shots, None) if problem.exemplars else ()
    exemplars = [one for one in exemplars if one.parts]
    replies = []
    if not (questions := _growing(problem)):
        [listing] = await model.sample(_dividing(problem, exemplars), max_tokens=max_tokens)
        replies.append(headed(WHICH, listing))
        last = _last_question(problem)
        lines = (MARK.sub("", line).strip() for line in listing.text.split("\n") if "?" in line)
        smaller = [line for line in lines if line.casefold() != last.casefold()][:parts]
        questions = _within(problem, [*smaller, last])
    prompt = Prompt(tuple(turn for one in exemplars for turn in _worked(one)), "")
    *smaller, last = questions
    for question in smaller:
        prompt = replace(prompt, question=question)
        [reply] = await model.sample(prompt, max_tokens=max_tokens)
        replies.append(headed(question, reply))
        if failed(reply):
            return [silent(problem, *replies)]
        turn = (question, reply.text.strip())
        prompt = replace(prompt, examples=(*prompt.examples, turn), own=prompt.own + 1)
    [reply] = await model.sample(replace(prompt, question=last), max_tokens=max_tokens)
    return [chain(problem, *replies, reply)]


def _growing(problem: Problem) -> list[str]:
    """The question about the first word of its quoted list, about the first two, ...: all of it last."""
    quoted = WORDS.search(problem.question) if problem.kind == "letters" else None
    if not quoted:
        return []
    words, (start, end) = quoted[1].split(), quoted.span(1)
    firsts = (" ".join(words[: count + 1]) for count in range(len(words)))
    return [problem.question[:start] + first + problem.question[end:] for first in firsts]


def _dividing(problem: Problem, exemplars: Sequence[Problem]) -> Prompt:
    """Asks for the smaller questions, as a numbered list whose first number is given."""
    examples = tuple(
        (
            f"{asked(one)}\n{WHICH}",
            "\n".join(f"{place}. {part}" for place, (part, _) in enumerate(one.parts[:-1], 1)),
        )
        for one in exemplars
        if len(one.parts) > 1
    )
    return Prompt(examples, f"{asked(problem)}\n{WHICH}", lead_in="1.")


def _within(problem: Problem, questions: Sequence[str]) -> list[str]:
    """The questions as they are put: the problem stands before the first of them."""
    if len(questions) == 1:  # it was not divided
        return [asked(problem)]
    return [f"{asked(problem)}\n{questions[0]}", *questions[1:]]


def _worked(exemplar: Problem) -> list[tuple[str, str]]:
    """The parts of a worked example as they are put and answered; the last one states the answer."""
    parts, answers = zip(*exemplar.parts, strict=True)
    closing = f"{answers[-1]} {KINDS[exemplar.kind].sentence(exemplar.answer)}"
    put = parts if _growing(exemplar) else _within(exemplar, parts)
    return list(zip(put, [*answers[:-1], closing], strict=True))


def _last_question(problem: Problem) -> str:
    """The last sentence of a question where it asks something, else all of it."""
    last = re.split(r"(?<=[.!?])\s+", problem.question.strip())[-1]
    return last if last.endswith("?") else asked(problem)
