"""What may be spent: `2M tokens`, `30min`, `$5`; and what tokens and time cost in dollars."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from harness.errors import UserError
from harness.records.scoring import Cost

SIZES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}
TIMES = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
TOKENS = re.compile(r"([\d.]+)\s*([kmb]?)\s*tokens?", re.IGNORECASE)
TIME = re.compile(r"([\d.]+)\s*(s|sec|min|h)", re.IGNORECASE)
DOLLARS = re.compile(r"\$\s*([\d.]+)")
BY_HOUR = re.compile(r"\$?\s*([\d.]+)\s*/\s*h", re.IGNORECASE)
BY_TOKENS = re.compile(r"\$?\s*([\d.]+)\s*,\s*\$?\s*([\d.]+)")

MEASURES = ("tokens", "seconds", "dollars", "joules")
"""What a strategy's cost is counted in: generated tokens, seconds of generation, dollars, energy."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for an hour of generation, and for a million tokens read and written."""

    hour: float = 0.0
    read: float = 0.0
    written: float = 0.0

    def dollars(self, cost: Cost) -> float:
        """What this cost is in dollars."""
        tokens = self.read * cost.prompt_tokens + self.written * cost.generated_tokens
        return self.hour * cost.seconds / 3600 + tokens / 1e6


@dataclass(frozen=True, slots=True)
class Budget:
    """At most so much of a measure; `text` is how it was given."""

    amount: float
    measure: str
    text: str


def spent(cost: Cost, measure: str, price: Price | None) -> float:
    """A cost in one of `MEASURES`; 0 dollars where there is no price.

    Raises `UserError` for the joules of what was made while nobody counted them.
    """
    if measure == "dollars":
        return price.dollars(cost) if price else 0.0
    if measure == "joules":
        if cost.joules is None:
            raise UserError(
                "the ledger has replies of which nobody counted the joules: name another one (--ledger FILE), or "
                "another --cost"
            )
        return cost.joules
    return cost.seconds if measure == "seconds" else float(cost.generated_tokens)


def price_of(text: str | None) -> Price | None:
    """`2.50/h`, or `0.10,0.40` for a million tokens read and written. Raises `UserError`."""
    if text is None:
        return None
    if match := BY_HOUR.fullmatch(text.strip()):
        return Price(hour=_number(match[1], "price", text))
    if match := BY_TOKENS.fullmatch(text.strip()):
        read, written = (_number(one, "price", text) for one in match.groups())
        return Price(read=read, written=written)
    raise UserError(
        f"the price {text!r} is not known: write 2.50/h (dollars for an hour), or 0.10,0.40 "
        "(for a million tokens read, and written)"
    )


def budget_of(text: str | None, price: Price | None) -> Budget | None:
    """The budget that a text says. Raises `UserError` for none, and for dollars without a price."""
    if text is None:
        return None
    whole = text.strip()
    if match := DOLLARS.fullmatch(whole):
        if price is None:
            raise UserError(
                f"the budget {text} needs a price: say --price 2.50/h (dollars for an hour), or "
                "0.10,0.40 (for a million tokens read, and written)"
            )
        return Budget(_number(match[1], "budget", text), "dollars", whole)
    if match := TOKENS.fullmatch(whole):
        amount = _number(match[1], "budget", text) * SIZES[match[2].lower()]
        return Budget(amount, "tokens", whole)
    if match := TIME.fullmatch(whole):
        amount = _number(match[1], "budget", text) * TIMES[match[2].lower()]
        return Budget(amount, "seconds", whole)
    raise UserError(f"the budget {text!r} is not known: write 2M tokens, 30min or $5")


def _number(text: str, what: str, whole: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not value > 0:
        raise UserError(f"the {what} {whole!r} is no number above 0")
    return value
