"""What errors are put down to: want of memory, a device that failed, or the code that raised them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import bench
import fakes
import trials
from bench.trial.causes import cause_of

ASSERTED = "CUDA error: device-side assert triggered\nCUDA kernel errors might be asynchronously reported"


class Asserts(trials.Idle):
    """Trains on a device whose assertion fails; whatever is asked of it afterwards fails as well."""

    name = "asserts"

    def train(self, run: bench.Run) -> bench.Steps[None]:
        yield bench.Step(1)
        raise torch.AcceleratorError(ASSERTED)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MemoryError(), "memory"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), "memory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:115] DefaultCPUAllocator: can't allocate"), "memory"),
        (torch.AcceleratorError("CUDA error: out of memory"), "memory"),
        (
            RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
            "memory",
        ),
        (torch.AcceleratorError(ASSERTED), "device"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"), "device"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"), "device"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "exception"),
        (ValueError("out of memory"), "exception"),
        (SystemExit(1), "exception"),
    ],
)
def test_each_error_has_its_cause(error: BaseException, cause: str) -> None:
    assert cause_of(error) == cause
    wrapped = bench.WeightsError("net: cannot be read")
    wrapped.__cause__ = error
    assert cause_of(wrapped) == cause


def test_a_device_that_fails_is_told_apart_in_the_record(tmp_path: Path) -> None:
    record = trials.trial(fakes.cell(Asserts()), tmp_path)
    assert record.status == "failed"
    assert record.failures[-1].cause == "device"
    assert record.reason.startswith("AcceleratorError: CUDA error: device-side assert triggered CUDA kernel")
