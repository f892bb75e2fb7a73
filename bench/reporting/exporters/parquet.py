"""Parquet: a row a cell, each column of one type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, ClassVar

from ...api import Exporter, Sheet, Value
from ...hookspecs import hookimpl
from ...toolkit.rendering import cell_columns

if TYPE_CHECKING:
    import pyarrow as pa


class Parquet(Exporter):
    """A row a cell; whole numbers, numbers, truth values and text as what they are."""

    name: ClassVar[str] = "parquet"

    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        """Return one document."""
        import pyarrow as pa
        from pyarrow import parquet

        file = BytesIO()
        parquet.write_table(pa.table({title: _array(values) for title, values in cell_columns(sheet)}), file)
        return {"cells.parquet": file.getvalue()}


def _array(values: Sequence[Value]) -> pa.Array:
    """Return a column; one that holds text beside something of another kind is all text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return pa.array(values, pa.float64())
    if len(kinds) < 2:
        return pa.array(values)
    return pa.array([None if value is None else str(value) for value in values])


@hookimpl
def bench_exporters() -> list[type[Exporter]]:
    """Return the format."""
    return [Parquet]
