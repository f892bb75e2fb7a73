"""Data set `digits`: handwritten digits of 8 x 8 pixels, which come with scikit-learn."""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, field_validator

from bench import DataError, Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.files import file_digest
from bench.toolkit.inputs import image_input, image_inputs

TURN: tuple[Split, ...] = ("train", "train", "train", "val", "test")
"""The splits that the examples of a digit take turns to join: 60, 20 and 20 %."""


class Digits(Dataset):
    """1,797 grey images of ten digits (Alpaydin and Kaynak 1998, the test set of optdigits).

    They come without splits. Here, of each five examples of a digit in a row, the first three are for
    training, the fourth for validation and the fifth for test; so each split has all digits alike.
    """

    name: ClassVar[str] = "digits"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = (
        {},
        {"classes": [5, 6, 7, 8, 9]},
        {"task": "image-retrieval"},
    )

    task: Any = Field("image-classification", description="the task, or a mapping of its name and settings")
    classes: tuple[int, ...] = Field(
        tuple(range(10)), description="the digits to take, in the order of classes"
    )

    @field_validator("classes")
    @classmethod
    def _choose(cls, classes: tuple[int, ...]) -> tuple[int, ...]:
        if strange := [digit for digit in classes if digit not in range(10)]:
            raise ValueError(f"{strange[0]} is no digit; choose from 0 to 9")
        if len(set(classes)) < len(classes):
            raise ValueError("a digit is named twice")
        if len(classes) < 2:
            raise ValueError("name at least two digits")
        return classes

    def check(self) -> None:
        """Raise DataError if scikit-learn, or its file of digits, is not here."""
        _file()

    def fingerprint(self) -> str:
        """Return a digest of scikit-learn's file, the digits taken and the split."""
        content = file_digest(_file())
        return hashlib.sha256(json.dumps([content, self.classes, TURN]).encode()).hexdigest()

    def info(self) -> DatasetInfo:
        """Return the sizes of the splits, and the digits as class names."""
        splits = [split for split, _, _ in self._rows()]
        return DatasetInfo(
            sizes={split: splits.count(split) for split in ("train", "val", "test")},
            classes=tuple(str(digit) for digit in self.classes),
            licence="CC BY 4.0",
        )

    def load(self, split: Split) -> Sequence[Example]:
        """Return the grey images (mode L, 8 x 8, black ground) of a split."""
        return [Example(_image(pixels), target) for of, target, pixels in self._rows() if of == split]

    def strata(self, split: Split) -> Sequence[int]:
        """Return the class of each image."""
        return [target for of, target, _ in self._rows() if of == split]

    def contents(self, split: Split) -> Sequence[str]:
        """Return the pixels of each image as text."""
        return [" ".join(pixels) for of, _, pixels in self._rows() if of == split]

    def at_hand(self) -> bool:
        """Say that a small file holds all."""
        return True

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)

    def _rows(self) -> list[tuple[Split, int, list[str]]]:
        """Return split, target and pixels of each example taken, in the order of the file."""
        seen = [0] * 10
        rows = []
        for line in gzip.decompress(_file().read_bytes()).decode().splitlines():
            *pixels, label = line.split(",")
            digit = int(float(label))
            if digit in self.classes:
                rows.append((TURN[seen[digit] % len(TURN)], self.classes.index(digit), pixels))
            seen[digit] += 1
        return rows


def _file() -> Path:
    # scikit-learn itself takes a second to import, and is not needed to read a table.
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise DataError("digits: scikit-learn, which brings these images, is not installed; install it")
    file = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if not file.is_file():
        raise DataError(f"digits: scikit-learn has no {file}; install another version of it")
    return file


def _image(pixels: Sequence[str]) -> Any:
    import numpy as np
    from PIL import Image

    grey = np.array(pixels, dtype=np.float32).reshape(8, 8) * (255 / 16)  # 0 to 16 in the file
    return Image.fromarray(grey.round().astype(np.uint8))


@hookimpl
def bench_datasets() -> Sequence[type[Dataset]]:
    """Return the data set."""
    return [Digits]
