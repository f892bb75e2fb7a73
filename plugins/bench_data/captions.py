"""Images with captions: rows of the same image as one example."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from bench import Example

from .examples import LazyExamples

if TYPE_CHECKING:
    from .rows import Rows


class CaptionedImages(LazyExamples):
    """The images of a split, in the order of their first rows, each with the captions of all its rows.

    Images are the same where their files are, byte for byte.
    """

    def __init__(self, rows: Rows) -> None:
        places: dict[str | bytes, list[int]] = {}
        for place, content in enumerate(rows.contents()):
            places.setdefault(content, []).append(place)
        self.rows = rows
        self.first = [own[0] for own in places.values()]
        self.targets: Sequence[Any] = [
            tuple(chain(*(rows.targets[at] for at in own))) for own in places.values()
        ]
        self.groups = None if rows.groups is None else [rows.groups[at] for at in self.first]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.first)

    def example(self, index: int) -> Example:
        """Return an image and its captions."""
        return Example(self.rows.example(self.first[index]).input, self.targets[index])

    def where(self, index: int) -> str:
        """Return the file and the number of the first row of an image."""
        return self.rows.where(self.first[index])

    def contents(self) -> Iterator[str | bytes]:
        """Give the bytes of each image, or the digest of its file."""
        yield from dict.fromkeys(self.rows.contents())
