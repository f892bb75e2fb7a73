"""What trackers are given of a cell."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

import bench
import fakes
import trials
from bench import Point
from bench.registry import load
from bench.running.observing import Observing
from bench_trackers.cells import finals, last_step, run_name, settings, values
from tracked import curves, tracked

TRACKERS = ("mlflow", "tensorboard", "trackio", "wandb")
CELL = fakes.cell(
    trials.Nothing(), settings=bench.Settings(batch_size=16, precision="fp32"), limits=bench.Limits(steps=3)
)
INFO = bench.CellInfo(CELL.id, "tiny", CELL.title, CELL.labels, CELL.seed, CELL.spec())


class Remembers(bench.Observer):
    name = "remembers"

    def follow(self, cell: bench.CellInfo) -> bench.Follower:
        return bench.Follower()


def test_settings_are_flat_and_have_values() -> None:
    found = settings(INFO)
    assert found["id"] == CELL.id
    assert found["label.backbone"] == "layers/8"
    assert found["backbone.name"] == "layers"
    assert found["dataset.classes"] == '["a", "b", "c"]'
    assert (found["settings.batch_size"], found["limits.steps"]) == (16, 3)
    assert "limits.seconds" not in found  # there is none


def test_a_run_is_named_by_title_and_id() -> None:
    assert run_name(INFO) == f"{CELL.title} ({CELL.id[:8]})"


def test_values_are_grouped_by_split() -> None:
    assert values(Point(1, {"train loss": 1.0, "val top 5": 0.5})) == {"train/loss": 1.0, "val/top 5": 0.5}


def test_final_figures_are_numbers(tmp_path: Path) -> None:
    learnt, failed, skipped = (record.model_dump(mode="json") for record in tracked(Remembers(), tmp_path))
    found = finals(learnt)
    assert found["final/test/accuracy"] == learnt["quality"]["test"]["accuracy"]
    speed = learnt["resources"]["throughput"]["train"]["samples_per_s"]
    assert found["throughput/train_samples_per_s"] == speed
    assert found["memory/parameters_total"] == learnt["resources"]["memory"][""]["parameters_total"]
    assert all(isinstance(value, float) for value in found.values())
    assert finals(failed) == finals(skipped) == {}
    assert [last_step(record) for record in (learnt, failed, skipped)] == [12, 2, 0]


def test_a_diverged_training_has_a_gap(tmp_path: Path) -> None:
    assert curves(tracked(Remembers(), tmp_path).failed) == {"train/loss": {1: 2.5}}


@pytest.mark.parametrize("name", TRACKERS)
def test_a_package_that_is_missing_is_told_with_its_extra(name: str) -> None:
    if find_spec(name) is not None:
        pytest.skip(f"{name} is installed")
    warnings: list[str] = []
    with Observing([load().create("observer", {"name": name})], "tiny", warnings.append) as watched:
        watched.started(CELL)
    (warning,) = warnings
    assert warning.startswith(f"observer '{name}': No module named '{name}")
    assert warning.endswith(f"; pip install 'transferbench[{name}]'")
