"""What the fork server has loaded, cells need not load: each would pay for it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from commandline import run_suite

FEW = 100
"""Modules of other packages that a cell may load itself. Torch's compiler alone is some 700."""

COUNTING = """
import sys
from typing import ClassVar

import bench

BEFORE = set(sys.modules)


class Counting(bench.Gauge):
    def close(self, earlier):
        loaded = set(sys.modules) - BEFORE
        return {"": {"loaded": sum(not name.startswith("bench") for name in loaded)}}


class Loaded(bench.Meter):
    name: ClassVar[str] = "loaded"
    table: ClassVar[str] = "start"
    figures: ClassVar[tuple[bench.Figure, ...]] = (bench.Figure("loaded"),)

    def open(self, run):
        return Counting()


@bench.hookimpl
def bench_meters():
    return [Loaded]
"""


@pytest.mark.parametrize(
    ("backbones", "dataset"),
    [
        (
            "[{name: timm/resnet10t, weights: none, image_size: 24}, cifar/resnet20, "
            "{name: torchvision/mobilenet_v3_small, weights: none, image_size: 32}]",
            "digits",
        ),
        ("[bert-mini]", "docstrings"),
    ],
)
def test_a_cell_finds_loaded_what_it_imports(tmp_path: Path, backbones: str, dataset: str) -> None:
    counting = tmp_path / "counting.py"
    counting.write_text(COUNTING)
    suite = f"""
    executor: process
    limits: {{steps: 2, train_examples: 64, val_examples: 32, test_examples: 32}}
    matrix:
      backbone: {backbones}
      objective: [fine-tune, feature-extract]
      dataset: {dataset}
    """
    for record in run_suite(suite, tmp_path, "--plugin", counting):
        assert record.resources["start"][""]["loaded"] < FEW, record.labels
