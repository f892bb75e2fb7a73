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
from bench.toolkit.detection_metrics import DetectionMetrics
from bench.toolkit.geometry import placement_of
from bench.trial.kept import cell_model
from commandline import run_suite
from imagenet_lite import lite0
from rivals import SEEDS, THREADS, compare, rival
from scenes import DETECTION, EPOCHS, FINE_TUNE


def found_by(record: Record, store: Store, coco: COCO) -> tuple[list[dict[str, object]], dict[str, float]]:
    """What the kept model of a cell finds in the test images, as COCO lists it, and the figures of that."""
    categories, results = sorted(coco.cats), []
    with cell_model(store, record, load(), "cpu") as run, torch.inference_mode():
        task, processor, examples = run.cell.task, run.encoder.processor, run.cell.dataset.load("test")
        batch = task.collate([task.prepare(example, processor) for example in examples])
        found = task.predict(run.head, encode(run.encoder, batch))
        metrics = DetectionMetrics(len(categories))
        statistics = {name: each.numpy() for name, each in metrics.statistics(found, batch.targets).items()}
    columns = [found[name].numpy() for name in ("boxes", "scores", "labels")]
    for image, example, boxes, scores, labels in zip(coco.dataset["images"], examples, *columns, strict=True):
        edges = placement_of(processor, example.input).back(boxes)
        for (left, top, right, bottom), score, label in zip(
            edges.tolist(), scores.tolist(), labels.tolist(), strict=True
        ):
            if label >= 0:
                bbox = [left, top, right - left, bottom - top]
                about = {"image_id": image["id"], "category_id": categories[label]}
                results.append({**about, "bbox": bbox, "score": score})
    return results, metrics.compute(statistics)


def check_figures(record: Record, store: Store, annotations: Path) -> dict[str, float]:
    """The figures of a cell are those that pycocotools has for its boxes; return its precision by class."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(annotations)
        boxes, figures = found_by(record, store, coco)
        evaluation = COCOeval(coco, coco.loadRes(boxes), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = ("map", "map_50", "map_75", "map_small", "map_medium", "map_large")
    expected = {name: value for name, value in zip(names, evaluation.stats[:6], strict=True) if value > -1}
    assert figures == pytest.approx(expected, abs=1e-4)
    assert record.quality["test"] == pytest.approx(figures, abs=0.01)  # a GPU rounds in other ways
    by_class = evaluation.eval["precision"][:, :, :, 0, -1].mean(axis=(0, 1))
    return {
        coco.cats[number]["name"]: value for number, value in zip(sorted(coco.cats), by_class, strict=True)
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("height", "width", "least"), [(144, 192, {"map_50": 0.6}), (360, 480, {"ap of Platelets": 0.3})]
)
def test_bccd_is_learned_as_by_a_plain_script(
    height: int, width: int, least: dict[str, float], shared_data: Path, tmp_path: Path
) -> None:
    weights, data = lite0(tmp_path), shared_data / "bccd"
    size = {"height": height, "width": width}
    options = [f"--{name}={value}" for name, value in {**size, "epochs": EPOCHS}.items()]
    theirs, their_seconds = rival("plain_detector.py", weights, data, *options)
    suite = DETECTION.format(
        **size, weights=weights, data=data, objective=FINE_TUNE, seeds=[*SEEDS], threads=THREADS
    )
    records = run_suite(suite, tmp_path, "--keep-encoders")
    compare("seconds", [record.seconds for record in records], their_seconds)
    store, annotations = Store(tmp_path / "results" / "suite"), data / "annotations" / "test.json"
    ours = []
    for record in records:
        by_class = check_figures(record, store, annotations)
        ours.append({**record.quality["test"], **{f"ap of {name}": ap for name, ap in by_class.items()}})
    for name in theirs[0]:
        compare(name, *([figures[name] for figures in side] for side in (ours, theirs)))
    for name, bound in least.items():
        assert mean(figures[name] for figures in ours) >= bound
