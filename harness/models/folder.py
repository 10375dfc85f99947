"""Finds the folder that a model's name stands for, and tells what is in it by its content."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import math
import re
from pathlib import Path

from platformdirs import user_cache_path

from harness.errors import UserError

REFERENCE = Path(__file__).parent.parent / "reference" / "model"
"""The bundled model."""

TEXT_FILES = ("*.json", "*.jinja", "*.txt", "*.model")
WEIGHT_FILES = ("*.safetensors",)
DECIDING = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
    "chat_template.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "tokenizer.model",
)
"""Beside the weights, the files that decide what a model says."""

LARGE = 64 * 1024 * 1024
"""Bytes from which on the digest of a file is kept between runs."""

DIGEST = re.compile(r"[0-9a-f]{64}")

HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


def named(spec: str) -> str:
    """The name to show for a model: the last part of its folder or hub id."""
    path = Path(spec).expanduser()
    return path.resolve().name if path.name in ("", "..") else path.name


def here(spec: str) -> Path | None:
    """The folder of a model that is on this machine by name; None for an id on the hub.

    Raises `UserError` where a name can only mean a folder and there is no model in it.
    """
    folder = REFERENCE if spec == "reference" else Path(spec).expanduser()
    if (folder / "config.json").exists():
        return folder
    if spec == "reference":
        raise UserError(
            f"the bundled model is not in {folder}: install the harness with its data files, "
            "or name a model with -m"
        )
    if folder.is_dir():
        raise UserError(f"{folder} holds no model: there is no config.json in it")
    if spec.startswith((".", "/", "~")) or not HUB_ID.fullmatch(spec):
        raise UserError(
            f"there is no folder {spec}: give a folder with a model, or an id on the hub"
        )
    return None


def find(spec: str, *, weights: bool, revision: str | None = None, code: bool = False) -> Path:
    """The folder with a model's files, fetched from the hub if it is named by an id there.

    `weights` False fetches only what the tokenizer needs; `code` fetches Python files, too. Raises
    `UserError` where there is no such model.
    """
    folder = here(spec)
    return folder or _fetched(spec, weights=weights, revision=revision, code=code)


def _fetched(spec: str, *, weights: bool, revision: str | None, code: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    patterns = [*TEXT_FILES, *(WEIGHT_FILES if weights else ()), *(("*.py",) if code else ())]
    try:
        # `original/` and `consolidated` repeat the weights in another layout
        return Path(
            snapshot_download(
                spec,
                revision=revision,
                allow_patterns=patterns,
                ignore_patterns=["original/*", "consolidated*"],
            )
        )
    except RevisionNotFoundError as error:
        raise UserError(f"the hub has no revision {revision!r} of {spec}") from error
    except RepositoryNotFoundError as error:
        raise UserError(
            f"the hub has no model {spec}, or does not show it to you: check the name, or log in "
            "with `hf auth login`"
        ) from error
    except (OSError, ValueError) as error:
        raise UserError(
            f"{spec} is neither a folder here nor a model that was fetched before, and the hub "
            f"cannot be reached: on a machine that is online run `hf download {spec}`, or use the "
            "bundled model, `reference`"
        ) from error


def weight_files(folder: Path) -> list[Path]:
    """The safetensors files, sorted. Raises `UserError` where there is none."""
    files = sorted(path for path in folder.glob("*.safetensors") if "consolidated" not in path.name)
    if not files:
        raise UserError(
            f"{folder} holds no *.safetensors: other formats can run code when they are read, so "
            "save the model with `save_pretrained` first"
        )
    return files


def digest(folder: Path, *, chat: bool, dtype: str, code: bool = False, date: str = "") -> str:
    """Tells models apart by what decides their replies: weights, tokenizer, settings, precision.

    With `code` the Python files that come with a model count, too: they are what is run. `date` is
    the one that the chat template writes, where it writes one. Neither
    the folder's name nor that of the weights counts, so a model that was moved stays the same.
    """
    whole = hashlib.sha256()
    for path in weight_files(folder):
        whole.update(f"weights {_content(path, *_state(path))}\n".encode())
    for name in DECIDING:
        path = folder / name
        if path.exists():
            whole.update(f"{name} {_content(path, *_state(path))}\n".encode())
    for path in sorted(folder.rglob("*.py")) if code else ():
        name = path.relative_to(folder).as_posix()
        whole.update(f"code {name} {_content(path, *_state(path))}\n".encode())
    if date:
        whole.update(f"date {date}\n".encode())
    whole.update(f"{'chat' if chat else 'plain'} {dtype}\n".encode())
    return whole.hexdigest()


def parameters(folder: Path) -> int:
    """The number of weights, counted from the files' headers without reading the weights."""
    from safetensors import safe_open  # late: `harness list` needs none of it

    count = 0
    for path in weight_files(folder):
        with safe_open(path, framework="numpy") as file:
            count += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    return count


def saved_dtype(folder: Path) -> str:
    """The precision in which the weights were saved, such as `bfloat16`."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    inner = config.get("text_config") or {}
    for place in (config, inner):
        name = place.get("dtype") or place.get("torch_dtype")
        if name:
            return str(name).removeprefix("torch.")
    return "float32"


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
