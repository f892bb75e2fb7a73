"""yolo: images with boxes as YOLO has them, a text file an image."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import Box, DataError, Dataset, Split, hookimpl

from .annotated import Annotated
from .boxes import BoxDataset
from .classes import ClassNames
from .content import existing_folder, visible_files
from .image_files import folder_pairs, images_by_name

LABELS = "labels"

DESCRIPTIONS = ("data.yaml", "data.yml", "dataset.yaml", "classes.txt")
"""The files that may name the classes, likely ones first."""


class Yolo(BoxDataset):
    """`path/images/split/*` and `path/labels/split/*`, or `path/split/images/*` and `path/split/labels/*`.

    A line of a text file is an object: the number of its class, then its middle (across, down), width and
    height as shares of the image's sides. An image without a file, or with an empty one, shows no object.
    """

    name: ClassVar[str] = "yolo"

    path: str = Field(description="folder of the data set")
    classes: ClassNames | None = Field(
        None, description="names of the classes 0, 1, ...; by default as data.yaml or classes.txt says"
    )

    def check(self) -> None:
        """Raise DataError if folders are missing, or classes are not known."""
        self._names()
        folder_pairs(self.path, "images", LABELS)

    def read(self) -> tuple[tuple[str, ...], dict[Split, list[Annotated]]]:
        """Return the classes, and the images of each split by name."""
        names = self._names()
        folders = folder_pairs(self.path, "images", LABELS)
        return names, {split: _annotated(*pair, len(names)) for split, pair in folders.items()}

    def _names(self) -> tuple[str, ...]:
        if self.classes is not None:
            return self.classes
        root = existing_folder(self.path, "path")
        for name in DESCRIPTIONS:
            if (root / name).is_file():
                return _names_in(root / name)
        raise DataError(f"{root}: has no {' or '.join(DESCRIPTIONS)}; name the classes", "classes")


def _names_in(path: Path) -> tuple[str, ...]:
    """Return the names of classes that a file lists."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8-sig")
        found: Any = text.split("\n") if path.suffix == ".txt" else yaml.safe_load(text)["names"]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise DataError(f"{path}: does not list the names of classes", "classes") from error
    if isinstance(found, dict):
        found = [found[number] for number in sorted(found)]
    names = tuple(str(name).strip() for name in found if str(name).strip())
    if not names or len(set(names)) < len(names):
        raise DataError(f"{path}: names no class, or one twice", "classes")
    return names


def _annotated(images: Path, labels: Path, classes: int) -> list[Annotated]:
    """Return the images of a folder with the boxes in the files of another, which are named alike."""
    pictures = images_by_name(images)
    files = {
        path.relative_to(labels).with_suffix("").as_posix(): path
        for path in visible_files(labels)
        if path.suffix == ".txt" and path.name != "classes.txt"
    }
    for name, file in files.items():
        if name not in pictures:
            raise DataError(f"{file}: its image is missing in {images}", "path")
    if not pictures:
        raise DataError(f"{images}: holds no images", "path")
    return [
        Annotated(image, (1.0, 1.0), _boxes(files[name], classes) if name in files else (), str(image))
        for name, image in pictures.items()
    ]


def _boxes(path: Path, classes: int) -> tuple[Box, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: not readable as text") from error
    return tuple(
        _box(line.split(), classes, f"{path}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    )


def _box(fields: list[str], classes: int, where: str) -> Box:
    if len(fields) != 5:
        raise DataError(f"{where}: has {len(fields)} numbers, and a box has 5: class, middle, width, height")
    try:
        label = int(fields[0])
        across, down, width, height = map(float, fields[1:])
    except ValueError as error:
        raise DataError(f"{where}: is not a class and four numbers") from error
    if not 0 <= label < classes:
        raise DataError(f"{where}: there is no class {label}; there are {classes}, from 0 on")
    if not all(map(math.isfinite, (across, down, width, height))):
        raise DataError(f"{where}: holds a number that is not finite")
    return Box(label, across - width / 2, down - height / 2, across + width / 2, down + height / 2)


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Yolo]
