"""Data set `captioned-digits`: images of four handwritten digits, and texts that say which they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from pydantic import Field

from bench import Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.inputs import image_input, image_inputs

from .digits import Digits

RULE = 1
"""Raised when the same digits give other examples than before."""

SIZES: Mapping[Split, int] = {"train": 1200, "val": 200, "test": 200}
SIDE = 8
PLACES = ((0, 0), (SIDE, 0), (0, SIDE), (SIDE, SIDE))
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class CaptionedDigits(Dataset):
    """1,600 grey images of 16 x 16 pixels with four of scikit-learn's digits, two captions each.

    Both captions say which digit stands where, and no other image of a split has the same four. Digits of a
    split are those of `digits`, so no drawing is in two splits.
    """

    name: ClassVar[str] = "captioned-digits"
    targets: ClassVar[frozenset[str]] = frozenset({"texts"})

    task: Any = Field("image-text-retrieval", description="the task, or a mapping of its name and settings")

    def check(self) -> None:
        """Raise DataError if scikit-learn, or its file of digits, is not here."""
        Digits().check()

    def fingerprint(self) -> str:
        """Return a digest of the digits and of how they are put together."""
        content = f"captioned-digits {RULE} {sorted(SIZES.items())} of {Digits().fingerprint()}"
        return hashlib.sha256(content.encode()).hexdigest()

    def info(self) -> DatasetInfo:
        """Return the sizes of the splits."""
        return DatasetInfo(dict(SIZES), licence=Digits().info().licence)

    def load(self, split: Split) -> Sequence[Example]:
        """Return grey images (mode L, 16 x 16, black ground), and their captions."""
        return _captioned(split)

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)


@lru_cache(maxsize=3)
def _captioned(split: Split) -> Sequence[Example]:
    digits, random = Digits().load(split), Random(f"{RULE} {split}")  # noqa: S311  # images, no secrets
    made: dict[tuple[int, ...], Example] = {}
    while len(made) < SIZES[split]:
        chosen = [random.choice(digits) for _ in PLACES]
        made.setdefault(tuple(digit.target for digit in chosen), _example(chosen))
    return list(made.values())


def _example(digits: Sequence[Example]) -> Example:
    from PIL import Image

    image = Image.new("L", (2 * SIDE, 2 * SIDE))
    for place, digit in zip(PLACES, digits, strict=True):
        image.paste(digit.input, place)
    one, two, three, four = (WORDS[digit.target] for digit in digits)
    return Example(image, (f"{one} {two} above {three} {four}", f"below {one} {two} are {three} {four}"))


@hookimpl
def bench_datasets() -> Sequence[type[Dataset]]:
    """Return the data set."""
    return [CaptionedDigits]
