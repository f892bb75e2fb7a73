"""Masks are read as they are meant, or refused with the file that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from bench import DataError
from bench_data.image_masks import ImageMasks

ROAD, SKY, VOID = (128, 64, 128), (70, 130, 180), (0, 0, 0)


def write(folder: Path, name: str, mask: np.ndarray, size: tuple[int, int] = (6, 4)) -> None:
    """An image and its mask."""
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (9, 9, 9)).save(folder / "images" / f"{name}.jpg")
    Image.fromarray(mask).save(folder / "masks" / f"{name}.png")


def index(*values: int) -> np.ndarray:
    """A mask of 6 x 4 pixels whose columns have these values."""
    return np.tile(np.array(values, np.uint8), (4, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "train", "b", index(0, 0, 1, 1, 2, 255))
    write(tmp_path / "train", "a", index(2, 2, 2, 2, 2, 2))
    write(tmp_path / "test", "c", index(1, 1, 1, 1, 1, 1))
    (tmp_path / "classes.txt").write_text("road\nsky\nvoid\n")
    return tmp_path


def masks(dataset: ImageMasks, split: Any = "train") -> list[list[int]]:
    """The first row of each mask."""
    return [np.asarray(example.target)[0].tolist() for example in dataset.load(split)]


def test_values_are_the_lines_of_a_file(folder: Path) -> None:
    dataset = ImageMasks(path=str(folder))
    dataset.check()
    assert dataset.info().classes == ("road", "sky", "void")
    assert dataset.info().sizes == {"train": 2, "test": 1}
    assert masks(dataset) == [[2] * 6, [0, 0, 1, 1, 2, 255]]
    (example,) = dataset.load("test")
    assert (example.input.size, example.target.size, example.target.mode) == ((6, 4), (6, 4), "L")
    assert dataset.where("train", 1).endswith("b.jpg")


def test_what_is_ignored_is_no_class(folder: Path) -> None:
    dataset = ImageMasks(path=str(folder), ignore=("road",))
    assert dataset.info().classes == ("sky", "void")
    assert masks(dataset)[1] == [255, 255, 0, 0, 1, 255]
    two = ImageMasks(path=str(folder), classes=("road", "sky"), ignore=(2,))
    assert masks(two) == [[255] * 6, [0, 0, 1, 1, 255, 255]]


def test_colours_are_classes(tmp_path: Path) -> None:
    colours = np.array([ROAD, ROAD, SKY, SKY, VOID, VOID], np.uint8)
    write(tmp_path / "val", "a", np.tile(colours, (4, 1, 1)))
    given = {"sky": SKY, "road": ROAD, "void": VOID}
    dataset = ImageMasks(path=str(tmp_path), colours=given, ignore=("void",))
    assert dataset.info().classes == ("sky", "road")
    assert masks(dataset, "val") == [[1, 1, 0, 0, 255, 255]]
    with pytest.raises(DataError, match=r"a\.png: its colour \[0, 0, 0\] stands for no class"):
        masks(ImageMasks(path=str(tmp_path), colours={"sky": SKY, "road": ROAD}), "val")


def test_palettes_hold_values(folder: Path) -> None:
    image = Image.fromarray(index(1, 1, 1, 0, 0, 0))
    image.putpalette([*ROAD, *SKY])
    assert image.mode == "P"
    image.save(folder / "test" / "masks" / "c.png")
    assert masks(ImageMasks(path=str(folder)), "test") == [[1, 1, 1, 0, 0, 0]]


def test_values_may_have_sixteen_bits(folder: Path) -> None:
    before = masks(ImageMasks(path=str(folder)))
    path = folder / "train" / "masks" / "b.png"
    with Image.open(path) as mask:
        values = np.asarray(mask).astype(np.uint16)
    Image.fromarray(values).save(path)
    assert masks(ImageMasks(path=str(folder))) == before
    values[0, 0] = 258  # whose last eight bits are those of a class
    Image.fromarray(values).save(path)
    assert "b.png: its value 258 stands for no class" in fault(folder)


def test_no_value_is_negative(folder: Path) -> None:
    (folder / "train" / "masks" / "b.png").unlink()
    Image.fromarray(index(0, 0, 1, 1, 2, 255).astype(np.int32) - 1).save(folder / "train" / "masks" / "b.tif")
    assert "b.tif: its value -1 stands for no class" in fault(folder)


def test_folders_of_splits_may_be_in_folders_of_kinds(folder: Path) -> None:
    other = folder / "other"
    for split in ("train", "test"):
        for kind, name in (("images", "photos"), ("masks", "annotated")):
            (other / name).mkdir(parents=True, exist_ok=True)
            (folder / split / kind).rename(other / name / split)
    dataset = ImageMasks(path=str(other), images="photos", masks="annotated", classes=("a", "b", "c"))
    assert dataset.info().sizes == {"train": 2, "test": 1}
    assert masks(dataset, "test") == [[1] * 6]


def test_content_decides_the_fingerprint_and_paths_do_not(folder: Path, tmp_path: Path) -> None:
    dataset = ImageMasks(path=str(folder))
    moved = folder.rename(tmp_path.parent / f"{tmp_path.name} moved")
    again = ImageMasks(path=str(moved))
    assert again.identity() == ImageMasks(path=str(moved), licence="CC0").identity()
    before = again.fingerprint()
    write(moved / "test", "c", index(1, 1, 1, 1, 1, 0))
    assert again.fingerprint() != before
    assert dataset.path != again.path
    assert again.identity() != ImageMasks(path=str(moved), ignore=("sky",)).identity()


def read_all(dataset: ImageMasks) -> None:
    dataset.check()
    for split in dataset.info().sizes:
        list(dataset.load(split))


def fault(folder: Path, **settings: Any) -> str:
    with pytest.raises(DataError) as caught:
        read_all(ImageMasks(path=str(folder), **settings))
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_value_that_stands_for_nothing(folder: Path) -> None:
    write(folder / "train", "b", index(0, 0, 1, 1, 3, 9))
    assert "b.png: its value 3 stands for no class; there are 3, from 0 on" in fault(folder)


def test_a_mask_of_another_size(folder: Path) -> None:
    write(folder / "train", "b", index(0, 0, 1, 1, 2, 2), size=(4, 6))
    assert "b.png: has 6 x 4 pixels, and its image b.jpg has 4 x 6" in fault(folder)


def turn(path: Path) -> None:
    """Store an image lying on its side, and say so in its EXIF."""
    with Image.open(path) as image:
        stored = image.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    stored.save(path, exif=exif)


def test_images_and_masks_are_turned_as_exif_says(folder: Path) -> None:
    before = masks(ImageMasks(path=str(folder)))
    for path in (folder / "train" / "images" / "b.jpg", folder / "train" / "masks" / "b.png"):
        turn(path)
    assert masks(ImageMasks(path=str(folder))) == before


def test_a_mask_of_an_image_as_it_is_stored(folder: Path) -> None:
    turn(folder / "train" / "images" / "b.jpg")
    Image.fromarray(index(0, 0, 1, 1, 2, 2)).rotate(90, expand=True).save(folder / "train/masks/b.png")
    message = "b.png: has 4 x 6 pixels, and its image b.jpg has 6 x 4 when upright, as its EXIF says"
    assert fault(folder).endswith(message)


def test_an_image_without_a_mask_and_a_mask_without_an_image(folder: Path) -> None:
    (folder / "train" / "masks" / "a.png").rename(folder / "train" / "masks" / "d.png")
    assert "a.jpg: there is no mask 'a' for it" in fault(folder)
    (folder / "train" / "images" / "a.jpg").unlink()
    assert "d.png: there is no image for it" in fault(folder)


def test_masks_of_colours_need_names(folder: Path) -> None:
    write(folder / "train", "b", np.zeros((4, 6, 3), np.uint8))
    assert "b.png: its pixels are colours (RGB); name them with `colours:`" in fault(folder)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ignore": ("grass",)}, "there are no classes or values 'grass' to ignore"),
        ({"ignore": ("road", "sky", "void")}, "has 0 classes of 3"),
        ({"masks": "labels"}, "labels: no such folder"),
    ],
)
def test_settings_that_do_not_fit(folder: Path, settings: dict[str, Any], message: str) -> None:
    assert message in fault(folder, **settings)


def test_classes_must_be_known(folder: Path) -> None:
    (folder / "classes.txt").unlink()
    assert "name the classes with `classes:` or `colours:`" in fault(folder)
    with pytest.raises(ValidationError, match="give either classes"):
        ImageMasks(path="x", classes=("a",), colours={"a": SKY})
