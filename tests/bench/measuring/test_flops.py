"""Floating-point operations, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn

import bench
import fakes
import trials
from bench import Features, FeatureSpec
from bench.measuring.flops import Flops


class Attending(fakes.Layers):
    """Makes a sequence of a point, and attends over it."""

    name: ClassVar[str] = "attending"

    def load(self) -> bench.Encoder:
        class Encoder(nn.Module):
            spec = FeatureSpec(8)
            processor = staticmethod(fakes.make_encoder().processor)

            def forward(self, inputs: Mapping[str, torch.Tensor]) -> Features:
                sequence = inputs["point"].repeat(1, 20).reshape(-1, 1, 5, 8)
                return Features(
                    nn.functional.scaled_dot_product_attention(sequence, sequence, sequence)[:, 0, 0]
                )

        return Encoder()


class Convolving(fakes.Layers):
    """Makes an image of a point, and convolves it."""

    name: ClassVar[str] = "convolving"

    def load(self) -> bench.Encoder:
        class Encoder(nn.Module):
            spec = FeatureSpec(8)
            processor = staticmethod(fakes.make_encoder().processor)

            def __init__(self) -> None:
                super().__init__()
                self.convolution = nn.Conv2d(2, 8, 3, padding=1, stride=2)

            def forward(self, inputs: Mapping[str, torch.Tensor]) -> Features:
                image = inputs["point"][:, :, None, None].expand(-1, -1, 10, 10)
                return Features(self.convolution(image).mean((2, 3)))

        return Encoder()


class FastPath(fakes.Layers):
    """Attends by a module that has a kernel of its own for evaluation."""

    name: ClassVar[str] = "fast-path"

    def load(self) -> bench.Encoder:
        class Encoder(nn.Module):
            spec = FeatureSpec(8)
            processor = staticmethod(fakes.make_encoder().processor)

            def __init__(self) -> None:
                super().__init__()
                self.attention = nn.MultiheadAttention(8, num_heads=2, batch_first=True)

            def forward(self, inputs: Mapping[str, torch.Tensor]) -> Features:
                sequence = inputs["point"].repeat(1, 20).reshape(-1, 5, 8)
                return Features(self.attention(sequence, sequence, sequence, need_weights=False)[0][:, 0])

        return Encoder()


HEAD = 2 * 8 * 3


@pytest.mark.parametrize(
    ("backbone", "operations"),
    [
        (fakes.Layers(), 2 * 2 * 8 + 2 * 8 * 8 + HEAD),
        (Attending(), 2 * (2 * 5 * 5 * 8) + HEAD),  # queries by keys, weights by values
        (FastPath(), 2 * (2 * 5 * 5 * 8) + 2 * (4 * 5 * 8 * 8) + HEAD),  # and four projections
        (Convolving(), 2 * (5 * 5 * 8) * (2 * 3 * 3) + HEAD),
    ],
    ids=["linear", "attention", "fast-path", "convolution"],
)
def test_operations_of_one_example(tmp_path: Path, backbone: bench.Backbone, operations: int) -> None:
    record = trials.done(fakes.cell(trials.Nothing(), backbone=backbone), tmp_path, [Flops()])
    assert record.notes == []
    assert record.resources["throughput"] == {
        "forward_gflops": pytest.approx(operations / 1e9),
        "forward_input": "point 1x2",
    }
