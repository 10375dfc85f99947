"""What a model's files say: a digest to tell it by, its precision, context, family and size."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import math
import re
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from harness.errors import UserError
from harness.models.folder import Files, read_json
from harness.models.gguf_file import header

LARGE = 64 * 1024 * 1024
"""Bytes from which on the digest of a file is kept between runs."""

DIGEST = re.compile(r"[0-9a-f]{64}")


def digest(files: Files, *, chat: bool, dtype: str, code: bool = False, date: str = "") -> str:
    """Tells models apart by what decides their replies: weights, tokenizer, settings, precision.

    With `code` the Python files that come with a model count, too: they are what is run. `date` is
    the one that the chat template writes, where it writes one. Neither
    the folder's name nor that of the weights counts, so a model that was moved stays the same.
    """
    whole = hashlib.sha256()
    for path in files.weights():
        whole.update(f"weights {_content(path, *_state(path))}\n".encode())
    for path in files.deciding():
        whole.update(f"{path.name} {_content(path, *_state(path))}\n".encode())
    for path in sorted(files.folder.rglob("*.py")) if code else ():
        name = path.relative_to(files.folder).as_posix()
        whole.update(f"code {name} {_content(path, *_state(path))}\n".encode())
    if date:
        whole.update(f"date {date}\n".encode())
    whole.update(f"{'chat' if chat else 'plain'} {dtype}\n".encode())
    return whole.hexdigest()


def tokenizer_digest(files: Files) -> str:
    """Tells tokenizers apart, with their templates and settings: of a model without its weights."""
    whole = hashlib.sha256()
    for path in files.weights() if files.gguf is not None else files.deciding():
        whole.update(f"{path.name} {_content(path, *_state(path))}\n".encode())
    return whole.hexdigest()


def parameters(files: Files) -> int:
    """The number of weights, counted from the files' headers without reading the weights."""
    if files.gguf is not None:
        return sum(int(tensor.n_elements) for tensor in header(files).tensors)
    from safetensors import safe_open  # late: `harness list` needs none of it

    count = 0
    for path in files.weights():
        try:
            with safe_open(path, framework="numpy") as file:
                count += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
        except Exception as error:  # its own kind, for a file that was cut off
            raise UserError(
                f"{path} cannot be read as safetensors ({error}): fetch the model again"
            ) from error
    return count


def saved_dtype(files: Files) -> str:
    """The precision to compute in, as the weights were saved: such as `bfloat16`.

    It is that for the weights of a GGUF file, too, which were saved in fewer bits.
    """
    if files.gguf is not None:
        return "bfloat16"
    config = settings(files)
    inner = config.get("text_config") or {}
    for place in (config, inner):
        name = place.get("dtype") or place.get("torch_dtype")
        if name:
            return str(name).removeprefix("torch.")
    return "float32"


def settings(files: Files, name: str = "config.json") -> dict[str, Any]:
    """The content of one of a model's JSON files; empty where there is none, or all is in a GGUF file."""
    path = files.folder / name
    if files.gguf is not None or not path.exists():
        return {}
    return read_json(path)


def context(files: Files) -> int | None:
    """How many tokens the model was made for, prompt and reply together; None where it does not say.

    The prompt of an encoder-decoder does not take away from the reply's room.
    """
    if files.gguf is not None:
        names = (name for name in header(files).fields if name.endswith(".context_length"))
        return next((int(header(files).fields[name].contents()) for name in names), None)
    config = settings(files)
    length = (config.get("text_config") or config).get("max_position_embeddings")
    return None if config.get("is_encoder_decoder") or length is None else int(length)


def family(files: Files) -> str:
    """What kind of model it is, such as `qwen2`."""
    if files.gguf is not None:
        return str(header(files).fields["general.architecture"].contents())
    config = settings(files)
    return str((config.get("text_config") or {}).get("model_type") or config.get("model_type", "?"))


def ends(files: Files) -> set[int]:
    """The tokens with which the model's own settings end a reply, beside the tokenizer's end token.

    A chat model often ends its turn with another token than the one that ends a document.
    """
    if files.gguf is not None:
        fields = header(files).fields
        names = [f"tokenizer.ggml.{kind}_token_id" for kind in ("eos", "eot", "eom")]
        return {int(fields[name].contents()) for name in names if name in fields}
    found: set[int] = set()
    for name in ("config.json", "generation_config.json"):
        own = settings(files, name).get("eos_token_id")
        found.update(own if isinstance(own, list) else [] if own is None else [own])
    return found


def check(files: Files) -> None:
    """Raises `UserError` where a GGUF file cannot be read, by its own name and not by what it lacks."""
    if files.gguf is not None:
        header(files)


def _state(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


@functools.cache
def _content(path: Path, *state: int) -> str:
    """The digest of a file; its `state` makes a file that was replaced another one.

    Of a large file it is kept in the user's cache, since reading gigabytes at every start of a run
    that generates nothing takes longer than the run.
    """
    if state[0] < LARGE:
        return _digest(path)
    place = hashlib.sha256(repr((str(path.resolve()), *state)).encode()).hexdigest()
    kept = user_cache_path("reasoning-harness") / "digests" / place
    # A cache that cannot be read or written costs seconds, and nothing else.
    with contextlib.suppress(OSError):
        content = kept.read_text(encoding="ascii")
        if DIGEST.fullmatch(content):  # else its writing was cut off
            return content
    content = _digest(path)
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(content, encoding="ascii")
    return content


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
