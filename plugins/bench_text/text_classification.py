"""The task `text-classification`: one class of several for a text, or for a pair of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import bench
from bench.toolkit.classification import Classification


class TextClassification(Classification):
    """Which class a text (or a pair of texts) belongs to."""

    name: ClassVar[str] = "text-classification"
    modality: ClassVar[str] = "text"

    def prepare(self, example: bench.Example, processor: bench.Processor) -> bench.Sample:
        """Return the tokens and the label."""
        return bench.Sample(processor(example.input), self.targets(example))

    def collate(self, samples: Sequence[bench.Sample]) -> bench.Batch:
        """Return inputs `ids` and `mask` (and `types`), `[N, L]` with L the longest, and labels `[N]`."""
        import torch

        from bench.toolkit.texts import collate_tokens

        labels = [int(sample.targets["label"]) for sample in samples if sample.targets]
        targets = {"label": torch.tensor(labels)} if labels else {}
        return bench.Batch(collate_tokens(samples), targets, range(len(samples)))


@bench.hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    """Return the task."""
    return [TextClassification]
