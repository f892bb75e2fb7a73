"""Frozen features on disk: what an encoder made of a split, kept for every head that comes after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..api import Batch, Cost, Encoder, Features, Targets, Task
from ..errors import UnsuitableError
from .arrays import Array, Arrays, ArraysWriter
from .prepared import target_row

FORMAT = 5
"""Increased when something else is kept of the same features."""

MAP = "map"
MEMORY = "memory"
ALONG = (MAP, MEMORY)
"""What goes along a sequence, an item for each of its places."""

LENGTHS = "lengths"
"""The lengths of the sequences that an example of several rows is made of; its maps are these end to end."""


def encode(encoder: Encoder, batch: Batch) -> Features:
    """Return what an encoder makes of a batch's inputs, with the rows of each example."""
    features = encoder(batch.inputs)
    return features if batch.rows is None else replace(features, rows=batch.rows)


def look(encoder: Encoder, task: Task) -> None:
    """Tell an encoder what a task reads of its features."""
    encoder.reads = task.reads
    encoder.levels = frozenset(task.levels(encoder.spec)) if "maps" in task.reads else frozenset()


def with_asked(features: Features, task: Task, targets: Targets) -> Features:
    """Return features with those targets that the task's head is shown with them."""
    return replace(features, asked={name: targets[name] for name in task.asks}) if task.asks else features


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

    They keep the precision that they were made in. The targets are kept with them, so that features can be
    used without the data they are of.
    """

    def __init__(self, arrays: ArraysWriter, parts: frozenset[str]) -> None:
        self.arrays = arrays
        self.parts = parts
        self.order: list[int] = []
        self.sequences = False
        self.several = False
        self.maps = 0
        self.size: tuple[int, int] | None = None
        self.in_bf16: set[str] = set()

    def add(
        self, indices: Sequence[int], features: Features, targets: Sequence[Mapping[str, Array | str]]
    ) -> None:
        """Append the features of a batch, and the targets of each of its examples.

        Raises UnsuitableError if there are not as many features as the examples have rows.
        """
        self.order.extend(indices)
        self.several = features.rows is not None
        self.maps, self.size = len(features.maps), features.size
        examples = self._examples(features, len(indices))
        named = [target_row(target) for target in targets]
        self.arrays.append([example | target for example, target in zip(examples, named, strict=True)])

    def _examples(self, features: Features, count: int) -> list[dict[str, Array]]:
        """Return what is kept of each example."""
        packed = self._pack(features)
        rows = [1] * count if features.rows is None else features.rows.tolist()
        for name, values in packed.items():
            if len(values) != sum(rows) or len(rows) != count:
                raise UnsuitableError(
                    f"the encoder gives '{name}' for {len(values)} rows, and the batch has {sum(rows)}; "
                    "if an example is several rows, `collate` must say so in `Batch.rows`"
                )
        lengths = self._lengths(features)
        examples = [_example(packed, lengths, part) for part in _slices(rows)]
        return examples if self.several else [_only_row(example) for example in examples]

    def _lengths(self, features: Features) -> Array | None:
        """Return the length of each row's sequence; None where no sequences are kept."""
        if "maps" not in self.parts or features.mask is None:
            return None
        self.sequences = True
        lengths: Array = features.mask.sum(dim=1).cpu().numpy()
        return lengths

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
            several=self.several,
            maps=self.maps,
            size=self.size,
            bf16=sorted(self.in_bf16),
            examples=cost.examples,
            seconds=cost.seconds,
            remarks=dict(remarks),
        )

    def _pack(self, features: Features) -> dict[str, Array]:
        packed: dict[str, Tensor] = {}
        if "pooled" in self.parts:
            packed["pooled"] = features.pooled
        if "maps" in self.parts:
            packed |= {f"{MAP}{index}": map_ for index, map_ in enumerate(features.maps) if map_.numel()}
        if "memory" in self.parts:
            packed |= {f"{MEMORY}{index}": tensor for index, tensor in enumerate(features.memory)}
        self.in_bf16 |= {name for name, tensor in packed.items() if tensor.dtype == torch.bfloat16}
        return {name: _as_numpy(tensor) for name, tensor in packed.items()}


def _as_numpy(tensor: Tensor) -> Array:
    """Return a tensor as an array; bf16, which NumPy does not have, by its bytes."""
    plain = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
    array: Array = plain.cpu().numpy()
    return array


def _slices(rows: Sequence[int]) -> Iterator[slice]:
    """Give the rows of each example."""
    end = 0
    for count in rows:
        end += count
        yield slice(end - count, end)


