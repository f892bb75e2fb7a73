"""Any number of classes for an image, from tables: the same whatever they are written in, and learned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

import bench
import fakes
import trials
from bench_data.files import Csv, Json, Parquet
from bench_objectives.feature_extract import FeatureExtract
from bench_vision.cifar import Cifar
from bench_vision.image_multi_label import ImageMultiLabel

TASK = ImageMultiLabel()
COLOURS = ("blue", "green", "red")
SIZES: dict[bench.Split, int] = {"train": 64, "val": 16, "test": 32}


def drawn(split: bench.Split) -> Sequence[tuple[Image.Image, list[str]]]:
    """Noise in which any of three colours, or none, is bright."""
    random = np.random.default_rng(len(split))
    found = []
    for _ in range(SIZES[split]):
        bright = random.integers(0, 2, 3).astype(bool)
        pixels = random.integers(0, 60, (8, 8, 3)) + 150 * bright[::-1]  # blue is the last channel
        names = [name for name, there in zip(COLOURS, bright, strict=True) if there]
        found.append((Image.fromarray(pixels.astype(np.uint8)), names))
    return found


def bytes_of(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def tables(tmp_path: Path) -> Sequence[bench.Dataset]:
    """The same images and classes as csv, json and parquet."""
    for split in SIZES:
        pairs = drawn(split)
        names = [f"{split}-{number}.png" for number in range(len(pairs))]
        for name, (image, _) in zip(names, pairs, strict=True):
            image.save(tmp_path / name)
        rows = [(name, classes) for name, (_, classes) in zip(names, pairs, strict=True)]
        lines = ["image,label", *(f"{name},{'; '.join(classes)}" for name, classes in rows)]
        (tmp_path / f"{split}.csv").write_text("\n".join(lines))
        objects = [json.dumps({"image": name, "label": classes}) for name, classes in rows]
        (tmp_path / f"{split}.jsonl").write_text("\n".join(objects))
        columns = {"image": [bytes_of(image) for image, _ in pairs], "label": [own for _, own in pairs]}
        parquet.write_table(pa.table(columns), tmp_path / f"{split}.parquet")
    asked: dict[str, Any] = {"path": str(tmp_path), "task": "image-multi-label"}
    found = [Csv(**asked, separator=";"), Json(**asked), Parquet(**asked)]
    return [dataset.serving(TASK) for dataset in found]


def test_tables_give_images_and_all_their_classes(tables: Sequence[bench.Dataset]) -> None:
    for dataset in tables:
        dataset.check()
        assert dataset.info().classes == COLOURS
        for split, size in SIZES.items():
            examples = dataset.load(split)
            assert len(examples) == size
            for example, (image, names) in zip(examples, drawn(split), strict=True):
                assert [COLOURS[at] for at in example.target] == names
                assert (np.asarray(example.input) == np.asarray(image)).all()


def test_all_classes_of_an_image_are_learned(tables: Sequence[bench.Dataset], tmp_path: Path) -> None:
    order = fakes.cell(
        FeatureExtract(epochs=40, lr=3e-2),
        backbone=Cifar(model="resnet20", image_size=16),
        dataset=tables[0],
        task=TASK,
        settings=bench.Settings(batch_size=16, precision="fp32"),
    )
    quality = trials.done(order, tmp_path / "cells").quality["test"]
    assert quality["mean_average_precision"] > 0.95
    assert quality["subset_accuracy"] > 0.8
