"""Fine-tuning: all learn, slower with depth if asked."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

import fakes
import trials
from bench.measuring.parameters import Parameters
from bench_objectives.fine_tune import FineTune

PLAIN = {
    "lr": 0.5,
    "optimizer": "sgd",
    "momentum": 0,
    "weight_decay": 0,
    "schedule": "constant",
    "warmup": 0,
    "clip": None,
}


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_each_block_learns_at_its_rate(tmp_path: Path, decay: float) -> None:
    cell = fakes.cell(FineTune(layer_decay=decay, **PLAIN))
    run = trials.live(tmp_path, cell)
    modules = [run.head, run.encoder.second, run.encoder.first]
    before = [[parameter.detach().clone() for parameter in module.parameters()] for module in modules]
    loss = run.loss(next(run.data("train").batches(0)))
    slopes = [torch.autograd.grad(loss, list(module.parameters()), retain_graph=True) for module in modules]
    next(cell.objective.train(run))
    for depth, (module, old, slope) in enumerate(zip(modules, before, slopes, strict=True)):
        for now, then, gradient in zip(module.parameters(), old, slope, strict=True):
            assert gradient.any()
            torch.testing.assert_close(now, then - 0.5 * decay**depth * gradient)


def test_all_parameters_learn_in_training_mode(tmp_path: Path) -> None:
    cell = fakes.cell(FineTune(epochs=1))
    run = trials.live(tmp_path, cell)
    next(cell.objective.train(run))
    assert run.encoder.training
    assert run.head.training
    record = trials.done(cell, tmp_path, [Parameters()])
    counts = trials.measured(record, "memory")
    assert counts["parameters_trainable"] == counts["parameters_total"]


def test_it_learns(tmp_path: Path) -> None:
    record = trials.done(fakes.cell(FineTune(epochs=15, lr=0.02)), tmp_path)
    assert record.quality["test"]["accuracy"] > 0.9
    assert record.effective["steps"] == 15 * 4


@pytest.mark.parametrize("decay", [0, 1.1])
def test_a_decay_that_makes_no_sense_is_refused(decay: float) -> None:
    with pytest.raises(ValidationError):
        FineTune(layer_decay=decay)
