"""The order of a plan: alike cells side by side, parents before their children, and what `--only` leaves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from .entries import Choice
from .matrix import Combination
from .rows import Stretch, Taken, distinct
from .titles import fits, title


def grouped(points: Sequence[Combination]) -> list[Combination]:
    """Return the points by data set and backbone, each in the order of first mention."""
    rank: dict[Choice, int] = {}
    for point in points:
        rank.setdefault(point.dataset, len(rank))
        rank.setdefault(point.backbone, len(rank))
    return sorted(points, key=lambda point: (rank[point.dataset], rank[point.backbone]))


def with_parents(wanted: Sequence[Stretch]) -> list[Stretch]:
    """Return the cells and their ancestors; those that a group of cells needs come before the group."""
    placed: list[Stretch] = []
    taken = Taken()

    def place(stretches: Sequence[Stretch]) -> None:
        parents = [Stretch(row.parent, row.parent_seeds(seeds)) for row, seeds in stretches if row.parent]
        if parents:
            place(list(distinct(parents)))
        placed.extend(fresh for stretch in stretches if (fresh := taken.fresh(stretch)).seeds)

    for _, group in groupby(wanted, key=lambda stretch: stretch.row.parts.shared):
        place(list(group))
    return placed


def fitting(stretches: Iterable[Stretch], only: str) -> Iterator[Stretch]:
    """Give the cells whose titles `only` selects."""
    for row, seeds in stretches:
        labels = row.cell(seeds[0]).labels
        left = tuple(seed for seed in seeds if fits(title(labels, seed), only))
        if left:
            yield Stretch(row, left)


def selected(stretches: Sequence[Stretch], only: str) -> Iterator[Stretch]:
    """Give the cells that `only` selects, and their ancestors."""
    needed = Taken()
    for stretch in fitting(stretches, only):
        line: Stretch | None = stretch
        while line is not None:
            needed.fresh(line)
            row, seeds = line
            line = Stretch(row.parent, row.parent_seeds(seeds)) if row.parent else None
    for row, seeds in stretches:
        left = tuple(seed for seed in seeds if (row, seed) in needed)
        if left:
            yield Stretch(row, left)
