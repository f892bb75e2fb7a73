"""csv, json, parquet: tables in local files, read by Hugging Face `datasets`."""

from __future__ import annotations

import csv
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from bench import SPLITS, DataError, Dataset, Split, hookimpl
from bench.toolkit.messages import one_line

from .columns import Columns
from .content import Patterns, content_digest, digest, expand, files_by_split
from .records import csv_rows, json_objects, require_column

if TYPE_CHECKING:
    from .rows import Part


class Files(Columns):
    """Tables in files; relative paths start from the current directory."""

    suffixes: ClassVar[tuple[str, ...]]

    path: str | None = Field(
        None, description="folder whose files are sorted into splits by name: train, val or dev, test"
    )
    train: Patterns | None = Field(None, description="file or files to train on; may be patterns with *")
    val: Patterns | None = Field(None, description="file or files for validation")
    test: Patterns | None = Field(None, description="file or files to test on")

    @abstractmethod
    def header(self, path: Path) -> list[str]:
        """Return a file's columns without reading all of it. Raises DataError if it holds no rows."""

    def images(self, path: Path) -> Iterator[Path]:
        """Yield the image files that a file names."""
        yield from ()

    @abstractmethod
    def part(self, path: Path) -> Part:
        """Return a file's rows."""

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

    def check(self) -> None:
        """Raise DataError if a file or a column is not there."""
        super().check()
        for path in chain.from_iterable(self.files().values()):
            names = self.header(path)
            for column, field in self.columns.items():
                require_column(column, names, str(path), field)

    def fingerprint(self) -> str:
        """Return a digest of what is in the files of each split, and in the images they name."""
        return digest(
            {
                split: [[content_digest(path), *map(content_digest, self.images(path))] for path in paths]
                for split, paths in self.files().items()
            }
        )

    def parts(self) -> Mapping[Split, list[Part]]:
        """Return the rows of each split, a part a file."""
        return {split: [self.part(path) for path in paths] for split, paths in self.files().items()}


def _expand_all(patterns: Patterns, field: str) -> list[Path]:
    each = (patterns,) if isinstance(patterns, str) else patterns
    return [path for pattern in each for path in expand(pattern, field)]


class Csv(Files):
    """UTF-8 text with a header line; an empty field is a missing value. Images are paths beside the file."""

    name: ClassVar[str] = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv")

    delimiter: str = Field(",", min_length=1, max_length=1, description="what stands between fields")

    def header(self, path: Path) -> list[str]:
        """Return the names in the first line."""
        try:
            # A byte order mark, as spreadsheets write it, is no part of the first name.
            with path.open(encoding="utf-8-sig", newline="") as file:
                names = next(csv.reader(file, delimiter=self.delimiter), [])
                if not any(line.strip() for line in file):
                    raise DataError(f"{path}: holds no rows below a header line")
                return names
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"{path}: cannot be read as csv in UTF-8: {error}") from error

    def images(self, path: Path) -> Iterator[Path]:
        """Yield the files in the image column."""
        if self.image:
            for row in csv_rows(path, self.delimiter):
                if row.get(self.image):
                    yield path.parent / row[self.image]

    def part(self, path: Path) -> Part:
        """Return the rows. All fields are read as text: what looks like a number or `NA` stays as it is."""
        from datasets import Features, Value

        from .rows import Part, read_file

        columns = list(self.columns)
        rows = read_file(
            path,
            "csv",
            sep=self.delimiter,
            usecols=columns,
            features=Features({column: Value("string") for column in columns}),
            keep_default_na=False,
            na_values=[""],
        )
        return Part(str(path), rows, path.parent.absolute())


class Json(Files):
    """One JSON object a line, or an array of objects. Images are paths beside the file."""

    name: ClassVar[str] = "json"
    suffixes: ClassVar[tuple[str, ...]] = (".json", ".jsonl", ".ndjson")

    def header(self, path: Path) -> list[str]:
        """Return the keys of the first object."""
        for record in json_objects(path):
            return list(record)
        raise DataError(f"{path}: holds no objects")

    def images(self, path: Path) -> Iterator[Path]:
        """Yield the files in the image column."""
        if self.image:
            for record in json_objects(path):
                if record.get(self.image):
                    yield path.parent / str(record[self.image])

    def part(self, path: Path) -> Part:
        """Return the rows."""
        from .rows import Part, read_file

        return Part(str(path), read_file(path, "json"), path.parent.absolute())


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

    def part(self, path: Path) -> Part:
        """Return the rows."""
        from .rows import Part, read_file

        return Part(str(path), read_file(path, "parquet"))


@hookimpl
def bench_datasets() -> list[type[Dataset]]:
    """Return the three."""
    return [Csv, Json, Parquet]
