"""Self-Refine (Madaan et al., 2023, arXiv:2303.17651).

The model drafts a solution, criticises it, and writes it anew with the criticism in sight, until it finds no mistake,
leaves the solution as it was, or `rounds` are over. The last version is read, be it empty; a criticism that is empty
changes nothing, and one that has no yes or no ends it where it praises and does not blame.

The authors' code for arithmetic writes programs, has worked examples of criticism, criticises and rewrites in one
call, samples that at 0.7, and makes 4 rounds. Here solutions are texts, the critic has no examples and says yes or no,
the reviser sees the last version and its criticism alone, all is greedy, and there are 3 rounds.

Family: checking and revising.
Cost: 2 to 1 + 2 `rounds` calls in sequence, 200 to 800 tokens.
Helps: where the model knows a mistake when it sees one; on arithmetic it seldom does.
"""

import re
from dataclasses import replace

from harness import (
    Chain,
    Model,
    Problem,
    Reply,
    UserError,
    asked,
    chain,
    direct,
    reasoned,
    shown,
    strategy,
)

from .stages import headed

WHOLE = r"(?:it|this|that|everything|all|(?:the|this) (?:whole )?(?:solution|answer|reasoning))"
PRAISE = re.compile(
    r"\b(?:no|not (?:see|find) (?:a|an|any)|without(?: an?| any)?) (?:mistakes?|errors?)\b"
    rf"|\b{WHOLE} (?:is|looks|seems) (?:all |entirely )?(?:correct|right)(?=[.,!;]|\s*$)",
    re.IGNORECASE,
)
BLAME = re.compile(
    r"\b(?:but|however|except|whether|wrong|incorrect|instead|should|not (?:correct|right))\b",
    re.IGNORECASE,
)


@strategy
async def self_refine(
    problem: Problem,
    model: Model,
    *,
    rounds: int = 3,
    shots: int | None = None,
    max_tokens: int = 256,
    criticism_tokens: int = 128,
) -> list[Chain]:
    """A draft that is criticised and revised until no mistake is found."""
    if rounds < 1:
        raise UserError(f"rounds={rounds}: a draft must be looked at once at least")
    prompt = reasoned(problem, shown(problem, shots, None))
    [version] = await model.sample(prompt, max_tokens=max_tokens)
    earlier: list[Reply] = []
    for _ in range(rounds):
        if not version.text.strip():
            break
        solution = f"{asked(problem)}\nA solution: {version.text.strip()}"
        critic = Problem(
            problem.id, f"{solution}\nGo through it. Is there a mistake in it?", "no", "yes_no"
        )
        [criticism] = await model.sample(direct(critic), max_tokens=criticism_tokens)
        remark = criticism.text.strip()
        if not remark or _is_content(remark, chain(critic, criticism).answer):
            note = f"no mistake was found: {remark}" if remark else "the criticism was empty"
            return [replace(chain(problem, *earlier, version), note=note)]
        earlier += [headed("Draft:", version), headed("Criticism:", criticism)]
        again = (
            f"{solution}\nWhat is wrong with it: {remark}\nSolve the problem again, without that."
        )
        before = version.text.strip()
        [version] = await model.sample(replace(prompt, question=again), max_tokens=max_tokens)
        if version.text.strip() == before:  # all is greedy: whatever follows has been said
            note = "the revision left the solution as it was"
            return [replace(chain(problem, *earlier, version), note=note)]
    return [chain(problem, *earlier, version)]


def _is_content(criticism: str, answer: str | None) -> bool:
    """Whether a criticism finds no mistake: it says no, or in other words that all is right."""
    if answer is not None:
        return answer == "no"
    return bool(PRAISE.search(criticism)) and not BLAME.search(criticism)
