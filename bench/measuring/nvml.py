"""NVML, NVIDIA's management library: what the driver knows of a GPU and torch does not."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

NVML_PREFIX = "GPU-"


@dataclass(frozen=True)
class Gpu:
    """A GPU as NVML knows it. What the driver does not report is None."""

    nvml: Any
    handle: Any

    def process_bytes(self, pids: Collection[int]) -> int | None:
        """Return the memory that the driver counts for these processes, including what CUDA itself takes.

        None also where none of them is known: within a container the driver knows them by other numbers.
        """
        with suppress(self.nvml.NVMLError):
            running = self.nvml.nvmlDeviceGetComputeRunningProcesses(self.handle)
            used = [process.usedGpuMemory for process in running if process.pid in pids]
            return sum(used) if used and None not in used else None
        return None

    def joules(self) -> float | None:
        """Return the energy that the whole GPU has taken since the driver was loaded (from Volta on)."""
        with suppress(self.nvml.NVMLError):
            return float(self.nvml.nvmlDeviceGetTotalEnergyConsumption(self.handle)) / 1000
        return None


def find_gpu(device: torch.device) -> Gpu | None:
    """Return the GPU that torch calls this; None if it is no NVIDIA GPU, or the driver does not answer.

    It is found by its UUID: with CUDA_VISIBLE_DEVICES torch's numbers are not those of the driver.
    """
    if device.type != "cuda":
        return None
    import pynvml
    import torch

    uuid = str(torch.cuda.get_device_properties(device).uuid).removeprefix(NVML_PREFIX)
    with suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        return Gpu(pynvml, pynvml.nvmlDeviceGetHandleByUUID(NVML_PREFIX + uuid))
    return None
