"""Compilation: how long torch.compile took, which is in no other figure."""

from __future__ import annotations

from time import perf_counter
from typing import ClassVar

from ..api import Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl

PHASE = "compile"


class CompilationGauge(Gauge):
    """Adds up the phases in which torch compiled."""

    def __init__(self) -> None:
        self.seconds: float | None = None
        self.began = 0.0

    def enter(self, phase: str) -> None:
        """Note when a compilation begins."""
        if phase == PHASE:
            self.began = perf_counter()

    def leave(self, phase: str) -> None:
        """Count a compilation."""
        if phase == PHASE:
            self.seconds = (self.seconds or 0.0) + perf_counter() - self.began

    def close(self) -> Reading:
        """Return the seconds, if there was anything to compile."""
        return {} if self.seconds is None else {"compile_seconds": self.seconds}


class Compilation(Meter):
    """Time of torch.compile."""

    name: ClassVar[str] = "compilation"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    columns: ClassVar[dict[str, str]] = {
        "compile_seconds": "seconds of torch.compile, where the cell has `compile: true`; in no other figure",
    }

    def open(self, run: Run) -> CompilationGauge:
        """Start on a cell."""
        return CompilationGauge()


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Compilation]
