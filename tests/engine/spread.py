"""Stands in for several GPUs: every tensor is on the processor, and has a place that is told and checked.

Within a `Spread` a tensor says that it is on the device where it was put, a function that is given tensors of two
devices raises as torch does, and what is made of a tensor is where that is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from accelerate.hooks import AlignDevicesHook, add_hook_to_module
from torch import nn
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.weak import WeakTensorKeyDictionary

CPU = torch.device("cpu")
MOVING = {"torch.Tensor.to", "torch.Tensor.cuda", "torch.Tensor.cpu", "torch.Tensor.copy_"}
FREE = {"torch.Tensor.__repr__", "torch.Tensor.tolist", "torch.tensor"}


class Spread(TorchFunctionMode):
    """While it is entered, devices `cuda:0`, `cuda:1` and so on are there."""

    def __init__(self) -> None:
        super().__init__()
        self._places = WeakTensorKeyDictionary()

    def put(self, module: nn.Module, device: str) -> None:
        """Say that all weights of a module are on a device, and have what it is given moved there."""
        add_hook_to_module(module, AlignDevicesHook(device, io_same_device=False))
        for tensor in (*module.parameters(), *module.buffers()):
            self._places[tensor] = torch.device(device)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        name, kwargs = resolve_name(func) or "", dict(kwargs or {})
        if func is torch.device:
            return func(*args, **kwargs)
        tensors = list(self._tensors((args, kwargs)))
        if name == "torch.Tensor.device.__get__":
            return self._place(tensors[0])
        asked = [torch.device(leaf) for leaf in tree_leaves((args, kwargs)) if _is_device(leaf)]
        places = {self._place(tensor) for tensor in tensors if tensor.dim()}
        if len(places) > 1 and name not in MOVING | FREE:
            raise RuntimeError(f"{name} got tensors on {sorted(map(str, places))}")
        here = asked[0] if asked else self._place(tensors[0]) if tensors else CPU
        if places and not asked and name not in MOVING:
            here = places.pop()
        result = func(*tree_map(_real, args), **tree_map(_real, kwargs))
        if asked and any(result is given for given in tensors):  # it was on the processor before
            if self._place(result) == here:
                return result
            result = torch.Tensor.clone(result)
        for tensor in self._tensors(result):
            if not any(tensor is given for given in tensors):
                self._places[tensor] = here
        return result

    def _place(self, tensor: torch.Tensor) -> torch.device:
        place: torch.device = self._places.get(tensor, CPU)
        return place

    def _tensors(self, something: Any) -> Iterator[torch.Tensor]:
        return (leaf for leaf in tree_leaves(something) if isinstance(leaf, torch.Tensor))


def _is_device(leaf: object) -> bool:
    return isinstance(leaf, torch.device) or (isinstance(leaf, str) and leaf.startswith("cuda"))


def _real(leaf: Any) -> Any:
    return CPU if _is_device(leaf) else leaf
