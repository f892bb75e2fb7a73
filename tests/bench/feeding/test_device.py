"""Which device and precision a cell gets."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench.errors import DeviceError
from bench.feeding.device import autocast, choose_device, choose_precision, device_name

CPU = torch.device("cpu")
CPUINFO = Path("/proc/cpuinfo")
no_gpu = pytest.mark.skipif(torch.cuda.is_available(), reason="is about machines without a GPU")


def test_the_cpu_is_always_there() -> None:
    assert choose_device("cpu") == CPU
    assert device_name(CPU)


@no_gpu
def test_auto_is_the_cpu_without_a_gpu() -> None:
    assert choose_device("auto") == CPU


@no_gpu
@pytest.mark.parametrize("asked", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_told_in_one_line(asked: str) -> None:
    with pytest.raises(
        DeviceError, match=f"device '{asked}' is not available .* use 'device: auto' or 'cpu'"
    ):
        choose_device(asked)


@pytest.mark.parametrize("asked", ["cuda:9", "meta"])
def test_what_torch_cannot_compute_on_is_told_in_one_line(asked: str) -> None:
    with pytest.raises(DeviceError, match="is not available") as caught:
        choose_device(asked)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("asked", ["fp32", "bf16", "fp16"])
def test_the_cpu_computes_in_what_is_asked(asked: str) -> None:
    assert choose_precision(asked, CPU) == asked


@pytest.mark.skipif(not CPUINFO.exists(), reason="asks Linux what the processor can do")
def test_auto_is_bf16_where_the_processor_multiplies_it() -> None:
    flags = set(CPUINFO.read_text().split())
    native = flags & {"amx_bf16", "avx512_bf16", "bf16", "svebf16"}
    assert choose_precision("auto", CPU) == ("bf16" if native else "fp32")


@pytest.mark.parametrize(
    ("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
)
def test_products_are_in_the_precision(precision: str, dtype: torch.dtype) -> None:
    with autocast(CPU, precision):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype
