"""Arithmetic: floating-point operations of a forward pass, counted as it runs."""

from __future__ import annotations

from typing import ClassVar

from ..api import Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl


class FlopsGauge(Gauge):
    """Counts matrix products, convolutions and attention while one example goes through the model."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def close(self) -> Reading:
        """Return the count for the first example of the last split; two operations a multiply-add.

        Attention is computed product by product for it: not every kernel that fuses them has a formula.
        """
        from torch.nn.attention import SDPBackend, sdpa_kernel

        from .operations import CountingMode, plain_modules

        batch = self.run.data(self.run.splits[-1]).take([0])
        with CountingMode() as counter, plain_modules(), sdpa_kernel(SDPBackend.MATH):
            self.run.predict(batch)
        operations = counter.operations
        shapes = [f"{name} {'x'.join(map(str, tensor.shape))}" for name, tensor in batch.inputs.items()]
        return {"forward_gflops": operations and operations / 1e9, "forward_input": ", ".join(shapes)}


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
