"""Whether a training has diverged: numbers that are not finite, wherever they would pass for a result.

A class is always found among logits that are NaN (the first one), so that accuracy stays a plain number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import torch
from torch import Tensor, nn

from ..api import Predictions, Split
from ..errors import UnsuitableError

ADVICE = "has the training diverged? lower 'lr'"


def broken(predictions: Predictions) -> Tensor | None:
    """Tell of which examples a prediction is not finite, `[N]`; None if none could be."""
    tensors = (value for value in predictions.values() if isinstance(value, Tensor))
    floats = [tensor.reshape(len(tensor), -1) for tensor in tensors if tensor.is_floating_point()]
    found = [~tensor.isfinite().all(dim=1) for tensor in floats]
    return torch.stack(found).any(dim=0) if found else None


def demand_finite_weights(modules: Iterable[nn.Module]) -> None:
    """Raise UnsuitableError if parameters or buffers hold numbers that are not finite."""
    tensors = {
        name: tensor
        for module in modules
        for name, tensor in module.state_dict().items()
        if tensor.is_floating_point()
    }
    wrong = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if wrong:
        raise UnsuitableError(
            f"after training, {len(wrong)} of {len(tensors)} tensors hold numbers that are not finite, "
            f"such as {wrong[0]}; {ADVICE}"
        )


def divergence_notes(passed_over: Mapping[Split, int]) -> Iterator[str]:
    """Give notes on how often a choice on a split passed over predictions that were not finite."""
    for split, count in passed_over.items():
        if count:
            yield f"{split}: {count} times predictions were not finite and could not be chosen; {ADVICE}"
