"""What a server tells of itself and of its models, by its own pages beside OpenAI's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import openai

from harness.errors import UserError
from harness.models.server.address import Address, Secret
from harness.models.server.errors import told, unreachable

SECONDS = 30.0
"""A server that tells nothing of itself for so long does not answer."""

LOADING = 503
"""What servers such as llama.cpp's answer while they read the model."""

FLEETING = ("created", "permission", "status", "started")
"""What a server says of a model that is another thing every day."""

LENGTHS = ("max_model_len", "context_length", "context_window", "max_context_length")
"""What servers call the tokens that prompt and reply have together."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A server's model: the server's name for it, the kind and version of the server, all it reports.

    `instead` are the names of those that it has, where it does not list this one.
    """

    name: str
    kind: str = "server"
    version: str = ""
    reported: Mapping[str, Any] = field(default_factory=dict)
    instead: Sequence[str] = ()

    @property
    def server(self) -> str:
        """Kind and version, such as `vLLM 0.19.0`."""
        return f"{self.kind} {self.version}" if self.version else f"{self.kind} of unknown version"

    def lasting(self) -> dict[str, Any]:
        """What is reported but for the lengths, which are another thing whenever a server is started so."""
        model = {name: value for name, value in self.reported.items() if name not in LENGTHS}
        meta = model.get("meta")
        if isinstance(meta, dict):
            model["meta"] = {name: value for name, value in meta.items() if name != "n_ctx"}
        return model

    @property
    def context(self) -> int | None:
        """How many tokens prompt and reply may have together; None where it is not told."""
        told_lengths = [self.reported.get(name) for name in LENGTHS]
        told_lengths.append((self.reported.get("meta") or {}).get("n_ctx"))
        return next((n for n in told_lengths if isinstance(n, int) and n > 0), None)


def facts(address: Address, secret: Secret) -> Facts:
    """Ask a server what it is and which models it has.

    Raises `UserError` where it does not answer, or has several models and none was named.
    """
    models = _models(address, secret)
    model = _chosen(address, models)
    kept = {
        name: value for name, value in model.items() if name not in FLEETING and value is not None
    }
    kind, version = _kind(address.root, str(model.get("owned_by") or ""), secret)
    names = [str(one.get("id")) for one in models]
    instead = () if model["id"] in names else _few(names)
    return Facts(str(model["id"]), kind, version, kept, instead)


def _models(address: Address, secret: Secret) -> list[dict[str, Any]]:
    with openai.OpenAI(
        base_url=address.url, api_key=secret.reveal(), max_retries=2, timeout=SECONDS
    ) as client:
        try:
            return [one.model_dump(mode="json", warnings=False) for one in client.models.list()]
        except (openai.NotFoundError, openai.InternalServerError) as error:
            if error.status_code != LOADING:
                return []  # some have no such page, or fail at it
            failure = UserError(
                f"{told(error, address.url, secret)}: it is not ready, so try again in a while"
            )
        except openai.OpenAIError as error:
            failure = unreachable(told(error, address.url, secret))
    raise failure  # out here, so that the client's error, which may quote the key, does not hang on it


def _chosen(address: Address, models: list[dict[str, Any]]) -> dict[str, Any]:
    if address.name is None:
        if len(models) == 1:
            return models[0]
        few = ", ".join(_few([str(one.get("id")) for one in models])) or "none that it tells of"
        raise UserError(
            f"{address.url} has {len(models)} models: name one of them, as in {address.url}#NAME "
            f"({few})"
        )
    # a server may load what it does not list
    return next((one for one in models if one.get("id") == address.name), {"id": address.name})


def _few(names: Sequence[str]) -> Sequence[str]:
    return [*names[:8], *(["..."] if len(names) > 8 else [])]


def _kind(root: str, owner: str, secret: Secret) -> tuple[str, str]:
    """The kind of the server and its version, as far as pages that only one kind has give them away."""
    headers = {"Authorization": f"Bearer {secret.reveal()}"}
    with httpx2.Client(base_url=root, headers=headers, timeout=SECONDS) as client:
        if owner == "vllm":
            return "vLLM", str(_page(client, "/version").get("version", ""))
        if owner == "sglang":
            page = _page(client, "/get_server_info") or _page(client, "/server_info")
            return "SGLang", str(page.get("version", ""))
        if build := _page(client, "/props").get("build_info"):
            return "llama.cpp", str(build)
        if owner == "llamacpp":
            return "llama.cpp", ""
        if version := _page(client, "/api/version").get("version"):
            return "Ollama", str(version)
        page = _page(client, "/openapi.json")
    if "/load_model" in (page.get("paths") or {}):
        return "transformers serve", ""  # it tells no version
    title = (page.get("info") or {}).get("title", "")
    return ("server", "") if title in ("", "FastAPI") else (str(title), "")


def _page(client: httpx2.Client, path: str) -> dict[str, Any]:
    """A page of a server's own, as JSON; empty where it has none such."""
    try:
        content = client.get(path)
        page = json.loads(content.content) if content.status_code == 200 else {}
    except (httpx2.HTTPError, ValueError):
        return {}
    return page if isinstance(page, dict) else {}
