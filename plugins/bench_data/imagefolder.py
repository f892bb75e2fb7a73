"""imagefolder: images in folders named for their class, in folders named for their split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, DatasetInfo, Example, NewInput, Split, hookimpl
from bench.toolkit.inputs import image_input, image_inputs

from .classes import ClassNames, quoted
from .content import (
    SUFFIXES,
    content_digest,
    digest,
    existing_folder,
    split_folders,
    visible_files,
    visible_folders,
)

Images = dict[str, list[Path]]
"""The image files of a split by the name of their class folder, both in order."""


class ImageFolder(Dataset):
    """`path/split/class/*.jpg`, split being a folder whose name says train, val or test, in any case.

    So do `training`; `valid`, `validation`, `dev`, `eval`, `evaluation`; `testing`; and names with such a
    word in them, as in `train_images`. The class folders must be the same in all splits, unless `classes`
    says which there are. Other folders beside those of splits, files of other types, and hidden ones, are
    passed over; the record's `data` names the folders, and how many files of which types.
    """

    name: ClassVar[str] = "imagefolder"
    check_with: ClassVar[tuple[Mapping[str, Any], ...]] = ()

    path: str | None = Field(None, description="folder with a folder for each split")
    train: str | None = Field(None, description="folder to train on, instead of path")
    val: str | None = Field(None, description="folder for validation, instead of path")
    test: str | None = Field(None, description="folder to test on, instead of path")
    classes: ClassNames | None = Field(
        None, description="all classes in order; by default the class folders, sorted"
    )
    task: str | dict[str, Any] = Field("image-classification", description="task it is for")
    licence: str | None = Field(None, description="licence of the data, for the record")

    def check(self) -> None:
        """Raise DataError if a folder is missing, empty or for two splits, or classes differ."""
        folders = self._folders()
        for split, folder in folders.items():
            if [other.resolve() for other in folders.values()].count(folder.resolve()) > 1:
                raise DataError(f"{folder}: is for two splits; test on images of their own", split)
        self._classes(self._images())

    def fingerprint(self) -> str:
        """Return a digest of the images' content by split and class."""
        return digest(
            {
                split: {name: [content_digest(path) for path in paths] for name, paths in images.items()}
                for split, images in self._images().items()
            }
        )

    def identity(self) -> dict[str, Any]:
        """Return the settings, with the fingerprint in place of paths."""
        ways = ("path", *SPLITS, "licence")
        return {key: value for key, value in super().identity().items() if key not in ways}

    def info(self) -> DatasetInfo:
        """Return the classes and the number of images."""
        images = self._images()
        sizes = {split: sum(map(len, found.values())) for split, found in images.items()}
        return DatasetInfo(sizes, self._classes(images), self.licence, self._passed_over())

    def load(self, split: Split) -> Sequence[Example]:
        """Return the images of a split, class by class, decoded on access."""
        from .examples import ImageFiles

        pairs = self._pairs(split)
        return ImageFiles([path for path, _ in pairs], [target for _, target in pairs])

    def strata(self, split: Split) -> Sequence[int]:
        """Return the class of each image."""
        return [target for _, target in self._pairs(split)]

    def contents(self, split: Split) -> list[str] | None:
        """Return the digest of each image file."""
        images = self._images().get(split)
        return (
            None if images is None else [content_digest(path) for paths in images.values() for path in paths]
        )

    def at_hand(self) -> bool:
        """Say that digests are, as the fingerprint is made of them."""
        return True

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the image of a file."""
        return image_inputs(path)

    def new_input(self, line: str) -> Any:
        """Return the image of a file by its path."""
        return image_input(line)

    def _pairs(self, split: Split) -> list[tuple[Path, int]]:
        images = self._images()
        classes = self._classes(images)
        return [(path, classes.index(name)) for name, paths in images[split].items() for path in paths]

    def _folders(self) -> dict[Split, Path]:
        given = {split: folder for split in SPLITS if (folder := getattr(self, split))}
        if self.path and given:
            raise DataError("give either `path:` or `train:`, `val:` and `test:`", "path")
        if self.path:
            return split_folders(existing_folder(self.path, "path"))
        if not given:
            raise DataError("no folder; give `path:`, or `train:`, `val:` or `test:`", "path")
        return {split: existing_folder(folder, split) for split, folder in given.items()}

    def _passed_over(self) -> dict[str, Any]:
        """Return what is not used: names of folders beside those of splits, numbers of files by ending."""
        used = set(self._folders().values())
        beside = visible_folders(Path(self.path).expanduser()) if self.path else []
        folders = [folder.name for folder in beside if folder not in used]
        endings = Counter(
            path.suffix.lower() or "no ending"
            for folder in used
            for path in visible_files(folder)
            if path.suffix.lower() not in SUFFIXES
        )
        found = {"folders": folders, "files": dict(sorted(endings.items()))}
        return {"passed_over": found} if folders or endings else {}

    def _images(self) -> dict[Split, Images]:
        return {split: _list_images(folder) for split, folder in self._folders().items()}

    def _classes(self, images: Mapping[Split, Images]) -> tuple[str, ...]:
        """Return the classes in order. Raises DataError if the folders of a split do not fit."""
        if self.classes is not None:
            for split, found in images.items():
                strange = [name for name in found if name not in self.classes]
                if strange:
                    raise DataError(f"{split} has class folders not listed: {quoted(strange)}", "classes")
            return self.classes
        (first, expected), *others = images.items()
        for split, found in others:
            missing, strange = sorted(expected.keys() - found), sorted(found.keys() - expected)
            if missing or strange:
                faults = [
                    *([f"{split} lacks {quoted(missing)}"] if missing else []),
                    *([f"{first} lacks {quoted(strange)}"] if strange else []),
                ]
                raise DataError(
                    f"class folders differ: {', '.join(faults)}; mend them, or list all under `classes:`",
                    "path",
                )
        return tuple(expected)


def _list_images(folder: Path) -> Images:
    images: Images = {}
    for child in visible_folders(folder):
        images[child.name] = [path for path in visible_files(child) if path.suffix.lower() in SUFFIXES]
        if not images[child.name]:
            raise DataError(f"{child}: a class folder without images; fill or remove it", "path")
    if not images:
        raise DataError(f"{folder}: holds no class folders", "path")
    return images


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [ImageFolder]
