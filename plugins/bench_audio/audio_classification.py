"""Task `audio-classification`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from bench import Batch, Example, Processor, Sample, Task, hookimpl
from bench.toolkit.classification import Classification


class AudioClassification(Classification):
    """One of several classes for each sound."""

    name: ClassVar[str] = "audio-classification"
    modality: ClassVar[str] = "audio"

    def prepare(self, example: Example, processor: Processor) -> Sample:
        """Return the processor's samples, and the label."""
        return Sample(processor(example.input), self.targets(example))

    def collate(self, samples: Sequence[Sample]) -> Batch:
        """Return inputs `samples`, `[N, L]` with L the longest, and `lengths`, `[N]`; and labels `[N]`."""
        import torch

        from bench.toolkit.sounds import collate_sounds

        labels = [int(sample.targets["label"]) for sample in samples if sample.targets]
        targets = {"label": torch.tensor(labels)} if labels else {}
        return Batch(collate_sounds(samples), targets, range(len(samples)))


@hookimpl
def bench_tasks() -> Sequence[type[Task]]:
    """Return the task."""
    return [AudioClassification]
