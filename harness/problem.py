"""The frozen data that everything else passes around: problems, replies and chains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Finish = Literal["end", "stop", "length"]
"""How a reply ended: the model's end token, a stop text, or no tokens left (truncated)."""

NO_TAGS: Mapping[str, str | int] = MappingProxyType({})
NO_SCORES: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Problem:
    """One question with its gold answer. A worked example (an exemplar) is a problem too.

    `answer` is the gold in the normal form of its kind; `kind` is a name in `harness.reading.kinds.KINDS`.
    `choices` holds the option texts of a multiple-choice problem, without their letters.
    `rationales` are worked solutions without the closing answer sentence, one per annotator; `program` is one
    in Python, whose lines end in an assignment to `answer`.
    `parts` divide it: smaller questions, each with its worked answer, that end in its own last one.
    `exemplars` are the worked examples that a few-shot prompt for this problem may show; `pool` holds
    the first questions of its task, without gold or solution, where a strategy asks for them
    (`@strategy(pool=True)`).
    `accepts` says of an answer in normal form that is not the gold whether it is right as well, where several are
    (a path, a colouring): the task's own checker. It decides no vote.
    """

    id: str
    question: str
    answer: str
    kind: str
    choices: tuple[str, ...] = ()
    rationales: tuple[str, ...] = ()
    equation: str | None = None
    program: str | None = None
    tags: Mapping[str, str | int] = field(default_factory=lambda: NO_TAGS)
    exemplars: tuple[Problem, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    pool: tuple[Problem, ...] = ()
    accepts: Callable[[str], bool] | None = None

    @property
    def rationale(self) -> str | None:
        """The first annotator's worked solution, if the source has one."""
        return self.rationales[0] if self.rationales else None


@dataclass(frozen=True, slots=True)
class Thought:
    """What a model thought before it answered. It is kept and counted, and never read for an answer.

    `finish` is "length" where its limit of tokens ended it, and it was closed for the model.
    """

    text: str
    tokens: int
    finish: Finish
    seconds: float = 0.0
    joules: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said to one prompt on one path.

    `text` ends before the stop text. `tokens` counts what was generated, up to and including the end
    token or stop text; `logprob` sums natural-log probabilities of those tokens under the model
    itself (temperature 1, no truncation). `prompt_tokens` is charged once for the paths of one
    prompt that are asked for together: paths after the first of them carry 0. `seconds` is this
    reply's share of the time its batch took. `top` holds, where they were asked for, the
    log-probabilities of the most likely tokens at each step, best first, and `ends` with them the
    place in `text` at which each token ends. `certainty`, where it was asked for, sums over the tokens
    the divergence KL(uniform || model), in nats. `thought` is what the model thought first, which no
    other field holds or counts. `joules` is its share of the energy that was measured meanwhile, None
    where none was.
    """

    text: str
    finish: Finish
    tokens: int
    logprob: float
    prompt_tokens: int = 0
    seconds: float = 0.0
    top: tuple[tuple[float, ...], ...] = ()
    ends: tuple[int, ...] = ()
    certainty: float | None = None
    thought: Thought | None = None
    joules: float | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain of reasoning and what it concluded, over all stages that made it.

    `answer` is in normal form, or None where nothing could be read: silence abstains from the vote.
    `rule` names the reading rule that fired. Counts and `logprob` are summed over the stages.

    `asked` and `start` say what was read, so that another reader can read it again: the text from
    `start` on (where the last stage begins), behind `asked`, which its prompt ended in.

    `error` is what a program in the chain ended in, if it gave no answer.

    `weight` is how much the answer counts in the vote, 0 for not at all. `confidence` is what
    a strategy that weighs its chains made the weight of, in that method's own measure. `scores` holds, of a
    strategy that compares given answers, the score of each. `note` says what decided, where that is no
    majority and no measure. `thoughts` are what the model thought before its stages, each once. `cut` says
    that a stage before the last was cut off by its limit.
    """

    text: str
    answer: str | None
    rule: str | None
    finish: Finish
    tokens: int
    logprob: float
    prompt_tokens: int = 0
    seconds: float = 0.0
    asked: str = ""
    start: int = 0
    error: str | None = None
    weight: float = 1
    confidence: float | None = None
    scores: Mapping[str, float] = field(default_factory=lambda: NO_SCORES)
    note: str = ""
    thoughts: tuple[Thought, ...] = ()
    cut: bool = False
