"""Reads the description of a GGUF file once: that of a model with 150,000 words takes many seconds."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.models.folder import Files

PATCHING = threading.RLock()
"""Held by who has changed the package's functions, and will put them back."""


def header(files: Files) -> Any:
    """The header of a model's GGUF file, by the package that reads them.

    Raises `UserError` where that is missing, and for a file that it cannot read.
    """
    assert files.gguf is not None
    return _read(files.folder / files.gguf)


def _read(path: Path) -> Any:
    stat = path.stat()
    return _known(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _known(path: Path, *state: int) -> Any:
    """The header; the `state` makes a file that was replaced another one."""
    try:
        import numpy as np
        from gguf import gguf_reader  # whose reader is not the name that `read_once` changes
    except ImportError as error:
        raise UserError(
            f"{path.name} is a GGUF file, and the package that reads them is missing: "
            "pip install gguf"
        ) from error

    class Header(gguf_reader.GGUFReader):
        data: Any

        def _get(self, *place: Any, **options: Any) -> Any:
            # a plain view of the same memory: each piece of a memmap costs ten times as much to cut
            self.data = self.data.view(type=np.ndarray)
            return super()._get(*place, **options)

    try:
        return Header(path)
    except Exception as error:  # whatever it raises for what is no such file
        raise UserError(f"{path} cannot be read as a GGUF file: {error}") from error


@contextmanager
def read_once(files: Files) -> Iterator[None]:
    """Have transformers take what is known already of a model's GGUF file, where it is one.

    It would read the header once each for the tokenizer, the configuration and the weights, and make
    the same table of names anew for each part of the network: together most of the time of loading.
    """
    if files.gguf is None:
        yield
        return
    import gguf

    package: Any = gguf
    with PATCHING:
        had = package.GGUFReader, package.get_tensor_name_map
        package.GGUFReader = lambda path: _read(Path(path))
        package.get_tensor_name_map = functools.cache(had[1])
        try:
            yield
        finally:
            package.GGUFReader, package.get_tensor_name_map = had
