"""Images with captions in tables: rows of the same image are one example."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

import bench
import fakes
import trials
from bench_data.files import Csv, Json, Parquet
from bench_objectives.evaluate import Evaluate
from bench_text.hf import HuggingFace
from bench_vision.image_text_retrieval import ImageTextRetrieval
from two_towers import TWO_TOWERS

TASK = ImageTextRetrieval()
COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
ROWS = [("red", "it is red"), ("green", "it is green"), ("red", "a rose"), ("blue", "the sky, or the sea")]
CAPTIONS = {
    "red": ("it is red", "a rose"),
    "green": ("it is green",),
    "blue": ("the sky, or the sea",),
}


def png(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), COLOURS[colour]).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for colour in COLOURS:
        (tmp_path / f"{colour}.png").write_bytes(png(colour))
    return tmp_path


def as_csv(folder: Path) -> bench.Dataset:
    with (folder / "test.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("image", "caption"), *((f"{name}.png", caption) for name, caption in ROWS)]
        )
    return Csv(test=str(folder / "test.csv"))


def as_json_lists(folder: Path) -> bench.Dataset:
    rows = [{"image": f"{name}.png", "captions": list(own)} for name, own in CAPTIONS.items()]
    (folder / "test.json").write_text(json.dumps(rows))
    return Json(test=str(folder / "test.json"))


def as_parquet_lists(folder: Path) -> bench.Dataset:
    images = [{"bytes": png(name), "path": None} for name in CAPTIONS]
    columns: dict[str, Any] = {"image": images, "sentences": [list(own) for own in CAPTIONS.values()]}
    parquet.write_table(pa.table(columns), folder / "test.parquet")
    return Parquet(test=str(folder / "test.parquet"))


def as_parquet_rows(folder: Path) -> bench.Dataset:
    images = [{"bytes": png(name), "path": None} for name, _ in ROWS]
    columns: dict[str, Any] = {"image": images, "caption": [caption for _, caption in ROWS]}
    parquet.write_table(pa.table(columns), folder / "test.parquet")
    return Parquet(test=str(folder / "test.parquet"))


WAYS = [as_csv, as_json_lists, as_parquet_lists, as_parquet_rows]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_all_ways_to_write_captions_give_the_same_examples(folder: Path, way: Any) -> None:
    served = way(folder).serving(TASK)
    served.check()
    assert served.info().sizes == {"test": 3}
    examples = served.load("test")
    found = {example.input.convert("RGB").getpixel((0, 0)): example.target for example in examples}
    assert found == {COLOURS[name]: own for name, own in CAPTIONS.items()}
    assert len(list(served.contents("test"))) == len(set(served.contents("test"))) == 3
    assert served.where("test", 1).endswith("row 2")
    assert served.where("test", 2).endswith("row 4" if "rows" in way.__name__ or way is as_csv else "row 3")


def test_groups_are_those_of_the_images(folder: Path) -> None:
    rows = [{"image": f"{name}.png", "caption": text, "group": name[0]} for name, text in ROWS]
    (folder / "test.json").write_text(json.dumps(rows))
    served = Json(test=str(folder / "test.json"), group="group").serving(TASK)
    assert served.groups("test") == ["r", "g", "b"]


def test_faults_are_named_with_their_rows(folder: Path) -> None:
    rows = [{"image": "red.png", "captions": ["a"]}, {"image": "blue.png", "captions": []}]
    (folder / "test.json").write_text(json.dumps(rows))
    with pytest.raises(bench.DataError, match="row 2: column 'captions' holds an empty list of texts"):
        Json(test=str(folder / "test.json")).serving(TASK).check()


def measured(dataset: bench.Dataset, folder: Path) -> Any:
    order = fakes.cell(
        Evaluate(),
        backbone=HuggingFace(model="clip", config=TWO_TOWERS["clip"]),
        dataset=dataset.serving(TASK),
        task=TASK,
        settings=bench.Settings(batch_size=2, precision="fp32"),
    )
    return trials.done(order, folder).quality["test"]


def test_figures_do_not_depend_on_how_captions_are_written(folder: Path) -> None:
    found = [measured(way(folder), folder / way.__name__) for way in WAYS]
    assert found == found[:1] * len(WAYS)
    assert found[0]["image_to_text_recall_at_5"] == found[0]["text_to_image_recall_at_5"] == 1
