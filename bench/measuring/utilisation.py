"""Utilisation: arithmetic per second, and its share of what this machine can do at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, ClassVar

from ..api import WHOLE, Figure, Meter, PhaseGauge, Reading, Run, Step, Value
from ..hookspecs import hookimpl
from .machine import machine
from .speed import Speed
from .writing import forward_pass

if TYPE_CHECKING:
    from torch import Tensor

GIGA = 1e9
PREDICTIONS = 5
PREDICTING_SECONDS = 0.5
SMALLEST, LARGEST = 1024, 8192
PRODUCT_SECONDS = 0.02
"""A product that takes as long keeps every core busy; larger ones are not faster."""

TRYING_SECONDS = 0.1
LEAST_TRIES = 3


class TrainingStep(PhaseGauge):
    """The operations of the first training step, per example; None until they are known.

    They are counted from the start of `train`, without what happens in phases within it. Counting would make
    a compiled encoder run uncompiled, and so change its training: there is no count for it.
    """

    def __init__(self, run: Run) -> None:
        from .operations import CountingMode

        super().__init__()
        self.run = run
        self.operations: float | None = None
        self.learning: int | None = None
        self.loaded = False
        self.counter = CountingMode()
        self.counting = ExitStack()
        self.over = run.settings.compile

    def pause(self) -> None:
        """Stop counting."""
        self.counting.close()

    def resume(self) -> None:
        """Count if it is training."""
        self.loaded = self.loaded or self.phase == "load"
        if self.phase == "train" and not self.over:
            self.counting.enter_context(self.counter)

    def step(self, step: Step) -> None:
        """End the count at the first step of training."""
        if self.over or self.phase != "train":
            return
        self.counting.close()
        self.over = True
        if self.counter.operations is not None:
            self.operations = self.counter.operations / step.examples
        self.learning = learning(self.run) if self.loaded else None  # otherwise asking would load it

    def stands_for_all(self) -> bool:
        """Tell whether later steps take as much for each example.

        They do not where examples differ in length, or where more or less of the model learns later on.
        """
        lengths = self.run.data("train").lengths
        return (lengths is None or lengths.min() == lengths.max()) and self.learning == learning(self.run)


class UtilisationGauge(TrainingStep):
    """Counts the operations of the first training step, and multiplies them by the measured rate of steps.

    Forward and backward passes are counted as they run, whatever the objective does. That step is warm-up
    and in no rate, so the cost of counting is in none either.
    """

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return operations per example, operations per second, and the share of the machine's peak."""
        peak = self._peak()
        rate = earlier.get(Speed.name, {}).get("train", {}).get("samples_per_s")
        by_phase = {"train": self._train(rate), "evaluate": self._evaluate()}
        return {
            WHOLE: {"peak_gflops": peak / GIGA},
            **{phase: _shares(each, per_second, peak) for phase, (each, per_second) in by_phase.items()},
        }

    def _train(self, rate: Value) -> tuple[float | None, float | None]:
        each = self.operations
        if each is None or not isinstance(rate, float) or not self.stands_for_all():
            return each, None
        return each, each * rate

    def _evaluate(self) -> tuple[float | None, float | None]:
        """Count a batch of the last split, and time the same batch."""
        from .operations import CountingMode, plain_modules

        data = self.run.data(self.run.splits[-1])
        batch = data.take(range(min(len(data), self.run.settings.eval_batch_size)))
        with CountingMode() as counter, plain_modules():
            forward_pass(self.run, batch)
        operations = counter.operations
        if operations is None:
            return None, None
        times: list[float] = []
        while len(times) < PREDICTIONS and sum(times) < PREDICTING_SECONDS:
            times.append(seconds(self.run, lambda: forward_pass(self.run, batch)))
        return operations / batch.size, operations / median(times)

    def _peak(self) -> float:
        import torch

        on_gpu = self.run.device.type == "cuda"
        key = {
            "machine": machine()["id"],
            "device": torch.cuda.get_device_name(self.run.device) if on_gpu else self.run.device.type,
            "precision": self.run.precision,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }
        return self.run.remember("peak", key, lambda: peak(self.run))


def _shares(each: float | None, per_second: float | None, peak: float) -> dict[str, Value]:
    return {
        "gflops_per_example": each and each / GIGA,
        "gflops_per_s": per_second and per_second / GIGA,
        "peak_share": per_second and per_second / peak,
    }


def learning(run: Run) -> int:
    """Return how many parameters learn."""
    return sum(p.numel() for module in run.modules() for p in module.parameters() if p.requires_grad)


def peak(run: Run) -> float:
    """Return the most operations per second of a product of square matrices, in the run's precision.

    They grow until a product takes 20 ms; the best of several counts, as disturbances only slow it down.
    """
    import torch

    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[run.precision]
    size, best = SMALLEST, 0.0
    while True:
        fastest = _fastest_product(run, torch.randn(2, size, size, device=run.device, dtype=dtype))
        best = max(best, 2 * size**3 / fastest)
        if fastest > PRODUCT_SECONDS or size == LARGEST:
            return best
        size *= 2


def _fastest_product(run: Run, matrices: Tensor) -> float:
    """Return the fewest seconds of several products of two matrices, `[2, N, N]`."""
    import torch

    left, right = matrices
    product = torch.empty_like(left)
    times: list[float] = []
    while len(times) < LEAST_TRIES or sum(times) < TRYING_SECONDS:
        times.append(seconds(run, lambda: torch.mm(left, right, out=product)))
    return min(times)


def seconds(run: Run, work: Callable[[], object]) -> float:
    """Return how long some work takes, to its end on the device."""
    run.synchronize()
    began = perf_counter()
    work()
    run.synchronize()
    return perf_counter() - began


class Utilisation(Meter):
    """Achieved arithmetic, and its share of the machine's peak."""

    name: ClassVar[str] = "utilisation"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    after: ClassVar[tuple[str, ...]] = (Speed.name,)
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "gflops_per_example",
            "10^9 operations",
            "per example: of training, all passes of the first step; of prediction, in a full batch, with "
            "the reference as what was written where texts are",
            by_phase=True,
        ),
        Figure("gflops_per_s", "10^9 operations/s", "operations per second", "higher", by_phase=True),
        Figure(
            "peak_share",
            doc="share of the most operations per second that this machine reached",
            better="higher",
            by_phase=True,
        ),
        Figure(
            "peak_gflops",
            "10^9 operations/s",
            "operations per second of a large matrix product in the cell's precision",
        ),
    )

    def open(self, run: Run) -> UtilisationGauge:
        """Start on a cell."""
        return UtilisationGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Utilisation]
