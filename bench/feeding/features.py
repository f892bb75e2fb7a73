"""Frozen features on disk: what an encoder made of a split, kept for every head that comes after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..api import Cost, Features
from .arrays import Array, Arrays, ArraysWriter
from .prepared import TARGETS

FORMAT = 3
"""Increased when something else is kept of the same features."""

MAP = "map"


def encoder_digest(encoder: nn.Module) -> str:
    """Return the sha256 over names, types, shapes and bytes of all parameters and buffers."""
    state = sha256(type(encoder).__qualname__.encode())
    for name, tensor in sorted(encoder.state_dict().items()):
        state.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        # Bytes as they are: bf16 has no NumPy type.
        state.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
    return state.hexdigest()


class FeatureWriter:
    """Keeps parts of the features of batches that come in any order; sequences lose their padding.

    The targets are kept with them, so that features can be used without the data they are of.
    """

    def __init__(self, arrays: ArraysWriter, parts: frozenset[str]) -> None:
        self.arrays = arrays
        self.parts = parts
        self.order: list[int] = []
        self.sequences = False

    def add(self, indices: Sequence[int], features: Features, targets: Sequence[Mapping[str, Array]]) -> None:
        """Append the features of a batch, and the targets of each of its examples."""
        self.order.extend(indices)
        rows = self._rows(features, len(indices))
        named = [{TARGETS + name: value for name, value in target.items()} for target in targets]
        self.arrays.append([row | target for row, target in zip(rows, named, strict=True)])

    def _rows(self, features: Features, count: int) -> list[dict[str, Array]]:
        packed = self._pack(features)
        rows = [{name: values[at] for name, values in packed.items()} for at in range(count)]
        if "maps" in self.parts and features.mask is not None:
            self.sequences = True
            for row, length in zip(rows, features.mask.sum(dim=1).tolist(), strict=True):
                row |= {name: values[:length] for name, values in row.items() if name.startswith(MAP)}
        return rows

    def estimate(self, count: int, lengths: Array | None) -> float:
        """Return the bytes that `count` examples, of `lengths` if these are known, will take."""
        if self.sequences and lengths is not None:
            return float(self.arrays.bytes / lengths[self.order].sum() * lengths.sum())
        return self.arrays.bytes / len(self.order) * count

    def close(self, cost: Cost, remarks: Mapping[str, int]) -> None:
        """Finish, and note what it cost to compute, and how many examples have which remark."""
        np.argsort(self.order).astype(np.int64).tofile(self.arrays.folder / "rows")
        self.arrays.close(
            sequences=self.sequences,
            examples=cost.examples,
            seconds=cost.seconds,
            remarks=dict(remarks),
        )

    def _pack(self, features: Features) -> dict[str, Array]:
        packed: dict[str, Tensor] = {}
        if "pooled" in self.parts:
            packed["pooled"] = features.pooled
        if "maps" in self.parts:
            packed |= {f"{MAP}{index}": tensor for index, tensor in enumerate(features.maps)}
        return {name: tensor.float().cpu().numpy() for name, tensor in packed.items()}


class FeatureReader:
    """Gives batches of kept features; parts that were not kept are empty."""

    def __init__(self, folder: Path) -> None:
        self.arrays = Arrays(folder)
        self.rows = np.fromfile(folder / "rows", np.int64)
        self.maps = [name for name in self.arrays.columns if name.startswith(MAP)]
        facts = self.arrays.facts
        self.sequences: bool = facts["sequences"]
        self.cost = Cost(facts["examples"], facts["seconds"])
        self.remarks: Mapping[str, int] = facts["remarks"]

    @property
    def lengths(self) -> Array | None:
        """The length of each example's sequence, by position; None where all are alike."""
        lengths = self.arrays.lengths(MAP)
        return None if lengths is None else lengths[self.rows]

    def batch(self, indices: Array) -> Features:
        """Return the features of the examples at these positions, padded at the end."""
        rows = self.rows[indices]
        columns = self.arrays.columns
        pooled = torch.from_numpy(columns["pooled"][rows]) if "pooled" in columns else torch.empty(0)
        if not self.sequences:
            return Features(pooled, tuple(torch.from_numpy(columns[name][rows]) for name in self.maps))
        maps = [self.arrays.views(name, rows) for name in self.maps]
        return Features(pooled, tuple(_pad(cells) for cells in maps), _mask([len(cell) for cell in maps[0]]))


def _pad(cells: Sequence[Array]) -> Tensor:
    longest = max(len(cell) for cell in cells)
    padded = np.zeros((len(cells), longest, *cells[0].shape[1:]), cells[0].dtype)
    for index, cell in enumerate(cells):
        padded[index, : len(cell)] = cell
    return torch.from_numpy(padded)


def _mask(lengths: Sequence[int]) -> Tensor:
    return torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]
