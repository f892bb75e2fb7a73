"""CSV: a file a table, numbers in full, standard deviations in columns of their own."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO
from typing import ClassVar

from ...api import Report, Table, Value, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import file_name, flat_columns, spreadsheet


class Csv(Writer):
    """Tables for programs and spreadsheets, numbers in full."""

    name: ClassVar[str] = "csv"
    always: ClassVar[bool] = True

    def write(self, report: Report) -> Mapping[str, str]:
        """Return a document for each table."""
        return {f"{file_name(table)}.csv": to_csv(table) for table in report.tables}


def to_csv(table: Table) -> str:
    """Return a table whose texts cannot become formulas in a spreadsheet."""
    titles, columns = zip(*flat_columns(table), strict=True)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(spreadsheet, titles))
    writer.writerows(_safe(line) for line in zip(*columns, strict=True))
    return text.getvalue()


def _safe(line: tuple[Value, ...]) -> list[Value]:
    return [spreadsheet(value) if isinstance(value, str) else value for value in line]


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Csv]
