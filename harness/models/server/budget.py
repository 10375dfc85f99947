"""What replies cost in dollars, and where a run has to stop for it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import UserError
from harness.models.server.replies import Usage

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens: of prompts, and of what is generated."""

    prompt: float
    completion: float

    def of(self, usage: Usage) -> float:
        """What these tokens cost, in dollars. Cached ones are charged as the others."""
        return (usage.prompt * self.prompt + usage.completion * self.completion) / MILLION


def price(text: str) -> Price:
    """The price that `IN,OUT` names, as in `0.15,0.60`. Raises `UserError` for anything else."""
    try:
        prompt, completion = (float(part) for part in text.split(","))
    except ValueError:
        prompt = completion = -1
    if not (0 <= prompt < float("inf") and 0 <= completion < float("inf")):
        raise UserError(
            f"price {text!r} cannot be read: write dollars for a million tokens read and generated, "
            "as in 0.15,0.60"
        )
    return Price(prompt, completion)


class Budget:
    """What was spent, and what may be: never more than `most` dollars, whatever is in flight.

    So a request goes out only where the most that it can cost is left beside what the others can.
    """

    def __init__(self, price: Price | None, most: float | None) -> None:
        if most is not None and price is None:
            raise UserError("--max-cost needs --price IN,OUT: dollars for a million tokens")
        if most is not None and most <= 0:
            raise UserError(f"max cost {most}: must be over 0 dollars")
        self.price = price
        self.most = most
        self.used = Usage()
        self._reserved = 0.0

    @property
    def spent(self) -> float:
        """In dollars; 0 where there is no price."""
        return self.price.of(self.used) if self.price else 0.0

    def reserve(self, worst: Usage) -> bool:
        """Set aside the most that a request can cost; False where that is not left."""
        cost = self.price.of(worst) if self.price else 0.0
        if self.most is not None and self.spent + self._reserved + cost > self.most:
            return False
        self._reserved += cost
        return True

    def settle(self, worst: Usage, used: Usage) -> None:
        """A request has ended, and used so much of what was set aside."""
        self._reserved -= self.price.of(worst) if self.price else 0.0
        self.used += used
