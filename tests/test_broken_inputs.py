"""Broken images, boxes, masks and sounds: one line says where and what, and what is mended is counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench import DataError, Dataset
from bench.cli.main import call
from bench_data.audiofolder import AudioFolder
from bench_data.coco import Coco
from bench_data.image_masks import ImageMasks
from bench_data.voc import Voc
from bench_data.yolo import Yolo

WIDTH, HEIGHT = 40, 20
RATE = 8000


def noise(shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def photo(suffix: str = "JPEG", size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    file = BytesIO()
    Image.fromarray(noise((*size[::-1], 3))).save(file, suffix)
    return file.getvalue()


def put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def coco(root: Path, annotations: list[dict[str, Any]] | None = None, **changed: Any) -> Dataset:
    """An image with two boxes; `changed` are other lists of the file."""
    whole = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 2, 16, 10]}]
    numbered = [
        {"id": at, "image_id": 1, "category_id": 1, **one} for at, one in enumerate(annotations or [], 2)
    ]
    data = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": whole + numbered,
    }
    put(root / "images" / "train" / "a.jpg", photo())
    put(root / "annotations" / "train.json", json.dumps(data | changed).encode())
    return Coco(path=str(root))


def voc(root: Path, name: str = "cat", end: str = "</annotation>") -> Dataset:
    edges = "".join(f"<{edge}>{9 + at}</{edge}>" for at, edge in enumerate(("xmin", "ymin", "xmax", "ymax")))
    text = f"<annotation><object><name>{name}</name><bndbox>{edges}</bndbox></object>{end}"
    put(root / "Annotations" / "train" / "a.xml", text.encode())
    put(root / "images" / "train" / "a.jpg", photo())
    return Voc(path=str(root), classes=("cat",))


def yolo(root: Path, line: str) -> Dataset:
    put(root / "labels" / "train" / "a.txt", line.encode())
    put(root / "images" / "train" / "a.jpg", photo())
    return Yolo(path=str(root), classes=("cat",))


def masks(root: Path, mask: np.ndarray[Any, Any] | None, **settings: Any) -> Dataset:
    put(root / "train" / "images" / "a.jpg", photo())
    (root / "train" / "masks").mkdir()
    if mask is not None:
        Image.fromarray(mask).save(root / "train" / "masks" / "a.png")
    return ImageMasks(path=str(root), **(settings or {"classes": ("road", "sky")}))


def cut_off(dataset: Dataset, root: Path, name: str, share: float) -> Dataset:
    (path,) = root.rglob(name)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    return dataset


def without(dataset: Dataset, root: Path, name: str) -> Dataset:
    (path,) = root.rglob(name)
    path.unlink()
    return dataset


def sound(root: Path, content: bytes) -> Dataset:
    put(root / "train" / "yes" / "a.wav", content)
    return AudioFolder(path=str(root))


def wave(samples: np.ndarray[Any, Any], rate: int = RATE, subtype: str = "PCM_16") -> bytes:
    soundfile = pytest.importorskip("soundfile")
    file = BytesIO()
    soundfile.write(file, samples, rate, subtype, format="WAV")
    return file.getvalue()


TONE = np.sin(np.arange(800) / 5)
PLAIN = np.zeros((HEIGHT, WIDTH), np.uint8)
NARROW = np.zeros((HEIGHT, WIDTH // 2), np.uint8)
COLOURS = {"colours": {"road": (128, 64, 128)}}
TWICE = [{"id": 1, "file_name": "a.jpg", "width": WIDTH, "height": HEIGHT}] * 2
SIZELESS = [{"id": 1, "file_name": "a.jpg", "width": None, "height": HEIGHT}]

BROKEN: dict[str, tuple[Callable[[Path], Dataset], str]] = {
    "class unknown, COCO": (
        lambda root: coco(root, [{"category_id": 7, "bbox": [1, 1, 2, 2]}]),
        "train.json, annotation 2: there is no category 7",
    ),
    "class unknown, VOC": (
        lambda root: voc(root, "cow"),
        "a.xml: its class 'cow' is not among `classes:`",
    ),
    "class unknown, YOLO": (
        lambda root: yolo(root, "3 .5 .5 .1 .1"),
        "a.txt, line 1: there is no class 3; there are 1, from 0 on",
    ),
    "class that is none": (
        lambda root: coco(root, [{"category_id": ["cat"], "bbox": [1, 1, 2, 2]}]),
        "train.json, annotation 2: there is no category ['cat']",
    ),
    "box of an image that is not there": (
        lambda root: coco(root, [{"image_id": 9, "bbox": [1, 1, 2, 2]}]),
        "train.json, annotation 2: there is no image 9",
    ),
    "box of three numbers": (
        lambda root: coco(root, [{"bbox": [1, 2, 3]}]),
        "train.json, annotation 2: its 'bbox' is not four numbers",
    ),
    "box that is not finite": (
        lambda root: coco(root, [{"bbox": [1, 2, float("nan"), 4]}]),
        "train.json, annotation 2: its 'bbox' is not four numbers",
    ),
    "box of a polygon": (
        lambda root: yolo(root, "0 .1 .1 .2 .1 .2 .2"),
        "a.txt, line 1: has 7 numbers, and a box has 5",
    ),
    "image twice": (
        lambda root: coco(root, images=TWICE),
        "train.json: an image has the 'id' 1 of another",
    ),
    "image without a width": (
        lambda root: coco(root, images=SIZELESS),
        "train.json, image 1: its 'width' is no number of pixels",
    ),
    "image missing": (
        lambda root: without(coco(root), root, "a.jpg"),
        "train.json: its image a.jpg is not in ",
    ),
    "image cut off": (
        lambda root: cut_off(coco(root), root, "a.jpg", 0.5),
        "a.jpg: not a readable image: ",
    ),
    "image empty": (
        lambda root: cut_off(coco(root), root, "a.jpg", 0),
        "a.jpg: not a readable image",
    ),
    "annotations cut off, COCO": (
        lambda root: cut_off(coco(root), root, "train.json", 0.5),
        "train.json: not readable as JSON",
    ),
    "annotations cut off, VOC": (
        lambda root: voc(root, end=""),
        "a.xml: not readable as XML",
    ),
    "mask of another size": (
        lambda root: masks(root, NARROW),
        "a.png: has 20 x 20 pixels, and its image a.jpg has 40 x 20",
    ),
    "mask value unknown": (
        lambda root: masks(root, PLAIN + 9),
        "a.png: its value 9 stands for no class; there are 2, from 0 on",
    ),
    "mask colour unknown": (
        lambda root: masks(root, np.full((HEIGHT, WIDTH, 3), 7, np.uint8), **COLOURS),
        "a.png: its colour [7, 7, 7] stands for no class; name it with `colours:`",
    ),
    "mask missing": (
        lambda root: masks(root, None),
        "a.jpg: there is no mask 'a' for it in ",
    ),
    "mask cut off": (
        lambda root: cut_off(masks(root, noise((HEIGHT, WIDTH)) % 2), root, "a.png", 0.6),
        "a.png: not a readable image",
    ),
    "sound cut off": (
        lambda root: sound(root, wave(TONE)[:-100]),
        "a.wav: is cut off: 100 bytes of sound are missing; get the file again",
    ),
    "sound without samples": (
        lambda root: sound(root, wave(np.zeros(0))),
        "a.wav: holds no samples",
    ),
    "sound at 3 Hz": (
        lambda root: sound(root, wave(TONE, 3)),
        "a.wav: is sampled at 3 Hz; it must be between 1,000 and 384,000 Hz",
    ),
    "sound that is not finite": (
        lambda root: sound(root, wave(np.array([0, np.nan]), subtype="FLOAT")),
        "a.wav: holds samples that are no finite numbers",
    ),
    "sound that is a text": (
        lambda root: sound(root, b"no sound"),
        "a.wav: not a readable sound: ",
    ),
    "sound empty": (
        lambda root: sound(root, b""),
        "a.wav: not a readable sound: ",
    ),
}  # fmt: skip


def read_all(dataset: Dataset) -> list[Any]:
    dataset.check()
    return [example for split in dataset.info().sizes for example in dataset.load(split)]


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_one_line(name: str, tmp_path: Path) -> None:
    write, message = BROKEN[name]
    with pytest.raises(DataError) as caught:
        read_all(write(tmp_path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("bbox", "told"),
    [
        ([30, 5, 30, 30], "1 of 2 boxes reach beyond their images and are cut off there, such as in "),
        ([50, 5, 10, 10], "1 of 2 boxes have no area within their images and are left out, such as in "),
        ([5, 5, 0, 4], "1 of 2 boxes have no area within their images and are left out, such as in "),
        ([9, 5, -4, 4], "1 of 2 boxes have no area within their images and are left out, such as in "),
    ],
    ids=["partly outside", "outside", "without area", "of negative width"],
)
def test_boxes_are_mended_and_counted(bbox: list[int], told: str, tmp_path: Path) -> None:
    dataset = coco(tmp_path, [{"bbox": bbox}])
    (example,) = read_all(dataset)
    assert all(0 <= box.left < box.right <= WIDTH for box in example.target)
    (note,) = dataset.info().notes
    assert note.startswith(f"train: {told}")
    assert note.endswith("train.json, image 1")


@pytest.mark.parametrize(
    ("samples", "subtype"),
    [(TONE, "PCM_24"), (np.stack([TONE, TONE], 1), "PCM_16")],
    ids=["24 bits", "stereo"],
)
def test_sounds_of_other_kinds_are_the_same_sound(
    samples: np.ndarray[Any, Any], subtype: str, tmp_path: Path
) -> None:
    (example,) = read_all(sound(tmp_path, wave(samples, subtype=subtype)))
    assert example.input.samples == pytest.approx(TONE, abs=2**-14)


def test_a_broken_image_ends_its_own_cell_and_what_is_mended_is_in_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("mended", "broken"):
        coco(tmp_path / name, [{"bbox": [30, 5, 30, 30]}])
        for kind in ("images", "annotations"):  # what is trained on is tested on
            suffix = ".json" if kind == "annotations" else ""
            (tmp_path / name / kind / f"test{suffix}").symlink_to(tmp_path / name / kind / f"train{suffix}")
    cut_off(Coco(path="broken"), tmp_path / "broken" / "images" / "train", "a.jpg", 0.5)
    (tmp_path / "suite.yaml").write_text(
        """
executor: inline
device: cpu
matrix:
  backbone: {name: cifar/resnet20, weights: none}
  objective: {name: fine-tune, epochs: 1}
  dataset: [{name: coco, path: mended}, {name: coco, path: broken}]
"""
    )
    assert call(["run", "suite.yaml"]) != 0
    records = [json.loads(path.read_text()) for path in Path("results").glob("*/cells/*.json")]
    mended, broken = sorted(records, key=lambda record: record["status"])
    assert (mended["status"], broken["status"]) == ("done", "failed")
    assert any("train: 1 of 2 boxes reach beyond their images" in note for note in mended["notes"])
    assert "a.jpg: not a readable image: " in broken["reason"]
    assert "\n" not in broken["reason"]
