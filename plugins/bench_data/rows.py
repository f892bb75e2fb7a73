"""Rows of Arrow tables as examples. Targets are read at once, inputs on access."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any

import datasets

from bench import DataError, DatasetInfo, Example, Split

from .content import content_of
from .examples import LazyExamples
from .kinds import are_captions
from .media import MEDIA, read_file_of
from .parts import FAULTS, Part, column_of
from .targets import place, read_targets
from .together import check_rows


@dataclass(frozen=True)
class Table:
    """What is known of the rows, and the examples by split."""

    info: DatasetInfo
    splits: Mapping[Split, Rows | CaptionedImages]


def read_table(
    parts: Mapping[Split, Sequence[Part]],
    inputs: Sequence[str],
    label: str,
    group: str | None = None,
    *,
    medium: str | None = None,
    target: str | None = "class",
    classes: tuple[str, ...] | None = None,
    licence: str | None = None,
) -> Table:
    """Return the rows as examples with targets of a kind (`bench.Example`).

    `inputs` are the columns of texts, or the one of a `medium` (`media.MEDIA`). Classes that are not given
    are what the data calls them. `group` is the column that says which rows belong together.

    Raises DataError for missing columns and values, and for a label that is no such target.
    """
    every = [part for group in parts.values() for part in group]
    for part in every:
        for column in inputs:
            column_of(part, column, medium or "text")
    asked = read_targets(target, parts, label, classes)
    if medium is None:
        for part in every:
            check_rows(part, target, inputs, label)
    rows = {
        split: Rows(parts[split], inputs, medium, targets, _groups(parts[split], group))
        for split, targets in asked.splits.items()
    }
    captioned = are_captions(target, images=medium == "image")
    splits = {split: CaptionedImages(own) if captioned else own for split, own in rows.items()}
    return Table(
        info=DatasetInfo(
            {split: len(own) for split, own in splits.items()},
            asked.classes,
            licence,
            notes=tuple(note for part in every for note in part.notes),
        ),
        splits=splits,
    )


class Rows(LazyExamples):
    """The rows of a split: a text, one in words, a pair of these, an image or a sound, and what is asked."""

    def __init__(
        self,
        parts: Sequence[Part],
        inputs: Sequence[str],
        medium: str | None,
        targets: Sequence[Any],
        groups: Sequence[str | int] | None = None,
    ) -> None:
        self.files = parts
        self.folders = [part.folder for part in parts]
        tables = [_inputs(part, inputs, medium) for part in parts]
        # Arrow's own columns: a row out of the table takes `datasets` five times as long.
        self.parts = [{name: table.data.column(name) for name in inputs} for table in tables]
        self.starts = [0, *accumulate(len(table) for table in tables)]
        self.columns = inputs
        self.medium = medium
        self.targets = targets
        self.groups = groups

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.targets)

    def example(self, index: int) -> Example:
        """Return the input and the target of a row."""
        part = bisect(self.starts, index) - 1
        row = index - self.starts[part]
        values = {name: column[row].as_py() for name, column in self.parts[part].items()}
        return Example(self._input(values, part, row), self.targets[index])

    def where(self, index: int) -> str:
        """Return the file and the number of a row."""
        return place(self.files, index)

    def contents(self) -> Iterator[str | bytes]:
        """Give what the input of each row is made of; nothing is decoded."""
        for folder, columns in zip(self.folders, self.parts, strict=True):
            for row in range(len(next(iter(columns.values())))):
                values = [column[row].as_py() for column in columns.values()]
                yield content_of(values, folder, files=self.medium is not None)

    def _input(self, values: Mapping[str, Any], part: int, row: int) -> Any:
        if self.medium is None:
            texts = tuple(values[column] for column in self.columns)
            return texts if len(texts) > 1 else texts[0]
        column = self.columns[0]
        where = f"{self.files[part].where}, row {row + 1}, column '{column}'"
        return read_file_of(self.medium, values[column], self.folders[part], where)


class CaptionedImages(LazyExamples):
    """The images of a split, in the order of their first rows, each with the captions of all its rows.

    Images are the same where their files are, byte for byte.
    """

    def __init__(self, rows: Rows) -> None:
        places: dict[str | bytes, list[int]] = {}
        for row, content in enumerate(rows.contents()):
            places.setdefault(content, []).append(row)
        self.rows = rows
        self.first = [own[0] for own in places.values()]
        self.targets: Sequence[Any] = [
            tuple(chain(*(rows.targets[row] for row in own))) for own in places.values()
        ]
        self.groups = None if rows.groups is None else [rows.groups[row] for row in self.first]

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.first)

    def example(self, index: int) -> Example:
        """Return an image and its captions."""
        return Example(self.rows.example(self.first[index]).input, self.targets[index])

    def where(self, index: int) -> str:
        """Return the file and the number of the first row of an image."""
        return self.rows.where(self.first[index])

    def contents(self) -> Iterator[str | bytes]:
        """Give the bytes of each image, or the digest of its file."""
        yield from dict.fromkeys(self.rows.contents())


def _groups(parts: Sequence[Part], name: str | None) -> list[str | int] | None:
    """Return what each row has in the column of groups, if one is named."""
    return None if name is None else [group for part in parts for group in _group_column(part, name)]


def _group_column(part: Part, name: str) -> list[str | int]:
    column = column_of(part, name, "group")
    groups: list[str | int] = column.to_pylist()
    if not all(isinstance(group, str | int) for group in groups):
        raise DataError(
            f"{part.where}: column '{name}' holds {column.type}; a group is text or a whole number", "group"
        )
    return groups


def _inputs(part: Part, inputs: Sequence[str], medium: str | None) -> datasets.Dataset:
    """Return the columns of inputs alone, as texts, or as files that are not decoded."""
    rows = part.rows.select_columns(list(inputs))
    if medium is not None:
        (column,) = inputs
        try:
            return rows.cast_column(column, getattr(datasets, MEDIA[medium].feature)(decode=False))
        except FAULTS as error:
            kind = part.rows.data.column(column).type
            raise DataError(
                f"{part.where}: column '{column}' holds {kind}, not {MEDIA[medium].plural}", medium
            ) from error
    for column, feature in rows.features.items():
        # A text may come in words, or be one of several (the choices of a question).
        if getattr(getattr(feature, "feature", feature), "dtype", None) not in ("string", "large_string"):
            raise DataError(
                f"{part.where}: column '{column}' holds {rows.data.column(column).type}, not text", "text"
            )
    return rows
