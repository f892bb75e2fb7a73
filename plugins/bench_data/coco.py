"""coco: images with boxes as in Microsoft COCO, a JSON file a split."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from bench import SPLITS, Box, DataError, Dataset, Split, hookimpl
from bench.toolkit.files import read_regular, user_path
from bench.toolkit.messages import one_line

from .annotated import Annotated
from .boxes import BoxDataset, existing_image
from .content import chosen_files, existing_folder, split_of, visible_folders


class Coco(BoxDataset):
    """A file such as `annotations/train.json` for each split, with images in `images/train` or the like.

    A file has `images` (`id`, `file_name`, `width`, `height`), `annotations` (`image_id`, `category_id`,
    `bbox` as left, top, width and height; `iscrowd`, `area` if there are) and `categories` (`id`, `name`).
    Classes are the categories by id.
    """

    name: ClassVar[str] = "coco"

    path: str | None = Field(None, description="folder with a file for each split, and images")
    train: str | None = Field(None, description="file to train on, instead of path")
    val: str | None = Field(None, description="file for validation, instead of path")
    test: str | None = Field(None, description="file to test on, instead of path")
    images: str | None = Field(
        None, description="folder of images, or of folders of images for each split; found if it is usual"
    )

    def check(self) -> None:
        """Raise DataError if files are missing."""
        self._files()
        if self.images is not None:
            existing_folder(self.images, "images")

    def read(self) -> tuple[tuple[str, ...], dict[Split, list[Annotated]]]:
        """Return the categories, and the images of each split."""
        files = {
            split: [_File(path, self._places(path, split)) for path in paths]
            for split, paths in self._files().items()
        }
        first = next(iter(files.values()))[0]
        for parts in files.values():
            for file in parts:
                if set(file.names.values()) != set(first.names.values()):
                    raise DataError(f"{file.path}: has other categories than {first.path}")
        classes = tuple(first.names[number] for number in sorted(first.names))
        return classes, {
            split: [one for file in parts for one in file.annotated(classes)]
            for split, parts in files.items()
        }

    def _files(self) -> dict[Split, list[Path]]:
        return chosen_files(self.path, {split: getattr(self, split) for split in SPLITS}, {".json"})

    def _places(self, path: Path, split: Split) -> list[Path]:
        """Return the folders where images of a file may be, likely ones first."""
        if self.images is not None:
            roots = [existing_folder(self.images, "images")]
        elif self.path is not None:
            roots = [user_path(self.path) / "images", user_path(self.path), path.parent]
        else:
            roots = [path.parent / "images", path.parent.parent / "images", path.parent, path.parent.parent]
        there = [root for root in roots if root.is_dir()]
        named = [child for root in there for child in visible_folders(root) if split_of(child.name) == split]
        return [*named, *there]


class _File:
    """What a file says; `places` are the folders where its images may be."""

    def __init__(self, path: Path, places: list[Path]) -> None:
        self.path = path
        self.places = places
        data = self._data()
        self.images = self._by_number(data["images"], "an image")
        self.annotations: list[Mapping[str, Any]] = data["annotations"]
        categories = self._by_number(data["categories"], "a category")
        self.names = {number: str(one.get("name", "")) for number, one in categories.items()}
        if len(set(self.names.values())) < len(self.names):
            raise DataError(f"{path}: two categories have one name")

    def annotated(self, classes: tuple[str, ...]) -> list[Annotated]:
        """Return its images, in the order of the file, with their boxes."""
        boxes: dict[int, list[Box]] = {number: [] for number in self.images}
        for annotation in self.annotations:
            where = f"{self.path}, annotation {annotation.get('id', '?')}"
            image, category = (annotation.get(key) for key in ("image_id", "category_id"))
            if not isinstance(image, int) or image not in boxes:
                raise DataError(f"{where}: there is no image {image!r}")
            if not isinstance(category, int) or category not in self.names:
                raise DataError(f"{where}: there is no category {category!r}")
            boxes[image].append(_box(annotation, classes.index(self.names[category]), where))
        folder = self._folder()
        return [
            Annotated(
                existing_image(folder / str(one["file_name"]), str(self.path)),
                (float(one["width"]), float(one["height"])),
                tuple(boxes[number]),
                f"{self.path}, image {number}",
            )
            for number, one in self.images.items()
        ]

    def _folder(self) -> Path:
        """Return the folder that has the first image."""
        for one in self.images.values():
            for key in ("file_name", "width", "height"):
                if key not in one:
                    raise DataError(f"{self.path}, image {one['id']}: has no '{key}'")
            for key in ("width", "height"):
                if not _finite(one[key]) or one[key] <= 0:
                    raise DataError(f"{self.path}, image {one['id']}: its '{key}' is no number of pixels")
        name = next((str(one["file_name"]) for one in self.images.values()), "")
        for place in self.places:
            if (place / name).is_file():
                return place
        listed = ", ".join(map(str, self.places)) or "any folder"
        raise DataError(f"{self.path}: its image {name} is not in {listed}; give `images:`", "images")

    def _data(self) -> Mapping[str, Any]:
        try:
            data = json.loads(read_regular(self.path))
        except (OSError, ValueError, RecursionError) as error:
            raise DataError(f"{self.path}: not readable as JSON: {one_line(error)}") from error
        for key in ("images", "annotations", "categories"):
            listed = data.get(key) if isinstance(data, dict) else None
            if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
                raise DataError(f"{self.path}: has no list of '{key}', as files of COCO do")
        return dict(data)

    def _by_number(self, listed: list[Mapping[str, Any]], what: str) -> dict[int, Mapping[str, Any]]:
        """Return what is listed by its `id`."""
        found: dict[int, Mapping[str, Any]] = {}
        for one in listed:
            number = one.get("id")
            if not isinstance(number, int):
                raise DataError(f"{self.path}: {what} has no whole number as its 'id'")
            if number in found:
                raise DataError(f"{self.path}: {what} has the 'id' {number} of another")
            found[number] = one
        return found


def _box(annotation: Mapping[str, Any], label: int, where: str) -> Box:
    bbox, area = annotation.get("bbox"), annotation.get("area")
    if not (isinstance(bbox, list) and len(bbox) == 4 and all(map(_finite, bbox))):
        raise DataError(f"{where}: its 'bbox' is not four numbers")
    left, top, width, height = map(float, bbox)
    return Box(
        label,
        left,
        top,
        left + width,
        top + height,
        crowd=bool(annotation.get("iscrowd", 0)),
        area=float(area) if isinstance(area, int | float) and area > 0 else None,
    )


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the data set."""
    return [Coco]
