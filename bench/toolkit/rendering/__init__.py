"""What writers of reports reuse: safe text, tables as columns of values or of text, and verdicts in words."""

from .breakdowns import (
    BreakdownTable,
    breakdown_columns,
    breakdown_markdown,
    breakdown_stem,
    breakdown_tables,
    breakdown_title,
    confusion_columns,
)
from .cells import cell_columns, file_stem, to_csv
from .columns import TextColumn, file_name, flat_columns, is_numeric, text_columns, to_markdown
from .sentences import across, extent, notes, ranks, reason, speeds, status, title, verdict
from .text import harmless_json, markdown, number, plain, plain_lines, spreadsheet, with_spread

__all__ = [
    "BreakdownTable",
    "TextColumn",
    "across",
    "breakdown_columns",
    "breakdown_markdown",
    "breakdown_stem",
    "breakdown_tables",
    "breakdown_title",
    "cell_columns",
    "confusion_columns",
    "extent",
    "file_name",
    "file_stem",
    "flat_columns",
    "harmless_json",
    "is_numeric",
    "markdown",
    "notes",
    "number",
    "plain",
    "plain_lines",
    "ranks",
    "reason",
    "speeds",
    "spreadsheet",
    "status",
    "text_columns",
    "title",
    "to_csv",
    "to_markdown",
    "verdict",
    "with_spread",
]
