"""Files of images with something beside them: masks, annotations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bench import DataError, Split

from .classes import quoted
from .content import SUFFIXES, existing_folder, split_folders, visible_files

if TYPE_CHECKING:
    from PIL import Image

ORIENTATION = 0x0112
"""The number of the tag in EXIF that says how an image is turned."""

SIDEWAYS = (5, 6, 7, 8)
"""What it says of images whose height becomes their width."""


def folder_pairs(path: str, images: str, others: str) -> dict[Split, tuple[Path, Path]]:
    """Return the folders of images, and of what is beside them, of each split.

    They are `path/split/images`, or `path/images/split`. Raises DataError if one is missing.
    """
    root = existing_folder(path, "path")
    if (root / images).is_dir():
        first, second = (
            split_folders(existing_folder(str(root / name), "path")) for name in (images, others)
        )
        if first.keys() != second.keys():
            raise DataError(
                f"{root}: has {images} of {quoted([*first])}, and {others} of {quoted([*second])}", "path"
            )
        return {split: (first[split], second[split]) for split in first}
    return {
        split: (
            existing_folder(str(folder / images), "path"),
            existing_folder(str(folder / others), "path"),
        )
        for split, folder in split_folders(root).items()
    }


def image_folders(path: str, images: str) -> dict[Split, Path]:
    """Return the folder of images of each split: `path/split/images`, or `path/images/split`.

    `images` may be empty: then it is `path/split`. Raises DataError if one is missing.
    """
    root = existing_folder(path, "path")
    if (root / images).is_dir():
        return split_folders(root / images)
    folders = split_folders(root).items()
    return {split: existing_folder(str(folder / images), "images") for split, folder in folders}


def images_by_name(folder: Path) -> dict[str, Path]:
    """Return the image files below a folder by their paths without ending.

    Raises DataError if two differ in their ending alone.
    """
    found: dict[str, Path] = {}
    for path in visible_files(folder):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if path.suffix.lower() not in SUFFIXES:
            continue
        if name in found:
            raise DataError(f"{path}: {found[name].name} has the same name; remove one", "path")
        found[name] = path
    return found


def image_size(path: Path) -> tuple[int, int]:
    """Return width and height of an image as it is shown, upright. Raises DataError if it is no image."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return (image.height, image.width) if _sideways(image) else image.size
    except (OSError, UnidentifiedImageError) as error:
        raise DataError(f"{path}: not a readable image") from error


def upright(path: Path) -> str:
    """Return a clause for messages if an image is not shown as it is stored, but turned by a quarter."""
    from PIL import Image

    with Image.open(path) as image:
        return " when upright, as its EXIF says" if _sideways(image) else ""


def _sideways(image: Image.Image) -> bool:
    return image.getexif().get(ORIENTATION, 1) in SIDEWAYS
