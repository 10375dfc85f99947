"""What is written down of a model behind a server: what the ledger tells it by, and its entry in `run.json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

from harness.models.formats import AS_TAUGHT
from harness.models.server.address import Address
from harness.models.server.budget import Budget
from harness.models.server.facts import Facts
from harness.models.server.wire import Api
from harness.models.server.writing import Writing


def identity(facts: Facts, api: Api, writing: Writing, revision: str | None) -> str:
    """A digest of what is known of the model; weights cannot be seen from here, so the server's word is taken."""
    decisive = [
        *("server", facts.name, facts.server, revision),
        *(json.dumps(facts.lasting(), sort_keys=True), api, writing.digest(api)),
        *(() if api == "completions" else (str(writing.template()),)),
    ]
    return hashlib.sha256(repr(decisive).encode()).hexdigest()


def entry(
    address: Address,
    facts: Facts,
    api: Api,
    writing: Writing,
    budget: Budget,
    *,
    revision: str | None,
    context: int | None,
    notes: Sequence[str],
) -> dict[str, object]:
    """Which server and model, how they were asked, what was only slower, and what was used."""
    settings = asdict(writing.wanted).items()
    paid = {} if budget.price is None else {"dollars": round(budget.spent, 6)}
    return {
        "path": f"{address.url}#{facts.name}",
        "server": facts.server,
        "reported": facts.reported,
        "verified": False,
        "revision": revision,
        "api": api,
        "tokenizer": _tokenizer(writing, api),
        "device": facts.server,
        "chat": writing.chats(api),
        "context": context,
        "prompts": {n: v for n, v in settings if n != "today" and v != getattr(AS_TAUGHT, n)},
        "notes": list(notes),
        "used": {**asdict(budget.used), **paid},
    }


def _tokenizer(writing: Writing, api: Api) -> str | None:
    """Where the tokenizer is that wrote the prompts; None where the server alone reads them."""
    if writing.files is not None:
        return str(writing.files.folder)
    return None if writing.reader(api) is None else "the server's (/tokenize)"
