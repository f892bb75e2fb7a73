"""A table in a Parquet file, for programs: numbers in full."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...api import Table, Value
from ...records.files import write_atomic
from ...toolkit.rendering import flat_columns


def write_parquet(path: Path, table: Table) -> None:
    """Write a table, with standard deviations, intervals and ranks as columns of their own.

    Raises StoreError if the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {title: _of_one_type(values) for title, values in flat_columns(table)}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    write_atomic(path, sink.getvalue().to_pybytes())


def _of_one_type(values: Sequence[Value]) -> Sequence[Value]:
    """Return numbers as they are, and as texts what is of several types."""
    types = {type(value) for value in values if value is not None}
    if len(types) <= 1 or types == {int, float}:
        return values
    return [None if value is None else str(value) for value in values]
