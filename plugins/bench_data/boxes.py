"""What data sets of images with boxes have in common, whatever their annotations look like."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, DatasetInfo, Example, NewInput, Split
from bench.toolkit.inputs import image_input, image_inputs

from .annotated import Annotated, Tidied, tidy
from .content import content_digest, digest


class BoxDataset(Dataset):
    """Images in files, and in others the boxes and classes of the objects in them.

    Boxes that reach beyond their image are cut off there, and those without area left out; the record's notes
    count them.
    """

    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    targets: ClassVar[frozenset[str]] = frozenset({"boxes"})
    ways: ClassVar[tuple[str, ...]] = ("path", *SPLITS, "images", "licence")
    """The settings that only say where the data are."""

    task: str | dict[str, Any] = Field("object-detection", description="task it is for")
    licence: str | None = Field(None, description="licence of the data, for the record")

    def __hash__(self) -> int:
        """Hash by content: a task's settings are a mapping, which has no hash of its own."""
        return hash(self.model_dump_json())

    @abstractmethod
    def read(self) -> tuple[tuple[str, ...], dict[Split, list[Annotated]]]:
        """Return the classes, and the images of each split, as the files have them.

        Raises DataError where files are missing or not as described.
        """

    def fingerprint(self) -> str:
        """Return a digest of images and boxes by split."""
        classes, splits = self.read()
        return digest(
            [
                classes,
                {
                    split: [
                        [content_digest(one.image), one.bounds, list(map(astuple, one.boxes))]
                        for one in images
                    ]
                    for split, images in splits.items()
                },
            ]
        )

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of paths."""
        return {key: value for key, value in super().identity().items() if key not in self.ways}

    def info(self) -> DatasetInfo:
        """Return the classes, the number of images, and notes on boxes that are cut off or left out."""
        classes, splits = self.read()
        notes: list[str] = []
        for split, images in splits.items():
            tidied = Tidied()
            for one in images:
                tidy(one, tidied)
            notes += tidied.notes(split)
        sizes = {split: len(images) for split, images in splits.items()}
        return DatasetInfo(sizes, classes, self.licence, notes=tuple(notes))

    def load(self, split: Split) -> Sequence[Example]:
        """Return the images of a split with their boxes, decoded on access."""
        from .boxed_images import BoxedImages

        _, splits = self.read()
        return BoxedImages([tidy(one, Tidied()) for one in splits[split]])

    def where(self, split: Split, index: int) -> str:
        """Return what the annotation of an image is called."""
        return self.read()[1][split][index].where

    def contents(self, split: Split) -> list[str] | None:
        """Return the digest of each image file."""
        images = self.read()[1].get(split)
        return None if images is None else [content_digest(one.image) for one in images]

    def at_hand(self) -> bool:
        """Say that digests are, as the fingerprint is made of them."""
        return True

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)


def existing_image(path: Path, where: str) -> Path:
    """Return the path of an image. Raises DataError, which says `where` it is named, if it is not there."""
    if not path.is_file():
        raise DataError(f"{where}: its image {path} is missing")
    return path
