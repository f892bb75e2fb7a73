"""Tables in files: which files are which split, and what of them is looked at when planning."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, NewInput, Split
from bench.toolkit.messages import did_you_mean

from .classes import quoted
from .columns import INPUTS, Columns
from .content import (
    AT_HAND,
    Patterns,
    chosen_files,
    content_digest,
    content_of,
    digest,
    refuse_shared,
)
from .kinds import are_captions, read_value
from .labels import is_missing, refuse_others, spell
from .media import read_file_of
from .records import no_value, require_column
from .together import look_at_row, quoted_columns

if TYPE_CHECKING:
    from bench import Task

    from .parts import Part

LOOKED_AT = 20_000
"""Rows of a file that are read when planning; the others are when a cell runs."""


class Files(Columns):
    """Tables in files; relative paths start from the current directory."""

    suffixes: ClassVar[tuple[str, ...]]

    path: str | None = Field(
        None,
        description="folder with a file for each split, or its numbered parts: train, val or dev, test",
    )
    train: Patterns | None = Field(None, description="file or files to train on; may be patterns with *")
    val: Patterns | None = Field(None, description="file or files for validation")
    test: Patterns | None = Field(None, description="file or files to test on")

    @abstractmethod
    def header(self, path: Path) -> list[str]:
        """Return a file's columns without reading all of it. Raises DataError if it holds no rows."""

    @abstractmethod
    def values(self, path: Path, columns: Sequence[str], most: int | None = None) -> Iterator[Sequence[Any]]:
        """Yield what is in some columns, row by row, of all rows or the first. Raises DataError if faulty."""

    @abstractmethod
    def part(self, path: Path) -> Part:
        """Return a file's rows."""

    def named_files(self, path: Path) -> Iterator[Path]:
        """Yield the files of images or sounds that a file names."""
        yield from ()

    def files(self) -> dict[Split, list[Path]]:
        """Return the files of each split. Raises DataError if there is none."""
        return chosen_files(self.path, {split: getattr(self, split) for split in SPLITS}, self.suffixes)

    def default_inputs(self) -> Mapping[str, str]:
        """Return `text`, `image` or `audio` if the first file has a column of that name."""
        try:
            names = self.header(next(chain.from_iterable(self.files().values())))
        except DataError:  # which `check` raises again
            return {}
        return next(({name: name} for name in INPUTS if name in names), {})

    def usual_columns(self, task: Task) -> Mapping[str, Any]:
        """Return the columns of the first file that such data usually have."""
        try:
            names = self.header(next(chain.from_iterable(self.files().values())))
        except DataError:  # which `check` raises again
            return {}
        found: dict[str, Any] = {}
        if not self.inputs and (text := _first_in(names, task.columns.get("text", ()))):
            found["text"] = text
        if self.label not in names and (label := _first_in(names, task.columns.get("label", ()))):
            found["label"] = label
        return found

    def check(self) -> None:
        """Raise DataError if a file or a column is not there, or one file is for two splits."""
        files = self.files()
        for path in chain.from_iterable(files.values()):
            names = self.header(path)
            if not self.inputs:
                hint = self.hint(names) or did_you_mean("text", names)
                raise DataError(
                    f"no column 'text', 'image' or 'audio' in {path}; it has {quoted(names)}; "
                    f"name the column of inputs as `text:`, `image:` or `audio:`{hint}",
                    "text",
                )
            for column, field in self.columns.items():
                require_column(column, names, str(path), field, self.hint(names))
        super().check()
        self.look(files)
        refuse_shared(files)

    def hint(self, names: Sequence[str]) -> str:
        """Return the end of a message about a column that is not among those of these names."""
        return ""

    def look(self, files: Mapping[Split, Sequence[Path]]) -> None:
        """Raise DataError for what can be seen in the first rows."""

    def fingerprint(self) -> str:
        """Return a digest of what is in the files of each split, and in those they name."""
        return digest(
            {
                split: [
                    [content_digest(path), *map(content_digest, self.named_files(path))] for path in paths
                ]
                for split, paths in self.files().items()
            }
        )

    def contents(self, split: Split) -> Iterator[str | bytes] | None:
        """Give the text of each row, or the bytes of its file, or their digest; of captioned images once."""
        paths = self.files().get(split)
        if paths is None:
            return None
        found = self._contents(paths)
        captioned = are_captions(self.target, images=self.image is not None)
        return iter(dict.fromkeys(found)) if captioned else found

    def _contents(self, paths: Sequence[Path]) -> Iterator[str | bytes]:
        for path in paths:
            for values in self.values(path, self.inputs):
                yield content_of(values, path.parent, files=self.medium is not None)

    def at_hand(self) -> bool:
        """Tell whether the files are so small that all can be read when planning."""
        return sum(path.stat().st_size for path in chain.from_iterable(self.files().values())) <= AT_HAND

    def new_inputs(self, path: Path) -> Iterator[NewInput]:
        """Give the input of each row of such a table, or what any other file holds."""
        if path.suffix.lower() not in self.suffixes:
            yield from super().new_inputs(path)
            return
        for column in self.inputs:
            require_column(column, self.header(path), str(path), self.columns[column])
        for row, values in enumerate(self.values(path, self.inputs), 1):
            where = f"{path}, row {row}"
            yield NewInput(where, partial(self._input, values, path.parent, where))

    def _input(self, values: Sequence[Any], folder: Path, where: str) -> Any:
        for column, value in zip(self.inputs, values, strict=True):
            if is_missing(value):
                raise no_value(where, column, self.columns[column])
            if not (self.medium or isinstance(value, str) or _is_texts(value)):
                raise DataError(f"{where}: column '{column}' holds {value!r}, which is not text")
        if self.medium:
            return read_file_of(self.medium, values[0], folder, where)
        return tuple(values) if len(values) > 1 else values[0]

    def parts(self) -> Mapping[Split, list[Part]]:
        """Return the rows of each split, a part a file."""
        return {split: [self.part(path) for path in paths] for split, paths in self.files().items()}


