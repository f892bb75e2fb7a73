"""Does a backbone keep its contract?"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn

from ..api import Backbone, Dataset, Encoder, Example, Features, Task
from ..registry import Registry
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
    encoder = _load(backbone)
    module = cast(nn.Module, encoder)
    if not isinstance(encoder, nn.Module):
        yield f"load gives a {type(encoder).__name__}, not a torch.nn.Module"
        return
    examples = few_examples(dataset)
    yield from _check_state(module, cast(nn.Module, _load(backbone)))
    yield from _check_processor(encoder, examples[0])
    yield from _check_blocks(encoder)
    yield from _check_native_head(encoder, task, dataset)
    module.eval()
    batch = batch_of(task, encoder, examples)
    features = encoder(batch.inputs)
    yield from _check_features(encoder, features, batch.size)
    alone = encoder(batch_of(task, encoder, examples[:1]).inputs)
    if not torch.allclose(alone.pooled, features.pooled[:1], rtol=1e-3, atol=1e-4):
        yield "in evaluation an example's features depend on what else is in its batch, or on chance"
    yield from _check_gradient(module, features)


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
    own = {id(p) for p in cast(nn.Module, encoder).parameters()}
    if len(held) != len(set(held)):
        yield "its blocks hold a parameter twice"
    if set(held) != own:
        yield f"its blocks hold {len(set(held) & own)} of its {len(own)} parameters"


def _check_native_head(encoder: Encoder, task: Task, dataset: Dataset) -> Iterator[str]:
    head = encoder.native_head(task, dataset.info())
    if head is not None and not isinstance(head, nn.Module):
        yield f"native_head gives a {type(head).__name__}, neither a module nor None"


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


def _check_gradient(module: nn.Module, features: Features) -> Iterator[str]:
    if features.pooled.requires_grad:
        torch.autograd.backward(features.pooled.float().square().sum())
    if not any(p.grad is not None and p.grad.any() for p in module.parameters()):
        yield "no gradient reaches any of its parameters"
