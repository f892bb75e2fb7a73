"""The residual networks for CIFAR-10 of He et al. 2015, section 4.2, live."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from bench import Features, FeatureSpec
from bench.toolkit.fitting import Applied, apply_weights
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.toolkit.weights import read_weights

from .cifar_classes import CLASSES
from .encoders import take_out

SIDE = 32


def load(
    depth: int, path: Path | None, image_size: int | None, who: str, part: str | None = None
) -> ImageEncoder:
    """Build the encoder, with weights from (a part of) a file if there is a path; `who` is for messages.

    Raises WeightsError where weights cannot be had or do not fit.
    """
    network = CifarResNet(depth)
    applied = Applied(head=True)
    if path is not None:
        applied = apply_weights(
            network, read_weights(path), f"{who}: the weights in {path}", ("linear",), part
        )
    classifier = take_out(network, "linear")
    size = image_size or SIDE
    encoder = CifarEncoder(
        network,
        ImageProcessor(size=(size, size), resize=(size, size)),
        FeatureSpec(pooled=64, channels=(64,), strides=(4,)),
        classifier if applied.head else None,
        [(name,) for name in CLASSES] if path else None,
    )
    encoder.notes = applied.notes
    return encoder


class CifarEncoder(ImageEncoder):
    """Gives the last stage's map and its mean."""

    trunk: CifarResNet

    def encode(self, images: Tensor) -> Features:
        """Return the features of normalised images `[N, 3, H, W]`."""
        last = self.trunk.stages(images)
        return Features(last.mean(dim=(2, 3)), (last,))


class CifarResNet(nn.Module):
    """A 3x3 convolution and three stages of n basic blocks with 16, 32 and 64 channels; depth is 6n + 2.

    The modules are named as in the checkpoints of Idelbayev's implementation, in wide use for CIFAR-10.
    """

    def __init__(self, depth: int) -> None:
        super().__init__()
        count = (depth - 2) // 6
        self.conv1 = conv3x3(3, 16)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = stage(16, 16, count)
        self.layer2 = stage(16, 32, count)
        self.layer3 = stage(32, 64, count)
        self.linear = nn.Linear(64, len(CLASSES))
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)  # He et al. 2015, Delving deep into rectifiers

    def stages(self, images: Tensor) -> Tensor:
        """Return the map of the last stage, `[N, 64, H / 4, W / 4]`."""
        first = torch.relu(self.bn1(self.conv1(images)))
        last: Tensor = self.layer3(self.layer2(self.layer1(first)))
        return last

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits `[N, 10]`."""
        logits: Tensor = self.linear(self.stages(images).mean(dim=(2, 3)))
        return logits


def stage(inputs: int, outputs: int, count: int) -> nn.Sequential:
    """Return `count` blocks, the first of which halves the side if the number of channels changes."""
    widths = [inputs, *[outputs] * count]
    return nn.Sequential(*(BasicBlock(width, outputs) for width in widths[:-1]))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut without parameters (option A)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.stride = 1 if inputs == outputs else 2
        self.conv1 = conv3x3(inputs, outputs, self.stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = conv3x3(outputs, outputs)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.more = outputs - inputs

    def forward(self, maps: Tensor) -> Tensor:
        """Return `[N, outputs, H / stride, W / stride]`."""
        inner = torch.relu(self.bn1(self.conv1(maps)))
        return torch.relu(self.bn2(self.conv2(inner)) + shortcut(maps, self.stride, self.more))


def shortcut(maps: Tensor, stride: int, more: int) -> Tensor:
    """Take every `stride`-th row and column, and add `more` channels of zeros, half of them before."""
    return pad(maps[:, :, ::stride, ::stride], (0, 0, 0, 0, more // 2, more - more // 2))


def conv3x3(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    """Return a 3x3 convolution without bias that keeps the side (or divides it by the stride)."""
    return nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)