def _first_in(
    names: Sequence[str], candidates: Sequence[str | tuple[str, ...]]
) -> str | tuple[str, ...] | None:
    """Return the first of some columns, or groups of columns, that is among those of these names."""
    for candidate in candidates:
        wanted = {candidate} if isinstance(candidate, str) else {*candidate}
        if wanted <= {*names}:
            return candidate
    return None


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


class Written(Files):
    """Tables that are written as text. The first rows are read when planning."""

    def look(self, files: Mapping[Split, Sequence[Path]]) -> None:
        """Raise DataError for what can be seen in the first rows of each file, and in their labels."""
        columns = list(self.columns)
        place = columns.index(self.label) if self.target else None
        found: dict[str, str] = {}
        rows = 0
        for path in chain.from_iterable(files.values()):
            for row, values in enumerate(self.values(path, columns, LOOKED_AT), 1):
                where = f"{path}, row {row}"
                for column, value in zip(columns, values, strict=True):
                    if is_missing(value):
                        raise no_value(where, column, self.columns[column])
                if place is not None:
                    self._look_at(values[place], where, found)
                    if self.text:
                        self._look_at_row(values[: len(self.inputs)], values[place], where)
                rows += 1
        if self.classes is None and self.target == "class":
            refuse_others(found, rows, self.label)

    def _look_at(self, value: Any, where: str, labels: dict[str, str]) -> None:
        """Note where a class was first found; raise DataError for what is no target of another kind."""
        if self.target == "class":
            labels.setdefault(spell(value), where)
            return
        try:
            read_value(self.target or "", value)
        except ValueError as error:
            raise DataError(f"{where}: column '{self.label}' holds {error}", "label") from error

    def _look_at_row(self, texts: Sequence[Any], target: Any, where: str) -> None:
        try:
            look_at_row(self.target, texts, target)
        except ValueError as error:
            named = quoted_columns(self.inputs, self.label)
            raise DataError(f"{where}: {named} hold {error}", "label") from error

    def named_files(self, path: Path) -> Iterator[Path]:
        """Yield the files in the column of images or sounds."""
        if self.medium:
            for (name,) in self.values(path, self.inputs):
                if name:
                    yield path.parent / str(name)
