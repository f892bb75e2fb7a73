"""The residual networks for CIFAR-10 of He et al. 2015, section 4.2; needs nothing but torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import pad


class CifarResNet(nn.Module):
    """A 3x3 convolution and three stages of n basic blocks with 16, 32 and 64 channels; depth is 6n + 2.

    The modules are named as in the checkpoints of Idelbayev's implementation, in wide use for CIFAR-10.
    """

    def __init__(self, depth: int, classes: int = 10) -> None:
        super().__init__()
        count = (depth - 2) // 6
        self.conv1 = conv3x3(3, 16)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = stage(16, 16, count)
        self.layer2 = stage(16, 32, count)
        self.layer3 = stage(32, 64, count)
        self.linear = nn.Linear(64, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(module.weight)  # He et al. 2015, Delving deep into rectifiers

    def stages(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the maps of the stages: `[N, 16, H, W]`, then twice the channels at half the sides."""
        first = self.layer1(torch.relu(self.bn1(self.conv1(images))))
        second = self.layer2(first)
        return first, second, self.layer3(second)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits `[N, classes]` of normalised images `[N, 3, H, W]`."""
        logits: Tensor = self.linear(self.stages(images)[-1].mean(dim=(2, 3)))
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
