"""Masks in files: values or colours of pixels as the numbers of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from bench import DataError, Example
from bench.toolkit.geometry import IGNORED
from bench.toolkit.images import read_image

from .examples import LazyExamples
from .image_files import upright

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNKNOWN = -1
INDEXED = ("1", "L", "P", "I", "I;16", "I;16B")
"""Pillow's modes of a whole number for each pixel."""


@dataclass(frozen=True)
class Values:
    """What values of pixels stand for: `names` in the order of values, of which `classes` count.

    `ignored` are further values that stand for no class; so does 255. With `colours`, one for each name,
    pixels are colours and no values.
    """

    names: tuple[str, ...]
    classes: tuple[str, ...]
    ignored: tuple[int, ...] = ()
    colours: tuple[tuple[int, int, int], ...] = ()

    def read(self, path: Path) -> Image.Image:
        """Return a mask in a file as an image of mode L: the class of each pixel, 255 where it is none.

        Raises DataError for values and colours that stand for nothing.
        """
        image = read_image(path, str(path), deep=not self.colours)
        found = self._by_colour(path, image) if self.colours else self._by_value(path, image)
        return Image.fromarray(found.astype(np.uint8))

    def _by_value(self, path: Path, image: Image.Image) -> NDArray[Any]:
        if image.mode not in INDEXED:
            raise DataError(f"{path}: its pixels are colours ({image.mode}); name them with `colours:`")
        values = np.asarray(image).astype(np.int64)
        found = np.where((values >= 0) & (values <= IGNORED), self._table[values & 255], UNKNOWN)
        if (found == UNKNOWN).any():
            value = values[found == UNKNOWN].min()
            raise DataError(
                f"{path}: its value {value} stands for no class; there are {len(self.names)}, from 0 on; "
                "name it with `classes:`, or under `ignore:`"
            )
        return found

    def _by_colour(self, path: Path, image: Image.Image) -> NDArray[Any]:
        colours = _packed(np.asarray(image.convert("RGB")))
        known = _packed(np.array(self.colours))
        order = np.argsort(known)
        at = order[np.searchsorted(known, colours, sorter=order).clip(max=len(known) - 1)]
        strange = known[at] != colours
        if strange.any():
            first = int(colours[strange][0])
            colour = [first >> 16, first >> 8 & 255, first & 255]
            raise DataError(f"{path}: its colour {colour} stands for no class; name it with `colours:`")
        found: NDArray[Any] = self._numbers[at]
        return found

    @cached_property
    def _numbers(self) -> NDArray[np.int16]:
        """The class of each name; `IGNORED` of those that are none."""
        return np.array(
            [self.classes.index(name) if name in self.classes else IGNORED for name in self.names], np.int16
        )

    @cached_property
    def _table(self) -> NDArray[np.int16]:
        """The class of each value of eight bits."""
        table = np.full(256, UNKNOWN, np.int16)
        table[IGNORED] = IGNORED
        table[: len(self.names)] = self._numbers
        table[list(self.ignored)] = IGNORED
        return table


def _packed(colours: NDArray[Any]) -> NDArray[np.int64]:
    packed: NDArray[np.int64] = colours.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1])
    return packed


class MaskedImages(LazyExamples):
    """Images in files with their masks in others."""

    def __init__(self, pairs: Sequence[tuple[Path, Path]], values: Values) -> None:
        self.pairs = pairs
        self.values = values

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.pairs)

    def example(self, index: int) -> Example:
        """Return an image and its mask. Raises DataError if they are not of one size."""
        path, beside = self.pairs[index]
        image, mask = read_image(path, str(path)), self.values.read(beside)
        if mask.size != image.size:
            raise DataError(
                f"{beside}: has {mask.width} x {mask.height} pixels, and its image {path.name} has "
                f"{image.width} x {image.height}{upright(path)}"
            )
        return Example(image, mask)
