"""From records to a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..api import Report
from .across import across
from .breakdowns import breakdowns
from .circumstances import circumstances
from .evidence import Evidence
from .fastest import fastest
from .standings import Standings
from .tables import all_tables
from .traces import traces
from .verdicts import placings, rankings

if TYPE_CHECKING:
    from ..records.results import Results
    from ..registry import Registry


def make_report(
    results: Results, registry: Registry, *, margin: float = 0.0, broken_down: bool = False
) -> Report:
    """Return the report of results, one record or more; the same results always give the same report.

    margin: within what difference of the figure that ranks two are the same, 0 to ask for no such answer.
    broken_down: whether figures are to be taken apart too, by class for example, which reads all predictions.
    """
    standings = Standings(results.records)
    ranked = rankings(standings, Evidence(results, registry), margin)
    tables, summary = all_tables(standings, placings(ranked))
    return Report(
        tables=tables,
        summary=summary,
        verdicts=[ranking.verdict(summary) for ranking in ranked],
        fastest=fastest(standings),
        circumstances=circumstances(standings, results),
        across=across(ranked),
        cells=traces(results),
        breakdowns=breakdowns(standings, results, registry) if broken_down else (),
    )
