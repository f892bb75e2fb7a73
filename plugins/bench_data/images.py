"""images: images in folders named for their split, of which nothing else is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import DataError, Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.inputs import image_input, image_inputs

from .content import SUFFIXES, content_digest, digest, visible_files
from .image_files import image_folders


class Images(Dataset):
    """All images below `path/split`, or below `path/split/images` or `path/images/split` if `images` says so.

    What is asked of each is the image itself, which the task makes something less of.
    """

    name: ClassVar[str] = "images"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    targets: ClassVar[frozenset[str]] = frozenset({"image"})

    path: str = Field(description="folder with a folder for each split, or with the one that `images` names")
    images: str = Field("", description="name of the folders of images, where there are others beside them")
    task: str | dict[str, Any] = Field("super-resolution", description="task it is for")
    licence: str | None = Field(None, description="licence of the data, for the record")

    def check(self) -> None:
        """Raise DataError if a folder is missing, or holds no images."""
        self._files()

    def fingerprint(self) -> str:
        """Return a digest of the images by split."""
        splits = self._files().items()
        return digest({split: [content_digest(file) for file in files] for split, files in splits})

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of paths."""
        ways = ("path", "images", "licence")
        return {key: value for key, value in super().identity().items() if key not in ways}

    def info(self) -> DatasetInfo:
        """Return the number of images."""
        sizes = {split: len(files) for split, files in self._files().items()}
        return DatasetInfo(sizes, licence=self.licence)

    def load(self, split: Split) -> Sequence[Example]:
        """Return the images of a split in the order of their paths, decoded on access."""
        from .examples import Pictures

        return Pictures(self._files()[split])

    def where(self, split: Split, index: int) -> str:
        """Return the path of an image."""
        return str(self._files()[split][index])

    def contents(self, split: Split) -> list[str] | None:
        """Return the digest of each image file."""
        files = self._files().get(split)
        return None if files is None else [content_digest(file) for file in files]

    def at_hand(self) -> bool:
        """Say that digests are, as the fingerprint is made of them."""
        return True

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)

    def _files(self) -> dict[Split, list[Path]]:
        folders = image_folders(self.path, self.images)
        return {split: _images_below(folder) for split, folder in folders.items()}


def _images_below(folder: Path) -> list[Path]:
    """Return the image files below a folder. Raises DataError if there are none."""
    found = [path for path in visible_files(folder) if path.suffix.lower() in SUFFIXES]
    if not found:
        raise DataError(f"{folder}: holds no images", "path")
    return found


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Images]
