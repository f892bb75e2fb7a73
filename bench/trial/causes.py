"""What an error that ended a cell is put down to."""

from __future__ import annotations

import torch

from ..api import Cause

LACK = ("out of memory", "DefaultCPUAllocator", "ALLOC_FAILED")
"""In messages of torch that have no class of their own: of the CPU, and of the libraries of a GPU."""

DEVICE = ("CUDA error", "HIP error", "cuDNN error", "MIOpen error")
"""In messages of torch about a GPU or its libraries; only some have a class of their own."""


def cause_of(error: BaseException) -> Cause:
    """Return `memory` or `device` if an error, or what it was raised from, is of that; else `exception`."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, MemoryError | torch.OutOfMemoryError) or _says(found, LACK):
            return "memory"
        if isinstance(found, torch.AcceleratorError) or _says(found, DEVICE):
            return "device"
        found = found.__cause__
    return "exception"


def _says(error: BaseException, words: tuple[str, ...]) -> bool:
    return isinstance(error, RuntimeError) and any(word in str(error) for word in words)
