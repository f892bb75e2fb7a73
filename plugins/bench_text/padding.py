"""Models that read padding like text: found out by trying, and given texts of one length at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn.functional import pad

NOISE = 1e-4
"""How far apart, as a share of the largest value, two computations of the same may be by rounding."""

Compute = Callable[[Mapping[str, Tensor]], Tensor]
"""Makes `[N, L, C]` or `[N, C]` of tensors `[N, L, ...]`, of which `mask` is true where a text is."""


def reads_padding(compute: Compute, example: Mapping[str, Tensor], shortest: int = 1) -> bool:
    """Tell whether a text's result depends on the padding after it, given an example `[1, L, ...]`.

    `shortest` is the least length that can be computed.
    """
    short = max(example["mask"].shape[1] // 2, shortest)
    alone = compute({name: tensor[:, :short] for name, tensor in example.items()})
    cut = {name: tensor.clone() for name, tensor in example.items()}
    for tensor in cut.values():
        tensor[:, short:] = 0
    padded = compute({name: torch.cat([example[name], cut[name]]) for name in example})[1:]
    if padded.ndim == 3:
        padded = padded[:, :short]
    return not same(padded, alone)


def same(one: Tensor, other: Tensor) -> bool:
    """Tell whether two results are the same but for rounding."""
    if one.shape != other.shape:
        return False
    return torch.allclose(one, other, rtol=0, atol=NOISE * float(other.abs().max()))


def by_length(compute: Compute, inputs: Mapping[str, Tensor], shortest: int = 1) -> Tensor:
    """Return what is computed of texts of one length at a time, without padding; zeros stand for padding.

    Those that are shorter than `shortest`, the least length that can be computed, are padded to it.
    """
    lengths = inputs["mask"].sum(dim=1)
    longest = inputs["mask"].shape[1]
    results: list[Tensor] = [torch.empty(0)] * len(lengths)
    for length in lengths.unique().tolist():
        rows = (lengths == length).nonzero().flatten()
        part = compute({name: _of_length(t[rows], max(length, shortest)) for name, t in inputs.items()})
        if part.ndim == 3:
            part = _of_length(part[:, :length], longest)
        for row, result in zip(rows.tolist(), part, strict=True):
            results[row] = result
    return torch.stack(results)


def _of_length(tensor: Tensor, length: int) -> Tensor:
    """Cut or fill up with zeros a tensor `[N, L, ...]` to a length."""
    missing = length - tensor.shape[1]
    return tensor[:, :length] if missing <= 0 else pad(tensor, (*(0, 0) * (tensor.ndim - 2), 0, missing))
