"""What there is to draw of each data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ....api import Extent, Report, Row, Table
from ....toolkit.rendering import extent, notes
from .curves import Curves, curves
from .standings import Standing, standing
from .tradeoffs import Tradeoff, tradeoffs

DATASETS = 12
"""How many data sets have a section."""

CHARTS = 48
"""How many charts of costs and curves they have, all together."""


@dataclass(frozen=True)
class Section:
    """What there is of one data set, of how much, and what is noted of it.

    `short` without room for its costs and curves.
    """

    dataset: str
    amount: str
    notes: Sequence[str]
    standings: Sequence[Standing]
    tradeoffs: Sequence[Tradeoff]
    curves: Sequence[Curves]
    short: bool = False


def sections(report: Report, wide: Table) -> Iterator[Section]:
    """Give the charts of the first data sets, in the order of the table."""
    rows: dict[str, list[Row]] = {}
    for row in wide.rows:
        rows.setdefault(row.labels.get("dataset", ""), []).append(row)
    room = CHARTS
    for dataset, found in list(rows.items())[:DATASETS]:
        verdicts = [item for item in report.verdicts if item.dataset == dataset]
        standings = [chart for item in verdicts if (chart := standing(item))]
        costs = [chart for item in verdicts for chart in tradeoffs(wide, item)]
        courses = list(curves(dataset, found, report.cells))
        drawn = len(costs) + len(courses) <= room
        room -= len(costs) + len(courses) if drawn else 0
        if standings or courses:
            yield Section(
                dataset,
                _amount(report, dataset),
                [note for item in _extents(report, dataset) for note in notes(item)],
                standings,
                costs if drawn else [],
                courses if drawn else [],
                not drawn,
            )


def _amount(report: Report, dataset: str) -> str:
    """Return how much was compared on a data set; what all of its cells share stands elsewhere."""
    found = (extent(replace(item, settings={})) for item in _extents(report, dataset))
    return next(found, "").removeprefix(f"{dataset}: ")


def _extents(report: Report, dataset: str) -> list[Extent]:
    return [item for item in report.circumstances.extents if item.dataset == dataset]
