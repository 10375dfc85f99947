"""Which way of prompting makes a local model reason best? The public names; importing this imports no torch."""

from harness.answers import KINDS, chain, choice_letters, compared
from harness.declaring import require_served, strategy, task
from harness.errors import UserError
from harness.finding import find, single_chain
from harness.models import load
from harness.models.model import Model
from harness.models.sampled import Sampled
from harness.models.scripted import Scripted
from harness.problem import Chain, Problem, Reply
from harness.programs import computed, executed, program_of
from harness.prompt import STOP, Prompt, Rationale, asked, direct, reasoned, shown
from harness.run import Run, run
from harness.specs import members
from harness.steps import steps
from harness.stopping import paths_to_draw
from harness.votes import longest, merged
from harness.weighing import by_rank, softmax, surest, weighed

__all__ = [
    "KINDS",
    "STOP",
    "Chain",
    "Model",
    "Problem",
    "Prompt",
    "Rationale",
    "Reply",
    "Run",
    "Sampled",
    "Scripted",
    "UserError",
    "asked",
    "by_rank",
    "chain",
    "choice_letters",
    "compared",
    "computed",
    "direct",
    "executed",
    "find",
    "load",
    "longest",
    "members",
    "merged",
    "paths_to_draw",
    "program_of",
    "reasoned",
    "require_served",
    "run",
    "shown",
    "single_chain",
    "softmax",
    "steps",
    "strategy",
    "surest",
    "task",
    "weighed",
]
