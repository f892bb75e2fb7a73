"""What failed or was skipped: cells by their reason, each reason with the end of one log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ....api import CellTrace, Report
from ....toolkit.rendering import title

LOGS = 30
"""How many reasons have the end of a log."""

LINES, WIDTH = 20, 160
"""How much of a log: lines, and characters of each."""


@dataclass(frozen=True)
class Failure:
    """Cells that failed or were skipped for one reason, by what their rows are called; the end of one log."""

    status: str
    reason: str
    rows: Sequence[tuple[str, Sequence[CellTrace]]]
    log: str


def failures(report: Report) -> list[Failure]:
    """Return all reasons, failures first, those of the most cells first."""
    titles = {cell: title(row) for table in report.tables[:1] for row in table.rows for cell in row.cells}
    groups: dict[tuple[str, str], list[CellTrace]] = {}
    for trace in report.cells.values():
        if trace.status != "done":
            groups.setdefault((trace.status, trace.reason), []).append(trace)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0] != "failed", -len(item[1])))
    return [
        Failure(
            status,
            reason,
            _by_row(traces, titles),
            _log_end(traces) if at < LOGS else "",
        )
        for at, ((status, reason), traces) in enumerate(ordered)
    ]


def _by_row(traces: Sequence[CellTrace], titles: Mapping[str, str]) -> list[tuple[str, Sequence[CellTrace]]]:
    found: dict[str, list[CellTrace]] = {}
    for trace in traces:
        found.setdefault(titles.get(trace.id, trace.id), []).append(trace)
    return list(found.items())


def _log_end(traces: Sequence[CellTrace]) -> str:
    """Return the end of the first log there is, of a sensible size."""
    text = next((trace.log_end for trace in traces if trace.log_end.strip()), "")
    return "\n".join(line[:WIDTH] for line in text.splitlines()[-LINES:])
