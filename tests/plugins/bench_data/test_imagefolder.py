from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bench import DataError
from bench_data.imagefolder import ImageFolder


def fill(root: Path, names: dict[str, int]) -> Path:
    """Write images below root: `{"train/cat": 2}` makes two, each of its own colour."""
    for place, (folder, count) in enumerate(names.items()):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            Image.new("RGB", (4, 4), (place, number, 0)).save(root / folder / f"{number}.png")
    return root


def fault(dataset) -> tuple[str, str | None]:
    with pytest.raises(DataError) as caught:
        dataset.check()
    assert "\n" not in str(caught.value)
    return str(caught.value), caught.value.field


def test_folders_are_splits_and_classes(tmp_path):
    fill(tmp_path, {"train/dog": 2, "train/cat": 1, "dev/cat": 1, "dev/dog": 1, "test/cat": 1, "test/dog": 0})
    Image.new("L", (4, 4)).save(tmp_path / "test" / "dog" / "UPPER.PNG")
    (tmp_path / "train" / "README.md").touch()
    (tmp_path / "train" / "cat" / ".hidden.png").touch()
    (tmp_path / "train" / "cat" / "notes.txt").touch()
    (tmp_path / "train" / ".cache").mkdir()
    dataset = ImageFolder(path=str(tmp_path))
    dataset.check()
    assert dataset.task == "image-classification"
    assert dataset.info().classes == ("cat", "dog")
    assert dataset.info().sizes == {"train": 3, "val": 2, "test": 2}
    train = dataset.load("train")
    assert [example.target for example in train] == [0, 1, 1]
    assert [example.input.getpixel((0, 0)) for example in train] == [(1, 0, 0), (0, 0, 0), (0, 1, 0)]
    assert dataset.load("test")[-1].input.mode == "L"


@pytest.mark.parametrize("val", ["val", "valid", "VALIDATION", "dev", "Eval", "evaluation", "images_val"])
@pytest.mark.parametrize("test", ["Test", "testing", "TEST-images"])
def test_folders_of_splits_go_by_any_of_their_names(tmp_path, val, test):
    fill(tmp_path, {"Train/cat": 1, f"{val}/cat": 2, f"{test}/cat": 3})
    dataset = ImageFolder(path=str(tmp_path))
    assert dataset.info().sizes == {"train": 1, "val": 2, "test": 3}


def test_what_is_passed_over_is_named(tmp_path):
    fill(tmp_path, {"train/cat": 1, "extra/cat": 2})
    for name in ("notes.txt", "a.heic", "b.HEIC", "README"):
        (tmp_path / "train" / "cat" / name).touch()
    passed_over = ImageFolder(path=str(tmp_path)).info().extra["passed_over"]
    assert passed_over == {"folders": ["extra"], "files": {".heic": 2, ".txt": 1, "no ending": 1}}


@pytest.mark.parametrize("suffix", sorted(ImageFolder.suffixes))
def test_each_listed_type_is_read(tmp_path, suffix):
    folder = fill(tmp_path, {"train/cat": 0}) / "train" / "cat"
    colours = Image.new("RGB", (16, 16), (200, 100, 50))
    kinds = {".pbm": "1", ".pgm": "L"}
    colours.convert(kinds.get(suffix, "RGB")).save(folder / f"a{suffix}")
    (example,) = ImageFolder(path=str(tmp_path)).load("train")
    assert example.input.size == (16, 16)


def test_sixteen_bits_keep_their_range(tmp_path):
    values = np.arange(0, 65536, 256, dtype=np.uint16).reshape(16, 16)
    folder = fill(tmp_path, {"train/cat": 0}) / "train" / "cat"
    (folder / "a.pgm").write_bytes(b"P5\n16 16\n65535\n" + values.astype(">u2").tobytes())
    Image.fromarray(values).save(folder / "b.png")
    Image.fromarray(values).save(folder / "c.tif")
    for example in ImageFolder(path=str(tmp_path)).load("train"):
        assert (np.asarray(example.input)[:, :, 0] == np.arange(256).reshape(16, 16)).all()


def test_values_of_no_known_range_are_refused_with_their_file(tmp_path):
    folder = fill(tmp_path, {"train/cat": 0}) / "train" / "cat"
    Image.fromarray(np.full((4, 4), 7, np.int32)).save(folder / "a.tif")
    Image.fromarray(np.full((4, 4), 7, np.float32)).save(folder / "b.tif")
    examples = ImageFolder(path=str(tmp_path)).load("train")
    with pytest.raises(DataError, match=r"a\.tif: its integers have 32 bits"):
        examples[0]
    with pytest.raises(DataError, match=r"b\.tif: its values are 7 to 7; scale floats"):
        examples[1]


def test_splits_can_be_given_one_by_one(tmp_path):
    fill(tmp_path, {"a/cat": 1, "b/cat": 2})
    dataset = ImageFolder(train=str(tmp_path / "a"), test=str(tmp_path / "b"))
    assert dataset.info().sizes == {"train": 1, "test": 2}
    assert fault(ImageFolder(path=str(tmp_path), train="x"))[1] == "path"
    assert fault(ImageFolder())[1] == "path"
    assert fault(ImageFolder(val="nowhere")) == ("nowhere: no such folder", "val")


