"""imagefolder: images in folders named for their class, in folders named for their split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import Dataset, NewInput, hookimpl
from bench.toolkit.inputs import image_input, image_inputs

from .class_folders import ClassFolders
from .content import SUFFIXES


class ImageFolder(ClassFolders):
    """`path/split/class/*.jpg`, split being a folder whose name says train, val or test, in any case.

    So do `training`; `valid`, `validation`, `dev`, `eval`, `evaluation`; `testing`; and names with such a
    word in them, as in `train_images`. The class folders must be the same in all splits, unless `classes`
    says which there are. Other folders beside those of splits, files of other types, and hidden ones, are
    passed over; the record's `data` names the folders, and how many files of which types.
    """

    name: ClassVar[str] = "imagefolder"
    suffixes: ClassVar[frozenset[str]] = frozenset(SUFFIXES)
    kind: ClassVar[str] = "images"

    task: str | dict[str, Any] = Field("image-classification", description="task it is for")

    def reader(self) -> Callable[[Path, str], Any]:
        """Return what decodes an image file."""
        from bench.toolkit.images import read_image

        return read_image

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [ImageFolder]
