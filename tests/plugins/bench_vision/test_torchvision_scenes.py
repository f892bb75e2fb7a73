"""Detectors and segmenters of torchvision give by bench what torchvision itself gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import get_model, get_model_weights

from bench import DatasetInfo, WeightsError
from bench_vision.object_detection import ObjectDetection
from bench_vision.semantic_segmentation import SemanticSegmentation
from bench_vision.torchvision_scenes import TorchvisionDetection, TorchvisionSegmentation

SIZE = (64, 96)


def told(name: str, module: nn.Module, folder: Path) -> Path:
    """Write a model whose classes are surer than those of an untrained one."""
    for part, parameter in module.named_parameters():
        if "cls" in part or "classification" in part or part.startswith("classifier"):
            nn.init.normal_(parameter, std=0.1)
    # Copies, as a detector may share tensors.
    save_file({key: value.clone().contiguous() for key, value in module.state_dict().items()}, folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("model", "size", "options"),
    [
        ("fasterrcnn_mobilenet_v3_large_320_fpn", SIZE, {"min_size": 64, "max_size": 96}),
        ("retinanet_resnet50_fpn", SIZE, {"min_size": 64, "max_size": 96}),
        ("fcos_resnet50_fpn", SIZE, {"min_size": 64, "max_size": 96}),
        ("ssdlite320_mobilenet_v3_large", (320, 320), {}),
    ],
)
def test_detectors_find_what_they_find_in_torchvision(
    model: str, size: tuple[int, int], options: dict[str, Any], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    theirs = get_model(model, weights=None, weights_backbone=None, **options).eval()
    file = told("w.safetensors", theirs, tmp_path)
    pixels = torch.randint(256, (2, 3, *size), dtype=torch.uint8)
    with torch.no_grad():
        expected = theirs([image / 255 for image in pixels])
    categories = get_model_weights(model).DEFAULT.meta["categories"]
    named = Counter(categories[label] for found in expected for label in found["labels"].tolist())
    classes = [name for name, _ in named.most_common(9) if categories.count(name) == 1][:3]
    assert len(classes) == 3

    encoder = TorchvisionDetection(model=model, weights=str(file), image_size=size).load().eval()
    task, info = ObjectDetection(), DatasetInfo({}, tuple(classes))
    head = task.native_head(encoder, info)
    assert head is not None
    with torch.no_grad():
        found = task.predict(head.eval(), encoder({"pixels": pixels}))
    for at, image in enumerate(expected):
        asked = [
            index for index, label in enumerate(image["labels"].tolist()) if categories[label] in classes
        ][:100]
        count = len(asked)
        torch.testing.assert_close(found["scores"][at, :count], image["scores"][asked], atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(found["boxes"][at, :count], image["boxes"][asked], atol=0.05, rtol=1e-3)
        assert [classes[label] for label in found["labels"][at, :count].tolist()] == [
            categories[image["labels"][index]] for index in asked
        ]
        assert (found["labels"][at, count:] == -1).all()


@pytest.mark.parametrize("model", ["lraspp_mobilenet_v3_large", "fcn_resnet50"])
def test_segmenters_tell_what_they_tell_in_torchvision(model: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = get_model(model, weights=None, weights_backbone=None).eval()
    file = told("w.safetensors", theirs, tmp_path)
    pixels = torch.randint(256, (2, 3, *SIZE), dtype=torch.uint8)
    encoder = TorchvisionSegmentation(model=model, weights=str(file), image_size=SIZE).load().eval()
    task, classes = SemanticSegmentation(), ("cat", "__background__", "dog")
    head = task.native_head(encoder, DatasetInfo({}, classes))
    assert head is not None
    categories = get_model_weights(model).DEFAULT.meta["categories"]
    rows = [categories.index(name) for name in classes]
    with torch.no_grad():
        features = encoder({"pixels": pixels})
        logits = theirs((pixels / 255 - encoder.mean) / encoder.std)["out"][:, rows]
        found = task.predict(head.eval(), features)
        torch.testing.assert_close(head(features), logits, atol=1e-4, rtol=1e-3)
    assert (found["classes"] == logits.argmax(dim=1)).float().mean() > 0.99


def test_names_that_there_are_not() -> None:
    with pytest.raises(WeightsError, match="there is no model 'fcos'"):
        TorchvisionDetection(model="fcos", weights="none").load()
    with pytest.raises(WeightsError, match="there is no weights tag 'COCO_V9'"):
        TorchvisionDetection(model="fcos_resnet50_fpn", weights="COCO_V9").load()


def test_classes_that_a_detector_does_not_know() -> None:
    backbone = TorchvisionDetection(
        model="fasterrcnn_mobilenet_v3_large_320_fpn", weights="none", image_size=64
    )
    encoder = backbone.load()
    assert ObjectDetection().native_head(encoder, DatasetInfo({}, ("platelets",))) is None
