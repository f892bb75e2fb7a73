"""imagefolder: images in folders named for their class, in folders named for their split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, DatasetInfo, Example, Split, hookimpl

from .classes import ClassNames, quoted
from .content import SPLIT_NAMES, content_digest, digest, existing_folder, visible_files

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}

Images = dict[str, list[Path]]
"""The image files of a split by the name of their class folder, both in order."""


class ImageFolder(Dataset):
    """`path/split/class/*.jpg`, split being train, val (also valid, validation, dev) or test.

    The class folders must be the same in all splits, unless `classes` says which there are. Files of other
    types, and hidden ones, are passed over.
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
        """Raise DataError if a folder is missing or empty, or classes differ between splits."""
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
        return DatasetInfo(sizes, self._classes(images), self.licence)

    def load(self, split: Split) -> Sequence[Example]:
        """Return the images of a split, class by class, decoded on access."""
        from .examples import ImageFiles

        pairs = self._pairs(split)
        return ImageFiles([path for path, _ in pairs], [target for _, target in pairs])

    def strata(self, split: Split) -> Sequence[int]:
        """Return the class of each image."""
        return [target for _, target in self._pairs(split)]

    def _pairs(self, split: Split) -> list[tuple[Path, int]]:
        images = self._images()
        classes = self._classes(images)
        return [(path, classes.index(name)) for name, paths in images[split].items() for path in paths]

    def _folders(self) -> dict[Split, Path]:
        given = {split: folder for split in SPLITS if (folder := getattr(self, split))}
        if self.path and given:
            raise DataError("give either `path:` or `train:`, `val:` and `test:`", "path")
        if self.path:
            return _split_folders(existing_folder(self.path, "path"))
        if not given:
            raise DataError("no folder; give `path:`, or `train:`, `val:` or `test:`", "path")
        return {split: existing_folder(folder, split) for split, folder in given.items()}

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


def _split_folders(root: Path) -> dict[Split, Path]:
    folders: dict[Split, Path] = {}
    for split, names in SPLIT_NAMES.items():
        found = [root / name for name in names if (root / name).is_dir()]
        if len(found) > 1:
            raise DataError(f"{found[0]} and {found[1]} are both for {split}; remove one", "path")
        if found:
            folders[split] = found[0]
    if not folders:
        raise DataError(f"{root}: holds none of the folders train, val and test", "path")
    return folders


def _list_images(folder: Path) -> Images:
    images: Images = {}
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.name.startswith("."):
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
