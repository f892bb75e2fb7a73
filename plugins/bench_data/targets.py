"""What is asked of each row: the values of a column, as the kind of target that a task asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import datasets
import numpy as np

from bench import DataError, Split

from .classes import in_order, quoted
from .kinds import read_value
from .label_column import UNLABELLED, LabelColumn, class_index, class_names, distinct
from .label_column import targets as class_targets
from .parts import Part, column_of

Parts = Mapping[Split, Sequence[Part]]


@dataclass(frozen=True)
class Asked:
    """The targets of the rows of each split that has some, and the classes that they are of."""

    splits: Mapping[Split, Sequence[Any]]
    classes: tuple[str, ...] = ()


def read_targets(kind: str | None, parts: Parts, column: str, classes: tuple[str, ...] | None) -> Asked:
    """Return targets of a kind (`bench.Example`) from a column; of another kind, what the column holds.

    Where nothing is asked, the target of a row is its number. Classes that are not given are what the data
    calls them. Raises DataError for a missing column, and a row whose value is no such target.
    """
    if kind is None:
        return Asked({split: range(sum(len(part.rows) for part in own)) for split, own in parts.items()})
    if kind == "class":
        return _single(parts, column, classes)
    if kind in LISTS:
        return _lists(parts, column, classes, kind)
    return Asked({split: [*_values(own, column, kind)] for split, own in parts.items()})


def _single(parts: Parts, column: str, classes: tuple[str, ...] | None) -> Asked:
    """Return a class for each row. A split whose labels are all -1 is unlabelled, and left out."""
    labels = {split: [LabelColumn.of(part, column) for part in group] for split, group in parts.items()}
    labels = {split: group for split, group in labels.items() if distinct(group) != {UNLABELLED}}
    if not labels:
        raise DataError(f"no split has labels in column '{column}'", "label")
    classes = classes or class_names(labels, column)
    index = class_index(labels, classes)
    found = {
        split: np.concatenate([class_targets(item, index, classes, column) for item in group]).tolist()
        for split, group in labels.items()
    }
    return Asked(found, classes)


def _lists(parts: Parts, column: str, classes: tuple[str, ...] | None, kind: str) -> Asked:
    """Return several classes for each row, in the order of the kind."""
    named = classes or _named(parts, column)
    found = {split: [*_values(own, column, kind)] for split, own in parts.items()}
    if named is None:
        deciding = found.get("train") or [row for rows in found.values() for row in rows]
        named = in_order(name for row in deciding for name in row)
    index = {name: number for number, name in enumerate(named)}
    for split, rows in found.items():
        for number, row in enumerate(rows):
            unknown = next((name for name in row if name not in index), None)
            if unknown is not None:
                raise DataError(
                    f"{place(parts[split], number)}: '{unknown}' in column '{column}' is no class; "
                    f"the classes are {quoted(named)}",
                    "label",
                )
    arranged = LISTS[kind]
    splits = {
        split: [arranged([index[name] for name in row]) for row in rows] for split, rows in found.items()
    }
    return Asked(splits, named)


def _named(parts: Parts, column: str) -> tuple[str, ...] | None:
    """Return the class names that the column's type lists, if it does."""
    part = next(part for group in parts.values() for part in group)
    feature = getattr(part.rows.features.get(column), "feature", None)
    return tuple(feature.names) if isinstance(feature, datasets.ClassLabel) else None


def place(parts: Sequence[Part], number: int) -> str:
    """Return where a row of a split is: its file, and its number there."""
    for part in parts:
        if number < len(part.rows):
            break
        number -= len(part.rows)
    return f"{part.where}, row {number + 1}"


def _values(parts: Sequence[Part], column: str, kind: str) -> Iterator[Any]:
    """Give what is read of each row's value. Raises DataError for one of which nothing can be."""
    for part in parts:
        feature = part.rows.features.get(column)
        names = getattr(getattr(feature, "feature", None), "names", None)
        for row, scalar in enumerate(column_of(part, column, "label"), 1):
            value = scalar.as_py()
            try:
                yield read_value(kind, [names[item] for item in value] if names else value)
            except ValueError as error:
                raise DataError(
                    f"{part.where}, row {row}: column '{column}' holds {error}", "label"
                ) from error


def _ascending(classes: list[int]) -> tuple[int, ...]:
    return tuple(sorted(set(classes)))


LISTS: Mapping[str, Callable[[list[int]], tuple[int, ...]]] = {"classes": _ascending, "tags": tuple}
