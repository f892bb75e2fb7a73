"""Rows of cells that differ in nothing but their seed. A plan is made of them: there are fewer than cells."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Generic, NamedTuple, Protocol, TypeVar, overload

from ..api import Limits, Settings
from .cell import Cell
from .entries import Choice, Pretraining

T = TypeVar("T")

Lineage = tuple[int, ...]
"""The seeds of a cell, of its parent, and so on."""


class Parts(NamedTuple):
    """What the cells of a row are made of."""

    dataset: Choice
    backbone: Choice
    objective: Choice
    settings: Settings
    limits: Limits

    @property
    def choices(self) -> tuple[Choice, Choice, Choice]:
        """The plugins, and what belongs to them."""
        return self[:3]

    @property
    def shared(self) -> tuple[int, int]:
        """What is equal for rows of the same data set and backbone, whatever the backbone starts from."""
        return id(self.dataset.value), id(self.backbone.value)

    @classmethod
    def of_parent(cls, child: Choice) -> Parts | None:
        """Return those of the cells that a backbone starts from; None if there are none."""
        origin, base = child.origin, child.base
        if not isinstance(origin, Pretraining) or base is None:
            return None
        return cls(origin.dataset, base, origin.objective, origin.settings, origin.limits)


class Maker(Protocol):
    """Makes the cells of rows."""

    def cell(self, row: Row, seed: int) -> Cell:
        """Return the cell of a seed."""


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """What is common to some cells, which its `maker` makes of `parts`.

    `parent` is the row of their parents, which have the same seeds, or all `parent_seed`. `key` is equal for
    rows whose cells are the same.
    """

    key: int
    maker: Maker
    parts: Parts
    parent: Row | None = None
    parent_seed: int | None = None

    def cell(self, seed: int) -> Cell:
        """Return the cell of a seed."""
        return self.maker.cell(self, seed)

    def parent_seeds(self, seeds: Sequence[int]) -> Sequence[int]:
        """Return the seeds of the parents of cells with these."""
        return seeds if self.parent_seed is None else (self.parent_seed,)

    def lineage(self, seed: int) -> Lineage:
        """Return the seeds of a cell and its ancestors."""
        if self.parent is None:
            return (seed,)
        return (seed, *self.parent.lineage(seed if self.parent_seed is None else self.parent_seed))


class Stretch(NamedTuple):
    """Some cells of a row."""

    row: Row
    seeds: Sequence[int]


class Taken:
    """Which cells there have been."""

    def __init__(self) -> None:
        self._first: dict[int, Stretch] = {}
        self._lineages: dict[int, set[Lineage]] = {}

    def fresh(self, stretch: Stretch) -> Stretch:
        """Return the cells that have not been, and take note of them."""
        row, seeds = stretch
        first = self._first.setdefault(row.key, stretch)
        if first is stretch:  # as nearly all are
            return stretch
        known = self._lineages.setdefault(row.key, set(map(first.row.lineage, first.seeds)))
        left = tuple(seed for seed in seeds if row.lineage(seed) not in known)
        known.update(map(row.lineage, left))
        return Stretch(row, left)

    def __contains__(self, cell: tuple[Row, int]) -> bool:
        """Tell whether the cell of a row and a seed has been."""
        row, seed = cell
        first = self._first.get(row.key)
        if first is None:
            return False
        known = self._lineages.setdefault(row.key, set(map(first.row.lineage, first.seeds)))
        return row.lineage(seed) in known


def distinct(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Give the cells of stretches, each once."""
    taken = Taken()
    for stretch in stretches:
        fresh = taken.fresh(stretch)
        if fresh.seeds:
            yield fresh


class Unrolled(Sequence[T], Generic[T]):
    """Something of each cell of some stretches, made whenever it is asked for: a million takes no memory."""

    def __init__(self, stretches: Sequence[Stretch], make: Callable[[Row, int], T]) -> None:
        self.stretches = stretches
        self.make = make

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(len(stretch.seeds) for stretch in self.stretches))

    def __len__(self) -> int:
        """Return the number of cells."""
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[T]:
        """Give that of each cell."""
        return (self.make(row, seed) for row, seeds in self.stretches for seed in seeds)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        """Return that of one cell, or of several."""
        if isinstance(index, slice):
            return tuple(self[position] for position in range(len(self))[index])
        position = range(len(self))[index]
        number = bisect(self._ends, position)
        row, seeds = self.stretches[number]
        return self.make(row, seeds[position - self._ends[number]])
