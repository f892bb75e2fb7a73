"""Limits as the command line gives them, and the columns that they can be on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from ...errors import BenchError
from ...records.record import QUALITY
from ...toolkit.messages import did_you_mean
from ...toolkit.rendering import plain
from ..standings import Standings
from ..tables import column_of
from .values import Limit


@dataclass(frozen=True)
class Source:
    """Where a column's figure is in a record.

    Of quality it has a `split`, empty for the one that ranks; of resources a `phase`, empty for the whole.
    """

    table: str
    name: str
    phase: str = ""
    split: str = ""

    @property
    def of_quality(self) -> bool:
        """Whether it is a figure of quality, which machines and speeds make no difference to."""
        return self.table == QUALITY


def parse_limits(most: Sequence[str], least: Sequence[str]) -> list[Limit]:
    """Return the limits of `--max COLUMN=NUMBER` and `--min COLUMN=NUMBER`.

    Raises BenchError if one is not of this form.
    """
    return [
        *(_limit(text, "--max", most=True) for text in most),
        *(_limit(text, "--min", most=False) for text in least),
    ]


def _limit(text: str, option: str, *, most: bool) -> Limit:
    column, _, number = text.rpartition("=")
    try:
        bound = float(number)
    except ValueError:
        bound = float("nan")
    if not column.strip() or not isfinite(bound):
        raise BenchError(f"{option} {plain(text)}: must be COLUMN=NUMBER, as in {option} train_peak_mib=500")
    return Limit(column.strip(), bound, most)


class Columns:
    """The columns with numbers that some records have, by their titles, and metrics by their names alone."""

    def __init__(self, standings: Standings) -> None:
        self.standings = standings
        self.sources: dict[str, Source] = {}
        for source, split in _sources(standings):
            title = column_of(
                standings.figures.facts(source.table, source.name),
                source.name,
                phase=source.phase,
                split=split,
            ).title
            self.sources.setdefault(title, source)

    def goal(self, title: str) -> Source:
        """Return where the column to choose by is. Raises BenchError if it is none to choose by."""
        source = self.find(title, "--for")
        if self.standings.figures.facts(source.table, source.name).better == "neither":
            raise BenchError(f"--for: of '{title}' neither more nor less is better; set a limit on it")
        return source

    def find(self, title: str, option: str) -> Source:
        """Return where a column's figure is. Raises BenchError if there is no such column."""
        found = self.sources.get(title)
        if found is None:
            known = f"{did_you_mean(title, self.sources)}; there are {', '.join(self.sources)}"
            raise BenchError(f"{plain(option)}: no column '{plain(title)}' of numbers{known}")
        return found


def _sources(standings: Standings) -> Iterator[tuple[Source, str]]:
    """Give the sources of all numbers, and the split to name in the title; metrics alone come first."""
    done = [record for record in standings.records if record.status == "done"]
    qualities = dict.fromkeys(
        (split, metric) for record in done for split, found in record.quality.items() for metric in found
    )
    for metric in dict.fromkeys(metric for _, metric in qualities):
        yield Source(QUALITY, metric), ""
    for split, metric in qualities:
        yield Source(QUALITY, metric, split=split), split
    resources = dict.fromkeys(
        (table, name, phase)
        for record in done
        for table, readings in record.resources.items()
        for phase, reading in readings.items()
        for name, value in reading.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    )
    for source in resources:
        yield Source(*source), ""
