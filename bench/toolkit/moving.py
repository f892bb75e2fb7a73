"""What authors of tasks and objectives reuse: what is drawn on the CPU, brought to where it is needed."""

from __future__ import annotations

import torch
from torch import Tensor


def moved(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on a device, without waiting for what the device still has to do."""
    if device.type != "cuda" or tensor.is_cuda:
        return tensor.to(device)
    # Any other copy waits until the GPU has done all before it: the GPU would then be idle while the next
    # batch is made, and its work would count as waiting for batches.
    return tensor.pin_memory().to(device, non_blocking=True)
