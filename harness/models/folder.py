"""Finds the files that a model's name stands for: a folder, an id on the hub, a GGUF file, an adapter."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

TOKENIZERS = (
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
    "tokenizer.model",
    "spiece.model",
    "tekken.json",
)
"""Any of these is a tokenizer, or tells how its code makes one."""

HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")

ADAPTER = "adapter_config.json"


@dataclass(frozen=True, slots=True)
class Files:
    """Where a model's files are: its `folder`, in it perhaps a GGUF file, and perhaps an adapter's folder.

    A GGUF file holds all of a model. An adapter (PEFT) changes the weights of the model in `folder`.
    """

    folder: Path
    gguf: str | None = None
    adapter: Path | None = None

    @property
    def tokenizer(self) -> Path:
        """The folder of the tokenizer: an adapter may have brought its own."""
        if self.adapter is not None and (self.adapter / "tokenizer_config.json").exists():
            return self.adapter
        return self.folder

    def weights(self) -> list[Path]:
        """The files with weights, sorted. Raises `UserError` where there is none."""
        if self.gguf is not None:
            return [self.folder / self.gguf]
        return [
            *weight_files(self.folder),
            *(weight_files(self.adapter) if self.adapter is not None else ()),
        ]

    def deciding(self) -> list[Path]:
        """The files beside the weights that decide what the model says."""
        folders = [self.folder, *([self.adapter] if self.adapter is not None else [])]
        names = () if self.gguf is not None else (*DECIDING, ADAPTER)
        return [path for one in folders for name in names if (path := one / name).exists()]


def named(spec: str, gguf: str | None = None) -> str:
    """The name to show for a model: the last part of its folder or hub id, of a GGUF file its own."""
    path = Path(gguf or spec).expanduser()
    name = path.resolve().name if path.name in ("", "..") else path.name
    return name.removesuffix(".gguf")


def split(spec: str, gguf: str | None = None) -> tuple[str, str | None]:
    """A model's folder or hub id, and the GGUF file in it that is meant, where one is.

    `spec` may be the path of such a file itself. Raises `UserError` where both name one, or where
    the file is not there.
    """
    if not spec.endswith(".gguf"):
        if gguf is not None and not gguf.endswith(".gguf"):
            raise UserError(f"--gguf {gguf}: the name of a file that ends in .gguf is needed")
        return spec, gguf
    if gguf is not None:
        raise UserError(f"{spec} is a GGUF file already: leave out --gguf {gguf}")
    path = Path(spec).expanduser()
    if not path.is_file():
        raise UserError(f"there is no file {spec}")
    return str(path.parent), path.name


def here(spec: str, gguf: str | None = None) -> Path | None:
    """The folder of a model that is on this machine by name; None for an id on the hub.

    Raises `UserError` where a name can only mean a folder and there is no model in it.
    """
    folder = REFERENCE if spec == "reference" else Path(spec).expanduser()
    if gguf is not None and folder.is_dir():
        if not (folder / gguf).is_file():
            raise UserError(f"there is no file {gguf} in {folder}{_gguf_files(folder)}")
        return folder
    if (folder / "config.json").exists() or (folder / ADAPTER).exists():
        return folder
    if spec == "reference":
        raise UserError(
            f"the bundled model is not in {folder}: install the harness with its data files, "
            "or name a model with -m"
        )
    if folder.is_dir():
        raise UserError(
            f"{folder} holds no model: there is no config.json in it{_gguf_files(folder)}"
        )
    if spec.startswith((".", "/", "~")) or not HUB_ID.fullmatch(spec):
        raise UserError(
            f"there is no folder {spec}: give a folder with a model, or an id on the hub"
        )
    return None


def _gguf_files(folder: Path) -> str:
    names = sorted(path.name for path in folder.glob("*.gguf"))
    return f"; it has GGUF files, of which --gguf takes one: {', '.join(names)}" if names else ""


def find(
    spec: str,
    *,
    weights: bool,
    revision: str | None = None,
    code: bool = False,
    gguf: str | None = None,
) -> Files:
    """A model's files, fetched from the hub if it is named by an id there.

    `weights` False fetches only what the tokenizer needs; `code` fetches Python files, too; `gguf` is
    the file to take. The model that an adapter changes is looked for as the adapter names it.
    Raises `UserError` where there is no such model.
    """
    folder = here(spec, gguf)
    if folder is None:
        if gguf is not None:
            return Files(_fetched(spec, patterns=[gguf], revision=revision), gguf)
        patterns = [*TEXT_FILES, *(WEIGHT_FILES if weights else ()), *(("*.py",) if code else ())]
        folder = _fetched(spec, patterns=patterns, revision=revision)
    if gguf is None and (folder / ADAPTER).exists() and not (folder / "config.json").exists():
        base = read_json(folder / ADAPTER)
        name = base.get("base_model_name_or_path")
        if not name:
            raise UserError(f"{folder / ADAPTER} does not name the model that it changes")
        local = folder / name if (folder / name / "config.json").exists() else None
        try:
            whole = find(
                str(local or name), weights=weights, revision=base.get("revision"), code=code
            )
        except UserError as error:
            raise UserError(
                f"{folder} is an adapter of a model that is not here: {error}"
            ) from error
        return Files(whole.folder, adapter=folder)
    return Files(folder, gguf)


def _fetched(spec: str, *, patterns: Sequence[str], revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    try:
        # `original/` and `consolidated` repeat the weights in another layout
        return Path(
            snapshot_download(
                spec,
                revision=revision,
                allow_patterns=list(patterns),
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
    """The safetensors files, sorted. Raises `UserError` where there is none, or not every one."""
    files = sorted(path for path in folder.glob("*.safetensors") if "consolidated" not in path.name)
    index = folder / "model.safetensors.index.json"
    named = set(read_json(index)["weight_map"].values()) if index.exists() else set()
    missing = sorted(name for name in named if not (folder / name).is_file())
    if missing:
        raise UserError(
            f"{folder} lacks {len(missing)} of the {len(named)} files of its weights, the first of "
            f"them {missing[0]}: fetch the model again"
        )
    if not files:
        raise UserError(
            f"{folder} holds no *.safetensors: other formats can run code when they are read, so "
            "save the model with `save_pretrained` first"
        )
    return files


def read_json(path: Path) -> dict[str, Any]:
    """The content of one of a model's JSON files. Raises `UserError` where it is none."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read as JSON ({error}): fetch the model again"
        ) from error
    return content