def _example(packed: Mapping[str, Array], lengths: Array | None, rows: slice) -> dict[str, Array]:
    """Return what is kept of an example's rows; those of sequences end to end, without their padding."""
    own = {name: values[rows] for name, values in packed.items()}
    if lengths is None:
        return own
    joined = {
        name: np.concatenate([row[:length] for row, length in zip(values, lengths[rows], strict=True)])
        for name, values in own.items()
        if name.startswith(ALONG)
    }
    return {**own, **joined, LENGTHS: lengths[rows]}


def _only_row(example: Mapping[str, Array]) -> dict[str, Array]:
    """Return an example of one row without the axis of rows; a sequence has lost it already."""
    sequence = LENGTHS in example
    return {
        name: values if sequence and name.startswith(ALONG) else values[0]
        for name, values in example.items()
        if name != LENGTHS
    }


class FeatureReader:
    """Gives batches of kept features, in float32; parts that were not kept are empty."""

    def __init__(self, folder: Path) -> None:
        self.arrays = Arrays(folder)
        self.rows = np.fromfile(folder / "rows", np.int64)
        facts = self.arrays.facts
        kept = any(name.startswith(MAP) for name in self.arrays.columns)
        self.maps = [f"{MAP}{index}" for index in range(facts["maps"])] if kept else []
        self.memory = [name for name in self.arrays.columns if name.startswith(MEMORY)]
        self.size = (facts["size"][0], facts["size"][1]) if facts["size"] else None
        self.in_bf16: list[str] = facts["bf16"]
        self.sequences: bool = facts["sequences"]
        self.several: bool = facts["several"]
        self.cost = Cost(facts["examples"], facts["seconds"])
        self.remarks: Mapping[str, int] = facts["remarks"]

    @property
    def lengths(self) -> Array | None:
        """The length of each example's sequence, by position; None where all are alike."""
        lengths = self.arrays.lengths(MAP)
        return None if lengths is None else lengths[self.rows]

    def batch(self, indices: Array) -> Features:
        """Return the features of the examples at these positions, padded at the end."""
        at = self.rows[indices]
        pooled = self._joined("pooled", at)
        counts = self._counts(at) if self.several else None
        if not self.sequences:
            maps = tuple(self._joined(name, at) for name in self.maps)
            return Features(pooled, maps, rows=counts, size=self.size)
        mask = _mask([len(sequence) for sequence in self._sequences(self.maps[-1], at)])
        maps, memory = (tuple(self._padded(name, at) for name in names) for names in (self.maps, self.memory))
        return Features(pooled, maps, mask, counts, memory=memory)

    def _joined(self, name: str, at: Array) -> Tensor:
        """Return what was kept of some examples as one tensor, `[rows, ...]`; empty if that is nothing."""
        if name not in self.arrays.columns:
            return torch.empty(0)
        if self.several:
            return self._as_tensor(name, np.concatenate(self.arrays.views(name, at)))
        return self._as_tensor(name, self.arrays.columns[name][at])

    def _padded(self, name: str, at: Array) -> Tensor:
        """Return the sequences of some examples as one tensor, `[rows, L, ...]`; empty if none were kept."""
        if name not in self.arrays.columns:
            return torch.empty(0)
        return self._as_tensor(name, _pad(self._sequences(name, at)))

    def _as_tensor(self, name: str, values: Array) -> Tensor:
        """Return an array as it was before it was kept, in float32, which holds it as it is."""
        tensor = torch.from_numpy(values)
        return (tensor.view(torch.bfloat16) if name in self.in_bf16 else tensor).float()

    def _sequences(self, name: str, at: Array) -> list[Array]:
        """Return a sequence for each row of some examples."""
        views = self.arrays.views(name, at)
        if not self.several:
            return views
        edges = [np.cumsum(lengths)[:-1] for lengths in self.arrays.views(LENGTHS, at)]
        return [row for view, own in zip(views, edges, strict=True) for row in np.split(view, own)]

    def _counts(self, at: Array) -> Tensor:
        """Return how many rows each of some examples is."""
        name = LENGTHS if self.sequences else next(iter({"pooled", *self.maps} & self.arrays.columns.keys()))
        return torch.tensor([len(rows) for rows in self.arrays.views(name, at)])


def _pad(cells: Sequence[Array]) -> Array:
    longest = max(len(cell) for cell in cells)
    padded = np.zeros((len(cells), longest, *cells[0].shape[1:]), cells[0].dtype)
    for index, cell in enumerate(cells):
        padded[index, : len(cell)] = cell
    return padded


def _mask(lengths: Sequence[int]) -> Tensor:
    return torch.arange(max(lengths))[None, :] < torch.tensor(lengths)[:, None]