def test_classes_that_differ_between_splits_are_named(tmp_path):
    fill(tmp_path, {"train/cat": 1, "train/dog": 1, "val/cat": 1, "val/dgo": 1})
    message, field = fault(ImageFolder(path=str(tmp_path)))
    assert "class folders differ: val lacks 'dog', train lacks 'dgo'" in message
    assert field == "path"


def test_listed_classes_allow_a_subset_and_nothing_else(tmp_path):
    fill(tmp_path, {"train/cat": 1, "train/dog": 1, "test/dog": 1})
    assert "test lacks 'cat'" in fault(ImageFolder(path=str(tmp_path)))[0]
    dataset = ImageFolder(path=str(tmp_path), classes=("dog", "cat", "cow"))
    dataset.check()
    assert dataset.info().classes == ("dog", "cat", "cow")
    assert [example.target for example in dataset.load("train")] == [1, 0]
    message, field = fault(ImageFolder(path=str(tmp_path), classes=("dog", "cow")))
    assert (message, field) == ("train has class folders not listed: 'cat'", "classes")


def test_folders_with_nothing_in_them(tmp_path):
    assert "holds none of the folders train, val and test" in fault(ImageFolder(path=str(tmp_path)))[0]
    (tmp_path / "train").mkdir()
    assert "holds no class folders" in fault(ImageFolder(path=str(tmp_path)))[0]
    fill(tmp_path, {"train/cat": 1, "train/dog": 0})
    assert "dog: a class folder without images" in fault(ImageFolder(path=str(tmp_path)))[0]


def test_two_folders_for_one_split(tmp_path):
    fill(tmp_path, {"train/cat": 1, "dev/cat": 1, "val/cat": 1})
    assert "are both for val; remove one" in fault(ImageFolder(path=str(tmp_path)))[0]


def test_a_corrupt_image_is_named_when_it_is_read(tmp_path):
    fill(tmp_path, {"train/cat": 2})
    broken = tmp_path / "train" / "cat" / "1.png"
    broken.write_bytes(broken.read_bytes()[:50])
    dataset = ImageFolder(path=str(tmp_path))
    dataset.check()
    examples = dataset.load("train")
    assert examples[0].target == 0
    with pytest.raises(DataError, match=r"1\.png: not a readable image: "):
        examples[1]


def test_images_come_the_right_way_up(tmp_path):
    (tmp_path / "train" / "cat").mkdir(parents=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its side
    Image.new("RGB", (8, 4)).save(tmp_path / "train" / "cat" / "a.jpg", exif=exif)
    assert ImageFolder(path=str(tmp_path)).load("train")[0].input.size == (4, 8)


def test_images_of_sixteen_bits_come_the_right_way_up_too(tmp_path):
    (tmp_path / "train" / "cat").mkdir(parents=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    deep = Image.fromarray(np.full((4, 8), 40_000, np.uint16))
    deep.save(tmp_path / "train" / "cat" / "a.png", exif=exif)
    image = ImageFolder(path=str(tmp_path)).load("train")[0].input
    assert (image.size, image.getpixel((0, 0))) == ((4, 8), (156, 156, 156))


def test_the_fingerprint_is_of_content_split_and_class(tmp_path):
    one = fill(tmp_path / "one", {"train/cat": 2, "train/dog": 1})
    same = fill(tmp_path / "same", {"train/cat": 2, "train/dog": 1})
    (same / "train" / "cat" / "1.png").rename(same / "train" / "cat" / "other name.png")
    moved = fill(tmp_path / "moved", {"val/cat": 2, "val/dog": 1})
    renamed = fill(tmp_path / "renamed", {"train/cow": 2, "train/dog": 1})
    identity = ImageFolder(path=str(one)).identity()
    assert identity == ImageFolder(train=str(same / "train")).identity()
    assert identity != ImageFolder(path=str(moved)).identity()
    assert identity != ImageFolder(path=str(renamed)).identity()


def test_cifar10_samples(shared_data):
    lossless = ImageFolder(path=str(shared_data / "cifar10-png20"))
    lossless.check()
    assert lossless.info().sizes == {"test": 20}
    assert "bird" not in lossless.info().classes
    assert len(lossless.info().classes) == 8
    folder = ImageFolder(path=str(shared_data / "cifar10-folder"))
    assert folder.info().sizes == {"train": 500, "test": 200}
    assert folder.load("test")[0].input.size == (32, 32)


def test_images_on_both_sides_are_known_by_their_files(tmp_path):
    fill(tmp_path, {"train/cat": 2, "test/cat": 0})
    copied = next((tmp_path / "train" / "cat").iterdir()).read_bytes()
    (tmp_path / "test" / "cat" / "copy.png").write_bytes(copied)
    dataset = ImageFolder(path=str(tmp_path))
    train, test = (list(dataset.contents(split)) for split in ("train", "test"))
    assert len(set(train)) == 2
    assert set(test) <= set(train)
    assert dataset.contents("val") is None
    assert dataset.at_hand()


def test_a_folder_is_not_two_splits(tmp_path):
    fill(tmp_path, {"train/cat": 1})
    folder = str(tmp_path / "train")
    assert fault(ImageFolder(train=folder, test=folder)) == (
        f"{folder}: is for two splits; test on images of their own",
        "train",
    )
