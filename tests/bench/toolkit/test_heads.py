"""Heads: which of their outputs stand for which classes."""

from __future__ import annotations

import pytest
import torch

from bench import Features
from bench.toolkit.heads import LinearHead, NativeHead, OnPooled, as_linear


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
    head.calibrate([Features(pooled)], "standardise")
    check_linear(head, Features(pooled))
    head.calibrate([Features(pooled)], "l2")
    assert head.as_linear() is None


@pytest.mark.parametrize("bias", [True, False])
def test_a_native_head_amounts_to_some_rows_of_its_layer(bias: bool):
    head = NativeHead(OnPooled(torch.nn.Linear(4, 5, bias=bias)), [3, 0])
    check_linear(head, Features(torch.randn(6, 4)))


def test_other_heads_amount_to_no_layer():
    assert as_linear(NativeHead(OnPooled(torch.nn.ReLU()), [0])) is None
    assert as_linear(torch.nn.Linear(2, 2)) is None


def test_an_uncalibrated_head_is_a_linear_layer():
    head, pooled = LinearHead(4, 2), torch.randn(3, 4)
    assert torch.equal(head(Features(pooled)), head.linear(pooled))
