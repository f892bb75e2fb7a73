"""Operations of training by hand, and rates of them that are known beforehand."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import ClassVar

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import _get_current_dispatch_mode

import bench
import fakes
import sequences
import trials
from bench import Step
from bench.measuring.speed import Speed
from bench.measuring.utilisation import TrainingStep, Utilisation, peak
from bench_objectives.feature_extract import FeatureExtract
from bench_objectives.fine_tune import FineTune
from bench_objectives.gradual_unfreeze import GradualUnfreeze

SIZE = 64
EXAMPLES = 4
PRODUCT = 2 * SIZE**3


class Products(trials.Nothing):
    """Does a product of matrices for a step, and takes ten milliseconds for it."""

    name: ClassVar[str] = "products"
    steps: int = 60
    fault: bool = False

    def train(self, run: bench.Run) -> bench.Steps[None]:
        assert run.head is not None
        matrix = torch.ones(SIZE, SIZE)
        due = perf_counter()
        for _ in range(self.steps):
            matrix @ matrix
            due += 0.01
            while perf_counter() < due:
                pass
            if self.fault:
                raise ZeroDivisionError
            yield Step(EXAMPLES)


def figures(folder: Path, objective: bench.Objective, **parts: object) -> dict[str, float]:
    record = trials.done(fakes.cell(objective, **parts), folder, [Utilisation(), Speed()])
    assert record.notes == []
    return trials.measured(record, "throughput")


def test_operations_per_second_are_those_of_a_step_at_the_rate_of_steps(tmp_path: Path) -> None:
    reading = figures(tmp_path, Products())
    assert reading["train_gflops_per_example"] == PRODUCT / EXAMPLES / 1e9
    assert reading["train_gflops_per_s"] == pytest.approx(PRODUCT / 0.01 / 1e9, rel=0.05)
    assert reading["train_peak_share"] == pytest.approx(
        reading["train_gflops_per_s"] / reading["peak_gflops"]
    )


def test_it_measures_what_it_declares(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(Products(steps=2)), tmp_path, [Utilisation()])
    reading = record.resources["throughput"]
    assert trials.undeclared(Utilisation, reading) == []
    names = {name for values in reading.values() for name in values}
    assert names == {figure.name for figure in Utilisation.figures}


def test_without_a_speed_there_is_a_count_and_no_rate(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(Products()), tmp_path, [Utilisation()])
    reading = trials.measured(record, "throughput")
    assert reading["train_gflops_per_example"] == PRODUCT / EXAMPLES / 1e9
    assert reading["train_gflops_per_s"] is None


FIRST, SECOND, HEAD = 2 * 2 * 8, 2 * 8 * 8, 2 * 8 * 3  # two layers of width 8, three classes


def test_of_fine_tuning_by_hand(tmp_path: Path) -> None:
    reading = figures(tmp_path, FineTune(epochs=3))
    forward = FIRST + SECOND + HEAD
    of_weights, of_inputs = forward, SECOND + HEAD  # the points themselves need no gradient
    assert reading["train_gflops_per_example"] * 1e9 == pytest.approx(forward + of_weights + of_inputs)
    assert reading["train_gflops_per_s"] > 0
    assert reading["evaluate_gflops_per_example"] * 1e9 == pytest.approx(forward)
    assert 0 < reading["evaluate_peak_share"] < 1.5


def test_of_a_frozen_encoder_only_the_head_s_are_counted(tmp_path: Path) -> None:
    """Its features were computed in a phase within training, which is no step of it."""
    reading = figures(tmp_path, FeatureExtract(epochs=3))
    assert reading["train_gflops_per_example"] * 1e9 == pytest.approx(HEAD + HEAD)


def test_where_more_learns_later_on_the_first_step_stands_for_itself_alone(tmp_path: Path) -> None:
    reading = figures(tmp_path, GradualUnfreeze(epochs=1))
    assert reading["train_gflops_per_example"] > 0
    assert reading["train_gflops_per_s"] is None
    assert reading["train_peak_share"] is None


def test_where_examples_differ_in_length_there_is_no_rate(tmp_path: Path) -> None:
    parts = {
        "backbone": sequences.Walker(),
        "dataset": sequences.Walks(),
        "task": sequences.WalkClassification(),
    }
    reading = figures(tmp_path, FineTune(epochs=2), **parts)
    assert reading["train_gflops_per_example"] > 0
    assert reading["train_gflops_per_s"] is None
    assert reading["evaluate_gflops_per_s"] > 0  # the same batch was counted and timed


def test_without_training_there_are_only_the_others(tmp_path: Path) -> None:
    reading = figures(tmp_path, trials.Nothing())
    assert reading["train_gflops_per_example"] is None
    assert reading["train_gflops_per_s"] is None
    assert reading["evaluate_gflops_per_s"] > 0


@pytest.mark.parametrize("steps", [0, 1])
def test_counting_ends_with_the_training_whatever_happens(tmp_path: Path, steps: int) -> None:
    broken = Products(steps=steps, fault=True)
    trials.trial(fakes.cell(broken), tmp_path, [Utilisation()])
    assert _get_current_dispatch_mode() is None


def test_training_that_is_compiled_is_not_counted(tmp_path: Path) -> None:
    counted = TrainingStep(trials.live(tmp_path, settings=bench.Settings(compile=True)))
    counted.enter("train")
    assert _get_current_dispatch_mode() is None
    counted.step(Step(EXAMPLES))
    counted.leave("train")
    assert counted.operations is None


class Attending(fakes.Layers):
    """A layer of a transformer with weights of its own, over a sequence made of a point."""

    name: ClassVar[str] = "attending"

    def load(self) -> bench.Encoder:
        encoder = fakes.make_encoder()
        encoder.attention = nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16, batch_first=True)
        plain = encoder.forward

        def forward(inputs: dict[str, torch.Tensor]) -> bench.Features:
            sequence = plain(inputs).pooled.repeat(1, 5).reshape(-1, 5, 8)
            return bench.Features(encoder.attention(sequence)[:, 0])

        encoder.forward = forward
        return encoder


def test_counting_changes_no_bit_of_the_training(tmp_path: Path) -> None:
    weights = []
    for name, meters in (("without", []), ("with", [Utilisation()])):
        job = trials.job(
            fakes.cell(FineTune(epochs=2), backbone=Attending()), tmp_path / name, keep_encoder=True
        )
        record = trials.run_trial(job, meters, lambda progress: None)
        assert record.status == "done", record.reason
        weights.append(job.store.artifact_path(job.cell.id).read_bytes())
    assert weights[0] == weights[1]


def test_the_peak_is_about_what_a_large_product_reaches(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    left, right = torch.randn(2, 1024, 1024)
    times = []
    for _ in range(10):
        began = perf_counter()
        left @ right
        times.append(perf_counter() - began)
    assert peak(run) == pytest.approx(2 * 1024**3 / min(times), rel=0.5)


def test_the_peak_is_found_once_for_all_cells(tmp_path: Path) -> None:
    first, second = (figures(tmp_path, FineTune(epochs=epochs)) for epochs in (1, 2))
    assert first["peak_gflops"] == second["peak_gflops"]
