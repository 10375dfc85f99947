"""A causal language model on this machine: any that Hugging Face transformers can run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import UserError
from harness.models import folder as folders
from harness.models.tokens import DATE, Tokens
from harness.problem import Reply
from harness.prompt import STOP, Prompt
from harness.request import ROWS, Request, never

if TYPE_CHECKING:
    from harness.engine.decoder import Decoder
    from harness.engine.plain import Plain

DTYPES = ("auto", "float32", "bfloat16", "float16")
DEVICES = ("cpu", "cuda", "mps", "auto")


class Local:
    """A model by name (see `harness.models.load`). Its tokenizer is read when a prompt is first
    written, its weights when it first generates: what a ledger knows costs neither.
    """

    def __init__(
        self,
        spec: str,
        *,
        dtype: str = "auto",
        device: str | None = None,
        chat: bool | None = None,
        trust_remote_code: bool = False,
        revision: str | None = None,
        memory: float | None = None,
        today: str | None = None,
        exact: bool = False,
    ) -> None:
        """Check the settings, and that a folder holds a model; a hub id is looked up when used."""
        if dtype not in DTYPES:
            raise UserError(f"dtype {dtype!r} is not known: use one of {', '.join(DTYPES)}")
        if device is not None and device.partition(":")[0] not in DEVICES:
            raise UserError(f"device {device!r} is not known: use one of {', '.join(DEVICES)}")
        if memory is not None and memory <= 0:
            raise UserError(f"memory {memory} GB: must be over 0")
        self.spec = spec
        self.name = folders.named(spec)
        self._dtype = dtype
        self._device = device
        self._chat = chat
        self._trusted = trust_remote_code
        self._revision = revision
        self._today = _day(today)
        self._memory = None if memory is None else int(memory * 1e9)
        self._exact = exact
        self._engine: Decoder | Plain | None = None
        folders.here(spec)

    @cached_property
    def tokens(self) -> Tokens:
        """The tokenizer and prompt format."""
        tokens = Tokens(
            self._find(weights=False),
            chat=self._chat,
            trust_remote_code=self._trusted,
            today=self._today,
        )
        if self.spec != "reference":
            form = "its chat template" if tokens.chat else "plain text"
            print(f"{self.name}: prompts are {form}, because {tokens.reason}", file=sys.stderr)
        return tokens

    @cached_property
    def folder(self) -> Path:
        """Where the files are, weights included."""
        return self._find(weights=True)

    @cached_property
    def dtype(self) -> str:
        """The precision that the model computes in."""
        return folders.saved_dtype(self.folder) if self._dtype == "auto" else self._dtype

    @cached_property
    def identity(self) -> str:
        """As `Backend.identity`."""
        return folders.digest(
            self.folder,
            chat=self.tokens.chat,
            dtype=self.dtype,
            code=self._trusted,
            date=self._date or "",
        )

    @property
    def _date(self) -> str | None:
        """The date that prompts hold, where the chat template writes one."""
        return self._today.isoformat() if self.tokens.dated else None

    @property
    def stop(self) -> tuple[str, ...]:
        """Stop texts of the plain format; with a chat template the model ends its turn itself."""
        return () if self.tokens.chat else STOP

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The exact text and tokens, without loading weights."""
        return self.tokens.prompt(prompt)

    def given(self, prompt: Prompt | str, continuation: str) -> tuple[int, ...]:
        """The tokens of a prompt and a continuation, read as one text."""
        return self.tokens.given(prompt, continuation)

    def generate(
        self,
        requests: Sequence[Request],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `Backend.generate`.

        Where `describe` says `bitwise`, a reply is the same to the bit in whatever company.
        """
        left = [requests]
        arrivals = lambda: left.pop() if left else ()  # noqa: E731
        return self.generate_joined(arrivals, rows=rows, stopped=stopped)

    def generate_joined(
        self,
        arrivals: Callable[[], Sequence[Request]],
        *,
        rows: int = ROWS,
        stopped: Callable[[], bool] = never,
    ) -> Iterator[tuple[int, Reply | Exception]]:
        """As `harness.request.Joining`."""
        from harness.engine.answering import answered

        if self._engine is None:
            self._engine = self._load()
        return answered(self._engine, self.tokens, arrivals, rows=rows, stopped=stopped)

    def describe(self) -> Mapping[str, object]:
        """For `run.json`: what it takes to have the same model again."""
        return {
            "name": self.name,
            "path": self.spec,
            "revision": self._revision,
            "hash": self.identity,
            "parameters": folders.parameters(self.folder),
            "dtype": self.dtype,
            "device": self.device,
            "chat": self.tokens.chat,
            "format": self.tokens.reason,
            "date": self._date,
            "bitwise": None if self._engine is None else self._engine.bitwise,
        }

    @cached_property
    def device(self) -> str:
        """Where the model computes."""
        if self._device is not None:
            return self._device
        import torch

        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"

    def _find(self, *, weights: bool) -> Path:
        return folders.find(self.spec, weights=weights, revision=self._revision, code=self._trusted)

    def _load(self) -> Decoder | Plain:
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM
        from transformers.utils import logging

        from harness.engine.attention import can_share
        from harness.engine.decoder import Decoder
        from harness.engine.plain import Plain

        folders.weight_files(self.folder)
        bars: Any = logging
        shown = bars.is_progress_bar_enabled()
        bars.disable_progress_bar()  # a run has bars of its own
        try:
            config: Any = AutoConfig.from_pretrained(
                self.folder, trust_remote_code=self._trusted, local_files_only=True
            )
            kind: Any = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
            model: Any = kind.from_pretrained(
                self.folder,
                dtype=getattr(torch, self.dtype, torch.float32),
                device_map=None if self.device == "cpu" else self.device,
                use_safetensors=True,
                trust_remote_code=self._trusted,
                local_files_only=True,
            )
        except Exception as error:  # whatever the library raises for what it finds
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise UserError(f"{self.spec} cannot be loaded on {self.device}: {reason}") from error
        finally:
            if shown:
                bars.enable_progress_bar()
        if can_share(model):
            return Decoder(model.eval(), memory=self._memory, exact=self._exact)
        print(
            f"{self.name}: {config.model_type} models run by the plain path",
            file=sys.stderr,
        )
        return Plain(model.eval(), self.tokens.closing, exact=self._exact)


def _day(text: str | None) -> date:
    """The day that `text` names (`2024-07-26`), or the one that every run shares."""
    if text is None:
        return DATE
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"today {text!r} is no day: write it as in {DATE.isoformat()}") from error
