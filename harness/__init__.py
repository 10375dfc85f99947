"""Which way of prompting makes a local model reason best? The public names; importing this imports no torch."""

from harness.answers import KINDS, chain, choice_letters, compared
from harness.declaring import strategy, task
from harness.errors import UserError
from harness.models import load
from harness.models.model import Model
from harness.models.scripted import Scripted
from harness.problem import Chain, Problem, Reply
from harness.prompt import STOP, Prompt, asked, direct, reasoned, shown
from harness.run import Run, run
from harness.stopping import paths_to_draw
from harness.weighing import by_rank, softmax, surest, weighed

__all__ = [
    "KINDS",
    "STOP",
    "Chain",
    "Model",
    "Problem",
    "Prompt",
    "Reply",
    "Run",
    "Scripted",
    "UserError",
    "asked",
    "by_rank",
    "chain",
    "choice_letters",
    "compared",
    "direct",
    "load",
    "paths_to_draw",
    "reasoned",
    "run",
    "shown",
    "softmax",
    "strategy",
    "surest",
    "task",
    "weighed",
]
