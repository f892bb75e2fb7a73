"""Which device a cell runs on, and in which precision."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from ..errors import DeviceError
from ..measuring.machine import machine

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}

CPU_BF16 = ("amx_bf16", "avx512_bf16", "avx10_2", "sve_bf16", "bf16")
"""Instructions that multiply bf16: of x86, and of ARM. Others unpack it to fp32, which saves nothing."""


def choose_device(asked: str) -> torch.device:
    """Return the device: for `auto` the first CUDA GPU, or the CPU without one.

    Raises DeviceError if the one asked for is not here.
    """
    if asked == "auto":
        return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    device = torch.device(asked)
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not available.get(device.type, False):
        raise DeviceError(f"device '{asked}' is not available to torch here; use 'device: auto' or 'cpu'")
    return device


def choose_precision(asked: str, device: torch.device) -> str:
    """Return the precision: for `auto` bf16 where the device has it natively, fp32 otherwise.

    Raises DeviceError if the device cannot compute in the one asked for.
    """
    native_bf16 = _has_bf16(device)
    if asked == "auto":
        return "bf16" if native_bf16 else "fp32"
    if asked == "bf16" and device.type == "cuda" and not native_bf16:
        raise DeviceError(f"{device_name(device)} has no bf16 arithmetic; use 'precision: fp16' or 'auto'")
    return asked


def _has_bf16(device: torch.device) -> bool:
    if device.type == "cpu":
        return any(torch.cpu.get_capabilities().get(name) for name in CPU_BF16)
    if device.type != "cuda":
        return False
    with torch.cuda.device(device):  # otherwise it answers for the first GPU
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Return a context in which matrix products and convolutions run in the precision."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(device.type, dtype=DTYPES[precision])


def device_name(device: torch.device) -> str:
    """Return the maker's name of the device."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return str(machine()["processor"] or platform.machine())


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all that was asked of it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def mark(device: torch.device) -> Callable[[], None] | None:
    """Return what waits until the device has done all that it was asked for so far, and no more than that.

    None if it has, as it does things at once.
    """
    if device.type != "cuda":
        return None
    wait: Callable[[], None] = torch.cuda.current_stream(device).record_event().synchronize
    return wait


def begin_copy(tensor: Tensor) -> Callable[[], Tensor]:
    """Begin to copy a tensor to the CPU; return what waits for the copy, and gives it.

    What the tensor is a view of may then be overwritten by what the device is asked for next.
    """
    own = tensor.detach()
    if own.device.type != "cuda":
        copy = own.to("cpu", copy=True)
        return lambda: copy
    # The GPU copies on its own only into memory that is pinned, of which there should not be much.
    pinned = torch.empty(own.shape, dtype=own.dtype, pin_memory=True)
    pinned.copy_(own, non_blocking=True)
    wait = mark(own.device)

    def arrived() -> Tensor:
        if wait is not None:
            wait()
        return pinned.clone()

    return arrived
