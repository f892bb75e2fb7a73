"""The figures of rows part by part, made of what was kept of the examples of their cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isclose, isnan

from ..api import Breakdown, Confusion, Measurement, RowBreakdown
from ..records.contributions import TASK, Array
from ..records.record import Record
from ..records.results import Results
from ..registry import Registry
from .averages import deviation, mean, summarised
from .computing import Computers
from .evidence import TOLERANCE
from .standings import Replicates, Standings


def breakdowns(standings: Standings, results: Results, registry: Registry) -> list[RowBreakdown]:
    """Return what rows have part by part, on the split on which they rank; nothing of rows with no parts.

    As with verdicts, what was kept of a cell counts only if it gives the recorded figure that ranks again.
    """
    parting = Parting(results, Computers(registry))
    found = (parting.of_row(row) for row in standings.quality)
    return [item for item in found if item is not None]


@dataclass(frozen=True)
class Parts:
    """What a cell has of each part: figures by name, `[P]` each; and which was taken for which, `[K, 3]`."""

    figures: dict[str, list[float]]
    confusions: Array | None


@dataclass(frozen=True)
class Parting:
    """Takes the figures of cells apart, by the breakdowns of their tasks."""

    results: Results
    computers: Computers

    def of_row(self, row: Replicates) -> RowBreakdown | None:
        """Return the breakdown of a row; None if nothing was measured, or kept, or has parts."""
        if row.score is None:
            return None
        split, records = row.score.split, row.scored(row.score.split, row.score.metric)
        breakdown = self.computers.breakdown(records[0], self.results.classes(records[0]))
        if breakdown is None:
            return None
        cells = {record.id: self._of_cell(breakdown, record, split) for record in records}
        found = {id: parts for id, parts in cells.items() if parts is not None}
        if not found:
            return None
        return RowBreakdown(
            labels=row.labels,
            settings=row.settings,
            split=split,
            axis=breakdown.axis,
            parts=breakdown.parts,
            figures=breakdown.figures,
            measurements=list(_measurements(breakdown, list(found.values()))),
            overall=[_overall(row, split, figure.name) for figure in breakdown.figures],
            confusions=list(_confusions([parts.confusions for parts in found.values()])),
            cells=list(found),
        )

    def _of_cell(self, breakdown: Breakdown, record: Record, split: str) -> Parts | None:
        kept = next(
            (k for name, k in (self.results.predictions(record) or {}).items() if name == split), None
        )
        computing = self.computers.of(record, record.primary)
        if kept is None or computing is None or computing.name != TASK:
            return None
        statistics = kept.statistics[TASK]
        try:
            value = computing.metrics.compute(statistics).get(record.primary)
            if value is None or not isclose(
                value, record.quality[split][record.primary], rel_tol=TOLERANCE, abs_tol=TOLERANCE
            ):
                return None
            figures = {name: values.tolist() for name, values in breakdown.compute(statistics).items()}
            return Parts(figures, breakdown.confusions(statistics))
        except Exception:  # whatever a stranger's plugin raises
            return None


def _measurements(breakdown: Breakdown, cells: Sequence[Parts]) -> Iterator[list[Measurement | None]]:
    """Give what each part has of each figure: means over the cells in which it is defined."""
    by_figure = [
        summarised(
            [
                [(value,) for cell in cells if not isnan(value := cell.figures[figure.name][at])]
                for at in range(len(breakdown.parts))
            ]
        )
        for figure in breakdown.figures
    ]
    return map(list, zip(*by_figure, strict=True))


def _overall(row: Replicates, split: str, figure: str) -> Measurement | None:
    values = row.values(split, figure)
    return Measurement(mean(values), deviation(values), n=len(values)) if values else None


def _confusions(cells: Sequence[Array | None]) -> Iterator[Confusion]:
    """Give what occurred in any cell, in order; nothing if some cell cannot tell."""
    told = [confusions.tolist() for confusions in cells if confusions is not None]
    if len(told) == len(cells):
        total: Counter[tuple[int, int]] = Counter()
        for truth, taken_for, count in chain.from_iterable(told):
            total[truth, taken_for] += count
        yield from (Confusion(*pair, count) for pair, count in sorted(total.items()))
