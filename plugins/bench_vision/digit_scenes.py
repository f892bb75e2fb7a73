"""Data set `digit-scenes`: handwritten digits of several sizes in one image, for several tasks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from bench import Box, Dataset, DatasetInfo, Example, NewInput, Split, Task, hookimpl
from bench.toolkit.inputs import image_input, image_inputs

from .digits import Digits

if TYPE_CHECKING:
    from PIL import Image

RULE = 1
"""Raised when the same digits give other scenes than before."""

SIZES: Mapping[Split, int] = {"train": 600, "val": 150, "test": 150}
HEIGHT, WIDTH = 48, 72
ROWS, COLUMNS = 2, 3
CELL = 24
SIDES = (16, 20, 24)
MOST = 4
INK = 64
"""What is brighter is of the digit."""


class DigitScenes(Dataset):
    """900 grey images of 48 x 72 pixels with one to four of scikit-learn's digits, 16 to 24 pixels high.

    Each digit has its box, or the pixels of its ink are of its class and all others of `ground`, or what is
    asked is the image itself, as the task says. Digits of a split are those of `digits`, so no drawing is in
    two splits.
    """

    name: ClassVar[str] = "digit-scenes"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {},
        {"task": "object-detection"},
        {"task": "super-resolution"},
    )
    targets: ClassVar[frozenset[str]] = frozenset({"mask", "boxes", "image"})

    task: Any = Field("semantic-segmentation", description="the task, or a mapping of its name and settings")
    target: Literal["mask", "boxes", "image"] = Field(
        "mask", description="kind of what is asked; set by the task"
    )

    def serving(self, task: Task) -> Self:
        """Return the data set with masks, boxes or images, as the task asks."""
        served = super().serving(task)
        return served.model_copy(update={"target": task.target or self.target})

    def check(self) -> None:
        """Raise DataError if scikit-learn, or its file of digits, is not here."""
        Digits().check()

    def fingerprint(self) -> str:
        """Return a digest of the digits and of how they are put together."""
        content = f"digit-scenes {RULE} {sorted(SIZES.items())} of {Digits().fingerprint()}"
        return hashlib.sha256(content.encode()).hexdigest()

    def info(self) -> DatasetInfo:
        """Return the sizes of the splits, and the classes: the digits, of masks after `ground`."""
        known = Digits().info()
        classes = {"mask": ("ground", *known.classes), "boxes": known.classes}.get(self.target, ())
        return DatasetInfo(dict(SIZES), classes, known.licence)

    def load(self, split: Split) -> Sequence[Example]:
        """Return grey images (mode L, 48 x 72, dark ground), and what is in them."""
        at = ("image", "mask", "boxes").index(self.target)
        return [Example(scene[0], scene[at]) for scene in _scenes(split)]

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)


Scene = tuple["Image.Image", "Image.Image", tuple[Box, ...]]


@lru_cache(maxsize=3)
def _scenes(split: Split) -> Sequence[Scene]:
    digits, random = Digits().load(split), Random(f"{RULE} {split}")  # noqa: S311  # images, no secrets
    return [_scene(digits, random) for _ in range(SIZES[split])]


def _scene(digits: Sequence[Example], random: Random) -> Scene:
    from PIL import Image

    image, mask = Image.new("L", (WIDTH, HEIGHT), 16), Image.new("L", (WIDTH, HEIGHT), 0)
    boxes = []
    for place in random.sample(range(ROWS * COLUMNS), random.randint(1, MOST)):
        digit, side = random.choice(digits), random.choice(SIDES)
        drawing = digit.input.resize((side, side), Image.Resampling.BILINEAR)
        ink = drawing.point(lambda value: 255 if value > INK else 0)
        left = CELL * (place % COLUMNS) + random.randint(0, CELL - side)
        top = CELL * (place // COLUMNS) + random.randint(0, CELL - side)
        image.paste(drawing, (left, top), ink)
        mask.paste(digit.target + 1, (left, top), ink)
        bounds = ink.getbbox() or (0, 0, side, side)
        boxes.append(Box(digit.target, left + bounds[0], top + bounds[1], left + bounds[2], top + bounds[3]))
    return image, mask, tuple(boxes)


@hookimpl
def bench_datasets() -> Sequence[type[Dataset]]:
    """Return the data set."""
    return [DigitScenes]
