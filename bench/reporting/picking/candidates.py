"""From records to candidates: the rows to choose from for a data set, with all columns that count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...api import HOUSEKEEPING, Value
from ...errors import BenchError
from ...records.conditions import device_kind, machine_of
from ...records.record import QUALITY, Record
from ...records.results import Results
from ...registry import Registry
from ...toolkit.messages import did_you_mean
from ...toolkit.rendering import plain
from ..averages import mean
from ..evidence import Evidence, data_of
from ..runs import rates
from ..standings import Replicates, Standings
from ..tables import column_of, in_order
from ..verdicts import CHOOSING
from .limits import Columns, Source
from .measured import Measured, of_runs, seeds
from .values import Limit, Wish

CIRCUMSTANCES = ("threads", "governor", "shared", "micro_batches")
"""What a record says of how it was measured that is no part of what the row is, unless an axis says it."""


@dataclass(frozen=True)
class Candidates:
    """The rows to choose from for a data set.

    goal: the column to choose by, as it is reported; chooser: the one that chooses, the same on val where all
    have it. limits: each with its column. prices: what there is to pay with, of resources where the goal is
    quality. quality: of the metric that ranks, where that is not the goal. place: what tells where resources
    were measured from other places, which have candidates of their own. encoded: whether each row trains and
    evaluates on features that were encoded beforehand.
    """

    dataset: str
    rows: Sequence[Replicates]
    goal: Measured
    chooser: Measured
    limits: Sequence[tuple[Limit, Measured]] = ()
    prices: Sequence[Measured] = ()
    quality: Measured | None = None
    place: Mapping[str, Value] = field(default_factory=dict)
    encoded: Sequence[bool] = ()

    def of(self, rows: Sequence[int]) -> Candidates:
        """Return some of the rows, by their positions."""
        return replace(
            self,
            rows=[self.rows[row] for row in rows],
            goal=self.goal.of(rows),
            chooser=self.chooser.of(rows),
            limits=[(limit, column.of(rows)) for limit, column in self.limits],
            prices=[column.of(rows) for column in self.prices],
            quality=self.quality and self.quality.of(rows),
            encoded=[self.encoded[row] for row in rows] if self.encoded else (),
        )


def candidates(standings: Standings, results: Results, registry: Registry, wish: Wish) -> list[Candidates]:
    """Return the rows to choose from, one value for each data set, metric that ranks, and place that counts.

    Raises BenchError if a column or the data set is not in the results, or cannot be chosen by.
    """
    columns = Columns(standings)
    maker = _Maker(
        standings,
        Evidence(results, registry),
        columns.goal(wish.goal) if wish.goal else None,
        [(limit, columns.find(limit.column, limit.option)) for limit in wish.limits],
    )
    return [made for rows in _comparable(standings, wish) for made in maker.make(rows)]


def _comparable(standings: Standings, wish: Wish) -> list[list[Replicates]]:
    """Return the rows that one metric ranks on one split of the same data.

    Those that only other cells start from are a step and no choice, unless their data set is asked for.
    """
    groups: dict[tuple[str, ...], list[Replicates]] = {}
    for row in standings.quality:
        if row.score is not None and wish.dataset in ("", row.dataset):
            key = (row.dataset, data_of(row.done[0]), row.score.split, row.score.metric)
            groups.setdefault(key, []).append(row)
    if wish.dataset and not groups:
        known = list(dict.fromkeys(row.dataset for row in standings.quality))
        hint = did_you_mean(wish.dataset, known) or f"; there are {', '.join(known)}"
        raise BenchError(f"--dataset: no row of '{plain(wish.dataset)}' is done{hint}")
    parents = {record.parent for record in standings.records}
    choices = [
        rows
        for rows in groups.values()
        if any(record.id not in parents for row in rows for record in row.done)
    ]
    return list(groups.values()) if wish.dataset else choices or list(groups.values())


@dataclass(frozen=True)
class _Maker:
    """Makes candidates of rows that can be compared."""

    standings: Standings
    evidence: Evidence
    goal: Source | None
    limits: Sequence[tuple[Limit, Source]]

    def make(self, rows: Sequence[Replicates]) -> Iterator[Candidates]:
        """Give candidates for each place, or for all places together where only quality counts."""
        parts = [(place, part) for row in rows for place, part in _by_place(row, self._apart(row))]
        places = list({tuple(place.items()): place for place, _ in parts}.values())
        sources = [source for _, source in self.limits] + ([self.goal] if self.goal else [])
        if len(places) == 1:
            yield self._candidates(rows, rows)
        elif all(source.of_quality for source in sources):
            yield self._candidates(rows, [])
        else:
            for place in places:
                here = [part for where, part in parts if where == place]
                yield replace(self._candidates(_whole(here, rows), here), place=_differing(place, places))

    def _apart(self, row: Replicates) -> dict[str, Value]:
        """Return what a row is not compared across where the goal is a resource of a phase.

        What trains and evaluates on features that were encoded beforehand is compared with its like only.
        """
        if self.goal is None or not self.goal.phase:
            return {}
        return {"features": "encoded beforehand" if row.encoded else "computed each time"}

    def _candidates(self, rows: Sequence[Replicates], parts: Sequence[Replicates]) -> Candidates:
        """Return rows with quality of all their cells, and resources of those parts of them in one place."""
        split, metric = next((row.score.split, row.score.metric) for row in rows if row.score)
        columns = _Measuring(self.standings, self.evidence, rows, parts, split)
        quality = Source(QUALITY, metric)
        wanted = self.goal or quality
        reported = columns.measured(wanted)
        priced = [source for source in columns.priced() if source != wanted]
        return Candidates(
            rows[0].dataset,
            rows,
            goal=reported,
            chooser=columns.choosing(wanted) or reported,
            limits=[(limit, columns.measured(source)) for limit, source in self.limits],
            prices=[
                *([] if wanted.of_quality else [columns.choosing(quality) or columns.measured(quality)]),
                *map(columns.measured, priced),
            ],
            quality=None if wanted.of_quality else columns.measured(quality),
            encoded=[row.encoded for row in rows],
        )


@dataclass(frozen=True)
class _Measuring:
    """Reads the columns of rows: quality of `rows`, resources of `parts`, in the same order, if any."""

    standings: Standings
    evidence: Evidence
    rows: Sequence[Replicates]
    parts: Sequence[Replicates]
    ranking: str

    def measured(self, source: Source) -> Measured:
        """Return a column; a metric without a split is on the one that ranks."""
        return self._quality(source) if source.of_quality else self._resource(source)

    def choosing(self, source: Source) -> Measured | None:
        """Return a metric on the split to choose by; None if a row lacks it, or a split was named."""
        if not source.of_quality or source.split:
            return None
        found = self._quality(replace(source, split=CHOOSING))
        return found if found.complete else None

    def priced(self) -> list[Source]:
        """Return the headlines of resources of which one way is better."""
        figures = self.standings.figures
        found = dict.fromkeys(
            Source(table, name, phase)
            for part in self.parts
            for record in part.done
            for table, readings in record.resources.items()
            for phase, reading in readings.items()
            if phase not in HOUSEKEEPING
            for name in reading
        )
        facts = {source: figures.facts(source.table, source.name) for source in found}
        headlines = [
            source for source in found if facts[source].headline and facts[source].better != "neither"
        ]
        return sorted(headlines, key=lambda source: (facts[source].headline, in_order(source.phase)))

    def _quality(self, source: Source) -> Measured:
        split, metric = source.split or self.ranking, source.name
        found = [row.values(split, metric) for row in self.rows]
        having = [row for row, values in zip(self.rows, found, strict=True) if values]
        gathered = self.evidence.gathered(having, split, metric) if having else None
        scores = iter(gathered.scores if gathered else ())
        examples = gathered.examples if gathered else None
        return Measured(
            column_of(self.standings.figures.facts(QUALITY, metric), metric, split=split),
            [mean(values) if values else None for values in found],
            [next(scores) if values else None for values in found],
            overs=[_over(len(values), split, examples) for values in found],
            examples=examples,
        )

    def _resource(self, source: Source) -> Measured:
        table, key = source.table, (source.phase, source.name)
        cached = self.standings.figures.playing("cached").get(table, [])
        by_cell = [[rates(record, table, key, cached) for record in part.done] for part in self.parts]
        first = [_first(record, source) for part in self.parts for record in part.done]
        found = of_runs(
            column_of(self.standings.figures.facts(table, source.name), source.name, phase=source.phase),
            [[runs for runs in cells if runs] for cells in by_cell],
            [part.objective for part in self.parts],
            counted=all(isinstance(value, int) for value in first if value is not None),
        )
        pairs = zip(found.overs, self.parts, strict=True)
        return replace(found, overs=[over + self._busy(part) for over, part in pairs])

    def _busy(self, part: Replicates) -> str:
        runs = sum(self.standings.busy[record.id] for record in part.done)
        return f", the machine busy in {runs}" if runs else ""


def _over(count: int, split: str, examples: int | None) -> str:
    return seeds(count) + (f" and {examples} {split} examples" if examples else "")


def _first(record: Record, source: Source) -> Value:
    return record.resources.get(source.table, {}).get(source.phase, {}).get(source.name)


def _by_place(row: Replicates, apart: Mapping[str, Value]) -> Iterator[tuple[dict[str, Value], Replicates]]:
    """Give the cells of a row that were measured in one place, each with what is known of it."""
    parts: dict[tuple[tuple[str, Value], ...], list[Record]] = {}
    for record in row.done:
        parts.setdefault(tuple(_place(record).items()), []).append(record)
    for place, records in parts.items():
        yield {**dict(place), **apart}, replace(row, done=records)


def _place(record: Record) -> dict[str, Value]:
    """Return where and how a cell was measured, as far as no axis says it."""
    processor = record.machine.get("processor")
    found: dict[str, Value] = {
        "machine": f"{machine_of(record)} ({processor})" if processor else machine_of(record),
        "device": f"{device_kind(record)} ({record.effective.get('device_name')})",
        **{name: record.effective.get(name) for name in CIRCUMSTANCES},
    }
    return {
        name: plain(value) if isinstance(value, str) else value
        for name, value in found.items()
        if name not in record.labels
    }


def _differing(place: Mapping[str, Value], places: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    return {name: value for name, value in place.items() if len({other.get(name) for other in places}) > 1}


def _whole(parts: Sequence[Replicates], rows: Sequence[Replicates]) -> list[Replicates]:
    """Return the rows that parts are of, in the order of the parts."""
    owners = {id(record): row for row in rows for record in row.done}
    return [owners[id(part.done[0])] for part in parts]
