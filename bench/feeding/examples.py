"""Prepared examples by their position in a split: read from where they are kept, or made when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from ..api import Sample
from .arrays import Array, Arrays
from .prepared import CHUNK, INPUTS, TEXTS, Preparation, targets_of


class Examples(Protocol):
    """Where prepared examples come from."""

    @property
    def lengths(self) -> Array | None:
        """The length of each example, by the first input that varies; None if all are alike, or unknown."""
        ...

    @property
    def remarks(self) -> Mapping[str, int]:
        """How many examples have which remark (`Inputs`), as far as it is known."""
        ...

    def __len__(self) -> int:
        """Return the number of examples."""
        ...

    def samples(self, indices: Array) -> list[Sample]:
        """Return some examples. Their arrays may be written to, as torch.from_numpy expects."""
        ...

    def targets(self, indices: Array) -> list[dict[str, Array | str]]:
        """Return the targets of some examples."""
        ...

    def block(self, indices: Array) -> Mapping[str, Array] | None:
        """Return some examples at once, `[B, ...]` for each field; None if that is not possible."""
        ...


class KeptExamples:
    """Examples that were prepared once and are on disk."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    @property
    def lengths(self) -> Array | None:
        """The lengths of the first input that varies."""
        return self.arrays.lengths(INPUTS)

    @property
    def remarks(self) -> Mapping[str, int]:
        """How many examples have which remark."""
        remarks: Mapping[str, int] = self.arrays.facts["remarks"]
        return remarks

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.arrays)

    def samples(self, indices: Array) -> list[Sample]:
        """Return copies."""
        both = zip(self.arrays.rows(indices, INPUTS), self.targets(indices), strict=True)
        return [Sample(inputs, targets) for inputs, targets in both]

    def targets(self, indices: Array) -> list[dict[str, Array | str]]:
        """Return copies of the targets."""
        return targets_of(self.arrays, indices)

    def block(self, indices: Array) -> Mapping[str, Array] | None:
        """Return copies; None where some field is ragged, or a text."""
        texts = any(name.startswith(TEXTS) for name in self.arrays.columns)
        return None if texts else self.arrays.block(indices)


class FreshExamples:
    """Examples that are prepared each time they are asked for, in threads."""

    lengths = None
    remarks: Mapping[str, int] = {}

    def __init__(self, preparation: Preparation) -> None:
        self.preparation = preparation
        first = preparation.make(np.arange(min(CHUNK, len(preparation))))
        self.ragged = len({_shapes(sample) for sample in first}) > 1
        self._pool = ThreadPoolExecutor(preparation.threads, "prepare")
        self._latest: dict[int, dict[str, Array | str]] = {}

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.preparation)

    def samples(self, indices: Array) -> list[Sample]:
        """Prepare some examples."""
        shares = np.array_split(indices, self.preparation.threads)
        made = [sample for share in self._pool.map(self.preparation.make, shares) for sample in share]
        samples = [Sample(_writable(sample.inputs), _own(sample.targets)) for sample in made]
        self._latest = {
            index: dict(sample.targets) for index, sample in zip(indices.tolist(), samples, strict=True)
        }
        return samples

    def targets(self, indices: Array) -> list[dict[str, Array | str]]:
        """Return targets; those of the examples that were prepared last are still at hand."""
        if not self._latest.keys() >= set(indices.tolist()):
            self.samples(indices)
        return [self._latest[index] for index in indices.tolist()]

    def block(self, indices: Array) -> None:
        """Return None: they are made one by one."""

    def close(self) -> None:
        """End the threads; no example can be asked for any more."""
        self._pool.shutdown()


def _writable(arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {name: np.require(array, requirements="W") for name, array in arrays.items()}


def _own(targets: Mapping[str, Array | str]) -> dict[str, Array | str]:
    return {
        name: value if isinstance(value, str) else np.require(value, requirements="W")
        for name, value in targets.items()
    }


def _shapes(sample: Sample) -> tuple[tuple[int, ...], ...]:
    return tuple(array.shape for array in sample.inputs.values())
