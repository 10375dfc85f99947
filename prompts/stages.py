"""What methods of several stages share: concluding, falling silent, and saying which stage spoke."""

from dataclasses import replace

from harness import Chain, Model, Problem, Prompt, Reply, chain

from .languages import therefore


async def concluded(
    problem: Problem, model: Model, prompt: Prompt, *, max_tokens: int, answer_tokens: int
) -> Chain:
    """Reason after a prompt, then ask for the answer behind the reasoning (Kojima et al., 2022)."""
    [thought] = await model.sample(prompt, max_tokens=max_tokens)
    asked = f"\n{therefore(problem)}"
    concluding = prompt.continued(thought.text, asked)
    [conclusion] = await model.sample(concluding, max_tokens=answer_tokens)
    return chain(problem, thought, conclusion, asked=asked)


def silent(problem: Problem, *replies: Reply) -> Chain:
    """The chain of a method that stopped before its last stage: it answers nothing.

    What an earlier stage said is no answer to the question, so nothing of it is there to be read.
    """
    spoken = chain(problem, *replies)
    return replace(spoken, answer=None, rule=None, start=len(spoken.text))


def failed(reply: Reply) -> bool:
    """Whether nothing can be built on a reply: it is empty, or was cut off."""
    return not reply.text.strip() or reply.finish == "length"


def headed(heading: str, reply: Reply) -> Reply:
    """A reply of an earlier stage as the text of a chain shows it."""
    return replace(reply, text=f"{heading}\n{reply.text.strip()}\n\n")
