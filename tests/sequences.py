"""A second tiny world: sequences of different lengths, and a head that looks at each of their positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import nn

import bench
import fakes
from bench import Batch, DatasetInfo, Example, Features, FeatureSpec, Sample
from bench.toolkit.classification import Classification


class Walks(bench.Dataset):
    """Noise, with one step that stands out; in which direction it goes is the class."""

    name: ClassVar[str] = "walks"
    task: ClassVar[str] = "walk-classification"
    size: int = 90

    def fingerprint(self) -> str:
        return f"walks {self.size}"

    def info(self) -> DatasetInfo:
        return DatasetInfo(dict.fromkeys(bench.SPLITS, self.size), ("up", "down", "left"))

    def load(self, split: str) -> Sequence[Example]:
        random = np.random.default_rng(bench.SPLITS.index(split))
        directions = np.array([[0, 3], [0, -3], [-3, 0]])
        examples = []
        for at in range(self.size):
            walk = 0.3 * random.normal(size=(random.integers(1, 12), 2))
            walk[random.integers(len(walk))] += directions[at % 3]
            examples.append(Example(walk, at % 3))
        return examples


class WalkClassification(Classification):
    """Which way a walk went; its head takes the largest activation over the positions that hold something."""

    name: ClassVar[str] = "walk-classification"
    modality: ClassVar[str] = "walk"
    reads: ClassVar[frozenset[str]] = frozenset({"maps"})

    def prepare(self, example: Example, processor: bench.Processor) -> Sample:
        return Sample(processor(example.input), {"label": np.array(example.target)})

    def collate(self, samples: Sequence[Sample]) -> Batch:
        targets = {"label": torch.from_numpy(np.stack([sample.targets["label"] for sample in samples]))}
        if not samples[0].inputs:
            return Batch({}, targets)
        walks = [torch.from_numpy(sample.inputs["walk"]) for sample in samples]
        lengths = torch.tensor([len(walk) for walk in walks])
        return Batch({"walk": nn.utils.rnn.pad_sequence(walks, batch_first=True), "length": lengths}, targets)

    def head(self, encoder: bench.Encoder, info: DatasetInfo) -> nn.Module:
        return MaxHead(encoder.spec.channels[0], len(info.classes))


class MaxHead(nn.Module):
    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, classes)

    def forward(self, features: Features) -> torch.Tensor:
        empty = ~features.mask[:, :, None]
        return self.linear(features.maps[0].masked_fill(empty, -torch.inf).amax(dim=1))


class Walker(bench.Backbone):
    """A layer on each position."""

    name: ClassVar[str] = "walker"
    width: int = 8

    def modalities(self) -> frozenset[str]:
        return frozenset({"walk"})

    def load(self) -> bench.Encoder:
        return WalkEncoder(self.width)


def as_float(raw: np.ndarray) -> Mapping[str, np.ndarray]:
    return {"walk": raw.astype(np.float32)}


as_float.digest = "walk as float32"


class WalkEncoder(bench.Encoder, nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(2, width)
        self.spec = FeatureSpec(width, channels=(width, 2), strides=(1, 1))
        self.processor = as_float

    def forward(self, inputs: Mapping[str, torch.Tensor]) -> Features:
        walk = inputs["walk"]
        mask = torch.arange(walk.shape[1])[None, :] < inputs["length"][:, None]
        states = self.layer(walk).relu()
        pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        return Features(pooled, (states, walk), mask)

    def blocks(self) -> list[nn.Module]:
        return [self.layer]


def cell(objective: bench.Objective, **changes: object) -> fakes.Cell:
    """A cell of this world."""
    parts = {"backbone": Walker(), "dataset": Walks(), "task": WalkClassification()}
    return fakes.cell(objective, **{**parts, **changes})
