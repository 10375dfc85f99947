"""A causal language model on this machine: any that Hugging Face transformers can run."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harness.errors import CannotLoadError, UserError
from harness.models import content, quantised
from harness.models.chat import first_line
from harness.models.folder import Files, find, here, named, split
from harness.models.formats import AS_TAUGHT, PromptFormat
from harness.models.gguf_file import read_once
from harness.models.suggested import suggested
from harness.models.tokens import Tokens
from harness.problem import Reply
from harness.prompt import STOP, Prompt
from harness.request import ROWS, Request, Thinking, never

if TYPE_CHECKING:
    from harness.engine.decoder import Decoder
    from harness.engine.plain import Plain
    from harness.models.compute import Shape

DTYPES = ("auto", "float32", "bfloat16", "float16")
DEVICES = ("cpu", "cuda", "mps", "auto")


class Local:
    """A model by name (see `harness.models.load`). Its tokenizer is read when a prompt is first
    written, its weights when it first generates: what a ledger knows costs neither.
    """

    def __init__(
        self,
        spec: str,
        wanted: PromptFormat = AS_TAUGHT,
        *,
        dtype: str = "auto",
        device: str | None = None,
        trust_remote_code: bool = False,
        revision: str | None = None,
        gguf: str | None = None,
        memory: float | None = None,
        max_model_len: int | None = None,
        exact: bool = False,
    ) -> None:
        """Check the settings, and that a folder holds a model; a hub id is looked up when used."""
        if dtype not in DTYPES:
            raise UserError(f"dtype {dtype!r} is not known: use one of {', '.join(DTYPES)}")
        if device is not None and device.partition(":")[0] not in DEVICES:
            raise UserError(f"device {device!r} is not known: use one of {', '.join(DEVICES)}")
        if memory is not None and memory <= 0:
            raise UserError(f"memory {memory} GB: must be over 0")
        if max_model_len is not None and max_model_len < 1:
            raise UserError(f"max model len {max_model_len}: must be 1 token or more")
        self.spec = spec
        self._folder, self._gguf = split(spec, gguf)
        self.name = named(self._folder, self._gguf)
        self.wanted = wanted
        self._dtype = dtype
        self._device = device
        self._trusted = trust_remote_code
        self._revision = revision
        self._memory = None if memory is None else int(memory * 1e9)
        self._longest = max_model_len
        self._exact = exact
        self._engine: Decoder | Plain | None = None
        here(self._folder, self._gguf)

    @cached_property
    def tokens(self) -> Tokens:
        """The tokenizer and prompt format."""
        files = self._find(weights=False)
        tokens = Tokens(files, self.wanted, trust_remote_code=self._trusted)
        if self.spec != "reference":
            form = "its chat template" if tokens.chat else "plain text"
            thoughts = f", with thoughts of up to {self.wanted.thinking_tokens:,} tokens"
            print(
                f"{self.name}: prompts are {form}{thoughts if tokens.thinks else ''}, "
                f"because {tokens.reason}",
                file=sys.stderr,
            )
        return tokens

    @cached_property
    def files(self) -> Files:
        """Where the files are, weights included."""
        return self._find(weights=True)

    @cached_property
    def dtype(self) -> str:
        """The precision that the model computes in."""
        return content.saved_dtype(self.files) if self._dtype == "auto" else self._dtype

    @cached_property
    def identity(self) -> str:
        """As `Backend.identity`."""
        return content.digest(
            self.files,
            chat=self.tokens.chat,
            dtype=self.dtype,
            code=self._trusted,
            date=self._date or "",
        )

    @property
    def _date(self) -> str | None:
        """The date that prompts hold, where the chat template writes one."""
        return self.wanted.today.isoformat() if self.tokens.dated else None

    @cached_property
    def context(self) -> int | None:
        """How many tokens prompt and reply may have together; None where there is no limit."""
        own = content.context(self._find(weights=False))
        limits = [limit for limit in (own, self._longest) if limit is not None]
        return min(limits) if limits else None

    @property
    def chat(self) -> bool:
        """Whether prompts are written with the chat template."""
        return self.tokens.chat

    @property
    def stop(self) -> tuple[str, ...]:
        """Stop texts of the plain format; with a chat template the model ends its turn itself."""
        return () if self.tokens.chat else STOP

    @cached_property
    def thinking(self) -> Thinking | None:
        """As `ThinksFirst.thinking`."""
        if not self.tokens.thinks:
            return None
        return Thinking(self.wanted.thinking_tokens, self.tokens.thought_end)

    def prompt(self, prompt: Prompt | str) -> tuple[str, tuple[int, ...]]:
        """The exact text and tokens, without loading weights."""
        return self.tokens.prompt(prompt)

    def thought(self, prompt: Prompt) -> tuple[str, tuple[int, ...]]:
        """As `ThinksFirst.thought`."""
        return self.tokens.thought(prompt)

    def visible(self, prompt: Prompt | str) -> str:
        """A prompt as text with the special tokens that the tokenizer adds."""
        return self.tokens.visible(prompt)

    def suggested(self) -> dict[str, Any]:
        """The generation settings that the model's makers suggest in its own files."""
        return suggested(content.settings(self.files, "generation_config.json"))

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
            "parameters": content.parameters(self.files),
            "dtype": self.dtype,
            "device": self.device,
            "chat": self.tokens.chat,
            "format": self.tokens.reason,
            "date": self._date,
            "prompts": self._prompts(),
            "context": self.context,
            "bitwise": None if self._engine is None else self._engine.bitwise,
        }

    def _prompts(self) -> dict[str, object]:
        """What a run decided about prompts beside the format, as far as it is not left as it was."""
        settings = {
            name: value
            for name, value in asdict(self.wanted).items()
            if name not in ("chat", "today", "thinking_tokens")
            and value != getattr(AS_TAUGHT, name)
        }
        thinking = {"thinking_tokens": self.wanted.thinking_tokens} if self.tokens.thinks else {}
        return {**settings, **thinking}

    @cached_property
    def device(self) -> str:
        """Where the model computes."""
        if self._device is not None:
            return self._device
        import torch

        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"

    def _find(self, *, weights: bool) -> Files:
        return find(
            self._folder,
            weights=weights,
            revision=self._revision,
            code=self._trusted,
            gguf=self._gguf,
        )

    def _load(self) -> Decoder | Plain:
        from transformers.utils import logging

        from harness.engine.attention import can_share
        from harness.engine.decoder import Decoder
        from harness.engine.plain import Plain

        self.files.weights()
        bars: Any = logging
        shown = bars.is_progress_bar_enabled()
        bars.disable_progress_bar()  # a run has bars of its own
        # the library shows the reading of a GGUF file whatever one says about bars
        quiet = (
            contextlib.redirect_stderr(io.StringIO())
            if self.files.gguf
            else contextlib.nullcontext()
        )
        try:
            with quiet:
                model = self._read()
        except Exception as error:  # whatever the library raises for what it finds
            raise CannotLoadError(
                f"{self.spec} cannot be loaded on {self.device}: {first_line(error)}"
            ) from error
        finally:
            if shown:
                bars.enable_progress_bar()
        engine: Decoder | Plain
        if can_share(model, self.context):
            engine = Decoder(model.eval(), memory=self._memory, exact=self._exact)
        else:
            print(
                f"{self.name}: {model.config.model_type} models run by the plain path",
                file=sys.stderr,
            )
            engine = Plain(model.eval(), self.tokens.closing, exact=self._exact)
        engine.context = self.context
        return engine

    @cached_property
    def shape(self) -> Shape | None:
        """What decides how much it computes; None where that cannot be told."""
        from harness.models.shape import shape

        return shape(self.config)

    @cached_property
    def config(self) -> Any:
        """The library's description of the network, read once: that of a GGUF file takes seconds."""
        from transformers import AutoConfig

        with read_once(self.files):
            return AutoConfig.from_pretrained(self.files.folder, **self._source())

    def _source(self) -> dict[str, Any]:
        """How the library is to read the files."""
        gguf = {"gguf_file": self.files.gguf} if self.files.gguf else {}
        return {"trust_remote_code": self._trusted, "local_files_only": True, **gguf}

    def _read(self) -> Any:
        """The network with its weights, an adapter's merged into them."""
        import torch
        from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

        how = quantised.method(content.settings(self.files))
        if needed := quantised.missing(how):
            raise UserError(
                f"it is quantised ({how}), for which packages are missing: "
                f"pip install {' '.join(needed)}"
            )
        config = self.config
        kind: Any = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        with read_once(self.files):
            model, loading = kind.from_pretrained(
                self.files.folder,
                config=config,
                dtype=getattr(torch, self.dtype, torch.float32),
                device_map=None if self.device == "cpu" else self.device,
                use_safetensors=self.files.gguf is None,
                output_loading_info=True,
                **(_unpacked() if self.files.gguf else {}),
                **self._source(),
            )
        lacking = sorted(loading["missing_keys"])
        # what is missing would be random numbers; packed weights have names of their own
        if getattr(model, "hf_quantizer", None) is not None:
            quantised.unpack(model)
        elif lacking:
            raise UserError(
                f"{len(lacking)} of its weights are in none of its files, such as {lacking[0]}: fetch "
                "the model again, or one that this version of transformers can read"
            )
        if self.files.adapter is None:
            return model
        try:
            from peft import PeftModel
        except ImportError as error:
            raise UserError(
                "it is an adapter, for which a package is missing: pip install peft"
            ) from error
        return PeftModel.from_pretrained(model, str(self.files.adapter)).merge_and_unload()


def _unpacked() -> dict[str, Any]:
    """What has a GGUF file's weights unpacked when they are read, so that the engine can pack them.

    Releases of the library that would leave them packed have a setting for it; others know no other way.
    """
    import transformers

    config = getattr(transformers, "GgufConfig", None)
    return {} if config is None else {"quantization_config": config(dequantize=True)}
