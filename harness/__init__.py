"""Which way of prompting makes a local model reason best? The public names; importing this imports no torch."""

from harness.answers import KINDS, chain
from harness.declaring import require_served, strategy, task
from harness.errors import UserError
from harness.finding import find
from harness.models import load
from harness.models.model import Model
from harness.models.scripted import Scripted
from harness.problem import Chain, Problem, Reply
from harness.prompt import STOP, Prompt, asked, direct, reasoned, shown
from harness.run import Run, run
from harness.steps import steps
from harness.stopping import paths_to_draw
from harness.votes import longest, merged

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
    "chain",
    "direct",
    "find",
    "load",
    "longest",
    "merged",
    "paths_to_draw",
    "reasoned",
    "require_served",
    "run",
    "shown",
    "steps",
    "strategy",
    "task",
]
