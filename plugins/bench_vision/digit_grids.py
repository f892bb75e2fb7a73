"""Data set `digit-grids`: images with up to four handwritten digits, for tasks with several classes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Field

from bench import Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.inputs import image_input, image_inputs

from .digits import Digits

if TYPE_CHECKING:
    from PIL.Image import Image

    from bench import Task

RULE = 1
"""Raised when the same digits give other grids than before."""

SIZES: Mapping[Split, int] = {"train": 1200, "val": 300, "test": 300}
SIDE = 8
PLACES = ((0, 0), (SIDE, 0), (0, SIDE), (SIDE, SIDE))


class DigitGrids(Dataset):
    """1,800 grey images of 16 x 16 pixels with one to four of scikit-learn's digits.

    The classes of an image are the digits in it; tasks that ask for a number get their sum. Digits of a
    split are those of `digits`, so no drawing is in two splits.
    """

    name: ClassVar[str] = "digit-grids"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ({}, {"task": "image-regression"})
    targets: ClassVar[frozenset[str]] = frozenset({"classes", "number"})

    task: Any = Field("image-multi-label", description="the task, or a mapping of its name and settings")
    target: Literal["classes", "number"] = Field(
        "classes", description="kind of what is asked; set by the task"
    )

    def serving(self, task: Task) -> Self:
        """Return the data set with classes or sums as targets, as the task asks.

        Raises DataError if it asks for anything else.
        """
        served = super().serving(task)
        return served if task.target is None else served.model_copy(update={"target": task.target})

    def check(self) -> None:
        """Raise DataError if scikit-learn, or its file of digits, is not here."""
        Digits().check()

    def fingerprint(self) -> str:
        """Return a digest of the digits and of how they are put together."""
        content = f"digit-grids {RULE} {sorted(SIZES.items())} of {Digits().fingerprint()}"
        return hashlib.sha256(content.encode()).hexdigest()

    def info(self) -> DatasetInfo:
        """Return the sizes of the splits, and the digits as class names if classes are asked for."""
        known = Digits().info()
        return DatasetInfo(dict(SIZES), known.classes if self.target == "classes" else (), known.licence)

    def load(self, split: Split) -> Sequence[Example]:
        """Return grey images (mode L, 16 x 16, black ground), and the digits in them or their sum."""
        asked = _sum if self.target == "number" else _classes
        return [Example(grid.image, asked(grid)) for grid in _grids(split)]

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)


class Grid(NamedTuple):
    """An image, and the digits in it."""

    image: Image
    digits: Sequence[int]


def _classes(grid: Grid) -> tuple[int, ...]:
    return tuple(sorted(set(grid.digits)))


def _sum(grid: Grid) -> int:
    return sum(grid.digits)


@lru_cache(maxsize=3)
def _grids(split: Split) -> Sequence[Grid]:
    digits, random = Digits().load(split), Random(f"{RULE} {split}")  # noqa: S311  # images, no secrets
    return [_grid(digits, random) for _ in range(SIZES[split])]


def _grid(digits: Sequence[Example], random: Random) -> Grid:
    from PIL import Image

    image = Image.new("L", (2 * SIDE, 2 * SIDE))
    drawn = []
    for place in random.sample(PLACES, random.randint(1, len(PLACES))):
        digit = random.choice(digits)
        image.paste(digit.input, place)
        drawn.append(digit.target)
    return Grid(image, drawn)


@hookimpl
def bench_datasets() -> Sequence[type[Dataset]]:
    """Return the data set."""
    return [DigitGrids]
