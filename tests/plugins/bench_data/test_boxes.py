"""Boxes in the formats of COCO, Pascal VOC and YOLO: the same boxes, and the same faults in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench import Box, DataError, Dataset
from bench_data.boxes import BoxDataset
from bench_data.coco import Coco
from bench_data.voc import Voc
from bench_data.yolo import Yolo

WIDTH, HEIGHT = 40, 20
NAMES = ("cat", "dog")

Objects = list[tuple[int, float, float, float, float]]
"""Class, left, top, right, bottom."""

SPLITS: dict[str, dict[str, Objects]] = {
    "train": {"b": [(1, 4, 2, 20, 12), (0, 0, 0, 10, 10)], "a": []},
    "test": {"c": [(0, 30, 5, 40, 20)]},
}


def draw(path: Path, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (9, 9, 9)).save(path)


def write_coco(root: Path, splits: dict[str, dict[str, Objects]]) -> BoxDataset:
    for split, images in splits.items():
        data: dict[str, Any] = {"images": [], "annotations": []}
        data["categories"] = [{"id": 9, "name": "dog"}, {"id": 4, "name": "cat"}]
        for number, (name, objects) in enumerate(images.items(), 1):
            draw(root / "images" / split / f"{name}.png")
            data["images"].append(
                {"id": number, "file_name": f"{name}.png", "width": WIDTH, "height": HEIGHT}
            )
            for label, left, top, right, bottom in objects:
                data["annotations"].append(
                    {
                        "id": len(data["annotations"]) + 1,
                        "image_id": number,
                        "category_id": (4, 9)[label] if label < 2 else label,
                        "bbox": [left, top, right - left, bottom - top],
                    }
                )
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"{split}.json").write_text(json.dumps(data))
    return Coco(path=str(root))


def write_voc(root: Path, splits: dict[str, dict[str, Objects]]) -> BoxDataset:
    names = dict(enumerate(NAMES))
    for split, images in splits.items():
        (root / "ImageSets" / "Main").mkdir(parents=True, exist_ok=True)
        (root / "Annotations").mkdir(exist_ok=True)
        (root / "ImageSets" / "Main" / f"{split}.txt").write_text("\n".join(images) + "\n")
        for name, objects in images.items():
            draw(root / "JPEGImages" / f"{name}.png")
            inner = "".join(
                f"<object><name>{names.get(label, label)}</name><bndbox><xmin>{left + 1}</xmin>"
                f"<ymin>{top + 1}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object>"
                for label, left, top, right, bottom in objects
            )
            size = f"<size><width>{WIDTH}</width><height>{HEIGHT}</height><depth>3</depth></size>"
            text = f"<annotation><filename>{name}.png</filename>{size}{inner}</annotation>"
            (root / "Annotations" / f"{name}.xml").write_text(text)
    return Voc(path=str(root), classes=NAMES)


def write_yolo(root: Path, splits: dict[str, dict[str, Objects]]) -> BoxDataset:
    for split, images in splits.items():
        (root / "labels" / split).mkdir(parents=True, exist_ok=True)
        for name, objects in images.items():
            draw(root / "images" / split / f"{name}.png")
            lines = [
                f"{label} {(left + right) / 2 / WIDTH} {(top + bottom) / 2 / HEIGHT} "
                f"{(right - left) / WIDTH} {(bottom - top) / HEIGHT}"
                for label, left, top, right, bottom in objects
            ]
            if lines:
                (root / "labels" / split / f"{name}.txt").write_text("\n".join(lines) + "\n")
    (root / "data.yaml").write_text("names:\n  0: cat\n  1: dog\n")
    return Yolo(path=str(root))


WRITERS = (write_coco, write_voc, write_yolo)
Writer = Callable[[Path, dict[str, dict[str, Objects]]], BoxDataset]


def with_objects(objects: Objects) -> dict[str, dict[str, Objects]]:
    return {**SPLITS, "train": {"b": objects}}


def read_all(dataset: Dataset) -> None:
    dataset.check()
    for split in dataset.info().sizes:
        list(dataset.load(split))


def fault(dataset: Dataset) -> str:
    with pytest.raises(DataError) as caught:
        read_all(dataset)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("write", WRITERS)
def test_boxes_are_read(write: Writer, tmp_path: Path) -> None:
    dataset = write(tmp_path, SPLITS)
    dataset.check()
    info = dataset.info()
    assert (info.classes, info.sizes, info.notes) == (NAMES, {"train": 2, "test": 1}, ())
    found = {example.input.size: example.target for example in dataset.load("test")}
    ((size, (box,)),) = found.items()
    assert size == (WIDTH, HEIGHT)
    assert (box.label, box.crowd) == (0, False)
    assert (box.left, box.top, box.right, box.bottom) == pytest.approx((30, 5, 40, 20))
    counts = sorted(len(example.target) for example in dataset.load("train"))
    assert counts == [0, 2]
    assert len(dataset.contents("train") or ()) == 2


@pytest.mark.parametrize("write", WRITERS)
def test_boxes_off_the_image_are_cut_and_counted(write: Writer, tmp_path: Path) -> None:
    objects: Objects = [(0, 30, 5, 60, 30), (1, 4, 2, 20, 12), (1, 50, 2, 60, 12), (0, 5, 5, 5, 9)]
    dataset = write(tmp_path, with_objects(objects))
    (example,) = dataset.load("train")
    edges = [(box.left, box.top, box.right, box.bottom) for box in example.target]
    assert [pytest.approx(edge) for edge in edges] == [(30, 5, 40, 20), (4, 2, 20, 12)]
    cut, empty = dataset.info().notes
    assert cut.startswith("train: 1 of 4 boxes reach beyond their images and are cut off there, such as in ")
    assert empty.startswith("train: 2 of 4 boxes have no area within their images and are left out, such as")


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_coco, "train.json, annotation 1: there is no category 7"),
        (write_voc, "b.xml: its class '7' is not among `classes:`"),
        (write_yolo, "b.txt, line 1: there is no class 7; there are 2, from 0 on"),
    ],
)
def test_an_unknown_class(write: Writer, message: str, tmp_path: Path) -> None:
    assert message in fault(write(tmp_path, with_objects([(7, 4, 2, 20, 12)])))


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_coco, "train.json: its image b.png is not in"),
        (write_voc, "b.xml: its image b.png is missing"),
        (write_yolo, "b.txt: its image is missing in"),
    ],
)
def test_a_missing_image(write: Writer, message: str, tmp_path: Path) -> None:
    dataset = write(tmp_path, SPLITS)
    (image,) = tmp_path.rglob("b.png")
    image.unlink()
    assert message in fault(dataset)


@pytest.mark.parametrize("write", [write_coco, write_voc])
def test_an_image_of_another_size(write: Writer, tmp_path: Path) -> None:
    dataset = write(tmp_path, SPLITS)
    (image,) = tmp_path.rglob("c.png")
    draw(image, (20, 40))
    assert "says that c.png has 40 x 20 pixels, and it has 20 x 40" in fault(dataset)


@pytest.mark.parametrize("write", WRITERS)
def test_content_decides_the_fingerprint(write: Writer, tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, SPLITS) for name in ("one", "two"))
    assert first.identity() == second.identity()
    third = write(tmp_path / "three", with_objects([(0, 1, 1, 3, 3)]))
    assert third.fingerprint() != first.fingerprint()


def test_crowds_and_areas_of_coco(tmp_path: Path) -> None:
    dataset = write_coco(tmp_path, SPLITS)
    path = tmp_path / "annotations" / "test.json"
    data = json.loads(path.read_text())
    data["annotations"][0] |= {"iscrowd": 1, "area": 33.5}
    path.write_text(json.dumps(data))
    (example,) = dataset.load("test")
    assert example.target == (Box(0, 30, 5, 40, 20, crowd=True, area=33.5),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"annotations": [{"id": 3, "image_id": 99, "category_id": 4}]},
            "annotation 3: there is no image 99",
        ),
        (
            {"annotations": [{"id": 3, "image_id": 1, "category_id": 4, "bbox": [1, 2]}]},
            "annotation 3: its 'bbox' is not four numbers",
        ),
        ({"categories": None}, "has no list of 'categories'"),
        ({"images": [{"id": 1, "file_name": "c.png"}], "annotations": []}, "image 1: has no 'width'"),
        ({"categories": [{"id": 4, "name": "cat"}, {"id": 9, "name": "cow"}]}, "has other categories than"),
    ],
)
def test_faults_of_coco(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    dataset = write_coco(tmp_path, SPLITS)
    path = tmp_path / "annotations" / "test.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert message in fault(dataset)


def test_a_file_that_is_no_json(tmp_path: Path) -> None:
    dataset = write_coco(tmp_path, SPLITS)
    (tmp_path / "annotations" / "test.json").write_text("{")
    assert "test.json: not readable as JSON" in fault(dataset)


def test_difficult_objects_and_faults_of_voc(tmp_path: Path) -> None:
    dataset = write_voc(tmp_path, SPLITS)
    path = tmp_path / "Annotations" / "c.xml"
    text = path.read_text()
    path.write_text(text.replace("<bndbox>", "<difficult>1</difficult><bndbox>"))
    (example,) = dataset.load("test")
    assert example.target[0].crowd
    path.write_text(text.replace("<xmax>40</xmax>", "<xmax>wide</xmax>"))
    assert "c.xml: object 1 has no name, or not four edges" in fault(dataset)
    path.write_text("<!DOCTYPE x>" + text)
    assert "declares a document type" in fault(dataset)
    path.write_text(text[:20])
    assert "c.xml: not readable as XML" in fault(dataset)
    path.unlink()
    assert "test.txt: lists c, and there is no" in fault(dataset)


def test_folders_of_voc_and_classes_that_occur(tmp_path: Path) -> None:
    write_voc(tmp_path / "all", SPLITS)
    for split, images in SPLITS.items():
        folder = tmp_path / "data" / split
        folder.mkdir(parents=True)
        for name in images:
            (tmp_path / "all" / "Annotations" / f"{name}.xml").rename(folder / f"{name}.xml")
            (tmp_path / "all" / "JPEGImages" / f"{name}.png").rename(folder / f"{name}.png")
    info = Voc(path=str(tmp_path / "data")).info()
    assert (info.classes, info.sizes) == (NAMES, {"train": 2, "test": 1})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("0 0.1 0.2 0.3", "c.txt, line 1: has 4 numbers, and a box has 5"),
        ("cat 0.1 0.2 0.3 0.4", "c.txt, line 1: is not a class and four numbers"),
        ("0 nan 0.2 0.3 0.4", "c.txt, line 1: holds a number that is not finite"),
    ],
)
def test_faults_of_yolo(line: str, message: str, tmp_path: Path) -> None:
    dataset = write_yolo(tmp_path, SPLITS)
    (tmp_path / "labels" / "test" / "c.txt").write_text(line + "\n")
    assert message in fault(dataset)


def test_names_of_yolo(tmp_path: Path) -> None:
    dataset = write_yolo(tmp_path, SPLITS)
    (tmp_path / "data.yaml").write_text("names: [kitten, puppy]\n")
    assert dataset.info().classes == ("kitten", "puppy")
    (tmp_path / "data.yaml").unlink()
    assert "name the classes" in fault(dataset)
    (tmp_path / "classes.txt").write_text("a\nb\n")
    assert dataset.info().classes == ("a", "b")
