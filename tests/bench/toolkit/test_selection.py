"""The choice among epochs: by val alone, with the weights that go with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
import torch

import bench
import fakes
import trials
from bench.toolkit.recipe import Recipe
from bench.toolkit.training import sgd, unfreeze


class Scripted(Recipe, bench.Objective):
    """Trains for real, but is told what each epoch is worth on val, None for NaN, "" for undefined; notes the
    weights then."""

    name: ClassVar[str] = "scripted"
    weights: ClassVar[list[torch.Tensor]] = []
    splits_seen: ClassVar[list[str]] = []

    values: tuple[float | Literal[""] | None, ...] = ()
    metric: str = "accuracy"
    higher: bool = True

    def ranks_by(self, task: bench.Task) -> bench.Figure:
        return bench.Figure(self.metric, better="higher" if self.higher else "lower")

    def train(self, run: bench.Run) -> bench.Steps[None]:
        self.weights.clear()

        def validate() -> bench.Steps[dict[str, float]]:
            self.weights.append(run.encoder.first.weight.detach().clone())
            yield from ()
            value = self.values[len(self.weights) - 1]
            return {} if value == "" else {self.metric: math.nan if value is None else value}

        live = [*unfreeze(run.encoder), *unfreeze(run.head)]
        yield from sgd(run, live, validate=validate, **self.recipe())


Values = Sequence[float | Literal[""] | None]


def chosen(folder: Path, values: Values, **fields: Any) -> tuple[bench.Run, int]:
    """The run after training, and how many epochs there were."""
    objective = Scripted(values=tuple(values), epochs=len(values), lr=0.1, **fields)
    run = trials.live(folder, fakes.cell(objective))
    trials.drain(objective.train(run))
    return run, len(Scripted.weights)


@pytest.mark.parametrize(
    ("values", "higher", "best"),
    [
        ((1, 3, 2), True, 1),
        ((1, 3, 2), False, 0),
        ((2, 2, 2), True, 0),
        ((1, 2, 3), True, 2),
        ((None, 1, 2), True, 2),
        ((None, 1, 2), False, 1),
        (("", 1, 2), True, 2),
        ((1, 2, ""), True, 1),
    ],
)
def test_the_best_epoch_on_val_is_kept(values: Values, higher: bool, best: int, tmp_path: Path) -> None:
    run, epochs = chosen(tmp_path, values, keep="best", higher=higher)
    assert epochs == 3
    assert torch.equal(run.encoder.first.weight, Scripted.weights[best])
    assert run.quality["train"] == {"chosen_epoch": best + 1}


def test_by_default_the_last_is_kept_and_val_is_not_looked_at(tmp_path: Path) -> None:
    run, epochs = chosen(tmp_path, (3, 2, 1))
    assert epochs == 0
    assert run.quality == {}


@pytest.mark.parametrize(("patience", "epochs"), [(1, 3), (2, 6), (3, 7)])
def test_training_stops_after_epochs_without_a_better_one(patience: int, epochs: int, tmp_path: Path) -> None:
    assert chosen(tmp_path, (1, 2, 1, 3, 2, 3, 1), patience=patience)[1] == epochs


def test_patience_alone_keeps_the_last(tmp_path: Path) -> None:
    run, epochs = chosen(tmp_path, (2, 1, 0), patience=1)
    assert epochs == 2
    assert torch.equal(run.encoder.first.weight, Scripted.weights[1])


@pytest.mark.parametrize("fields", [{"keep": "best"}, {"patience": 1}])
def test_a_figure_that_is_undefined_after_each_epoch_chooses_nothing(
    fields: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(bench.UnsuitableError, match="val accuracy is undefined, so no epoch can be chosen"):
        chosen(tmp_path, ("", "", ""), **fields)


def test_weights_are_put_back_too_where_a_limit_ends_the_training(tmp_path: Path) -> None:
    objective = Scripted(values=(2, 1, 0), epochs=3, lr=0.1, keep="best")
    cell = fakes.cell(objective, limits=bench.Limits(steps=10))  # four steps an epoch
    record = trials.done(cell, tmp_path)
    assert record.effective["ended_by"] == "steps"
    assert record.quality["train"] == {"chosen_epoch": 1}


class Spying(fakes.Points):
    """Notes which splits are asked for."""

    def load(self, split: str) -> Sequence[bench.Example]:
        Scripted.splits_seen.append(split)
        return super().load(split)


def test_test_is_never_looked_at_in_training(tmp_path: Path) -> None:
    Scripted.splits_seen.clear()
    objective = bench.registry.load().create("objective", {"name": "fine-tune", "epochs": 3, "keep": "best"})
    run = trials.live(tmp_path, fakes.cell(objective, dataset=Spying()))
    trials.drain(objective.train(run))
    assert Scripted.splits_seen == ["train", "val"]
    assert 1 <= run.quality["train"]["chosen_epoch"] <= 3
