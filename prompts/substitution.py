"""A pronoun resolved by putting each candidate in its place (Trinh and Le, 2018, arXiv:1806.02847).

The sentence is written once with each candidate instead of the pronoun. `scoring=full` compares the probabilities of
the whole sentences, `partial` those of what follows the candidate, given the sentence up to and including it: so a
rare candidate is not held against itself. The authors take full scores on PDP-60 and partial ones on WSC-273. What
stands before the pronoun is the same for all, so it decides nothing. The tokens that are scored in `partial` are the
very same for all candidates: one that spans the seam counts to neither, unless it is the same in all. One model
decides; the authors' best figures are of 5 to 14, whose probabilities of each token are averaged.

Family: likelihood.
Cost: no generated tokens; each candidate's sentence is read once.
Helps: pronoun problems (`pronouns`, `winograd`); partial scoring is better by several points in the paper.
"""

import re

from harness import Chain, Model, Problem, UserError, choice_letters, compared, strategy

POSSESSIVE = ("my", "your", "his", "its", "our", "their")
AFTER_OBJECT = tuple("to for with and or but because so that in on at from by when if as".split())
ARTICLES = ("The", "A", "An", "My", "His", "Her", "Their", "Our")


@strategy(kinds=("choice",))
async def substitution(problem: Problem, model: Model, *, scoring: str = "partial") -> list[Chain]:
    """Each candidate in the pronoun's place; the likelier sentence wins, nothing is generated."""
    if scoring not in ("full", "partial"):
        raise UserError(f"scoring={scoring!r} is neither 'full' nor 'partial'")
    before, after = around(problem)
    candidates = [fitted(problem, choice) for choice in problem.choices]
    if scoring == "full":
        # a sentence that begins with the pronoun is taken to follow a line break
        replies = await model.score(before or "\n", [one + after for one in candidates])
    else:
        replies = await model.score_after([before + one for one in candidates], after)
    letters = choice_letters(len(candidates))
    scores = {letter: reply.logprob for letter, reply in zip(letters, replies, strict=True)}
    return compared(problem, scores, replies)


def around(problem: Problem) -> tuple[str, str]:
    """The sentence before the pronoun and after it. Raises `UserError` where none is marked."""
    sentence = problem.question.partition("\n")[0]
    at, pronoun = problem.tags.get("pronoun_at"), str(problem.tags.get("pronoun", ""))
    if not isinstance(at, int) or not pronoun or not sentence[at:].startswith(pronoun):
        raise UserError(f"{problem.id} marks no pronoun: substitution serves pronouns and winograd")
    return sentence[:at], sentence[at + len(pronoun) :]


def fitted(problem: Problem, candidate: str) -> str:
    """A candidate as it stands in the pronoun's place: its article's case, and the `'s` of a possessive."""
    before, after = around(problem)
    first, _, rest = candidate.partition(" ")
    if not before.strip() or before.rstrip()[-1] in ".!?":
        candidate = candidate[0].upper() + candidate[1:]
    elif first in ARTICLES and rest:
        candidate = f"{first.lower()} {rest}"
    pronoun = str(problem.tags["pronoun"]).lower()
    following = re.match(r" (\w+)", after)
    owner = pronoun == "her" and following and following[1] not in AFTER_OBJECT
    return f"{candidate}'s" if pronoun in POSSESSIVE or owner else candidate
