"""A further objective is one file of a stranger's: BYOL, which the core knows nothing of."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import pretraining
from bench.cli.main import call
from bench.registry import load
from bench.testing import check
from byol_plugin import Byol
from commandline import run_here

PLUGIN = Path(__file__).with_name("byol_plugin.py")
SUITE = """
limits: {train_examples: 256}
defaults: {batch_size: 64}
parents:
  by-byol: {objective: {name: byol, epochs: 1}, dataset: digits}
matrix:
  backbone: {name: cifar/resnet20, weights: none, image_size: 8, from: by-byol}
  objective: {name: feature-extract, epochs: 2}
  dataset: digits
"""


def test_it_keeps_the_contract() -> None:
    registry = load([PLUGIN])
    assert check(registry.find("objective", "byol").cls, registry) == []


def test_a_suite_pretrains_with_it_and_transfers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pretraining, adapting = run_here(SUITE, tmp_path, "--plugin", PLUGIN)
    assert {pretraining.status, adapting.status} == {"done"}
    assert set(pretraining.quality["test"]) == {"byol_loss"}
    assert "accuracy" in adapting.quality["test"]
    capsys.readouterr()
    assert call(["list", "objectives", "--plugin", str(PLUGIN)]) == 0
    assert "byol" in capsys.readouterr().out


def test_its_loss_falls(tmp_path: Path) -> None:
    objective = Byol(epochs=6, lr=3e-3)
    losses = pretraining.training_losses(pretraining.live(tmp_path, objective), objective)
    assert losses[-5:].mean() < 0.8 * losses[:5].mean()


def test_the_target_follows_without_gradients(tmp_path: Path) -> None:
    objective = Byol(epochs=1, momentum_of_target=0.9)
    run = pretraining.live(tmp_path, objective)
    online = next(iter(run.encoder.parameters()))
    began = online.detach().clone()
    training = objective.train(run)
    next(training)
    target = next(iter(run.added["target"].parameters()))
    torch.testing.assert_close(target, 0.9 * began + 0.1 * online)
    assert not target.requires_grad
    assert not torch.equal(began, online)
    before = target.clone()
    next(training)
    torch.testing.assert_close(target, 0.9 * before + 0.1 * online)
