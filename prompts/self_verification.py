"""Self-verification (Weng et al., 2022, arXiv:2212.09561).

Candidates are sampled as in self-consistency. Each is then checked backwards, `checks` times: for a number, one number
of the question after the other is hidden, and the model must find it again from the answer (condition masks); for any
other kind it says whether the answer is right (true or false). The candidate whose checks held most often wins: the
first chain that gave it carries that count. A check that cannot be read did not hold. Equal counts share the win.
Where none held, or there are no two candidates, the chains vote, and the first chain's note says so. The authors' code
samples checks at 0.2 and 10 for each hidden number, has a call rewrite question and candidate as a statement, shows
worked checks that reason, masks numbers of multiple choice too, and gives ties to the first. Here 10 checks are shared
among the numbers, the answer stands behind the question as it is, worked checks show the bare number, and the
temperature is 0.7, as of self-consistency, so that columns compare.

Family: checking and revising.
Cost: `paths` calls and `checks` short ones a candidate, 500 to 2,000 tokens.
Helps: arithmetic whose numbers can be found backwards.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from harness import KINDS, Chain, Model, Problem, UserError, asked, chain, direct, merged, strategy

from .self_consistency import self_consistency

NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?!\w|[.,]\d)")


@strategy
async def self_verification(
    problem: Problem,
    model: Model,
    *,
    paths: int = 5,
    checks: int = 10,
    temperature: float = 0.7,
    top_k: int = 40,
    top_p: float = 1.0,
    shots: int | None = None,
    max_tokens: int = 256,
    check_tokens: int = 64,
) -> list[Chain]:
    """Sampled candidates are checked backwards; the one whose checks hold most often wins."""
    if checks < 1:
        raise UserError(f"checks={checks}: every candidate must be checked once at least")
    how: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    chains = await self_consistency(
        problem, model, paths=paths, shots=shots, max_tokens=max_tokens, **how
    )
    forms = merged([one.answer for one in chains], KINDS[problem.kind].same)
    candidates = [answer for answer in dict.fromkeys(forms) if answer is not None]
    if len(candidates) < 2:
        return [replace(chains[0], note="no two candidates, so none was checked"), *chains[1:]]

    async def held(candidate: str) -> int:
        """How many checks of a candidate held; they take turns where several can be made."""
        tests = list(_checks(problem, candidate))[:checks]
        examples = list(_examples(problem.exemplars[:shots], tests[0].kind))
        shares = [len(range(turn, checks, len(tests))) for turn in range(len(tests))]
        replies = await asyncio.gather(
            *(
                model.sample(direct(check, examples), n=share, max_tokens=check_tokens, **how)
                for check, share in zip(tests, shares, strict=True)
            )
        )
        pairs = [
            (check, reply) for check, texts in zip(tests, replies, strict=True) for reply in texts
        ]
        return sum(_holds(check, chain(check, reply)) for check, reply in pairs)

    counts = await asyncio.gather(*map(held, candidates))
    if not any(counts):
        return [replace(chains[0], note="no check held, so the chains voted"), *chains[1:]]
    weighed = [replace(one, weight=0.0) for one in chains]
    for candidate, count in zip(candidates, counts, strict=True):
        place, note = forms.index(candidate), f"{count} of {checks} checks held"
        weighed[place] = replace(weighed[place], weight=float(count), note=note)
    return weighed


def _checks(problem: Problem, answer: str) -> Iterator[Problem]:
    """The questions by which an answer can be checked, each with what it must be answered by."""
    stated = KINDS[problem.kind].sentence(answer)
    numbers = list(NUMBER.finditer(problem.question)) if problem.kind == "number" else []
    for number in numbers:
        hidden = f"{problem.question[: number.start()]}X{problem.question[number.end() :]}"
        value = KINDS["number"].normal(number[0])
        if value is not None:
            question = f"{hidden}\n{stated}\nWhich number is X?"
            yield Problem(problem.id, question, value, "number")
    if not numbers:
        statement = stated.removeprefix("So ")
        question = f"{asked(problem)}\nSomebody says: {statement[0].upper()}{statement[1:]}\nIs that right?"
        yield Problem(problem.id, question, "yes", "yes_no")


def _examples(exemplars: Sequence[Problem], kind: str) -> Iterator[Problem]:
    """Worked checks of one kind: each hides another number, or every other says no."""
    for place, one in enumerate(exemplars):
        others = [each.answer for each in exemplars if each.answer != one.answer]
        wrong = kind == "yes_no" and place % 2 == 1 and bool(others)
        tests = list(_checks(one, others[0] if wrong else one.answer))
        check = tests[place % len(tests)]
        if check.kind == kind:
            yield replace(check, answer="no") if wrong else check


def _holds(check: Problem, concluded: Chain) -> bool:
    return concluded.answer is not None and KINDS[check.kind].same(concluded.answer, check.answer)
