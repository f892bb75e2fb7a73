"""csv, json, parquet: tables in local files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from bench import DataError, Dataset, hookimpl
from bench.toolkit.messages import one_line

from .delimited import DELIMITERS, CsvFile, Quoting
from .kinds import SEVERAL
from .labels import NUMBER
from .records import json_objects
from .tables import Files, Written

if TYPE_CHECKING:
    from .parts import Part

DELIMITERS_IN_USE = ("\t", ";", "|", ",")


class Csv(Written):
    """UTF-8 text with a header line. Images and sounds are paths beside the file.

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

    separator: str | None = Field(
        None, min_length=1, description="what stands between classes in a field, where a row has several"
    )

    def check(self) -> None:
        """Raise DataError for faulty files, and for a separator that is missing, or separates nothing."""
        several = self.target in SEVERAL
        if several and self.separator is None:
            raise DataError(
                'what stands between the classes in a field? say so, as in `separator: ";"`', "separator"
            )
        if self.separator is not None and not several:
            raise DataError(
                "a separator is for tasks that ask for several classes; this one asks for one target",
                "separator",
            )
        super().check()

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
        is_data = any(NUMBER.fullmatch(name) or name.count(" ") > 1 for name in names)
        return "; the first line must name the columns" if is_data else ""

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
        read = [self._names if self.separator and column == self.label else _text for column in columns]
        for row in file.rows(self.label, most):
            yield [of(row[place]) for of, place in zip(read, places, strict=True)]

    def _names(self, field: str) -> list[str]:
        """Return the classes in a field; an empty one has none."""
        return [name.strip() for name in field.split(self.separator) if name.strip()]

    def identity(self) -> dict[str, Any]:
        """Return the settings with the delimiter that is used; `quoting` and `separator` only if given."""
        identity = super().identity()
        if self.delimiter is None:
            used = {self.file(path).delimiter for path in chain.from_iterable(self.files().values())}
            identity["delimiter"] = "".join(sorted(used))
        return {
            name: value
            for name, value in identity.items()
            if name not in ("quoting", "separator") or value is not None
        }


def _text(field: str) -> str | None:
    return None if not field or field.isspace() else field


class Json(Written):
    """One JSON object a line, or an array of objects. Images and sounds are paths beside the file."""

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
    """Parquet; images and sounds are in the file, as the bytes of a file or a struct with such `bytes`."""

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
