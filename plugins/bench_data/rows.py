"""Rows of Arrow tables as classified examples. Labels are read at once, inputs on access."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from glob import escape
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datasets
import numpy as np

from bench import DataError, DatasetInfo, Example, Split
from bench.toolkit.messages import one_line

from .classes import in_order, positions, quoted
from .examples import LazyExamples, read_image
from .records import require_column

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNLABELLED = "-1"
FAULTS = (OSError, ValueError, TypeError, NotImplementedError, datasets.exceptions.DatasetGenerationError)
"""What `datasets` raises for files that are not what they should be; Arrow's errors are among them."""


@dataclass(frozen=True)
class Part:
    """Rows from one place, and what messages call it.

    `images` is the folder that paths in an image column start from; None if images must be in the rows.
    """

    where: str
    rows: datasets.Dataset
    images: Path | None = None


@dataclass(frozen=True)
class LabelColumn:
    """The label column of a part: distinct labels as text, and the position in these for each row.

    `known` are the class names that the column's type lists, in order, if it does.
    """

    where: str
    distinct: list[str]
    codes: NDArray[np.int64]
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Classified:
    """What is known of the rows, and the examples by split."""

    info: DatasetInfo
    splits: Mapping[Split, Rows]


def read_file(path: Path, kind: str, **options: Any) -> datasets.Dataset:
    """Return the rows of a csv, json or parquet file, memory-mapped.

    Raises DataError if it cannot be read as such.
    """
    quiet()
    try:
        pattern = escape(str(path.absolute()))
        return datasets.load_dataset(kind, data_files=[pattern], split="train", **options)
    except FAULTS as error:
        reason = one_line(error.__cause__ or error, 300)
        raise DataError(f"{path}: cannot be read as {kind}: {reason}") from error


def quiet() -> None:
    """Keep the `datasets` library off the terminal."""
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)


def classify(
    parts: Mapping[Split, Sequence[Part]],
    inputs: Sequence[str],
    label: str,
    group: str | None = None,
    *,
    images: bool,
    classes: tuple[str, ...] | None = None,
    licence: str | None = None,
) -> Classified:
    """Return the rows as examples with class indices.

    `inputs` are the columns of texts, or with `images` the one of images. Classes that are not given are
    what the data calls them. `group` is the column that says which rows belong together.

    Raises DataError for missing columns and values, and for a label that is no class.
    """
    for part in (part for group in parts.values() for part in group):
        for column in inputs:
            _column(part, column, "image" if images else "text")
    labels = {split: [_labels(part, label) for part in group] for split, group in parts.items()}
    labels = {split: group for split, group in labels.items() if _distinct(group) != {UNLABELLED}}
    if not labels:
        raise DataError(f"no split has labels in column '{label}'", "label")
    classes = classes or _known(labels) or in_order(_distinct(_deciding(labels)))
    index = positions(_distinct(_flat(labels)), classes)
    targets = {
        split: np.concatenate([_targets(item, index, classes, label) for item in group])
        for split, group in labels.items()
    }
    return Classified(
        info=DatasetInfo({split: len(rows) for split, rows in targets.items()}, classes, licence),
        splits={
            split: Rows(parts[split], inputs, images, rows, _groups(parts[split], group))
            for split, rows in targets.items()
        },
    )


class Rows(LazyExamples):
    """The rows of a split: a text, a pair of texts or an image each, the class index, and maybe the group."""

    def __init__(
        self,
        parts: Sequence[Part],
        inputs: Sequence[str],
        images: bool,
        targets: NDArray[np.int64],
        groups: Sequence[str | int] | None = None,
    ) -> None:
        self.wheres = [part.where for part in parts]
        self.folders = [part.images for part in parts]
        tables = [_inputs(part, inputs, images) for part in parts]
        # Arrow's own columns: a row out of the table takes `datasets` five times as long.
        self.parts = [{name: table.data.column(name) for name in inputs} for table in tables]
        self.starts = [0, *accumulate(len(table) for table in tables)]
        self.columns = inputs
        self.images = images
        self.targets = targets
        self.groups = groups

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.targets)

    def example(self, index: int) -> Example:
        """Return the input and the class of a row."""
        part = bisect(self.starts, index) - 1
        row = index - self.starts[part]
        values = {name: column[row].as_py() for name, column in self.parts[part].items()}
        return Example(self._input(values, part, row), int(self.targets[index]))

    def _input(self, values: Mapping[str, Any], part: int, row: int) -> Any:
        if not self.images:
            texts = tuple(values[column] for column in self.columns)
            return texts if len(texts) > 1 else texts[0]
        column = self.columns[0]
        where = f"{self.wheres[part]}, row {row + 1}, column '{column}'"
        content, path, folder = values[column]["bytes"], values[column]["path"], self.folders[part]
        if content is not None:
            return read_image(content, where)
        if path is None or folder is None:
            raise DataError(f"{where}: holds no image")
        return read_image(folder / path, where)


