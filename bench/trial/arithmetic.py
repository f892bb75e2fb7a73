"""How torch computes: the same each time, and in no lower precision than is asked for."""

from __future__ import annotations

import torch


def steady_arithmetic(device: torch.device) -> None:
    """Set torch up, in this process, to compute on a device as a cell does."""
    # Bit-equal repetitions on the CPU; on a GPU this would change which kernels are measured.
    torch.use_deterministic_algorithms(device.type == "cpu", warn_only=True)
    # Filling new memory only serves to find reads of memory never written, and costs a few percent.
    # (torch makes this attribute when it is loaded, where mypy does not see it.)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # Otherwise convolutions of an fp32 cell would run in TF32 on a GPU, and matrix products would not.
    torch.backends.cudnn.allow_tf32 = False
