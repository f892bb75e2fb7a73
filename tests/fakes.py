"""A whole tiny world, as one plugin file: points in the plane, two layers to encode them, a class to name.

Small enough that a cell takes milliseconds; real enough that it learns. Tests use it in place of timm and
friends, in this process by `registry()` and in others by `--plugin`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

import bench
from bench import Batch, DataError, DatasetInfo, Example, Features, FeatureSpec, NewInput, Sample, hookimpl
from bench.planning.cell import Cell
from bench.registry import Registry, load_file
from bench.toolkit.classification import Classification


class Points(bench.Dataset):
    """Gaussian clouds around the corners of a polygon, one a class."""

    name: ClassVar[str] = "points"
    task: ClassVar[str] = "point-classification"

    classes: tuple[str, ...] = Field(("a", "b", "c"), description="names of the classes")
    size: int = Field(60, ge=1, description="training examples")
    splits: tuple[Literal["train", "val", "test"], ...] = Field(
        ("train", "val", "test"), description="splits"
    )
    spread: float = Field(0.3, gt=0, description="standard deviation of a cloud")
    file: str | None = Field(None, description="a file that must exist")
    extra_bytes: int = Field(0, ge=0, description="how much more than usual records say of the data")

    def check(self) -> None:
        if self.file and not Path(self.file).exists():
            raise DataError(f"{self.file}: no such file", field="file")

    def fingerprint(self) -> str:
        return sha256(self.model_dump_json(exclude={"file"}).encode()).hexdigest()

    def info(self) -> DatasetInfo:
        extra = {"remark": "x" * self.extra_bytes} if self.extra_bytes else {}
        return DatasetInfo(dict.fromkeys(self.splits, self.size), self.classes, extra=extra)

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            yield NewInput(f"{path}, line {number}", partial(self.new_input, line))

    def new_input(self, line: str) -> object:
        import numpy as np

        try:
            return np.array([float(word) for word in line.split()]).reshape(2)
        except ValueError as error:
            raise DataError(f"{line}: not two numbers") from error

    def load(self, split: str) -> Sequence[Example]:
        import numpy as np

        random = np.random.default_rng(("train", "val", "test").index(split))
        labels = np.arange(self.size) % len(self.classes)
        angles = 2 * np.pi * labels / len(self.classes)
        points = np.stack([np.cos(angles), np.sin(angles)], 1) + self.spread * random.normal(
            size=(self.size, 2)
        )
        return [Example(point, int(label)) for point, label in zip(points, labels, strict=True)]


class PointClassification(Classification):
    """Which cloud a point is from."""

    name: ClassVar[str] = "point-classification"
    modality: ClassVar[str] = "point"

    def prepare(self, example: Example, processor: bench.Processor) -> Sample:
        return Sample(processor(example.input), self.targets(example))

    def collate(self, samples: Sequence[Sample]) -> Batch:
        import numpy as np
        import torch

        def stack(rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, torch.Tensor]:
            return {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}

        return Batch(stack([s.inputs for s in samples]), stack([s.targets for s in samples]))


class Layers(bench.Backbone):
    """Two linear layers."""

    name: ClassVar[str] = "layers"
    argument: ClassVar[str | None] = "width"

    width: str = Field("8", description="width of both layers")
    fault: Literal["none", "bug", "user", "exit", "sleep"] = Field(
        "none", description="how loading goes wrong"
    )

    def modalities(self) -> frozenset[str]:
        return frozenset({"point"})

    def load(self) -> bench.Encoder:
        if self.fault == "bug":
            raise ZeroDivisionError("a bug in the plugin")
        if self.fault == "user":
            raise bench.WeightsError("layers: no weights; give a file")
        if self.fault == "exit":
            import os

            os._exit(9)
        if self.fault == "sleep":
            import time

            time.sleep(600)
        return make_encoder(int(self.width))


def make_encoder(width: int = 8) -> bench.Encoder:
    import numpy as np
    from torch import nn

    def processor(raw: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"point": raw.astype(np.float32)}

    class LayersEncoder(bench.Encoder, nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(2, width), nn.Linear(width, width)
            self.spec = FeatureSpec(width)
            self.processor = processor

        def forward(self, inputs: Mapping[str, object]) -> Features:
            return Features(self.second(self.first(inputs["point"]).relu()).relu())

        def blocks(self) -> Sequence[nn.Module]:
            return [self.first, self.second]

    processor.digest = "points as float32"
    return LayersEncoder()


@hookimpl
def bench_backbones() -> list[type[bench.Backbone]]:
    return [Layers]


@hookimpl
def bench_datasets() -> list[type[bench.Dataset]]:
    return [Points]


@hookimpl
def bench_tasks() -> list[type[bench.Task]]:
    return [PointClassification]


FILE = Path(__file__)


def registry(*further: Path, only: bool = True) -> Registry:
    """The tiny world and the plugins of further files; unless `only` these, all installed ones, too."""
    from bench.registry import load

    files = [FILE, *further]
    if not only:
        return load(files)
    found = Registry(files=files)
    for file in files:
        load_file(found, file)
    return found


def cell(objective: bench.Objective, **changes: object) -> Cell:
    """A cell of the tiny world; in fp32 on any machine, as its figures are compared with exact ones."""
    parts = {
        "backbone": Layers(),
        "objective": objective,
        "dataset": Points(),
        "task": PointClassification(),
        "seed": 0,
        "settings": bench.Settings(batch_size=16),
        "limits": bench.Limits(),
        "device": "cpu",
        "labels": {"backbone": "layers/8", "objective": objective.name, "dataset": "points"},
        "versions": {},
    }
    parts |= changes
    if parts["settings"].precision == "auto":
        parts["settings"] = parts["settings"].model_copy(update={"precision": "fp32"})
    return Cell(**parts)
