"""Heads: what they make of features, and which outputs stand for which classes."""

from __future__ import annotations

import numpy as np
import torch

from bench import Features
from bench.heads import LinearHead, match_classes


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


def test_an_uncalibrated_head_is_a_linear_layer():
    head, pooled = LinearHead(4, 2), torch.randn(3, 4)
    assert torch.equal(head(Features(pooled)), head.linear(pooled))


def test_a_shared_name_counts_only_if_all_who_have_it_are_wanted():
    known = [("crane", "bird"), ("drum",), ("crane", "machine")]
    assert match_classes(["drum", "crane"], known) is None
    assert match_classes(["crane", "drum", "crane"], known) == [0, 1, 2]
    assert match_classes(["machine", "bird"], known) == [2, 0]
    assert match_classes(["drum", "drum"], known) is None
