"""Heads: what they make of features, and which outputs stand for which classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import trials
from bench import Features
from bench.toolkit.heads import LinearHead, NativeHead, OnPooled, as_linear, calibrate


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


def check_linear(head: torch.nn.Module, features: Features) -> None:
    """The layer that a head amounts to gives the head's logits, of features that lie anywhere."""
    layer = as_linear(head.eval())
    assert layer is not None
    with torch.no_grad():
        torch.testing.assert_close(layer(features.pooled), head(features), rtol=1e-5, atol=1e-5)


def test_a_head_that_standardises_amounts_to_a_linear_layer():
    pooled = torch.randn(50, 4, generator=torch.Generator().manual_seed(0)) * 3 + 10
    head = LinearHead(4, 2, dropout=0.5)
    check_linear(head, Features(pooled))
    head.calibrate([Features(pooled)])
    check_linear(head, Features(pooled))


@pytest.mark.parametrize("bias", [True, False])
def test_a_native_head_amounts_to_some_rows_of_its_layer(bias: bool):
    head = NativeHead(OnPooled(torch.nn.Linear(4, 5, bias=bias)), [3, 0])
    check_linear(head, Features(torch.randn(6, 4)))


def test_other_heads_amount_to_no_layer():
    assert as_linear(NativeHead(OnPooled(torch.nn.ReLU()), [0])) is None
    assert as_linear(torch.nn.Linear(2, 2)) is None


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
