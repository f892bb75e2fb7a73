"""CSV: a file a table, numbers in full, standard deviations in columns of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ...api import Report, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import file_name, flat_columns, to_csv


class Csv(Writer):
    """Tables for programs, numbers in full."""

    name: ClassVar[str] = "csv"
    always: ClassVar[bool] = True

    def write(self, report: Report) -> Mapping[str, str]:
        """Return a document for each table."""
        return {f"{file_name(table)}.csv": to_csv(flat_columns(table)) for table in report.tables}


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Csv]
