"""Data set `waves`: series that hold some cycles of a wave."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar, Literal

from pydantic import Field

from bench import Dataset, DatasetInfo, Example, Split, hookimpl

LENGTH = 128
LOWEST, HIGHEST = 2.0, 16.0
RECIPE = 1
"""Raised when the same settings would give other waves, so that older results do not stand for them."""


class Waves(Dataset):
    """Waves of 128 samples with noise; the target is the number of cycles, 2 to 16, evenly in octaves."""

    name: ClassVar[str] = "waves"
    targets: ClassVar[frozenset[str]] = frozenset({"number"})
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({"size": 40},)

    shapes: tuple[Literal["sine", "square", "saw"], ...] = Field(
        ("sine", "square", "saw"), min_length=1, description="shapes of a cycle, taken in turn"
    )
    size: int = Field(400, ge=8, description="training waves; validation and test have a quarter each")
    task: str | dict[str, Any] = Field(
        "frequency-regression", description="task it is for, or a mapping of its name and settings"
    )
    noise: float = Field(0.1, ge=0, description="standard deviation of the noise; a wave goes from -1 to 1")

    def fingerprint(self) -> str:
        """Return a digest of the settings: they decide every sample."""
        return sha256(f"{RECIPE} {LENGTH} {self.model_dump_json(exclude={'task'})}".encode()).hexdigest()

    def info(self) -> DatasetInfo:
        """Return the sizes; there are no classes."""
        return DatasetInfo(
            {"train": self.size, "val": self.size // 4, "test": self.size // 4}, licence="CC0-1.0"
        )

    def load(self, split: Split) -> Sequence[Example]:
        """Return series `[128]` with their number of cycles."""
        draw = random.Random(f"{split} {RECIPE}")  # its draws are the same on every machine
        count = self.info().sizes[split]
        return [self._wave(self.shapes[at % len(self.shapes)], draw) for at in range(count)]

    def _wave(self, shape: str, draw: random.Random) -> Example:
        import numpy as np

        cycles = LOWEST * (HIGHEST / LOWEST) ** draw.random()
        turns = (cycles * np.arange(LENGTH) / LENGTH + draw.random()) % 1
        noise = [draw.gauss(0, self.noise) for _ in range(LENGTH)]
        wave = {
            "sine": lambda: np.sin(2 * np.pi * turns),
            "square": lambda: np.where(turns < 0.5, 1.0, -1.0),
            "saw": lambda: 2 * turns - 1,
        }[shape]()
        return Example((wave + noise).astype(np.float32), cycles)


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Bring the data set."""
    return [Waves]
