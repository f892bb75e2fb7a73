"""Backbone `cifar`, live."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from bench import Features, FeatureSpec
from bench.toolkit.exporting import reading_classes
from bench.toolkit.fitting import Applied, apply_weights
from bench.toolkit.image_size import ImageSize, sides
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.toolkit.weights import read_weights

from . import cifar_network
from .cifar_classes import CLASSES
from .cifar_network import CifarResNet
from .encoders import call, take_out
from .export import FILE, LOAD, TORCHVISION, Made, classes_file, torchvision_transform

SIDE = 32


def load(
    depth: int, path: Path | None, image_size: ImageSize | None, who: str, part: str | None = None
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
    size = sides(image_size or SIDE)
    encoder = CifarEncoder(
        network,
        ImageProcessor(size=size, resize=size),
        FeatureSpec(pooled=64, channels=(16, 32, 64), strides=(1, 2, 4)),
        classifier if applied.head else None,
        [(name,) for name in CLASSES] if path else None,
    )
    encoder.notes = applied.notes
    return encoder


class CifarEncoder(ImageEncoder):
    """Gives the maps of the stages, and the mean of the last."""

    trunk: CifarResNet

    def encode(self, images: Tensor) -> Features:
        """Return the features of normalised images `[N, 3, H, W]`."""
        *shallow, last = self.trunk.stages(images)
        read = (map_ if level in self.levels else map_.new_empty(0) for level, map_ in enumerate(shallow))
        return Features(last.mean(dim=(2, 3)), (*read, last))


def make(depth: int, encoder: ImageEncoder, folder: Path, classes: Sequence[str]) -> Made:
    """Return the network for some classes, or without a classifier, and how to make it without us.

    The source of the network is among the files.
    """
    count = len(classes) or len(CLASSES)
    network = CifarResNet(depth, count)
    created = [f"model = {call('CifarResNet', depth=depth, classes=count)}"]
    if not classes:
        take_out(network, "linear")
        created.append("model.linear = nn.Identity()  # the classifier")
    return Made(
        network,
        "linear",
        ["import sys", LOAD, *([] if classes else ["from torch import nn"])],
        [
            f"sys.path.insert(0, {folder.name!r})",
            "from model import CifarResNet",
            "",
            *created,
            f"model.load_state_dict({call('load_file', f'{folder.name}/{FILE}')})",
        ],
        torchvision_transform(encoder.processor),
        [reading_classes(folder)],
        TORCHVISION,
        {
            "model.py": Path(cifar_network.__file__).read_text(encoding="utf-8"),
            **classes_file(classes),
        },
    )
