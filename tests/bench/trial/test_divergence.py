"""A training that has diverged never passes for a result."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

import bench
import fakes
import trials
from bench.trial.divergence import broken, demand_finite_weights, divergence_notes
from bench_objectives.fine_tune import FineTune

NAN, INF = float("nan"), float("inf")


def test_examples_with_a_prediction_that_is_not_finite_are_found() -> None:
    logits = torch.tensor([[0.0, 1.0], [NAN, 0.0], [0.0, -INF], [NAN, INF]])
    boxes = torch.tensor([[[0.0]], [[0.0]], [[0.0]], [[INF]]])
    found = broken({"logits": logits, "boxes": boxes, "class": torch.tensor([0, 1, 2, 3])})
    assert found.tolist() == [False, True, True, True]
    assert broken({"value": torch.tensor([1.0, NAN])}).tolist() == [False, True]
    assert broken({"class": torch.tensor([0, 1])}) is None


def test_weights_and_buffers_must_be_finite() -> None:
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    demand_finite_weights([net])
    net[1].running_mean[1] = NAN
    told = "after training, 1 of 6 tensors hold numbers that are not finite, such as 1.running_mean"
    with pytest.raises(bench.UnsuitableError, match=told):
        demand_finite_weights([net])


def test_notes_count() -> None:
    (note,) = divergence_notes(Counter({"val": 2, "test": 0}))
    assert note.startswith("val: 2 times predictions were not finite and could not be chosen")


@pytest.mark.parametrize("keep", ["last", "best"])
def test_a_diverged_training_is_a_failed_cell(tmp_path: Path, keep: str) -> None:
    diverging = FineTune(epochs=3, lr=1e38, keep=keep, clip=None)
    record = trials.trial(fakes.cell(diverging), tmp_path)
    assert record.status == "failed"
    assert "has the training diverged? lower 'lr'" in record.reason


class Breaking(FineTune):
    """Fine-tunes; from the second look at val on, predictions are NaN until the best weights are back."""

    name: ClassVar[str] = "breaking"

    def predict(self, run: bench.Run, batch: bench.Batch) -> bench.Predictions:
        found = super().predict(run, batch)
        return {name: values * NAN for name, values in found.items()} if self.broken(run) else found

    def broken(self, run: bench.Run) -> bool:
        LOOKS.append(run.stopwatch.current)  # type: ignore[attr-defined]
        return LOOKS.count("evaluate") > 1 and "chosen_epoch" not in run.quality.get("train", {})  # type: ignore[attr-defined]


LOOKS: list[str] = []


def test_an_epoch_whose_predictions_are_not_finite_is_not_chosen(tmp_path: Path) -> None:
    LOOKS.clear()
    record = trials.done(fakes.cell(Breaking(epochs=3, keep="best")), tmp_path)
    assert record.quality["train"]["chosen_epoch"] == 1
    assert [note for note in record.notes if note.startswith("val: 2 times predictions were not finite")]
