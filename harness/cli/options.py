"""Options that several commands have: which model, and how its prompts are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

PROMPTS = (
    click.option("--chat/--no-chat", default=None, help="Chat template, or plain Q: and A:."),
    click.option("--system", metavar="TEXT|FILE", help="A system prompt."),
    click.option(
        "--examples",
        type=click.Choice(["turns", "text"]),
        default="turns",
        show_default=True,
        help="Worked examples as turns, or all in one.",
    ),
    click.option(
        "--thinking",
        type=click.Choice(["auto", "on", "off"]),
        default="auto",
        show_default=True,
        help="Whether a model thinks first.",
    ),
    click.option(
        "--thinking-tokens", type=click.IntRange(1), metavar="N", help="Of a thought. [2048]"
    ),
    click.option(
        "--template-arg",
        "template_args",
        multiple=True,
        metavar="KEY=VALUE",
        help="For the chat template.",
    ),
    click.option("--today", metavar="DAY", help="What a template with a date says. [2024-07-26]"),
)
"""How prompts are written."""

FILES = (
    click.option("--gguf", metavar="NAME", help="Which GGUF file of the folder or hub id."),
    click.option("--revision", metavar="NAME", help="A branch, tag or commit on the hub."),
    click.option("--trust-remote-code", is_flag=True, help="Run code that comes with a model."),
)
"""Which files of a model are taken."""

SERVER = (
    click.option("--tokenizer", metavar="FOLDER|ID", help="That of a server's model."),
    click.option("--api", type=click.Choice(["completions", "chat"]), help="Of a server."),
    click.option("--api-key-env", metavar="NAME", help="Where its key is. [OPENAI_API_KEY]"),
)
"""How a model behind a server is asked."""

PAID = (
    click.option("--requests", type=click.IntRange(1), metavar="N", help="To a server at a time."),
    click.option("--timeout", type=float, metavar="SECONDS", help="Of a server's answer. [600]"),
    click.option("--max-cost", type=float, metavar="DOLLARS", help="No more is spent."),
)
"""How much a server is asked."""

PRICE = click.option("--price", metavar="IN,OUT", help="Dollars per million tokens.")

GENERATION = (
    click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Of a reply."),
    click.option("--temperature", type=float, metavar="T", help="0 is greedy."),
    click.option("--top-p", type=float, metavar="P"),
    click.option("--top-k", type=int, metavar="K"),
    click.option("--min-p", type=float, metavar="P"),
    click.option("--repetition-penalty", type=float, metavar="R"),
    click.option(
        "--generation-config",
        type=click.Choice(["ours", "model"]),
        default="ours",
        show_default=True,
        help="Whose settings count: the papers', or those of the model's makers.",
    ),
)
"""What a run says about generation, in place of its strategies."""

SAMPLING = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")


def options(*several: Callable[[F], F]) -> Callable[[F], F]:
    """A command with these options, in the order of its help."""

    def decorate(function: F) -> F:
        for option in reversed(several):
            function = option(function)
        return function

    return decorate


def sampling(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of sampling that were given, taken out of `settings`."""
    given = {name: settings.pop(name) for name in SAMPLING}
    return {name: value for name, value in given.items() if value is not None}
