"""Arithmetic: floating-point operations of a forward pass, counted as it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..api import WHOLE, Figure, Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl
from .writing import forward_pass


class FlopsGauge(Gauge):
    """Counts matrix products, convolutions and attention while one example goes through the model."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the count for the first example of the last split; a multiply-add is two operations.

        Attention is computed product by product: not every kernel that fuses them has a formula.
        """
        from torch.nn.attention import SDPBackend, sdpa_kernel

        from .operations import CountingMode, plain_modules

        batch = self.run.data(self.run.splits[-1]).take([0])
        with CountingMode() as counter, plain_modules(), sdpa_kernel(SDPBackend.MATH):
            read = forward_pass(self.run, batch)
        targets = [f"target {shape}" for shape in _shapes(batch.targets)] if read else []
        operations = counter.operations
        gflops = operations and operations / 1e9
        return {
            WHOLE: {"forward_gflops": gflops, "forward_input": ", ".join([*_shapes(batch.inputs), *targets])}
        }


def _shapes(arrays: Mapping[str, Any]) -> list[str]:
    tensors = {name: array for name, array in arrays.items() if hasattr(array, "shape")}
    return [f"{name} {'x'.join(map(str, tensor.shape))}" for name, tensor in tensors.items()]


class Flops(Meter):
    """Floating-point operations, by torch.utils.flop_counter."""

    name: ClassVar[str] = "flops"
    table: ClassVar[str] = "throughput"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "forward_gflops",
            "10^9 operations",
            "floating-point operations of a forward pass of one example; a multiply-add is two; where texts "
            "are written, with the reference as what was written",
            headline=8,
        ),
        Figure("forward_input", doc="the shapes of that example"),
    )

    def open(self, run: Run) -> FlopsGauge:
        """Start on a cell."""
        return FlopsGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Flops]
