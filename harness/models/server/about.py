"""What can be told of a model behind a server: what the server says, and what it was seen to do."""

from __future__ import annotations

from harness.models.server.server import Server


def about(model: Server) -> dict[str, str]:
    """The facts of a model by what they are called, in the order in which they are shown.

    Raises `UserError` where the server does not answer.
    """
    can, facts = model.can, model.facts
    extras = {"logprobs": can.logprobs, "seeds": can.seeded, "several paths at once": can.several}
    narrow = {name: can.samples and obeyed for name, obeyed in can.truncates.items()}
    likelihood = {"likelihood": model.scores, "begun replies": can.goes_on}
    abilities = {"sampling": can.samples, **narrow, **extras, **likelihood}
    return {
        "server": facts.server,
        "model": f"{facts.name}; its weights cannot be verified from here",
        "prompts": _prompts(model),
        "context": "no limit known" if model.context is None else f"{model.context:,} tokens",
        "does": ", ".join(name for name, done in abilities.items() if done) or "nothing",
        "does not": ", ".join(name for name, done in abilities.items() if not done) or "nothing",
    }


def _prompts(model: Server) -> str:
    if model.api == "chat":
        return "turns, which the server writes (chat completions)"
    sent = "tokens" if model.can.dialect.tokens else "text"
    form = "with the chat template" if model.chat else "as plain text"
    where = "by the server's own tokenizer" if model.reads_for_us else "here"
    return f"written {where} {form}, and sent as {sent} (completions)"
