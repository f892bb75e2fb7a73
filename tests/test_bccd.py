"""Blood cells are found as by torchvision's FCOS in a plain script, and scored as pycocotools does."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from statistics import mean

import pytest
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from bench.feeding.features import encode
from bench.records.record import Record
from bench.records.store import Store
from bench.registry import load
from bench.toolkit.geometry import placement_of
from bench.trial.kept import cell_model
from commandline import run_suite
from imagenet_lite import MODEL, lite0
from rivals import SEEDS, THREADS, compare, rival

EPOCHS = 8
SUITE = """
defaults: {{batch_size: 8, precision: fp32, threads: {threads}}}
matrix:
  backbone: {{name: timm/{model}, weights: {weights}, image_size: [144, 192], fit: stretch}}
  objective: {{name: fine-tune, epochs: {epochs}, lr: 2e-3, warmup: 0.3}}
  dataset:
    name: coco
    path: {data}
    task: {{name: object-detection, augmentation: [flip]}}
  seed: {seeds}
"""


def boxes_of(record: Record, store: Store, coco: COCO) -> list[dict[str, object]]:
    """What the kept model of a cell finds in the test images, in their own pixels, as COCO lists it."""
    categories, results = sorted(coco.cats), []
    with cell_model(store, record, load(), "cpu") as run, torch.inference_mode():
        task, processor = run.cell.task, run.encoder.processor
        for image, example in zip(coco.dataset["images"], run.cell.dataset.load("test"), strict=True):
            batch = task.collate([task.prepare(example, processor)])
            found = task.predict(run.head, encode(run.encoder, batch))
            edges = placement_of(processor, example.input).back(found["boxes"][0].numpy())
            for (left, top, right, bottom), score, label in zip(
                edges.tolist(), found["scores"][0].tolist(), found["labels"][0].tolist(), strict=True
            ):
                if label >= 0:
                    bbox = [left, top, right - left, bottom - top]
                    about = {"image_id": image["id"], "category_id": categories[label]}
                    results.append({**about, "bbox": bbox, "score": score})
    return results


def check_figures(record: Record, store: Store, annotations: Path) -> None:
    """The figures of a cell are those that pycocotools has for its boxes."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(annotations)
        evaluation = COCOeval(coco, coco.loadRes(boxes_of(record, store, coco)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    figures = record.quality["test"]
    names = ("map", "map_50", "map_75", "map_small", "map_medium", "map_large")
    expected = {name: value for name, value in zip(names, evaluation.stats[:6], strict=True) if value > -1}
    assert figures == pytest.approx(expected, abs=1e-4)


@pytest.mark.slow
def test_bccd_is_learned_as_by_a_plain_script(shared_data: Path, tmp_path: Path) -> None:
    weights, data = lite0(tmp_path), shared_data / "bccd"
    theirs, their_seconds = rival("plain_detector.py", weights, data, "--epochs", EPOCHS)
    suite = SUITE.format(
        model=MODEL, weights=weights, data=data, epochs=EPOCHS, seeds=[*SEEDS], threads=THREADS
    )
    records = run_suite(suite, tmp_path, "--keep-encoders")
    ours = [record.quality["test"] for record in records]
    compare("seconds", [record.seconds for record in records], their_seconds)
    for name in ("map", "map_50"):
        compare(name, *([figures[name] for figures in side] for side in (ours, theirs)))
    assert mean(figures["map_50"] for figures in ours) >= 0.6
    check_figures(records[0], Store(tmp_path / "results" / "suite"), data / "annotations" / "test.json")
