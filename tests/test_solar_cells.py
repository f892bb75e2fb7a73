"""Solar cells: frozen ImageNet features find the broken ones, as a plain script says, and others do not."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean

import pytest

from bench.records.store import Store
from bench.toolkit.packages import package_folder
from bench_vision.efficientnet_lite import PUBLISHED, EfficientNetLite
from commandline import bench
from rivals import SEEDS, THREADS, script

pytestmark = pytest.mark.slow

FIGURES = ("accuracy", "f1", "auroc")
SUITE = """
defaults: {{precision: fp32, threads: {threads}}}
matrix:
  backbone: {{name: {backbone}, as: network}}
  objective: {{name: feature-extract, head: logistic-regression}}
  dataset: solar-cells
  seed: {seeds}
"""
# CIFAR's network at the side of its photographs, and at one at which cracks can be seen.
BACKBONES = {
    "imagenet": "efficientnet-lite/lite0",
    "untrained": "efficientnet-lite/lite0, weights: none",
    "cifar": "cifar/resnet20",
    "cifar-96": "cifar/resnet20, image_size: 96",
    "cifar-untrained": "cifar/resnet20, image_size: 96, weights: none",
}


def test_frozen_imagenet_features_find_the_broken_cells_as_in_a_script_and_others_find_fewer(
    tmp_path: Path,
) -> None:
    data = package_folder("elpv_dataset")
    if data is None or package_folder(PUBLISHED["lite0"].package) is None:
        pytest.skip("needs the packages of the extras `imagenet` and `solar-cells`")
    found = {name: run(name, tmp_path) for name in BACKBONES}
    weights = EfficientNetLite(model="lite0").packaged()
    _, theirs = script("plain_solar_cells.py", weights, data / "data", "--threads", THREADS)
    print("\nscript", theirs)
    for figure in FIGURES:
        assert found["imagenet"][figure] == pytest.approx(theirs[figure], abs=0.005)

    folders = [tmp_path / name / "solar" for name in BACKBONES]
    done = bench("compare", *folders, "--fail-on", ",".join(FIGURES), "--json", code=1)
    checks = json.loads(done.stdout)["checks"]
    for check in checks:
        print(check["second"], check["figure"], f"{check['loss']:.4f}", check["p"], check["outcome"])
    assert len(checks) == (len(BACKBONES) - 1) * len(FIGURES)
    assert {check["outcome"] for check in checks} == {"lost"}


def run(name: str, folder: Path) -> dict[str, float]:
    """Means over seeds of the figures on test of a backbone."""
    (folder / name).mkdir()
    suite = folder / name / "solar.yaml"
    suite.write_text(SUITE.format(threads=THREADS, backbone=BACKBONES[name], seeds=[*SEEDS]))
    bench("run", suite, "--results", folder / name)
    records = Store(folder / name / "solar").records()
    assert [record.status for record in records] == ["done"] * len(SEEDS)
    figures = {figure: [record.quality["test"][figure] for record in records] for figure in FIGURES}
    print(f"\n{name}", {figure: [f"{value:.4f}" for value in values] for figure, values in figures.items()})
    return {figure: mean(values) for figure, values in figures.items()}
