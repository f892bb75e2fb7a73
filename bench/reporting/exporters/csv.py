"""CSV: one line a cell, numbers in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ...api import Exporter, Sheet
from ...hookspecs import hookimpl
from ...toolkit.rendering import cell_columns, to_csv


class Csv(Exporter):
    """One line a cell, numbers in full; an apostrophe goes before what would be a formula."""

    name: ClassVar[str] = "csv"

    def export(self, sheet: Sheet) -> Mapping[str, bytes]:
        """Return one document."""
        return {"cells.csv": to_csv(cell_columns(sheet)).encode()}


@hookimpl
def bench_exporters() -> list[type[Exporter]]:
    """Return the format."""
    return [Csv]
