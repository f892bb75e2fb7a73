"""Markdown: a file a table, and summary.md, which answers first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ...api import Report, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import file_name, text_columns, to_markdown
from .summary import summary_page


class Markdown(Writer):
    """Tables for people, and a summary."""

    name: ClassVar[str] = "markdown"
    always: ClassVar[bool] = True

    def write(self, report: Report) -> Mapping[str, str]:
        """Return a document for each table, and the summary."""
        tables = {f"{file_name(table)}.md": to_markdown(list(text_columns(table))) for table in report.tables}
        return {**tables, "summary.md": summary_page(report)}


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Markdown]
