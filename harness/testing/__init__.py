"""For those who write strategies: a model that is a function, tiny problems of every kind, and a trial of all."""

from harness.models.scripted import Scripted
from harness.testing.problems import PROBLEMS
from harness.testing.trying import Trial, tried

__all__ = ["PROBLEMS", "Scripted", "Trial", "tried"]
