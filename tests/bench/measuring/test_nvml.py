"""What NVML tells, and that nothing breaks where it tells nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

from bench.measuring.nvml import Gpu, find_gpu


class Library:
    """As much of NVML as is asked, for one GPU that others use as well."""

    class NVMLError(Exception):
        pass

    def __init__(self, *memory: tuple[int, int | None], millijoules: int | None = None) -> None:
        self.memory = [SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in memory]
        self.millijoules = millijoules

    def nvmlDeviceGetComputeRunningProcesses(self, handle: object) -> list[SimpleNamespace]:  # noqa: N802 (NVML's)
        return self._answer(self.memory or None)

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: object) -> int:  # noqa: N802 (NVML's)
        return self._answer(self.millijoules)

    def _answer(self, value: object) -> object:
        if value is None:
            raise self.NVMLError("Not Supported")
        return value


@pytest.mark.parametrize(
    ("memory", "used"),
    [
        ([(1, 100), (2, 20), (3, 3)], 23),
        ([(1, 100)], None),  # no process of ours is known by these numbers
        ([(2, None)], None),
        ([], None),
    ],
)
def test_memory_of_these_processes_alone(memory: list[tuple[int, int | None]], used: int | None) -> None:
    assert Gpu(Library(*memory), handle=None).process_bytes([2, 3]) == used


def test_energy_is_in_joules() -> None:
    assert Gpu(Library(millijoules=1500), handle=None).joules() == 1.5
    assert Gpu(Library(), handle=None).joules() is None


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_other_devices_have_no_nvml(device: str) -> None:
    assert find_gpu(torch.device(device)) is None


def on_a_gpu(test: Callable[[], None]) -> Callable[[], None]:
    return pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")(test)


@on_a_gpu
def test_the_gpu_of_torch_is_found() -> None:
    gpu = find_gpu(torch.device("cuda", 0))
    assert gpu is not None
    name = gpu.nvml.nvmlDeviceGetName(gpu.handle)
    assert name == torch.cuda.get_device_name(0)
    energy = gpu.joules()
    assert energy is None or energy > 0
