"""The column of classes: which labels it holds, what classes they are, and the class of each row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import datasets
import numpy as np

from bench import DataError, Split

from .classes import in_order, positions, quoted
from .labels import is_missing, refuse_others, spell
from .parts import Part, column_of
from .records import no_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNLABELLED = "-1"


@dataclass(frozen=True)
class LabelColumn:
    """The label column of a part: distinct labels as text, and the position in these for each row.

    `known` are the class names that the column's type lists, in order, if it does.
    """

    where: str
    distinct: list[str]
    codes: NDArray[np.int64]
    known: tuple[str, ...] = ()

    @classmethod
    def of(cls, part: Part, name: str) -> LabelColumn:
        """Return the labels in a column of that name. Raises DataError if these can be no classes."""
        feature = part.rows.features.get(name)
        column = column_of(part, name, "label")
        if not isinstance(feature, datasets.Value | datasets.ClassLabel):
            raise _no_class(part, name, column.type)
        encoded = column.combine_chunks().dictionary_encode()
        known = tuple(feature.names) if isinstance(feature, datasets.ClassLabel) else ()
        values = encoded.dictionary.to_pylist()
        if not all(isinstance(value, str | int | float) for value in values):
            raise _no_class(part, name, column.type)
        codes = encoded.indices.to_numpy().astype(np.int64)
        for code, value in enumerate(values):
            if is_missing(value):
                raise no_value(f"{part.where}, row {np.argmax(codes == code) + 1}", name, "label")
        # A class label outside its names is -1, which stands for no label.
        distinct = [known[value] if known and value >= 0 else spell(value) for value in values]
        return cls(part.where, distinct, codes, known)

    def places(self) -> Iterator[tuple[str, str]]:
        """Give each label, and where it is first."""
        _, first = np.unique(self.codes, return_index=True)
        for label, row in zip(self.distinct, first.tolist(), strict=True):
            yield label, f"{self.where}, row {row + 1}"


def class_names(labels: Mapping[Split, Sequence[LabelColumn]], column: str) -> tuple[str, ...]:
    """Return the classes that the columns' types list, or else the labels that train has, or all if no train.

    Raises DataError for labels that are no names of classes.
    """
    known = _known(labels)
    if known:
        return known
    deciding = labels.get("train") or flat(labels)
    found: dict[str, str] = {}
    for item in (*deciding, *flat(labels)):
        for label, place in item.places():
            found.setdefault(label, place)
    own = distinct(deciding)
    refuse_others(found, sum(len(item.codes) for item in flat(labels)), column)
    return in_order(own)


def targets(
    labels: LabelColumn, index: Mapping[str, int], classes: Sequence[str], column: str
) -> NDArray[np.int64]:
    """Return the class index of each row. Raises DataError for a label that is no class."""
    for code, label in enumerate(labels.distinct):
        if label not in index:
            row = int(np.argmax(labels.codes == code)) + 1
            raise DataError(
                f"{labels.where}, row {row}: '{label}' in column '{column}' is no class; "
                f"the classes are {quoted(classes)}"
            )
    return np.array([index[label] for label in labels.distinct])[labels.codes]


def class_index(labels: Mapping[Split, Sequence[LabelColumn]], classes: Sequence[str]) -> dict[str, int]:
    """Return the index of the class that each label stands for."""
    return positions(distinct(flat(labels)), classes)


def flat(labels: Mapping[Split, Sequence[LabelColumn]]) -> list[LabelColumn]:
    """Return the columns of all splits."""
    return [item for group in labels.values() for item in group]


def distinct(group: Iterable[LabelColumn]) -> set[str]:
    """Return the labels of some columns."""
    return {label for item in group for label in item.distinct}


def _known(labels: Mapping[Split, Sequence[LabelColumn]]) -> tuple[str, ...]:
    """Return the class names that the columns' types list; they must agree."""
    named = [item for item in flat(labels) if item.known]
    for item in named:
        if item.known != named[0].known:
            raise DataError(
                f"classes differ: {named[0].where} has {quoted(named[0].known)}, "
                f"{item.where} has {quoted(item.known)}"
            )
    return named[0].known if named else ()


def _no_class(part: Part, name: str, kind: object) -> DataError:
    return DataError(
        f"{part.where}: column '{name}' holds {kind}; a class is text, a whole number, or true or false",
        "label",
    )
