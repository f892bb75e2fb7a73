"""The task `text-multi-label`: any number of classes for a text, or for a pair of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import bench
from bench.toolkit.multi_label import MultiLabel


class TextMultiLabel(MultiLabel):
    """Which classes a text (or a pair of texts) belongs to: any number of them, or none."""

    name: ClassVar[str] = "text-multi-label"
    modality: ClassVar[str] = "text"

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        """Return the tokens and the classes."""
        return bench.Sample(processor(example.input), self.targets(example))

    def collate(self, samples: Sequence[bench.Sample]) -> bench.Batch:
        """Return inputs `ids` and `mask` (and `types`), `[N, L]` with L the longest, and classes `[N, K]`."""
        from bench.toolkit.texts import collate_tokens

        return bench.Batch(collate_tokens(samples), self.collate_targets(samples), range(len(samples)))


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [TextMultiLabel]
