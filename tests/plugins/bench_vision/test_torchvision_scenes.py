"""Detectors and segmenters of torchvision give by bench what torchvision itself gives."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, cast

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


def spread(model: nn.Module, images: Any) -> None:
    """Scale each layer so that what it makes of images first differs by about 1, as in a trained model.

    Untrained ones give all places nearly the same scores, so that rounding decides which is best.
    """
    seen: set[nn.Module] = set()

    def scale(layer: nn.Module, inputs: object, output: torch.Tensor) -> torch.Tensor | None:
        if layer in seen:
            return None
        seen.add(layer)
        cast(torch.Tensor, layer.weight).div_(output.std())
        return output / output.std()

    layers = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    for layer in layers:
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    with torch.no_grad():
        handles = [layer.register_forward_hook(scale) for layer in layers]
        model(images)
        for handle in handles:
            handle.remove()


def saved(model: nn.Module, folder: Path) -> Path:
    """Write a model's weights, copied, as a detector may share tensors."""
    state = {key: value.clone().contiguous() for key, value in model.state_dict().items()}
    save_file(state, folder / "w.safetensors")
    return folder / "w.safetensors"


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
    pixels = torch.randint(256, (2, 3, *size), dtype=torch.uint8)
    images = [image / 255 for image in pixels]
    spread(theirs, images)
    file = saved(theirs, tmp_path)
    with torch.no_grad():
        expected = theirs(images)
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
def test_segmenters_give_what_they_give_in_torchvision(model: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs = get_model(model, weights=None, weights_backbone=None).eval()
    pixels = torch.randint(256, (2, 3, *SIZE), dtype=torch.uint8)
    spread(theirs, pixels / 255)
    file = saved(theirs, tmp_path)
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
        torch.testing.assert_close(head(features), logits, atol=1e-3 * float(logits.std()), rtol=1e-3)
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
