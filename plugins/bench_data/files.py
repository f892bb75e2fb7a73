"""csv, json, parquet: tables in local files."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, Split, hookimpl
from bench.toolkit.messages import one_line

from .classes import quoted
from .columns import INPUTS, Columns
from .content import (
    AT_HAND,
    Patterns,
    content_digest,
    content_of,
    digest,
    expand,
    files_by_split,
    refuse_shared,
)
from .delimited import DELIMITERS, CsvFile, Quoting
from .labels import refuse_others, spell
from .records import json_objects, no_value, require_column

if TYPE_CHECKING:
    from .parts import Part

DELIMITERS_IN_USE = ("\t", ";", "|", ",")
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

    def images(self, path: Path) -> Iterator[Path]:
        """Yield the image files that a file names."""
        yield from ()

    def files(self) -> dict[Split, list[Path]]:
        """Return the files of each split. Raises DataError if there is none."""
        given = {split: patterns for split in SPLITS if (patterns := getattr(self, split))}
        if self.path and given:
            raise DataError("give either `path:` or `train:`, `val:` and `test:`", "path")
        if self.path:
            return files_by_split(self.path, self.suffixes)
        if not given:
            raise DataError("no files; give `train:`, `val:` or `test:`, or their folder as `path:`", "train")
        return {split: _expand_all(patterns, split) for split, patterns in given.items()}

    def default_inputs(self) -> Mapping[str, str]:
        """Return `text` or `image` if the first file has a column of that name."""
        try:
            names = self.header(next(chain.from_iterable(self.files().values())))
        except DataError:  # which `check` raises again
            return {}
        return next(({name: name} for name in INPUTS if name in names), {})

    def check(self) -> None:
        """Raise DataError if a file or a column is not there, or one file is for two splits."""
        files = self.files()
        for path in chain.from_iterable(files.values()):
            names = self.header(path)
            if not self.inputs:
                raise DataError(
                    f"no column 'text' or 'image' in {path}; it has {quoted(names)}; name the column of "
                    f"inputs as `text:` or `image:`{self.hint(names)}",
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
        """Return a digest of what is in the files of each split, and in the images they name."""
        return digest(
            {
                split: [[content_digest(path), *map(content_digest, self.images(path))] for path in paths]
                for split, paths in self.files().items()
            }
        )

    def contents(self, split: Split) -> Iterator[str | bytes] | None:
        """Give the text of each row, or the bytes of its image, or their digest."""
        paths = self.files().get(split)
        return None if paths is None else self._contents(paths)

    def _contents(self, paths: Sequence[Path]) -> Iterator[str | bytes]:
        for path in paths:
            for values in self.values(path, self.inputs):
                yield content_of(values, path.parent, images=self.image is not None)

    def at_hand(self) -> bool:
        """Tell whether the files are so small that all can be read when planning."""
        return sum(path.stat().st_size for path in chain.from_iterable(self.files().values())) <= AT_HAND

    def parts(self) -> Mapping[Split, list[Part]]:
        """Return the rows of each split, a part a file."""
        return {split: [self.part(path) for path in paths] for split, paths in self.files().items()}


def _expand_all(patterns: Patterns, field: str) -> list[Path]:
    each = (patterns,) if isinstance(patterns, str) else patterns
    return [path for pattern in each for path in expand(pattern, field)]


class Written(Files):
    """Tables that are written as text. The first rows are read when planning."""

    def look(self, files: Mapping[Split, Sequence[Path]]) -> None:
        """Raise DataError for what can be seen in the first rows of each file, and in their labels."""
        found: dict[str, str] = {}
        rows = 0
        for path in chain.from_iterable(files.values()):
            for row, (label,) in enumerate(self.values(path, [self.label], LOOKED_AT), 1):
                if label is None:
                    raise no_value(f"{path}, row {row}", self.label, "label")
                found.setdefault(spell(label), f"{path}, row {row}")
                rows += 1
        if self.classes is None:
            refuse_others(found, rows, self.label)

    def images(self, path: Path) -> Iterator[Path]:
        """Yield the files in the image column."""
        if self.image:
            for (name,) in self.values(path, [self.image]):
                if name:
                    yield path.parent / str(name)


class Csv(Written):
    """UTF-8 text with a header line. Images are paths beside the file.

    Each row has as many fields as the header. All are read as text: what looks like a number or `NA` stays as
    it is. An empty or blank field is a missing value.
    """

    name: ClassVar[str] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = tuple(DELIMITERS)

    delimiter: str | None = Field(
        None,
        min_length=1,
        max_length=1,
        description="what stands between fields; by default a tab in .tsv, or ,",
    )
    quoting: Quoting | None = Field(
        None,
        description="minimal: a field may stand in quotation marks; none: these are like any other "
        "character; by default minimal, where nothing speaks against it",
    )

    def file(self, path: Path) -> CsvFile:
        """Return a file as it is to be read."""
        return CsvFile(path, self.delimiter, self.quoting)

    def header(self, path: Path) -> list[str]:
        """Return the names in the first line."""
        return self.file(path).header()

    def hint(self, names: Sequence[str]) -> str:
        """Return what is likely to be wrong with the first line."""
        other = next((mark for mark in DELIMITERS_IN_USE if len(names) == 1 and mark in names[0]), None)
        if other is not None:
            return f"; is it `delimiter: {json.dumps(other)}`?"
        return "; the first line must name the columns" if self.columns.keys().isdisjoint(names) else ""

    def values(self, path: Path, columns: Sequence[str], most: int | None = None) -> Iterator[Sequence[Any]]:
        """Yield the fields of some columns, None for an empty one."""
        return self._fields(self.file(path), columns, most)

    def part(self, path: Path) -> Part:
        """Return the rows, in memory."""
        from .parts import Part, as_table

        file = self.file(path)
        rows = as_table(str(path), list(self.columns), self._fields(file, list(self.columns)))
        return Part(str(path), rows, path.parent.absolute(), file.notes())

    def _fields(
        self, file: CsvFile, columns: Sequence[str], most: int | None = None
    ) -> Iterator[Sequence[Any]]:
        header = file.header()
        places = [header.index(column) for column in columns]
        for row in file.rows(self.label, most):
            yield [None if not (field := row[place]) or field.isspace() else field for place in places]

    def identity(self) -> dict[str, Any]:
        """Return the settings with the delimiter that is used; `quoting` only if it is given."""
        identity = super().identity()
        if self.delimiter is None:
            used = {self.file(path).delimiter for path in chain.from_iterable(self.files().values())}
            identity["delimiter"] = "".join(sorted(used))
        if self.quoting is None:
            del identity["quoting"]
        return identity


class Json(Written):
    """One JSON object a line, or an array of objects. Images are paths beside the file."""

    name: ClassVar[str] = "json"
    suffixes: ClassVar[tuple[str, ...]] = (".json", ".jsonl", ".ndjson")

    def header(self, path: Path) -> list[str]:
        """Return the keys of the first object."""
        for record in json_objects(path):
            return list(record)
        raise DataError(f"{path}: holds no objects")

    def values(self, path: Path, columns: Sequence[str], most: int | None = None) -> Iterator[Sequence[Any]]:
        """Yield what is under some keys of each object, None where there is nothing."""
        for record in islice(json_objects(path), most):
            yield [record.get(column) for column in columns]

    def part(self, path: Path) -> Part:
        """Return the rows, in memory."""
        from .parts import Part, as_table

        columns = list(self.columns)
        return Part(
            str(path), as_table(str(path), columns, self.values(path, columns)), path.parent.absolute()
        )


class Parquet(Files):
    """Parquet; images are in the file, as the bytes of an image file or a struct with such `bytes`."""

    name: ClassVar[str] = "parquet"
    suffixes: ClassVar[tuple[str, ...]] = (".parquet",)

    def header(self, path: Path) -> list[str]:
        """Return the columns of the schema."""
        from pyarrow import ArrowException, parquet

        try:
            metadata = parquet.read_metadata(path)
        except (OSError, ArrowException) as error:
            raise DataError(f"{path}: cannot be read as parquet: {one_line(error)}") from error
        if metadata.num_rows == 0:
            raise DataError(f"{path}: holds no rows")
        return list(metadata.schema.to_arrow_schema().names)

    def values(self, path: Path, columns: Sequence[str], most: int | None = None) -> Iterator[Sequence[Any]]:
        """Yield what is in some columns."""
        from pyarrow import ArrowException, parquet

        try:
            batches = parquet.ParquetFile(path).iter_batches(1024, columns=list(columns))
            rows = (
                zip(*(batch.column(name).to_pylist() for name in columns), strict=True) for batch in batches
            )
            yield from islice(chain.from_iterable(rows), most)
        except (OSError, ArrowException) as error:
            raise DataError(f"{path}: cannot be read as parquet: {one_line(error)}") from error

    def part(self, path: Path) -> Part:
        """Return the rows."""
        from .parts import Part, read_file

        return Part(str(path), read_file(path, "parquet"))


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the three."""
    return [Csv, Json, Parquet]
