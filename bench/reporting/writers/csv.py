"""CSV: a file a table, numbers in full, standard deviations in columns of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ...api import Report, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import (
    breakdown_columns,
    breakdown_stem,
    confusion_columns,
    file_name,
    flat_columns,
    to_csv,
)


class Csv(Writer):
    """Tables for programs, numbers in full."""

    name: ClassVar[str] = "csv"
    always: ClassVar[bool] = True

    def write(self, report: Report) -> Mapping[str, str]:
        """Return a document for each table, and for the breakdowns, if there are any."""
        tables = {f"{file_name(table)}.csv": to_csv(flat_columns(table)) for table in report.tables}
        return {**tables, **_breakdowns(report)}


def _breakdowns(report: Report) -> dict[str, str]:
    """Return a document with the figures of all parts for each axis, and one with all confusions."""
    documents = {}
    for axis in dict.fromkeys(found.axis for found in report.breakdowns):
        alike = [found for found in report.breakdowns if found.axis == axis]
        documents[f"{breakdown_stem(axis)}.csv"] = to_csv(breakdown_columns(alike))
    if any(found.confusions for found in report.breakdowns):
        documents["confusion.csv"] = to_csv(confusion_columns(report.breakdowns))
    return documents


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Csv]
