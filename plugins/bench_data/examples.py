"""Sequences whose examples are made on access."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, overload

from bench import Example
from bench.toolkit.images import read_image


class LazyExamples(Sequence[Example]):
    """A sequence that makes an example each time it is asked for."""

    @abstractmethod
    def example(self, index: int) -> Example:
        """Return the example at an index from 0 to the length."""

    @overload
    def __getitem__(self, index: int) -> Example: ...

    @overload
    def __getitem__(self, index: slice) -> list[Example]: ...

    def __getitem__(self, index: int | slice) -> Example | list[Example]:
        """Return one example, or a list of those in a slice."""
        if isinstance(index, slice):
            return [self.example(i) for i in range(len(self))[index]]
        return self.example(range(len(self))[index])


class Pictures(LazyExamples):
    """Images in files, which are themselves what is asked of them."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.paths)

    def example(self, index: int) -> Example:
        """Return an image, and the same as its target."""
        path = self.paths[index]
        image = read_image(path, str(path))
        return Example(image, image)


class FilesRead(LazyExamples):
    """What files hold, read by `read`, given a path and what messages call it; and their targets."""

    def __init__(
        self, paths: Sequence[Path], targets: Sequence[float], read: Callable[[Path, str], Any]
    ) -> None:
        self.paths = paths
        self.targets = targets
        self.read = read

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.paths)

    def example(self, index: int) -> Example:
        """Return what a file holds, and its target."""
        path = self.paths[index]
        return Example(self.read(path, str(path)), self.targets[index])
