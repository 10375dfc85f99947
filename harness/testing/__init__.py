"""For those who write strategies: a model that is a function, and tiny problems of every kind."""

from harness.models.scripted import Scripted
from harness.testing.problems import PROBLEMS

__all__ = ["PROBLEMS", "Scripted"]
