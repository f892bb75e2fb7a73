"""Parameters: how many there are, how many learn, and what they weigh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from ..api import WHOLE, Figure, Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Tensor, nn

MIB = 2**20


class ParametersGauge(Gauge):
    """Counts when training is over, so that parameters which were unfrozen on the way count as trained."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the counts over encoder, head and what the objective added; shared ones count once."""
        modules = list(self.run.modules())
        parameters = {id(p): p for module in modules for p in module.parameters()}.values()
        buffers = {id(b): b for module in modules for b in module.buffers()}.values()
        tables = {id(table) for module in modules for table in _embeddings(module)}
        size = sum(tensor.numel() * tensor.element_size() for tensor in (*parameters, *buffers))
        counts = {
            "parameters_total": sum(p.numel() for p in parameters),
            "parameters_trainable": sum(p.numel() for p in parameters if p.requires_grad),
            "parameters_embedding": sum(p.numel() for p in parameters if id(p) in tables),
        }
        return {WHOLE: {**counts, "parameters_mib": size / MIB}}


def _embeddings(module: nn.Module) -> Iterator[Tensor]:
    from torch import nn

    for part in module.modules():
        if isinstance(part, nn.Embedding | nn.EmbeddingBag):
            yield part.weight


class Parameters(Meter):
    """Counts of parameters."""

    name: ClassVar[str] = "parameters"
    table: ClassVar[str] = "memory"
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "parameters_total", doc="parameters of encoder, head and the objective's own modules", headline=6
        ),
        Figure("parameters_trainable", doc="of these, the ones that learn", headline=7),
        Figure(
            "parameters_embedding",
            doc="of these, the ones in tables that are looked up by token or position",
        ),
        Figure("parameters_mib", "MiB", "size of parameters and buffers"),
    )

    def open(self, run: Run) -> ParametersGauge:
        """Start on a cell."""
        return ParametersGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Parameters]
