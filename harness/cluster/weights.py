"""A model's files on their way to a node that has neither the folder nor the hub: by Ray's object store."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from harness.errors import UserError
from harness.models.folder import TEXT_FILES, Files

PIECE = 2**28
"""Bytes of one object in the store: a node fetches several at once, and never needs room for all."""

Part = tuple[str, list[Any]]
"""A file by its place in the folder, and the pieces that it is put together from."""


def sent(files: Files, put: Callable[[bytes], Any], *, code: bool) -> list[Part]:
    """The files of a model as pieces in the object store.

    `put` is `ray.put`. With `code` the Python files that come with it go along. Raises `UserError` for
    an adapter, whose own file says where its model lies.
    """
    if files.adapter is not None:
        raise UserError(
            f"{files.adapter} is an adapter, and a worker has not got its model: put both into a "
            "folder that all nodes share, or merge them"
        )
    paths = files.weights()
    if files.gguf is None:
        patterns = (*TEXT_FILES, *(("**/*.py",) if code else ()))
        paths += sorted(path for pattern in patterns for path in files.folder.glob(pattern))
    return [
        (path.relative_to(files.folder).as_posix(), [put(piece) for piece in _pieces(path)])
        for path in paths
    ]


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def received(parts: Sequence[Part], identity: str, get: Callable[[Any], bytes]) -> Path:
    """The folder with these files on this node: the first worker writes it, the others find it.

    `get` is `ray.get`. It stays for the next run, in `reasoning-harness/weights` in the user's folder for caches.
    """
    folder = user_cache_path("reasoning-harness") / "weights" / identity
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{identity}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder
        draft = folder.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)  # of one that was killed while it wrote
        for name, pieces in parts:
            path = draft / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for piece in pieces:
                    file.write(get(piece))
        draft.rename(folder)
    return folder
