"""voc: images with boxes as in Pascal VOC, an XML file an image."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree

from pydantic import Field

from bench import SPLITS, Box, DataError, Dataset, Split, hookimpl

from .annotated import Annotated
from .boxes import BoxDataset
from .classes import ClassNames, in_order
from .content import SUFFIXES, existing_folder, split_folders, visible_files
from .image_files import image_size

LISTS = Path("ImageSets", "Main")
ANNOTATIONS = "Annotations"
IMAGES = ("JPEGImages", "images")

Object = tuple[str, tuple[float, ...], bool]
"""The name of an object's class, its edges, and whether it is difficult."""


class Voc(BoxDataset):
    """`Annotations/*.xml` and `JPEGImages/*`, with the names of a split in `ImageSets/Main/train.txt`.

    Otherwise a folder of XML files for each split, in `path` or in `path/annotations`, with the images beside
    them, in a folder `images` there, or in `path/images`, or in a folder there that is named for the split.
    Objects that are difficult count for nothing, found or missed.
    """

    name: ClassVar[str] = "voc"

    path: str = Field(description="folder of the data set")
    classes: ClassNames | None = Field(None, description="all classes in order; by default those that occur")

    def check(self) -> None:
        """Raise DataError if there is no split, or none has files."""
        self._files()

    def read(self) -> tuple[tuple[str, ...], dict[Split, list[Annotated]]]:
        """Return the classes, and the images of each split by name."""
        files = self._files()
        found = {split: [_File(path) for path in paths] for split, paths in files.items()}
        occurring = {name for parts in found.values() for file in parts for name, *_ in file.objects}
        classes = self.classes or in_order(occurring)
        root = existing_folder(self.path, "path")
        return classes, {
            split: [file.annotated(root, split, classes) for file in parts] for split, parts in found.items()
        }

    def _files(self) -> dict[Split, list[Path]]:
        """Return the XML files of each split. Raises DataError if one that is listed is missing."""
        root = existing_folder(self.path, "path")
        if (root / LISTS).is_dir():
            lists = {split: root / LISTS / f"{split}.txt" for split in SPLITS}
            files = {split: _listed(root, path) for split, path in lists.items() if path.is_file()}
        else:
            inner = next((child for child in root.iterdir() if child.name.lower() == "annotations"), root)
            files = {
                split: [path for path in visible_files(folder) if path.suffix.lower() == ".xml"]
                for split, folder in split_folders(inner).items()
            }
        if not any(files.values()):
            raise DataError(f"{root}: holds no XML files of any split", "path")
        return {split: paths for split, paths in files.items() if paths}


def _listed(root: Path, path: Path) -> list[Path]:
    names = [line.split()[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    files = [root / ANNOTATIONS / f"{name}.xml" for name in names]
    for file in files:
        if not file.is_file():
            raise DataError(f"{path}: lists {file.stem}, and there is no {file}", "path")
    return files


class _File:
    """What an XML file says of its image."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = self._parsed()
        self.objects = list(self._objects())

    def annotated(self, root: Path, split: Split, classes: tuple[str, ...]) -> Annotated:
        """Return the image and its boxes. Raises DataError for a class that is not among these."""
        image = self._image(root, split)
        width, height = (_number(self.root.findtext(f"size/{side}")) for side in ("width", "height"))
        boxes = []
        for name, (left, top, right, bottom), difficult in self.objects:
            if name not in classes:
                raise DataError(f"{self.path}: its class '{name}' is not among `classes:`", "classes")
            # Pixels are counted from 1, and the last one is within the box.
            boxes.append(Box(classes.index(name), left - 1, top - 1, right, bottom, crowd=difficult))
        return Annotated(
            image, (width, height) if width and height else image_size(image), tuple(boxes), str(self.path)
        )

    def _parsed(self) -> ElementTree.Element:
        try:
            content = self.path.read_bytes()
            if b"<!DOCTYPE" in content:
                raise DataError(f"{self.path}: declares a document type, which is not read")
            return ElementTree.fromstring(content)  # noqa: S314  # without a document type nothing expands
        except (OSError, ElementTree.ParseError) as error:
            raise DataError(f"{self.path}: not readable as XML: {error}") from error

    def _objects(self) -> Iterator[Object]:
        for number, item in enumerate(self.root.iterfind("object"), 1):
            name = (item.findtext("name") or "").strip()
            edges = tuple(
                _number(item.findtext(f"bndbox/{edge}")) for edge in ("xmin", "ymin", "xmax", "ymax")
            )
            if not name or any(edge is None for edge in edges):
                raise DataError(f"{self.path}: object {number} has no name, or not four edges in 'bndbox'")
            difficult = (item.findtext("difficult") or "0").strip() == "1"
            yield name, tuple(edge for edge in edges if edge is not None), difficult

    def _image(self, root: Path, split: Split) -> Path:
        """Return the image's path. Raises DataError if it is nowhere."""
        named = Path((self.root.findtext("filename") or "").strip()).name
        names = [named] if named else []
        names += [self.path.stem + suffix for suffix in sorted(SUFFIXES)]
        own = self.path.parent
        bases = [own, own / "images", *(root / name for name in IMAGES)]
        places = [place for base in bases for place in (base, base / split, base / own.name)]
        for place in places:
            for name in names:
                if (place / name).is_file():
                    return place / name
        raise DataError(f"{self.path}: its image {named or self.path.stem} is missing")


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Voc]
