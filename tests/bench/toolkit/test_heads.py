"""Heads: what they make of features, and which outputs stand for which classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import trials
from bench import Features
from bench.toolkit.heads import LinearHead, calibrate


def test_a_calibrated_head_sees_standardised_features():
    pooled = torch.randn(50, 4, generator=torch.Generator().manual_seed(0)) * 3 + 100
    pooled[:, 3] = 7.0  # says nothing, and must not be divided by its deviation of nought
    head = LinearHead(4, 2)
    head.calibrate([Features(pooled[:20]), Features(pooled[20:])])
    values = pooled.double().numpy()
    standardised = (values[:, :3] - values[:, :3].mean(0)) / values[:, :3].std(0)
    weight, bias = head.linear.weight.detach().numpy(), head.linear.bias.detach().numpy()
    expected = standardised @ weight[:, :3].T + bias
    np.testing.assert_allclose(head(Features(pooled)).detach().numpy(), expected, atol=1e-4)


@pytest.mark.parametrize("cache_limit", [None, 0], ids=["kept", "through the encoder"])
def test_a_head_is_calibrated_on_the_features_it_will_see(tmp_path: Path, cache_limit: int | None) -> None:
    run = trials.live(tmp_path, cache_limit=cache_limit)
    calibrate(run, trials.drain(run.encode("train")))
    with torch.no_grad():
        pooled = run.encoder(run.data("train").take(range(60)).inputs).pooled
    torch.testing.assert_close(run.head.mean, pooled.mean(0))
    live = pooled.std(0, correction=0) > 0
    torch.testing.assert_close(run.head.scale[live], 1 / pooled.std(0, correction=0)[live])


def test_a_head_that_does_not_ask_is_shown_nothing(tmp_path: Path) -> None:
    run = trials.live(tmp_path)
    run.head = torch.nn.Linear(8, 3)
    before = run.head.weight.clone()
    calibrate(run, run.data("train"))
    assert torch.equal(run.head.weight, before)


def test_an_uncalibrated_head_is_a_linear_layer():
    head, pooled = LinearHead(4, 2), torch.randn(3, 4)
    assert torch.equal(head(Features(pooled)), head.linear(pooled))
