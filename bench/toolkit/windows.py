"""Examples that are several rows of tokens: kept end to end, and put together to a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..api import Inputs, Sample
from .alignment import Window
from .texts import pad

LENGTHS = "lengths"


def pack(windows: Sequence[Window], *, types: bool, remark: str = "") -> Inputs:
    """Return the rows of an example end to end: `ids` (and `types`), `[sum of L]`, and `lengths`, `[R]`."""
    arrays = {"ids": np.concatenate([window.ids for window in windows])}
    if types:
        arrays["types"] = np.concatenate([window.types for window in windows]).astype(np.uint8)
    arrays[LENGTHS] = np.array([len(window.ids) for window in windows], dtype=np.int32)
    return Inputs(arrays, remark)


def end_to_end(rows: Sequence[Mapping[str, np.ndarray]]) -> Inputs:
    """Return texts that are rows of one example, as a `TextProcessor` gives each, as `pack` does."""
    arrays = {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
    arrays[LENGTHS] = np.array([len(row["ids"]) for row in rows], dtype=np.int32)
    remarks = (row.remark for row in rows if isinstance(row, Inputs) and row.remark)
    return Inputs(arrays, next(remarks, ""))


def collate_windows(samples: Sequence[Sample]) -> tuple[dict[str, Tensor], Tensor | None]:
    """Return the inputs of samples as a batch, `[R, L]` with R the rows of all, and how many are each one's.

    `mask` is true at tokens and false at padding. Samples without inputs, where features stand for these,
    give an empty mapping, and None.
    """
    if not samples[0].inputs:
        return {}, None
    rows = torch.tensor([len(sample.inputs[LENGTHS]) for sample in samples])
    names = [name for name in samples[0].inputs if name != LENGTHS]
    inputs = {name: pad([row for sample in samples for row in _rows(sample, name)]) for name in names}
    lengths = torch.from_numpy(np.concatenate([sample.inputs[LENGTHS] for sample in samples]))
    inputs["mask"] = torch.arange(inputs["ids"].shape[1]) < lengths[:, None]
    return inputs, rows


def _rows(sample: Sample, name: str) -> list[np.ndarray]:
    return np.split(sample.inputs[name], np.cumsum(sample.inputs[LENGTHS])[:-1])
