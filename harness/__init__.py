"""Which way of prompting makes a local model reason best? The public names; importing this imports no torch."""

from harness.catalogue.finding import find, single_chain
from harness.catalogue.marks import require_served, strategy, task
from harness.catalogue.specs import members
from harness.errors import UserError
from harness.models import load
from harness.models.model import Model
from harness.models.sampled import Sampled
from harness.models.scripted import Scripted
from harness.problem import Chain, Problem, Reply
from harness.programs.chains import computed, executed, program_of
from harness.prompt import STOP, Prompt, Rationale, asked, direct, reasoned, shown
from harness.reading.kinds import KINDS, chain, choice_letters, compared
from harness.running.run import Run, run
from harness.voting.steps import steps
from harness.voting.stopping import paths_to_draw
from harness.voting.votes import longest, merged
from harness.voting.weighing import by_rank, softmax, surest, weighed

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
