"""From question, exemplars and lead-in to the exact text that a model sees.

A `Prompt` is the structure; `plain` writes it as `Q:`/`A:` blocks for a base model, `messages` as turns
for a chat template. What the text looks like is decided here and nowhere else.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Literal

from harness.errors import UserError
from harness.problem import Problem
from harness.reading.kinds import KINDS, choice_letters

STOP = ("\nQ:", "\n\n\n")
"""Stop texts of the plain format: where the model starts a question of its own, its answer is over."""

Examples = Literal["turns", "text"]
"""How a chat prompt shows its worked examples: as turns, or all in one turn of the user."""

Rationale = Literal["full", "equation", "dots", "after_answer"]
"""What an exemplar shows beside its answer: all of its rationale, the equation alone, as many dots as
the equation has characters, or the rationale behind the answer (Wei et al., 2022, section 3.3)."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Worked examples as (question, answer) pairs, the question asked, and how the answer begins.

    The last `own` examples are the problem's own: what it was asked before, and what was replied. No other
    problem has them, so that they are not read as what prompts share. `lead_in` is the part of the answer
    that is given to the model (`"Let's think step by step."`); `thought` is what the model thought before it
    answers so, where it is one that thinks first.
    """

    examples: tuple[tuple[str, str], ...]
    question: str
    lead_in: str = ""
    thought: str = ""
    own: int = 0

    def continued(self, text: str, asking: str = "") -> Prompt:
        """The same prompt with `text` added to the answer so far: the second stage of a method.

        Behind it stands what asks on, without the white space that `text` ends in: a blank line there
        would look like the end of a worked example.
        """
        return replace(self, lead_in=self.lead_in + (text.rstrip() + asking if asking else text))

    def plain(self) -> str:
        """The text for a base model: `Q:`/`A:` blocks, divided by blank lines, ending in the lead-in."""
        blocks = [f"Q: {question}\nA: {answer}" for question, answer in self.examples]
        # a lead-in that is a reply begins with white space of its own
        gap = " " if self.lead_in and not self.lead_in[0].isspace() else ""
        blocks.append(f"Q: {self.question}\nA:{gap}{self.lead_in}")
        return "\n\n".join(blocks)

    def messages(self, examples: Examples = "turns") -> list[dict[str, str]]:
        """The turns for a chat template, up to the model's own, which the lead-in begins.

        The worked examples are turns, too, or with `examples="text"` stand in the one turn of the user.
        """
        if examples == "text" and self.examples:
            return [{"role": "user", "content": replace(self, lead_in="").plain()}]
        turns = []
        for question, answer in self.examples:
            turns.append({"role": "user", "content": question})
            turns.append({"role": "assistant", "content": answer})
        return [*turns, {"role": "user", "content": self.question}]


def asked(problem: Problem) -> str:
    """The question as it is put: with its options, lettered where a letter answers.

    A label is answered by its own words (Wang et al., 2022, arXiv:2207.00747), so its options have none.
    """
    if not problem.choices:
        return problem.question
    if problem.kind == "label":
        return "\n".join([f"{problem.question}\nOptions:", *(f"- {x}" for x in problem.choices)])
    letters = choice_letters(len(problem.choices))
    options = "\n".join(
        f"({letter.lower()}) {text}" for letter, text in zip(letters, problem.choices, strict=True)
    )
    return f"{problem.question}\nAnswer Choices:\n{options}"


def answered(exemplar: Problem, *, rationale: str | None = None) -> str:
    """An exemplar's answer as the prompt shows it: the rationale, if one is given, and the closing sentence.

    A set of examples may have a closing of its own: the word ("So") with which the sentence follows from a
    rationale, or the sentence itself, in which `{answer}` stands for the answer (in another language).
    """
    closing = KINDS[exemplar.kind].sentence(exemplar.answer)
    own = str(exemplar.tags.get("closing", ""))
    if "{answer}" in own:
        closing = own.replace("{answer}", exemplar.answer)
    elif own and rationale:
        closing = f"{own} {closing[0].lower()}{closing[1:]}"
    return f"{rationale} {closing}" if rationale else closing


def shown(problem: Problem, shots: int | None, order: int | str | None) -> Sequence[Problem]:
    """The worked examples that a prompt for `problem` shows.

    The first `shots` of them (None: all), as written or, with `order`, shuffled by that seed. Raises UserError
    where the problem has none, or fewer than asked for.
    """
    exemplars = list(problem.exemplars)
    if not exemplars:
        raise UserError(
            f"{problem.id}: no worked examples for this task; give some with --exemplars FILE"
        )
    if shots is not None and not 1 <= shots <= len(exemplars):
        raise UserError(
            f"shots={shots}: there are {len(exemplars)} worked examples; take 1 to that"
        )
    exemplars = exemplars[:shots]
    if order is not None:
        random.Random(order).shuffle(exemplars)
    return exemplars


def direct(problem: Problem, exemplars: Sequence[Problem] = (), lead_in: str = "") -> Prompt:
    """A prompt whose exemplars show the answer only (none of them: a zero-shot prompt)."""
    shown = tuple((asked(e), answered(e)) for e in exemplars)
    return Prompt(shown, asked(problem), lead_in)


def reasoned(
    problem: Problem,
    exemplars: Sequence[Problem],
    *,
    rationale: Rationale = "full",
    annotator: str = "A",
) -> Prompt:
    """A chain-of-thought prompt (Wei et al., 2022): every exemplar shows its rationale.

    `annotator` A shows each exemplar's first rationale, B its second, and so on; `rationale` is one of
    the ablations. Raises UserError where the exemplars do not have what is asked for.
    """
    examples = []
    for exemplar in exemplars:
        rationale_text = _told(exemplar, rationale, annotator)
        answer = answered(exemplar, rationale=rationale_text)
        if rationale == "after_answer":
            answer = f"{answered(exemplar)} {rationale_text}"
        examples.append((asked(exemplar), answer))
    return Prompt(tuple(examples), asked(problem))


def _told(exemplar: Problem, rationale: Rationale, annotator: str) -> str:
    if rationale in ("equation", "dots"):
        if not exemplar.equation:
            raise UserError(
                f"rationale={rationale}: the worked example {exemplar.id} has no equation to show; "
                'give examples with an "equation" (--exemplars FILE), or leave rationale=full'
            )
        return f"{exemplar.equation}." if rationale == "equation" else "." * len(exemplar.equation)
    rationales = dict(zip(ascii_uppercase, exemplar.rationales, strict=False))
    if annotator not in rationales:
        has = f"has those of {', '.join(rationales)} alone" if rationales else "has none"
        raise UserError(
            f"annotator={annotator} of the rationales: the worked example {exemplar.id} {has}; "
            'give examples with "rationales", one per annotator (--exemplars FILE)'
        )
    return rationales[annotator]
