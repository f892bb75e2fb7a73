"""From records to a sheet: one line a cell, a column for each figure, for exporters and data frames."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..api import Column, ExportedCell, ExportedData, Sheet, Split, Value
from ..records.conditions import conditions_of
from ..records.record import QUALITY, Record
from ..toolkit.rendering import plain
from .facts import Catalogue
from .runs import measured
from .standings import RANKING_SPLITS
from .tables import column_of

Place = tuple[str, str, str]
"""Where a figure is in a record: table, split or phase, and name."""

Found = Mapping[Place, Sequence[Value]]
"""What each run of a cell measured."""


def make_sheet(records: Sequence[Record]) -> Sheet:
    """Return the sheet of records, in their order. Of cells that are not done there are no figures."""
    catalogue = Catalogue(records)
    cached = catalogue.playing("cached")
    found = [_found(record, cached) if record.status == "done" else {} for record in records]
    places = _in_order(dict.fromkeys(place for cell in found for place in cell), records)
    data = _data(records)
    return Sheet(
        columns=[_column(place, catalogue) for place in places],
        cells=[
            _cell(record, data[_content(record)], [runs.get(place, ()) for place in places])
            for record, runs in zip(records, found, strict=True)
        ],
        data=list(data.values()),
    )


def _found(record: Record, cached: Mapping[str, Sequence[str]]) -> Found:
    quality = {
        (QUALITY, split, name): (value,)
        for split, metrics in record.quality.items()
        for name, value in metrics.items()
    }
    resources = {
        (table, phase, name): [plain(run) if isinstance(run, str) else run for run in runs]
        for table in record.resources
        for (phase, name), runs in measured(record, table, cached.get(table, [])).items()
    }
    return {**quality, **resources}


def _in_order(places: Iterable[Place], records: Iterable[Record]) -> list[Place]:
    """Put quality first, and of this what ranks, on test before val; otherwise they stay in their order."""
    primaries = {record.primary for record in records}

    def key(place: Place) -> tuple[bool, bool, int]:
        table, split, name = place
        if table != QUALITY:
            return (True, False, 0)
        at = RANKING_SPLITS.index(split) if split in RANKING_SPLITS else len(RANKING_SPLITS)
        return (False, name not in primaries, at)

    return sorted(places, key=key)


def _column(place: Place, catalogue: Catalogue) -> Column:
    table, where, name = place
    facts = catalogue.facts(table, name)
    if table == QUALITY:
        return column_of(facts, name, split=where)
    return column_of(facts, name, phase=where)


def _cell(record: Record, data: ExportedData, runs: Sequence[Sequence[Value]]) -> ExportedCell:
    return ExportedCell(
        id=plain(record.id),
        row=plain(record.row),
        suite=plain(record.suite),
        labels=_texts(record.labels),
        seed=record.seed,
        status=record.status,
        ranks_by=plain(record.primary),
        data=data,
        runs=runs,
        reason=plain(record.reason or ""),
        conditions=_facts(conditions_of(record)) if record.status == "done" else {},
        started=plain(record.started),
        seconds=record.seconds,
        machine=_facts(record.machine),
        software=_facts(record.software),
        commit=_facts(record.git),
    )


def _data(records: Iterable[Record]) -> dict[Place, ExportedData]:
    """Return what is known of each data set, by title and content."""
    found: dict[Place, ExportedData] = {}
    for record in records:
        told = record.data
        before = found.setdefault(_content(record), _unread(record))
        found[_content(record)] = replace(
            before,
            examples=_most(before.examples, told.get("examples", {})),
            classes=max(before.classes, told.get("classes", 0)),
            licence=before.licence or (plain(told["licence"]) if told.get("licence") else None),
        )
    return found


def _content(record: Record) -> Place:
    """Return what tells data sets apart: title, content, and the task they were used for."""
    return (
        record.labels.get("dataset", ""),
        str(record.identity.get("dataset", {}).get("fingerprint", "")),
        str(record.identity.get("task", {}).get("name", "")),
    )


def _unread(record: Record) -> ExportedData:
    title, fingerprint, task = map(plain, _content(record))
    name = plain(str(record.identity.get("dataset", {}).get("name", "")))
    return ExportedData(title or name, name, task, fingerprint)


def _most(first: Mapping[Split, int], second: Mapping[Split, int]) -> dict[Split, int]:
    return {split: max(first.get(split, 0), second.get(split, 0)) for split in (*first, *second)}


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {plain(name): plain(text) for name, text in texts.items()}


def _facts(facts: Mapping[str, Value]) -> dict[str, Value]:
    return {plain(name): plain(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
