"""Does a backbone keep its contract?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ..api import Backbone, Encoder, Example, Features, NativePart
from ..registry import Registry
from ..toolkit.class_names import unknown_classes
from ..trial.artifacts import load_encoder, save_encoder
from .partners import batch_of, few_examples, partner_data


def check_backbone(backbone: Backbone, registry: Registry) -> Iterator[str]:
    """Give what is wrong with a backbone, tried on the first data set of its modality."""
    modalities = backbone.modalities()
    if not modalities:
        yield "reads no modality"
        return
    what = f"data set of modality {' or '.join(map(repr, sorted(modalities)))}"
    dataset, task = partner_data(registry, lambda task: task.modality in modalities, what)
    backbone.check()
    encoder = _load(backbone)
    for name, base in (("torch.nn.Module", nn.Module), ("bench.Encoder", Encoder)):
        if not isinstance(encoder, base):
            yield f"load gives a {type(encoder).__name__}, not a {name}"
            return
    examples = few_examples(dataset)
    yield from _check_state(encoder, _load(backbone))
    yield from _check_processor(encoder, examples[0])
    yield from _check_blocks(encoder)
    encoder.eval()
    batch = batch_of(task, encoder, examples)
    yield from _check_levels(encoder, encoder(batch.inputs))
    encoder.levels = frozenset(range(len(encoder.spec.strides)))
    features = encoder(batch.inputs)
    rows = batch.size if batch.rows is None else int(batch.rows.sum())
    yield from _check_features(encoder, features, rows)
    yield from _check_strides(backbone, encoder, features)
    yield from _check_native(encoder, features)
    yield from _check_class_names(backbone, encoder)
    alone = encoder(batch_of(task, encoder, examples[:1]).inputs)
    same = features.pooled[: len(alone.pooled)]
    if not torch.allclose(alone.pooled, same, rtol=1e-3, atol=1e-4):
        yield "in evaluation an example's features depend on what else is in its batch, or on chance"
    yield from _check_gradient(encoder, features)


def _load(backbone: Backbone) -> Encoder:
    torch.manual_seed(0)
    return backbone.load()


def _check_state(module: nn.Module, twin: nn.Module) -> Iterator[str]:
    state, other = module.state_dict(), twin.state_dict()
    if state.keys() != other.keys() or any(not torch.equal(state[name], other[name]) for name in state):
        yield "two loads from one seed give different weights"
    try:
        with tempfile.TemporaryDirectory() as folder:
            save_encoder(module, Path(folder) / "encoder")
            load_encoder(twin, Path(folder) / "encoder")
    except Exception as error:
        yield f"its weights cannot be saved and loaded again, as 'from:' does: {error}"


def _check_processor(encoder: Encoder, example: Example) -> Iterator[str]:
    processor = encoder.processor
    if not isinstance(processor.digest, str) or not processor.digest:
        yield "its processor has no digest"
    first, second = processor(example.input), processor(example.input)
    for name, array in first.items():
        if not isinstance(array, np.ndarray):
            yield f"its processor gives '{name}' as {type(array).__name__}, not as a NumPy array"
        elif not np.array_equal(array, second[name]):
            yield f"its processor gives another '{name}' for the same input"


def _check_blocks(encoder: Encoder) -> Iterator[str]:
    held = [id(p) for block in encoder.blocks() for p in block.parameters()]
    own = {id(p) for p in encoder.parameters()}
    if len(held) != len(set(held)):
        yield "its blocks hold a parameter twice"
    if set(held) != own:
        yield f"its blocks hold {len(set(held) & own)} of its {len(own)} parameters"


def _check_native(encoder: Encoder, features: Features) -> Iterator[str]:
    for part in encoder.native:
        if not isinstance(part, NativePart):
            yield f"one of its native parts is a {type(part).__name__}, not a NativePart"
            continue
        if part.classes is not None and len(part.classes) not in (0, part.outputs):
            yield f"its native {part.role} has {part.outputs} outputs and names {len(part.classes)} classes"
        module = part.build()
        if module is None:
            continue
        if not isinstance(module, nn.Module):
            yield f"its native {part.role} is a {type(module).__name__}, neither a module nor None"
        elif part.role == "classifier":
            shape, wanted = list(module.eval()(features).shape), [len(features.pooled), part.outputs]
            if shape != wanted:
                yield f"its native classifier gives {shape}, its outputs say {wanted}"


def _check_class_names(backbone: Backbone, encoder: Encoder) -> Iterator[str]:
    """What is known when planning must hold of what is loaded: cells are left out because of it."""
    planned = backbone.class_names()
    if planned is None:
        return
    for part in encoder.native:
        for names in part.classes or ():
            if len(unknown_classes(names, planned)) == len(names):
                yield f"its native {part.role} knows {min(names)!r}, which class_names() does not list"
                return


def _check_features(encoder: Encoder, features: Features, count: int) -> Iterator[str]:
    spec, mask = encoder.spec, features.mask
    if tuple(features.pooled.shape) != (count, spec.pooled):
        yield f"pooled is {list(features.pooled.shape)}, its spec says [{count}, {spec.pooled}]"
    if len(features.maps) != len(spec.channels) or len(spec.strides) != len(spec.channels):
        yield (
            f"gives {len(features.maps)} maps, its spec says {len(spec.channels)} "
            f"with {len(spec.strides)} strides"
        )
    axis = 1 if mask is None else 2
    for index, (found, channels) in enumerate(zip(features.maps, spec.channels, strict=False)):
        if found.shape[axis] != channels:
            yield f"map {index} is {list(found.shape)}, its spec says {channels} channels"
        if mask is not None and found.shape[:2] != mask.shape:
            yield f"map {index} is {list(found.shape)}, its mask {list(mask.shape)}"
    if not features.pooled.isfinite().all():
        yield "its features are not finite"


def _check_levels(encoder: Encoder, features: Features) -> Iterator[str]:
    """Tell whether the deepest map is there and none is missing where no other is asked for."""
    if len(features.maps) != len(encoder.spec.channels):
        return  # said of all maps
    if features.maps and not features.maps[-1].numel():
        yield "its deepest map is empty; it must be there whatever `levels` says"


def _check_strides(backbone: Backbone, encoder: Encoder, features: Features) -> Iterator[str]:
    spec, planned = encoder.spec, backbone.strides()
    if planned is not None and planned != spec.strides:
        yield f"strides() gives {planned} when planning, its spec says {spec.strides}"
    of_images = [map_ for map_ in features.maps if map_.ndim == 4]
    if of_images and features.size is None:
        yield "its features lack the size of the images, which heads on maps need"
        return
    for index, (map_, stride) in enumerate(zip(of_images, spec.strides, strict=False)):
        for side, pixels in zip(map_.shape[2:], features.size or (), strict=True):
            if abs(side - pixels / stride) > 1 + side / 9:  # some layers lose places at the borders
                yield f"map {index} has {side} positions for {pixels} pixels, its spec says stride {stride}"


def _check_gradient(module: nn.Module, features: Features) -> Iterator[str]:
    if features.pooled.requires_grad:
        torch.autograd.backward(features.pooled.float().square().sum())
    parameters = list(module.parameters())  # none, where features are made by hand
    if parameters and not any(p.grad is not None and p.grad.any() for p in parameters):
        yield "no gradient reaches any of its parameters"
