"""A server that speaks OpenAI's protocol, says what a function says, and misbehaves as it is told to.

with FakeServer(lambda prompt, seed: "The answer is 3.", faults={"500": 0.1}) as server:
    harness.run(model=server.url, tasks="coin_flip", strategies="chain_of_thought", limit=4)
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from harness.testing.fake_tokenizer import FakeTokenizer

Script = Callable[[str, int | None], str]
"""What is said to a prompt with a seed (None where nothing is drawn)."""

FAULTS = ("slow", "429", "500", "cut", "half", "usage", "fewer", "more", "endless", "huge", "shape")
"""How it can misbehave. It is slow; says 429 or 500; cuts the connection; sends half its JSON, a `usage` that
makes no sense, fewer or more choices than it was asked for, an answer without an end, a huge one, or JSON of another
shape. `trickle`, which is none of them, is an answer that only a time-out ends."""

SPOILT = ("cut", "half", "endless", "huge", "shape", "trickle")
"""Faults with which nothing of an answer arrives."""

LACKS = (
    "n",
    "seed",
    "stop",
    "logprobs",
    "top_k",
    "min_p",
    "tokens",
    "echo",
    "completions",
    "turns",
    "usage",
    "max_tokens",
    "tokenize",
)
"""What it can be made to lack: it then refuses it or, of `n`, `seed` and `top_k`, does not obey."""

PAUSE = 0.05
"""Seconds that a slow answer takes more, and that a busy server asks for."""


class FakeServer:
    """Serves a script on this machine for as long as the block lasts, at `url`. A token is a word.

    `faults` are probabilities by the names of `FAULTS`, drawn with `seed` for each request; `lacks` are
    abilities that it has not; with `key`, whoever does not bring it gets a 401 that quotes what was brought.
    `delivered` counts the replies that went out whole, by prompt and seed, `faulty` the faults;
    `requests` are all that came in.
    """

    def __init__(
        self,
        script: Script,
        *,
        faults: Mapping[str, float] | None = None,
        lacks: Collection[str] = (),
        seed: int = 0,
        key: str | None = None,
        refuse: Callable[[str], str | None] = lambda prompt: None,
        models: Collection[str] = ("fake",),
    ) -> None:
        """`refuse` gives, of a prompt, the reason to refuse it (a 400), or None."""
        self._script = script
        self.faults = dict(faults or {})
        self._lacks = frozenset(lacks)
        self._random = random.Random(seed)
        self._key = key
        self._refuse = refuse
        self._models = tuple(models)
        self._tokenizer = FakeTokenizer()
        self.delivered: Counter[tuple[str, int | None]] = Counter()
        self.faulty: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []
        self.most = 0
        self._now = 0
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def __enter__(self) -> FakeServer:
        config = uvicorn.Config(self._application(), log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True  # endless answers are not waited for
        self._thread.join()
        self._socket.close()

    def _application(self) -> Starlette:
        routes = [
            Route("/v1/models", self._list),
            Route("/v1/chat/completions", self._complete, methods=["POST"]),
        ]
        if "completions" not in self._lacks:
            routes.append(Route("/v1/completions", self._complete, methods=["POST"]))
        if "tokenize" not in self._lacks:
            routes.append(Route("/tokenize", self._tokenize, methods=["POST"]))
            routes.append(Route("/detokenize", self._detokenize, methods=["POST"]))
        return Starlette(routes=routes)

    async def _list(self, request: Request) -> Response:
        if (refusal := self._unlocked(request)) is not None:
            return refusal
        if "503" in self.faults:
            return _error(503, "Loading model")
        models = [{"id": name, "object": "model", "created": 1} for name in self._models]
        return JSONResponse({"object": "list", "data": models})

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            refusal = self._unlocked(request) or self._refused(body)
            return await self._faulty(body) if refusal is None else refusal
        finally:
            self._now -= 1

    async def _tokenize(self, request: Request) -> Response:
        """As vLLM has it: of a text, or of turns in its chat template."""
        body = await request.json()
        tokens = self._tokenizer.encode(self._prompt(body))
        return JSONResponse({"tokens": tokens, "count": len(tokens)})

    async def _detokenize(self, request: Request) -> Response:
        return JSONResponse({"prompt": self._tokenizer.decode((await request.json())["tokens"])})

    def _unlocked(self, request: Request) -> Response | None:
        brought = request.headers.get("authorization", "")
        if self._key is None or brought == f"Bearer {self._key}":
            return None
        return _error(401, f"Incorrect API key provided: {brought}")

    def _refused(self, body: Mapping[str, Any]) -> Response | None:
        if body.get("model") not in self._models:
            return _error(404, f"The model {body.get('model')!r} does not exist.")
        for name in ("logprobs", "min_p", "stop", "echo"):
            if name in self._lacks and body.get(name):
                return _error(400, f"Unrecognized request argument supplied: {name}")
        if "max_tokens" in self._lacks and "max_tokens" in body:
            return _error(400, "'max_tokens' is not supported: use 'max_completion_tokens'.")
        if "tokens" in self._lacks and isinstance(body.get("prompt"), list):
            return _error(400, "prompt must be a string.")
        reason = self._refuse(self._prompt(body))
        return None if reason is None else _error(400, reason)

    async def _faulty(self, body: Mapping[str, Any]) -> Response:
        fault = self._fault()
        if fault in ("429", "500"):
            pause = {"retry-after-ms": str(1000 * PAUSE)}
            return _error(int(fault), "too much to do", pause)
        if fault == "slow":
            await asyncio.sleep(PAUSE)
        seeds = self._seeds(body)
        if fault == "fewer":
            seeds = seeds[: max(1, len(seeds) // 2)]
        answer = self._answer(body, seeds, spoilt=fault in SPOILT)
        if fault == "more":
            answer["choices"] += [{**answer["choices"][0], "index": len(seeds)}]
        if fault == "usage":
            answer["usage"] = {
                "prompt_tokens": -1,
                "completion_tokens": 10**12,
                "total_tokens": "x",
            }
        if fault == "shape":
            answer["choices"] = [{"index": 0, "text": None}]
        if fault == "huge":
            answer["choices"][0] |= _said(body, "word " * 300_000)
        return _sent(json.dumps(answer).encode(), fault)

    def _fault(self) -> str | None:
        drawn = self._random.random()
        for name, probability in self.faults.items():
            drawn -= probability
            if drawn < 0:
                self.faulty[name] += 1
                return name
        return None

    def _seeds(self, body: Mapping[str, Any]) -> list[int | None]:
        """The seed of each choice: the next ones follow the first, as vLLM has it."""
        narrow = (
            (body.get("top_k") == 1 and "top_k" not in self._lacks)
            or body.get("top_p", 1) < 1e-3
            or body.get("min_p", 0) == 1
        )
        number = 1 if "n" in self._lacks else body.get("n", 1)
        if not body.get("temperature") or narrow:
            return [None] * number
        seeded = "seed" in body and "seed" not in self._lacks
        first = body["seed"] if seeded else self._random.randrange(2**30)
        return [first + place for place in range(number)]

    def _answer(
        self, body: Mapping[str, Any], seeds: list[int | None], *, spoilt: bool
    ) -> dict[str, Any]:
        prompt = self._prompt(body)
        words = prompt.split()
        choices: list[dict[str, Any]] = []
        for index, seed in enumerate(seeds):
            said = self._script(prompt, seed).split(" ")
            kept = said[: body.get("max_tokens") or body["max_completion_tokens"]]
            ended = "stop" if len(kept) == len(said) else "length"
            choice = {"index": index, "finish_reason": ended, **_said(body, " ".join(kept))}
            if body.get("logprobs"):
                choice["logprobs"] = _logprobs(body, kept)
            choices.append(choice)
            if not spoilt:
                self.delivered[prompt, seed] += 1
        if body.get("echo"):
            number = len(body["prompt"])
            choices[0]["logprobs"] = {"token_logprobs": [None, *[-1.0] * (number - 1)]}
        made = sum(len(self._script(prompt, seed).split(" ")) for seed in seeds)
        counts = {"prompt_tokens": len(words), "completion_tokens": made}
        told = {} if "usage" in self._lacks else {"usage": counts}
        return {"object": "text_completion", "choices": choices, **told}

    def _prompt(self, body: Mapping[str, Any]) -> str:
        """The text that the script is given: of turns, each behind who has it."""
        if "messages" not in body:
            prompt = body["prompt"]
            return prompt if isinstance(prompt, str) else " ".join(map(str, prompt))
        turns = [f"{one['role']}: {one['content']}" for one in body["messages"]]
        if "turns" in self._lacks or not body.get("continue_final_message"):
            turns.append("assistant:")
        return "\n".join(turns)


def _said(body: Mapping[str, Any], text: str) -> dict[str, Any]:
    if "messages" in body:
        return {"message": {"role": "assistant", "content": text}}
    return {"text": text}


def _logprobs(body: Mapping[str, Any], words: list[str]) -> dict[str, Any]:
    if "messages" in body:
        number = body.get("top_logprobs") or 0
        top = [{"token": str(rank), "logprob": -0.5 - rank} for rank in range(number)]
        tokens = [{"token": f" {one}", "logprob": -0.5, "top_logprobs": top} for one in words]
        return {"content": tokens}
    best = {str(rank): -0.5 - rank for rank in range(int(body["logprobs"]))}
    return {
        "tokens": [f" {one}" for one in words],
        "token_logprobs": [-0.5] * len(words),
        "top_logprobs": [best] * len(words),
    }


def _sent(content: bytes, fault: str | None) -> Response:
    if fault == "half":
        content = content[: len(content) // 2]
    if fault == "cut":
        # it announces more than it sends
        headers = {"content-length": str(len(content) + 1000)}
        return StreamingResponse(_parts(content), headers=headers, media_type="application/json")
    if fault in ("endless", "trickle"):
        parts = _endless(0 if fault == "endless" else PAUSE)
        return StreamingResponse(parts, media_type="application/json")
    return Response(content, media_type="application/json")


async def _parts(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _endless(pause: float) -> AsyncIterator[bytes]:
    yield b'{"choices": ['
    while True:
        await asyncio.sleep(pause)
        yield b" " if pause else b" " * 65_536


def _error(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    content = {"error": {"message": text, "type": "fake", "code": None}}
    return JSONResponse(content, status_code=status, headers=headers)
