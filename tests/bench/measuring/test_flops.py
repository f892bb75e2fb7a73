"""Floating-point operations, by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from torch import nn
from torchvision import models

import bench
import fakes
import trials
from bench import Batch, Features, FeatureSpec
from bench.measuring.flops import Flops, FlopsGauge


class Attending(fakes.Layers):
    """Makes a sequence of a point, and attends over it."""

    name: ClassVar[str] = "attending"

    def load(self) -> bench.Encoder:
        class Encoder(bench.Encoder, nn.Module):
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
        class Encoder(bench.Encoder, nn.Module):
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
        class Encoder(bench.Encoder, nn.Module):
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
    assert trials.undeclared(Flops, record.resources["throughput"]) == []
    assert trials.measured(record, "throughput") == {
        "forward_gflops": pytest.approx(operations / 1e9),
        "forward_input": "point 1x2",
    }


PUBLISHED = {
    "residual": ("ResNet18", "ResNet50", "ResNeXt50_32X4D", "Wide_ResNet50_2", "RegNet_Y_400MF"),
    "plain": ("AlexNet", "VGG16", "SqueezeNet1_0"),
    "mobile": ("MobileNet_V2", "MobileNet_V3_Large", "MNASNet1_0", "ShuffleNet_V2_X1_0"),
    "compound": ("EfficientNet_B0",),
    "dense": ("DenseNet121",),
    "transformer": ("ViT_B_16", "Swin_T"),
    "modern convolution": ("ConvNeXt_Tiny",),
}


@dataclass
class ModelRun:
    """As much of a run as the meter looks at, for a model that takes one image of this size."""

    model: nn.Module
    pixels: int
    splits: Sequence[str] = ("val",)

    def modules(self) -> Iterator[nn.Module]:
        yield self.model

    def data(self, split: str) -> ModelRun:
        return self

    def take(self, indices: Sequence[int]) -> Batch:
        return Batch({"pixels": torch.empty(1, 3, self.pixels, self.pixels, device="meta")}, {})

    def predict(self, batch: Batch) -> torch.Tensor:
        with torch.inference_mode():
            return self.model(batch.inputs["pixels"])


def untrained(name: str) -> nn.Module:
    """A model without numbers: counting needs shapes alone. (RegNet computes its widths with tensors.)"""
    with torch.device("cpu" if "RegNet" in name else "meta"):
        return models.get_model(name.lower(), weights=None).to("meta").eval()


@pytest.mark.parametrize("name", [name for family in PUBLISHED.values() for name in family])
def test_arithmetic_and_parameters_are_as_published(name: str) -> None:
    """By torchvision beside its weights, in GMACs; the products of attention are in its figures.

    The 3.8 GMACs in the paper of ResNet-50 are of the variant that strides in its 1x1 convolutions.
    """
    weights = getattr(models, f"{name}_Weights").IMAGENET1K_V1
    model = untrained(name)
    reading = FlopsGauge(ModelRun(model, weights.transforms().crop_size[0])).close({})[bench.WHOLE]
    assert reading["forward_gflops"] / 2 == pytest.approx(weights.meta["_ops"], rel=0.01)
    assert sum(parameter.numel() for parameter in model.parameters()) == weights.meta["num_params"]


def test_a_vision_transformer_by_hand() -> None:
    tokens, width, layers = 14 * 14 + 1, 768, 12
    patches = 14 * 14 * (3 * 16 * 16) * width
    projections = tokens * (4 * width * width)  # queries, keys, values, and what comes out
    attention = 2 * tokens * tokens * width  # queries by keys, weights by values
    feed_forward = tokens * (2 * width * 4 * width)
    head = width * 1000
    products = patches + layers * (projections + attention + feed_forward) + head
    reading = FlopsGauge(ModelRun(untrained("ViT_B_16"), 224)).close({})[bench.WHOLE]
    assert reading["forward_gflops"] * 1e9 == 2 * products
