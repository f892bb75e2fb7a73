"""Markdown: a file a table, and summary.md, which answers first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ...api import Report, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import breakdown_markdown, file_name, text_columns, to_markdown
from .summary import summary_page


class Markdown(Writer):
    """Tables for people, and a summary."""

    name: ClassVar[str] = "markdown"
    always: ClassVar[bool] = True

    def write(self, report: Report) -> Mapping[str, str]:
        """Return a document for each table, for the breakdowns, if there are any, and the summary."""
        tables = {f"{file_name(table)}.md": to_markdown(list(text_columns(table))) for table in report.tables}
        breakdowns = "\n".join(breakdown_markdown(found) for found in report.breakdowns)
        return {
            **tables,
            **({"breakdown.md": breakdowns} if breakdowns else {}),
            "summary.md": summary_page(report),
        }


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Markdown]
