"""How families of models mark what they think before they answer, by what their templates write."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands around a thought in the model's turn.

    `opening` and `closing` are written as the models write them; a thought ends where the model
    writes `end`. `none` is written where no thought is wanted.
    """

    opening: str
    closing: str
    end: str
    none: str

    def opens(self, text: str) -> bool:
        """Whether a turn that begins so has a thought open."""
        return text.rstrip().endswith(self.opening.rstrip())

    def closes(self, text: str) -> bool:
        """Whether a turn that begins so has its thought closed."""
        return text.rstrip().endswith(self.closing.rstrip())


def _tags(opening: str, closing: str) -> Marks:
    return Marks(opening, closing, closing.strip(), opening + closing)


MARKS = (
    _tags("<think>\n", "\n</think>\n\n"),
    _tags("[THINK]", "[/THINK]"),
    _tags("<seed:think>", "</seed:think>"),
    _tags("◁think▷", "◁/think▷"),
    Marks(
        "<|START_THINKING|>",
        "<|END_THINKING|><|START_RESPONSE|>",
        "<|END_THINKING|>",
        "<|START_THINKING|><|END_THINKING|><|START_RESPONSE|>",
    ),
    # a thought of gpt-oss is a message of its own, and an answer without one goes to the last channel
    Marks(
        "<|channel|>analysis<|message|>",
        "<|end|><|start|>assistant<|channel|>final<|message|>",
        "<|end|>",
        "<|channel|>final<|message|>",
    ),
)
"""Qwen 3, DeepSeek R1, SmolLM 3 and most others; Mistral; Seed; Kimi; Command A; gpt-oss."""

CHANNELS = MARKS[-1]

ARGUMENTS = ("enable_thinking", "thinking")
"""What templates call the argument that tells whether the model is to think."""

SIGNS = frozenset(
    {
        *(text.strip() for marks in MARKS[:-1] for text in (marks.opening, marks.end)),
        *("<|channel|>", "<|message|>", "<|start|>", "<|end|>", "<|START_RESPONSE|>"),
    }
)
"""Special tokens that are kept in what a model says: without them a thought looks like an answer."""


def marks_in(template: str) -> Marks | None:
    """The marks that a chat template knows; None where it knows no thoughts."""
    return next(
        (marks for marks in MARKS if marks.end in template and _opened(marks, template)), None
    )


def _opened(marks: Marks, template: str) -> bool:
    # a template may write an opening in pieces, or cut thoughts off by their end alone
    return marks is not CHANNELS or "<|channel|>" in template
