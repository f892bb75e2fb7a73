"""Checkpoints: a training goes on where it was cut off, or where a smaller budget of it ended.

On a CPU the result is the same to the bit.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ..api import Position, Stateful
from ..errors import StoreError
from ..feeding.context import Context
from ..feeding.device import device_name
from ..records.files import write_atomic
from .curve import Curve


class Loops:
    """The training loops that a cell has begun, and what an earlier attempt at it left of them.

    `modules` gives those of the cell, `generator` is the objective's own, `curve` the course of its training.
    `path` is where the cell's own
    checkpoints are; if there is none, it goes on from `earlier`, that of a smaller budget. `resumed` is the
    number of steps, over all loops, that had been done in the checkpoint that it went on from, its `source`.
    """

    def __init__(
        self,
        context: Context,
        modules: Callable[[], Iterable[nn.Module]],
        generator: torch.Generator,
        curve: Curve,
        path: Path | None = None,
        earlier: Path | None = None,
    ) -> None:
        self.context = context
        self.modules = modules
        self.generator = generator
        self.curve = curve
        self.path = path
        self.resumed = 0
        self._positions: list[Position] = []
        self._parts: Mapping[str, Stateful] = {}
        self.source, self._saved = _first(path, earlier)

    @property
    def begun(self) -> int:
        """How many loops have begun."""
        return len(self._positions)

    @property
    def threads(self) -> int | None:
        """The CPU threads of what it goes on from: with another number the bits would differ."""
        return None if self._saved is None else int(self._saved["environment"][-1])

    def begin(self, parts: Mapping[str, Stateful]) -> Position:
        """Return where the next loop begins; puts everything back if it is the one that was cut off."""
        position = self._position(parts)
        self._positions.append(position)
        self._parts = parts
        return position

    def _position(self, parts: Mapping[str, Stateful]) -> Position:
        if self._saved is None or self._saved["environment"] != self._environment():
            self._saved = None  # from elsewhere its bits would differ: the cell starts from scratch
            return Position()
        steps, number = self._saved["loops"], len(self._positions)
        if number < len(steps) - 1:
            return Position(steps[number], finished=True)
        self._restore(self._saved, parts)
        self._saved = None
        return Position(steps[number])

    def save(self, steps: int, path: Path | None = None) -> None:
        """Write a checkpoint after so many steps of the cell, if it is in a loop that can go on from one.

        It is the cell's own, unless another path is given.
        """
        path = path or self.path
        if path is None or not self._positions:
            return
        state = {
            "environment": self._environment(),
            "steps": steps,
            "seconds": self.context.stopwatch.trained,
            "loops": [position.steps for position in self._positions],
            "modules": {name: module.state_dict() for name, module in self._modules().items()},
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
            "random": _random_state(self.context.device, self.generator),
            "curve": self.curve.state_dict(),
        }
        write_atomic(path, pack(state))

    def _restore(self, saved: Mapping[str, Any], parts: Mapping[str, Stateful]) -> None:
        try:
            modules = self._modules()
            for name, state in saved["modules"].items():
                modules[name].load_state_dict(state)
            for name, state in saved["parts"].items():
                parts[name].load_state_dict(state)
        except (KeyError, RuntimeError, ValueError) as error:
            raise StoreError(f"{self.source}: this checkpoint does not fit the cell; delete it") from error
        _set_random_state(self.context.device, self.generator, saved["random"])
        self.curve.load_state_dict(saved["curve"])
        self.context.stopwatch.add(saved["seconds"])
        self.resumed = saved["steps"]

    def _modules(self) -> dict[str, nn.Module]:
        return {str(number): module for number, module in enumerate(self.modules())}

    def _environment(self) -> list[Any]:
        """Return what must be the same for the same bits."""
        device = self.context.device
        place = [str(device), device_name(device)]
        return [torch.__version__, *place, self.context.precision, torch.get_num_threads()]


def _random_state(device: torch.device, generator: torch.Generator) -> dict[str, Any]:
    kind, keys, *rest = cast(tuple[Any, ...], np.random.get_state())
    return {
        "python": random.getstate(),
        "numpy": (kind, keys.tolist(), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
        "objective": generator.get_state(),
    }


def _set_random_state(device: torch.device, generator: torch.Generator, state: Mapping[str, Any]) -> None:
    random.setstate(state["python"])
    np.random.set_state(state["numpy"])
    torch.set_rng_state(state["torch"])
    if state["cuda"] is not None:
        torch.cuda.set_rng_state(state["cuda"], device)
    generator.set_state(state["objective"])


def pack(state: Any) -> bytes:
    """Return nested dicts, lists and tuples of tensors and plain values as a safetensors file.

    With each tensor go its strides: how it lies in memory decides the order of sums, and so their last bits.
    """
    tensors: dict[str, Tensor] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, Tensor):
            name = str(len(tensors))
            copy = value.detach().cpu().clone(memory_format=torch.preserve_format)
            tensors[name] = copy.contiguous()
            return {"tensor": [name, copy.stride()]}
        if isinstance(value, Mapping):  # in pairs, as keys may be numbers
            return {"dict": [[key, plain(item)] for key, item in value.items()]}
        if isinstance(value, list | tuple):
            return {type(value).__name__: [plain(item) for item in value]}
        return value

    skeleton = json.dumps(plain(state), allow_nan=False)
    return cast(bytes, save(tensors, metadata={"state": skeleton}))


def unpack(path: Path) -> Any:
    """Return what `pack` was given.

    Raises SafetensorError, OSError, ValueError or KeyError for a damaged file, or one of another kind.
    """
    with safe_open(path, framework="pt") as file:
        skeleton = json.loads((file.metadata() or {})["state"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict

    def rebuilt(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        ((kind, content),) = value.items()
        if kind == "tensor":
            name, strides = content
            return _own(tensors[name], strides)
        if kind == "dict":
            return {key: rebuilt(item) for key, item in content}
        items = [rebuilt(item) for item in content]
        return tuple(items) if kind == "tuple" else items

    return rebuilt(skeleton)


def _own(tensor: Tensor, strides: Sequence[int]) -> Tensor:
    """Return a copy in memory of its own, where it begins as any new tensor does.

    In a file's memory map it may lie at any multiple of 4 bytes, and optimisers keep the very tensors they
    are given: on some CPUs (AMD's) BLAS adds up in another order where a vector does not begin at a multiple
    of 16.
    """
    return torch.empty_strided(tensor.shape, strides, dtype=tensor.dtype).copy_(tensor)


def _first(*paths: Path | None) -> tuple[Path | None, Any]:
    """Return the first path with a checkpoint that can be read, and the checkpoint."""
    for path in paths:
        saved = None if path is None else _read(path)
        if saved is not None:
            return path, saved
    return None, None


def _read(path: Path) -> Any:
    """Return a checkpoint; None if there is none, or a damaged one, which is as good as none."""
    try:
        return unpack(path)
    except (OSError, SafetensorError, ValueError, KeyError):
        return None
