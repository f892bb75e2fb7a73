"""Rows from one place as an Arrow table, whose columns must be there and hold something in each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from glob import escape
from itertools import islice
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa

from bench import DataError
from bench.toolkit.messages import one_line

from .records import no_value, require_column

FAULTS = (OSError, ValueError, TypeError, NotImplementedError, datasets.exceptions.DatasetGenerationError)
"""What `datasets` raises for files that are not what they should be; Arrow's errors are among them."""

CHUNK = 1000
"""Rows that are handed to Arrow at once: no more text than it takes in one piece."""


@dataclass(frozen=True)
class Part:
    """Rows from one place, and what messages call it; notes on how these were read are for the record.

    `folder` is what paths in a column of images or sounds start from; None if these must be in the rows.
    """

    where: str
    rows: datasets.Dataset
    folder: Path | None = None
    notes: Sequence[str] = ()


def read_file(path: Path, kind: str) -> datasets.Dataset:
    """Return the rows of a file, memory-mapped. Raises DataError if it cannot be read as such."""
    quiet()
    try:
        pattern = escape(str(path.absolute()))
        return datasets.load_dataset(kind, data_files=[pattern], split="train")
    except FAULTS as error:
        reason = one_line(error.__cause__ or error, 300)
        raise DataError(f"{path}: cannot be read as {kind}: {reason}") from error


def as_table(where: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> datasets.Dataset:
    """Return rows as a table in memory. Raises DataError for a column with values of several types."""
    chunks: dict[str, list[pa.Array]] = {name: [] for name in names}
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        for position, name in enumerate(names):
            chunks[name].append(_array([row[position] for row in chunk], where, name, len(chunks[name])))
    columns = {name: _joined(arrays, where, name) for name, arrays in chunks.items()}
    # Without a fingerprint of its own, `datasets` would make one of all that the table holds.
    return datasets.Dataset(pa.table(columns), fingerprint="read")


def _array(values: list[Any], where: str, name: str, before: int) -> pa.Array:
    try:
        return pa.array(values)
    except UnicodeEncodeError as error:
        row = next(row for row, value in enumerate(values) if value == error.object)
        raise DataError(
            f"{where}, row {before * CHUNK + row + 1}: column '{name}' holds half a character, "
            f"{error.object[error.start]!a}"
        ) from error
    except (pa.ArrowException, OverflowError) as error:
        kinds = [type(value) for value in values]
        expected = next((kind for kind in kinds if kind is not type(None)), None)
        row = next((row for row, kind in enumerate(kinds) if kind not in (expected, type(None))), 0)
        raise _mixed(where, name, before * CHUNK + row + 1, values[row]) from error


def _joined(arrays: list[pa.Array], where: str, name: str) -> pa.ChunkedArray:
    """Return the chunks of a column, all of one type."""
    kinds = [array.type for array in arrays if array.type != pa.null()]
    kind = next(iter(kinds), pa.null())
    if pa.float64() in kinds and set(kinds) <= {pa.int64(), pa.float64()}:
        kind = pa.float64()
    elif pa.types.is_nested(kind):
        return _nested(arrays, where, name)
    for number, array in enumerate(arrays):
        if array.type not in (kind, pa.null()) and kind != pa.float64():
            first = next(row for row, value in enumerate(array) if value.is_valid)
            raise _mixed(where, name, number * CHUNK + first + 1, array[first].as_py())
    return pa.chunked_array([array.cast(kind) for array in arrays], kind)


def _nested(arrays: list[pa.Array], where: str, name: str) -> pa.ChunkedArray:
    """Return chunks of lists or objects as one column; a list that is always empty fits any."""
    kinds = [pa.schema([(name, array.type)]) for array in arrays]
    try:
        kind = pa.unify_schemas(kinds, promote_options="permissive").field(0).type
        return pa.chunked_array([array.cast(kind) for array in arrays], kind)
    except pa.ArrowException as error:
        raise DataError(f"{where}: column '{name}' holds lists or objects of several types") from error


def _mixed(where: str, name: str, row: int, value: Any) -> DataError:
    return DataError(
        f"{where}, row {row}: {one_line(repr(value), 60)} in column '{name}' is of another type than what "
        "stands above; write all alike"
    )


def quiet() -> None:
    """Keep the `datasets` library off the terminal."""
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)


def column_of(part: Part, name: str, field: str) -> Any:
    """Return a column as an Arrow array. Raises DataError if a value is missing, or all of it."""
    require_column(name, part.rows.column_names, part.where, field)
    column = part.rows.data.column(name)
    if column.null_count:
        row = column.is_null().index(True).as_py() + 1
        raise no_value(f"{part.where}, row {row}", name, field)
    return column
