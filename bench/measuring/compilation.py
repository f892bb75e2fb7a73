"""Compilation: how long torch.compile took, which is in no other figure."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import ClassVar

from ..api import WHOLE, Figure, Meter, PhaseGauge, Reading, Run
from ..hookspecs import hookimpl

PHASE = "compile"


class CompilationGauge(PhaseGauge):
    """Adds up the phases in which torch compiled."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: float | None = None
        self.since = 0.0

    def resume(self) -> None:
        """Note when it begins."""
        self.since = perf_counter()

    def pause(self) -> None:
        """Count what a compilation took."""
        if self.phase == PHASE:
            self.seconds = (self.seconds or 0.0) + perf_counter() - self.since

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the seconds, if there was anything to compile."""
        return {} if self.seconds is None else {WHOLE: {"compile_seconds": self.seconds}}


class Compilation(Meter):
    """Time of torch.compile."""

    name: ClassVar[str] = "compilation"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "compile_seconds",
            "s",
            "time of torch.compile, where the cell has `compile: true`; in no other figure",
            "lower",
        ),
    )

    def open(self, run: Run) -> CompilationGauge:
        """Start on a cell."""
        return CompilationGauge()


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Compilation]
