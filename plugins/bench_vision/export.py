"""Writing trained image models so that the library they are from loads them, with Python that does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from bench import Classifier, UnsuitableError
from bench.toolkit.exporting import (
    CLASSES,
    HEAD_LOGITS,
    READING,
    SHOWN,
    reading_classes,
    reading_head,
    script,
    write_head,
)
from bench.toolkit.images import ImageEncoder, ImageProcessor
from bench.toolkit.training import evaluating

from .encoders import call

FILE = "model.safetensors"
LOAD = "from safetensors.torch import load_file"
IMAGE = 'image = Image.open("image.png").convert("RGB")'

TOLERANCE = 1e-4
"""How far logits may be from ours, relative to the largest: further away it is another arithmetic."""


@dataclass(frozen=True)
class Made:
    """A library's own `model`, untrained, and the name of the layer in it that is its classifier.

    With the `imports`, `model_lines` make `model` with its weights. `transform_lines` make `transform`, which
    prepares an image, and `class_lines` `classes`; they need `further_imports`. `files` are what all these
    read beside the weights, texts by name.
    """

    model: nn.Module
    last: str
    imports: Sequence[str]
    model_lines: Sequence[str]
    transform_lines: Sequence[str]
    class_lines: Sequence[str] = ()
    further_imports: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)


Make = Callable[[Sequence[str]], Made]
"""Makes a model that tells these classes apart; for none, one without a classifier."""


def export_image_model(encoder: ImageEncoder, classifier: Classifier | None, folder: Path, make: Make) -> str:
    """Write a trained encoder and its classifier into a folder; return Python that loads them."""
    if classifier is None:
        made = make(())
        _write(made, encoder.trunk.state_dict(), folder)
        return script(made.imports, *made.model_lines, "model.eval()", *_normalised(encoder))
    made = make(classifier.classes)
    state = _whole(made, encoder, classifier)
    if state is not None:
        _write(made, state, folder)
        return _python(made, "    logits = model(transform(image)[None])")
    made = make(())
    _write(made, encoder.trunk.state_dict(), folder)
    write_head(classifier, folder)
    return _python(
        made,
        "    pooled = model(transform(image)[None])",
        f"    {HEAD_LOGITS}  # the library's model has no place for just this layer",
        lines=(reading_head(folder), reading_classes(folder)),
        imports=(*READING, LOAD),
    )


def _whole(made: Made, encoder: ImageEncoder, classifier: Classifier) -> dict[str, Tensor] | None:
    """Return trunk and classifier under the library's names; None if its model computes something else."""
    own, layer = made.model.state_dict(), classifier.layer.state_dict()
    state = encoder.trunk.state_dict()
    for name, tensor in layer.items():
        place = own.get(f"{made.last}.{name}")
        if place is None or place.numel() != tensor.numel():
            return None
        # Convolutions of one position have more axes.
        state[f"{made.last}.{name}"] = tensor.reshape(place.shape)
    if state.keys() != own.keys() or any(state[name].shape != own[name].shape for name in own):
        return None
    made.model.load_state_dict(state)
    return state if _agrees(made.model, encoder, classifier) else None


@torch.no_grad()
def _agrees(model: nn.Module, encoder: ImageEncoder, classifier: Classifier) -> bool:
    """Tell whether a model gives the same logits of noise as encoder and classifier do."""
    random = torch.Generator().manual_seed(0)
    images = torch.randn(2, 3, *encoder.processor.size, generator=random)
    with evaluating(model, encoder, classifier.layer):
        expected, found = classifier.layer(encoder.encode(images).pooled), model(images)
    return bool((found - expected).abs().max() <= TOLERANCE * expected.abs().max())


def _write(made: Made, state: Mapping[str, Tensor], folder: Path) -> None:
    copies = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in state.items()}
    save_file(copies, folder / FILE, metadata={"format": "pt"})
    for name, text in made.files.items():
        (folder / name).write_text(text, encoding="utf-8")


def _python(made: Made, *computed: str, lines: Sequence[str] = (), imports: Sequence[str] = ()) -> str:
    return script(
        ["import torch", "from PIL import Image", *made.imports, *made.further_imports, *imports],
        *made.model_lines,
        "model.eval()",
        *lines or made.class_lines,
        *made.transform_lines,
        "",
        IMAGE,
        "with torch.inference_mode():",
        *computed,
        SHOWN,
    )


def _normalised(encoder: ImageEncoder) -> list[str]:
    both = (encoder.mean, encoder.std)
    mean, std = ([round(value, 6) for value in each.flatten().tolist()] for each in both)
    return [
        f"# Images [N, 3, H, W] with values in 0..1, less {mean}, divided by {std},",
        "# give the pooled features [N, D].",
    ]


TORCHVISION = (*READING, "from torchvision import transforms")
"""What lines with `torchvision_transform` and `reading_classes` import."""


def torchvision_transform(processor: ImageProcessor) -> list[str]:
    """Return lines that make the `transform` of torchvision that prepares an image as a processor does.

    Raises UnsuitableError if it has none: images must cover a square, or be stretched.
    """
    height, width = processor.size
    square = processor.fit == "cover" and len(set(processor.resize)) == 1
    if not (square or processor.fit == "stretch"):
        raise UnsuitableError("torchvision cannot prepare images of this size so; set 'fit: stretch'")
    side = [height, width] if processor.fit == "stretch" else min(processor.resize)
    mode = processor.interpolation.upper()
    return [
        "transform = transforms.Compose(",
        "    [",
        f"        transforms.Resize({side}, transforms.InterpolationMode.{mode}),",
        f"        transforms.CenterCrop([{height}, {width}]),",
        "        transforms.ToTensor(),",
        f"        {call('transforms.Normalize', list(processor.mean), list(processor.std))},",
        "    ]",
        ")",
    ]


def classes_file(classes: Sequence[str]) -> dict[str, str]:
    """Return the file that `reading_classes` has a script read."""
    return {CLASSES: json.dumps(list(classes), ensure_ascii=False, indent=1)} if classes else {}
