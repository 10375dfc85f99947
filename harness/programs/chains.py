"""Chains whose answer a program computes: the program is found in a reply, run, and what it gives is read."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import replace

from harness.errors import UserError
from harness.problem import Chain, Problem, Reply
from harness.programs.sandbox import Outcome, execute
from harness.reading.kinds import KINDS, chain

FENCE = re.compile(r"```[^\n`]*(?:\n|\Z)(.*?)(?:^ *```|``` *$|\Z)", re.MULTILINE | re.DOTALL)
"""A block of code as chat models mark it; the last one may lack its end, where a stop text cut it off."""


def program_of(exemplar: Problem) -> str:
    """The program of a worked example: lines of Python that end in an assignment to `answer`.

    Raises `UserError` where it has none.
    """
    if not exemplar.program:
        raise UserError(
            f'the worked example {exemplar.id} has no program: give a set whose examples have a "program", '
            'a list of lines that ends in "answer = ...", with --exemplars FILE'
        )
    return exemplar.program


async def executed(reply: Reply, result: str = "answer", *, seconds: float = 5.0) -> Outcome:
    """Run the program in a reply in the sandbox: the first block of code, or else the whole text.

    Where a program stands before the first mark of a block, that mark ends it: a chat model that goes on
    from a prompt that has begun its code closes a block that it never opened.

    `result` is what it gives: a variable, or a call ("solution()"). A program that was cut off is not
    run: what is left of it may run, and mean something else.
    """
    if reply.finish == "length":
        return Outcome(error=f"SyntaxError: the program was cut off after {reply.tokens:,} tokens")
    source = textwrap.dedent(_source(reply.text))
    return await execute(source.strip(), result, seconds=seconds)


def _source(text: str) -> str:
    block = FENCE.search(text)
    if block is None:
        return text
    before = text[: block.start()]
    return before if _is_program(before) else block[1]


def _is_program(text: str) -> bool:
    """Whether a text is Python that does something: a single word of prose is Python, too."""
    try:
        statements = ast.parse(textwrap.dedent(text).strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(one, ast.Assign | ast.AnnAssign | ast.FunctionDef) for one in statements)


def computed(problem: Problem, reply: Reply, outcome: Outcome) -> Chain:
    """The chain of a reply whose program was run: below the program stands the answer that it gave.

    A chain whose program failed, or gave what is no answer of the problem's kind, abstains; its `error` says why.
    """
    value, error = outcome.value, outcome.error
    answer = None if value is None else KINDS[problem.kind].normal(value, problem.choices)
    if answer is None:
        error = error or f"ValueError: the result {value!r} is no answer of the kind {problem.kind}"
    closing = "" if answer is None else f"\n{KINDS[problem.kind].sentence(answer)}"
    # as a last stage, so that whoever reads the chain again reads the closing sentence alone
    return replace(chain(problem, reply, Reply(closing, reply.finish, 0, 0.0)), error=error)
