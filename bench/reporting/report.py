"""From records to a report."""

from __future__ import annotations

from collections.abc import Sequence

from ..api import Report
from ..records.record import Record
from .circumstances import circumstances
from .standings import Standings
from .tables import all_tables
from .verdicts import fastest, verdicts


def make_report(records: Sequence[Record]) -> Report:
    """Return the report of records, one or more; the same records always give the same report."""
    standings = Standings(records)
    tables, summary = all_tables(standings)
    return Report(
        tables=tables,
        summary=summary,
        verdicts=verdicts(standings),
        fastest=fastest(standings),
        circumstances=circumstances(standings),
    )
