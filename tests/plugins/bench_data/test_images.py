"""Images of any folders are read as they are, or refused with the folder that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bench import DataError
from bench_data.images import Images
from bench_vision.image_classification import ImageClassification
from bench_vision.super_resolution import SuperResolution


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, grey in (
        ("train/a/2.png", 2),
        ("train/b/1.png", 1),
        ("train/0.png", 0),
        ("test/masks/9.png", 9),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (6, 4), (grey, grey, grey)).save(tmp_path / name)
    (tmp_path / "train" / "notes.txt").write_text("no image")
    return tmp_path


def test_images_are_asked_for_themselves(folder: Path) -> None:
    dataset = Images(path=str(folder)).serving(SuperResolution())
    dataset.check()
    assert dataset.info().sizes == {"train": 3, "test": 1}
    assert dataset.info().classes == ()
    examples = dataset.load("train")
    assert [example.target.getpixel((0, 0))[0] for example in examples] == [0, 2, 1]
    assert all(example.input is example.target for example in examples)
    assert dataset.where("train", 1).endswith("train/a/2.png")
    assert len(set(dataset.contents("train") or ())) == 3


def test_folders_of_images_may_stand_beside_others(folder: Path, tmp_path: Path) -> None:
    for split in ("train", "test"):
        (folder / split / "images").mkdir()
        Image.new("RGB", (6, 4)).save(folder / split / "images" / "z.png")
    inner = Images(path=str(folder), images="images")
    assert inner.info().sizes == {"train": 1, "test": 1}
    outer = tmp_path / "outer" / "images"
    outer.mkdir(parents=True)
    for split in ("train", "test"):
        (folder / split / "images").rename(outer / split)
    turned = Images(path=str(outer.parent), images="images")
    assert turned.fingerprint() == inner.model_copy(update={"path": str(outer), "images": ""}).fingerprint()


def test_content_decides_the_fingerprint(folder: Path) -> None:
    dataset = Images(path=str(folder))
    before = dataset.fingerprint()
    assert Images(path=str(folder), licence="CC0").identity() == dataset.identity()
    Image.new("RGB", (6, 4), (7, 7, 7)).save(folder / "test" / "masks" / "9.png")
    assert Images(path=str(folder)).fingerprint() != before


def test_what_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        Images(path=str(folder / "none")).check()
    with pytest.raises(DataError, match=r"images: no such folder"):
        Images(path=str(folder), images="images").check()
    (folder / "test" / "masks" / "9.png").unlink()
    with pytest.raises(DataError, match=r"test: holds no images"):
        Images(path=str(folder)).check()
    with pytest.raises(DataError, match="gives image as targets"):
        Images(path=str(folder)).serving(ImageClassification())
