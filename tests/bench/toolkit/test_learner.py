"""Held-out figures of learners, against arithmetic by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

import bench
import fakes
import trials
from bench.toolkit.learner import Learner, held_out
from bench.toolkit.self_supervised import SelfSupervised


class Reconstruct(Learner):
    """Guesses the point from its features; as many values for an example as its number says."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = nn.Linear(8, 2)

    def loss(self, encoder: bench.Encoder, batch: bench.Batch, random: torch.Generator) -> Tensor:
        points = batch.inputs["point"]
        noise = 0.01 * torch.randn(points.shape, generator=random)
        return (self.decoder(encoder({"point": points + noise}).pooled) - points).square().mean()

    def scores(
        self, encoder: bench.Encoder, batch: bench.Batch, random: torch.Generator
    ) -> Mapping[str, Tensor]:
        indices = torch.tensor(list(batch.indices), dtype=torch.float32)
        return {
            "number": indices.repeat_interleave(2) if batch.indices[0] == 0 else indices,
            "noise": torch.rand(batch.size, generator=random),
            "training": torch.tensor([float(self.training), float(encoder.training)]),
            "nothing": torch.empty(0),
        }

    def summary(self, means: Mapping[str, float]) -> Mapping[str, float]:
        return {**means, "twice": 2 * means["number"]}


class Guess(SelfSupervised):
    """Learns points by heart."""

    name: ClassVar[str] = "guess"
    modality: ClassVar[str] = "point"
    figures: ClassVar[tuple[bench.Figure, ...]] = (bench.Figure("number", better="lower"),)

    def learner(self, run: bench.Run) -> Learner:
        return Reconstruct()


def figures(folder: Path, **changes: Any) -> Mapping[str, float]:
    run = trials.live(folder, fakes.cell(Guess(), settings=bench.Settings(eval_batch_size=30), **changes))
    learner = run.add("learner", Reconstruct()).train()
    found = trials.drain(held_out(run, "val", learner))
    assert learner.training
    return found


def test_a_figure_is_the_mean_over_all_values_not_over_batches(tmp_path: Path) -> None:
    found = figures(tmp_path)
    # 60 examples: the first batch of 30 gives each number twice.
    expected = (2 * sum(range(30)) + sum(range(30, 60))) / 90
    assert found["number"] == pytest.approx(expected)
    assert found["twice"] == pytest.approx(2 * expected)
    assert "nothing" not in found


def test_it_is_in_evaluation_mode(tmp_path: Path) -> None:
    assert figures(tmp_path)["training"] == 0


def test_noise_is_the_same_for_every_cell(tmp_path: Path) -> None:
    assert figures(tmp_path, seed=0)["noise"] == figures(tmp_path, seed=5)["noise"]


def test_a_whole_cell_learns_and_ranks_by_its_own_figure(tmp_path: Path) -> None:
    cell = fakes.cell(Guess(epochs=2))
    record = trials.done(cell, tmp_path)
    assert (record.primary, record.higher_is_better) == ("number", False)
    assert record.quality.keys() == {"val", "test"}
    assert not trials.job(cell, tmp_path).store.predictions_path(cell.id).exists()


def test_no_epochs_measure_the_untrained(tmp_path: Path) -> None:
    cell = fakes.cell(Guess(epochs=0))
    record = trials.done(cell, tmp_path)
    assert record.effective["steps"] == 0
    assert record.quality["test"]["number"] > 0


def test_the_loss_falls(tmp_path: Path) -> None:
    objective = Guess(epochs=30, lr=0.01)
    run = trials.live(tmp_path, fakes.cell(objective))
    losses = [float(step.loss) for step in objective.train(run) if step.loss is not None]
    assert sum(losses[-4:]) < 0.3 * sum(losses[:4])


def test_data_of_another_kind_are_refused() -> None:
    class Other(fakes.PointClassification):
        name: ClassVar[str] = "other"
        modality: ClassVar[str] = "sound"

    reason = Guess().skip(fakes.Layers(), Other(), fakes.Points())
    assert reason == "guess learns from point, points holds sound"
    assert Guess().skip(fakes.Layers(), fakes.PointClassification(), fakes.Points()) is None
