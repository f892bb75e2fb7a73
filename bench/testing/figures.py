"""Is what a plugin reports what it declares?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..api import WHOLE, Figure
from ..records.record import QUALITY, Readings
from ..reporting.tables import ACCURACY, SUMMARY


def check_reported(reported: Iterable[str], declared: Iterable[Figure]) -> Iterator[str]:
    """Give the figures that are reported and not declared."""
    names = {figure.name for figure in declared}
    for name in dict.fromkeys(reported):
        if name not in names:
            yield f"figure '{name}' is not among those it declares"


def check_primary(primary: Figure, declared: Iterable[Figure]) -> Iterator[str]:
    """Give why a figure cannot be ranked by."""
    if primary not in declared:
        yield f"its primary figure '{primary.name}' is not among those it declares"
    if primary.better == "neither":
        yield f"its primary figure '{primary.name}' does not say which way it is better"


def check_reading(reading: Readings, declared: Iterable[Figure]) -> Iterator[str]:
    """Give what of a meter's reading is not as its figures say."""
    figures = {figure.name: figure for figure in declared}
    yield from check_reported((name for values in reading.values() for name in values), declared)
    for phase, values in reading.items():
        for name in values:
            if name in figures and figures[name].by_phase != (phase != WHOLE):
                where = f"in phase '{phase}'" if phase else "for the whole cell"
                yield f"figure '{name}' has a value {where}, and 'by_phase' is {figures[name].by_phase}"


def check_table(table: str) -> Iterator[str]:
    """Give why a meter's table cannot have this name."""
    if table in (QUALITY, ACCURACY, SUMMARY):
        yield f"its table cannot be '{table}', which every report has already"
