"""What a run needs of a server, held against what it can do: refused, or noted where it is only slower."""

from __future__ import annotations

from collections.abc import Iterator

from harness.errors import UserError
from harness.models.server.abilities import Abilities
from harness.models.server.wire import STOPS
from harness.request import GenerationSettings

INSTEAD = "run the model here, or behind another server"


def require(can: Abilities, settings: GenerationSettings, server: str) -> None:
    """Raises `UserError` where a server would give other replies than these settings mean."""
    for lack in _lacks(can, settings):
        raise UserError(f"{server} {lack}")


def _lacks(can: Abilities, settings: GenerationSettings) -> Iterator[str]:
    if settings.branching or settings.beams:
        what = "beam search" if settings.beams else "branching at the first token"
        yield f"offers no {what}: {INSTEAD}"
    if settings.certainty:
        yield f"tells no whole distributions, which self-certainty is made of: {INSTEAD}"
    if settings.suppressed:
        yield f"cannot be told to suppress tokens: {INSTEAD}"
    if settings.repetition_penalty != 1 and not can.penalises:
        yield "knows no repetition penalty as it is meant here: leave out --repetition-penalty"
    if settings.top_logprobs and not can.top_logprobs(settings.top_logprobs):
        yield (
            f"does not tell the {settings.top_logprobs} likeliest tokens of each step with their "
            "log-probabilities: take a strategy that needs none"
        )
    if settings.greedy:
        return
    if not can.samples:
        yield "gives the same reply at any temperature, so that nothing can be sampled from it"
    wanted = {
        "top_k": settings.top_k > 0,
        "top_p": settings.top_p < 1,
        "min_p": settings.min_p > 0,
    }
    for name, needed in wanted.items():
        if needed and not can.truncates[name]:
            off = 1 if name == "top_p" else 0
            yield (
                f"does not obey {name}={getattr(settings, name):g}: turn it off, with "
                f"--{name.replace('_', '-')} {off} or as an option of the strategy"
            )


def notes(can: Abilities, settings: GenerationSettings) -> Iterator[str]:
    """What a server lacks that makes these settings slower, or their replies known only once."""
    if settings.stop and ("stop" not in can.dialect.extras or len(settings.stop) > STOPS):
        yield "stop texts are looked for here: replies are generated beyond them"
    if settings.greedy:
        return
    if not can.several:
        yield "paths are asked for one by one: the server reads their prompt for each"
    if not can.seeded:
        yield "seeds are not obeyed: a path is the same again out of the ledger alone"