def _column(part: Part, name: str, field: str) -> Any:
    """Return a column as an Arrow array in which nothing is missing."""
    require_column(name, part.rows.column_names, part.where, field)
    column = part.rows.data.column(name)
    if column.null_count:
        row = column.is_null().index(True).as_py() + 1
        raise DataError(f"{part.where}, row {row}: no value in column '{name}'", field)
    return column


def _labels(part: Part, name: str) -> LabelColumn:
    feature = part.rows.features.get(name)
    column = _column(part, name, "label")
    if not isinstance(feature, datasets.Value | datasets.ClassLabel):
        raise _no_class(part, name, column.type)
    encoded = column.combine_chunks().dictionary_encode()
    known = tuple(feature.names) if isinstance(feature, datasets.ClassLabel) else ()
    values = encoded.dictionary.to_pylist()
    if any(not isinstance(value, str | int) and not _is_whole(value) for value in values):
        raise _no_class(part, name, column.type)
    # A class label outside its names is -1, which stands for no label.
    distinct = [known[value] if known and value >= 0 else _spell(value) for value in values]
    return LabelColumn(part.where, distinct, encoded.indices.to_numpy().astype(np.int64), known)


def _no_class(part: Part, name: str, kind: object) -> DataError:
    return DataError(
        f"{part.where}: column '{name}' holds {kind}; a class is text, a whole number, or true or false",
        "label",
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _spell(value: str | int | float | bool) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)


def _flat(labels: Mapping[Split, Sequence[LabelColumn]]) -> list[LabelColumn]:
    return [item for group in labels.values() for item in group]


def _distinct(group: Iterable[LabelColumn]) -> set[str]:
    return {label for item in group for label in item.distinct}


def _deciding(labels: Mapping[Split, Sequence[LabelColumn]]) -> Sequence[LabelColumn]:
    """Return the labels that decide what classes there are: those of train, or all if there is no train."""
    return labels.get("train") or _flat(labels)


def _known(labels: Mapping[Split, Sequence[LabelColumn]]) -> tuple[str, ...]:
    """Return the class names that the columns' types list; they must agree."""
    named = [item for item in _flat(labels) if item.known]
    for item in named:
        if item.known != named[0].known:
            raise DataError(
                f"classes differ: {named[0].where} has {quoted(named[0].known)}, "
                f"{item.where} has {quoted(item.known)}"
            )
    return named[0].known if named else ()


def _targets(
    labels: LabelColumn, index: Mapping[str, int], classes: Sequence[str], column: str
) -> NDArray[np.int64]:
    """Return the class index of each row."""
    for code, label in enumerate(labels.distinct):
        if label not in index:
            row = int(np.argmax(labels.codes == code)) + 1
            raise DataError(
                f"{labels.where}, row {row}: '{label}' in column '{column}' is no class; "
                f"the classes are {quoted(classes)}"
            )
    return np.array([index[label] for label in labels.distinct])[labels.codes]


def _groups(parts: Sequence[Part], name: str | None) -> list[str | int] | None:
    """Return what each row has in the column of groups, if one is named."""
    return None if name is None else [group for part in parts for group in _group_column(part, name)]


def _group_column(part: Part, name: str) -> list[str | int]:
    column = _column(part, name, "group")
    groups: list[str | int] = column.to_pylist()
    if not all(isinstance(group, str | int) for group in groups):
        raise DataError(
            f"{part.where}: column '{name}' holds {column.type}; a group is text or a whole number", "group"
        )
    return groups


def _inputs(part: Part, inputs: Sequence[str], images: bool) -> datasets.Dataset:
    """Return the columns of inputs alone, as texts, or as images that are not decoded."""
    rows = part.rows.select_columns(list(inputs))
    if images:
        (column,) = inputs
        try:
            return rows.cast_column(column, datasets.Image(decode=False))
        except FAULTS as error:
            kind = part.rows.data.column(column).type
            raise DataError(f"{part.where}: column '{column}' holds {kind}, not images", "image") from error
    for column, feature in rows.features.items():
        if getattr(feature, "dtype", None) not in ("string", "large_string"):
            raise DataError(
                f"{part.where}: column '{column}' holds {rows.data.column(column).type}, not text", "text"
            )
    return rows
