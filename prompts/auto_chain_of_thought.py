"""Automatic chain of thought (Zhang et al., 2022, arXiv:2210.03493).

The questions of the task (its first 256, without their answers) are divided into clusters, and the model writes a
demonstration for each by zero-shot chain of thought: of the question nearest to the centre whose chain is simple (at
most 60 words asked, options not counted; 5 lines, or sentences of a single line; a whole last sentence; an answer that
is read and, if a number, said anywhere in the chain); of a cluster `tries` are made at most. Where clusters give none
the note says so. Demonstrations are written once for all problems; a problem that is one of them does not see it. The
paper's clusters are of sentence embeddings, these are of TF-IDF weights (k-means, scikit-learn). There are 8, in the
paper 4 to 8 by task; the authors' code also clusters the options, allows 7 lines for letters, and looks for a number
at the chain's end.

Family: prompting.
Cost: 1 call, 100 tokens; for the whole task 2 calls each for some 10 to 40 demonstrations.
Helps: where no worked examples are at hand.
"""

import asyncio
import functools
import warnings
from collections.abc import Sequence
from dataclasses import replace

from harness import (
    KINDS,
    Chain,
    Model,
    Problem,
    UserError,
    chain,
    direct,
    reasoned,
    steps,
    strategy,
)

from .stages import concluded

WORDS, STEPS = 60, 5


@strategy(pool=True)
async def auto_chain_of_thought(
    problem: Problem,
    model: Model,
    *,
    clusters: int = 8,
    tries: int = 10,
    trigger: str = "Let's think step by step.",
    max_tokens: int = 256,
    answer_tokens: int = 32,
) -> list[Chain]:
    """Examples that the model wrote itself, one for each cluster of questions; one greedy chain."""
    if not problem.pool:
        raise UserError(f"{problem.id}: there are no questions to make examples of (problem.pool)")
    if clusters < 1 or tries < 1:
        raise UserError(f"clusters={clusters}, tries={tries}: both must be at least 1")

    async def demonstration(places: Sequence[int]) -> Problem | None:
        for question in [problem.pool[place] for place in places[:tries]]:
            if len(question.question.split()) > WORDS:
                continue
            prompt = direct(question, lead_in=trigger)
            demonstrations = await concluded(
                question, model, prompt, max_tokens=max_tokens, answer_tokens=answer_tokens
            )
            if shown := _simple(question, demonstrations):
                return shown
        return None

    groups = _clusters(tuple(one.question for one in problem.pool), clusters)
    written = await asyncio.gather(*map(demonstration, groups))
    demonstrations = [one for one in written if one]
    examples = [
        replace(one, rationales=(f"{trigger} {one.rationale}",))
        for one in demonstrations
        if one.question != problem.question
    ]
    prompt = replace(reasoned(problem, examples), lead_in=trigger)
    [reply] = await model.sample(prompt, max_tokens=max_tokens)
    few = len(demonstrations) < len(groups)
    note = f"{len(demonstrations)} of {len(groups)} clusters gave an example" if few else ""
    return [replace(chain(problem, reply), note=note)]


def _simple(question: Problem, chain: Chain) -> Problem | None:
    """The question as a worked example, where its chain is simple, whole and led to an answer."""
    reasoning, kind = chain.text[: chain.start - len(chain.asked)], KINDS[question.kind]
    rationale = " ".join(reasoning.split())  # a blank line would end the example
    if chain.answer is None or steps(reasoning) > STEPS or not rationale.endswith((".", "!", "?")):
        return None
    if question.kind == "number" and kind.span(rationale, chain.answer) is None:
        return None
    shown = rationale.removesuffix(kind.sentence(chain.answer)).strip()
    return replace(question, answer=chain.answer, rationales=(shown,)) if shown else None


@functools.lru_cache(maxsize=8)
def _clusters(questions: tuple[str, ...], clusters: int) -> tuple[tuple[int, ...], ...]:
    """The places of the questions of each cluster, the one nearest to its centre first."""
    # here, because it takes seconds that a run without this strategy need not wait
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(token_pattern=r"\S+").fit_transform(questions)
    means = KMeans(min(clusters, len(questions)), n_init=10, random_state=0)
    with warnings.catch_warnings():  # fewer distinct questions than clusters: some stay empty
        warnings.simplefilter("ignore", ConvergenceWarning)
        distances = means.fit_transform(vectors)
    groups: list[list[int]] = [[] for _ in range(distances.shape[1])]
    for place in sorted(range(len(questions)), key=lambda place: distances[place].min()):
        groups[int(distances[place].argmin())].append(place)
    return tuple(tuple(group) for group in groups if group)
