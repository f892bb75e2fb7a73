"""Generation: how fast texts are written, where predictions are written token by token."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import ClassVar

from ..api import WHOLE, Figure, Gauge, Meter, Reading, Run
from ..hookspecs import hookimpl
from .latency import REPEATS, WARM_UP, predictions, single
from .writing import TOKENS, of_length


class GenerationGauge(Gauge):
    """Lets the finished model write: the first token of one text, and the whole texts of a batch."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def close(self, earlier: Mapping[str, Reading]) -> Reading:
        """Return the medians over as many predictions as 2 s allow; nothing where none is written."""
        with of_length(self.run, 1) as written:
            if written is None:
                return {}
            first = median(predictions(self.run, single(self.run), WARM_UP, REPEATS))
        data = self.run.data(self.run.splits[-1])
        batch = data.take(range(min(self.run.settings.eval_batch_size, len(data))))
        with of_length(self.run, TOKENS) as written:
            seconds = median(predictions(self.run, [batch], 1, REPEATS))
        figures = {
            "tokens_per_s": batch.size * (written or 0) / seconds,
            "first_token_ms": 1000 * first,
            "new_tokens": written,
        }
        return {WHOLE: figures}


class Generation(Meter):
    """Speed of writing texts."""

    name: ClassVar[str] = "generation"
    table: ClassVar[str] = "throughput"
    exclusive: ClassVar[bool] = True
    figures: ClassVar[tuple[Figure, ...]] = (
        Figure(
            "tokens_per_s",
            "tokens/s",
            "tokens written in a second, in batches of `eval_batch_size`, encoding included; median",
            "higher",
            headline=2,
        ),
        Figure("first_token_ms", "ms", "time to the first token of a text, batch size 1, median", "lower"),
        Figure("new_tokens", doc="tokens that each text had when it was timed, for its latency too"),
    )

    def open(self, run: Run) -> GenerationGauge:
        """Start on a cell."""
        return GenerationGauge(run)


@hookimpl
def bench_meters() -> list[type[Meter]]:
    """Return the meter."""
    return [Generation]
