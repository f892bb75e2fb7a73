"""Arithmetic: floating-point operations of a forward pass, counted as it runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from ..api import Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl

if TYPE_CHECKING:
    from torch.utils.flop_counter import FlopCounterMode

Shape = Sequence[int]


class FlopsGauge(Gauge):
    """Counts matrix products, convolutions and attention while one example goes through the model."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def close(self) -> Reading:
        """Return the count for the first example of the last split; two operations a multiply-add."""
        from torch.utils.flop_counter import FlopCounterMode

        batch = self.run.data(self.run.splits[-1]).take([0])
        with FlopCounterMode(display=False) as counter, plain_modules(), _plain_attention():
            self.run.predict(batch)
        shapes = [f"{name} {'x'.join(map(str, tensor.shape))}" for name, tensor in batch.inputs.items()]
        return {"forward_gflops": counter.get_total_flops() / 1e9, "forward_input": ", ".join(shapes)}


@contextmanager
def counting() -> Iterator[FlopCounterMode]:
    """Count what is done, and leave each computation as it is.

    The kernel that fuses attention on CPUs is not known to every version of torch's counter. A kernel that
    hides its products from it makes the count NaN: see `plain_modules`.
    """
    from torch import ops
    from torch.utils.flop_counter import FlopCounterMode

    kernels = {
        ops.aten._scaled_dot_product_flash_attention_for_cpu: attention,
        ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: attention_backward,
        ops.aten._native_multi_head_attention: hidden,
        ops.aten._transformer_encoder_layer_fwd: hidden,
    }
    with FlopCounterMode(display=False, custom_mapping=kernels) as counter:
        yield counter


def attention(query: Shape, key: Shape, value: Shape, *_: Any, **__: Any) -> int:
    """Return the operations of queries by keys and weights by values; (batch, heads, tokens, width) each."""
    pairs = math.prod(query[:-1]) * key[-2]
    return 2 * pairs * (query[-1] + value[-1])


def attention_backward(_: Shape, query: Shape, key: Shape, value: Shape, *__: Any, **___: Any) -> int:
    """Return those of the gradients, and of the weights, which are computed anew (Dao et al. 2022)."""
    pairs = math.prod(query[:-1]) * key[-2]
    return 2 * pairs * (3 * query[-1] + 2 * value[-1])


def hidden(*_: Any, **__: Any) -> float:
    """Return that nothing is known."""
    return math.nan


@contextmanager
def plain_modules() -> Iterator[None]:
    """Have torch's own transformer modules compute step by step, not by one kernel for all of it."""
    from torch.backends import mha

    before = mha.get_fastpath_enabled()
    mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        mha.set_fastpath_enabled(before)


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Compute attention product by product: the counter does not know every kernel that fuses them."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    with sdpa_kernel(SDPBackend.MATH):
        yield


class Flops(Meter):
    """Floating-point operations, by torch.utils.flop_counter."""

    name: ClassVar[str] = "flops"
    table: ClassVar[str] = "throughput"
    columns: ClassVar[dict[str, str]] = {
        "forward_gflops": "10^9 floating-point operations of a forward pass, one example (2 a multiply-add)",
        "forward_input": "the shapes of that example",
    }

    def open(self, run: Run) -> FlopsGauge:
        """Start on a cell."""
        return FlopsGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Flops]
