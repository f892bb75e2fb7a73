"""The reader's answer: what is best for each data set, and what is fastest under which conditions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..api import HOUSEKEEPING, Contender, Value, Verdict
from ..records.conditions import USED, Condition, device_kind, machine_of, resource_condition
from ..records.record import Facts, Record
from ..toolkit.rendering import plain
from .runs import Key, rates
from .standings import Replicates, Score, Standings
from .statistics import deviation, mean
from .tables import column_of, in_order

RATE = "samples/s"

Speed = tuple[str, Key]
"""Where a speed stands: its table, phase and figure."""

ENCODING = "encode"
"""The phase in which features are made that training and evaluation then rest on."""


def verdicts(standings: Standings) -> list[Verdict]:
    """Return a verdict for each data set and metric that ranks on it."""
    ranked: dict[tuple[str, str, str], list[tuple[Replicates, Score]]] = {}
    for row in standings.quality:
        if row.score is not None:
            # Only figures of one metric on one split can be compared.
            key = (row.dataset, row.score.split, row.score.metric)
            ranked.setdefault(key, []).append((row, row.score))
    return [
        Verdict(
            dataset,
            column_of({metric: found[0][1].facts}, metric, split=split),
            [Contender(row.title, score.mean, score.spread, score.seeds) for row, score in found],
            over="seeds",
        )
        for (dataset, split, metric), found in ranked.items()
    ]


def fastest(standings: Standings) -> list[Verdict]:
    """Return a verdict for each data set, phase and all conditions, by the speeds that are headlines.

    What trains and evaluates on features that were encoded beforehand is compared with its like only.
    Speeds found in the cache do not count. The spread is over seeds and runs.
    """
    groups: dict[tuple[str, bool, Condition], list[Replicates]] = {}
    for row in standings.resources:
        if row.done:
            key = (row.dataset, _encodes(row), resource_condition(row.done[0]))
            groups.setdefault(key, []).append(row)
    return [
        Verdict(
            dataset,
            column_of({key[1]: facts}, key[1], phase=key[0]),
            contenders,
            over="runs",
            conditions=_conditions(rows[0].done[0]),
            encoded=encoded,
        )
        for (dataset, encoded, _), rows in groups.items()
        for (table, key), facts in _speeds(rows)
        if (contenders := _ranked(rows, table, key))
    ]


def _speeds(rows: Sequence[Replicates]) -> list[tuple[Speed, Facts]]:
    """Return the speeds of all phases but housekeeping, and their facts."""
    found = {speed: facts for row in rows for record in row.done for speed, facts in _speeds_of(record)}
    return sorted(found.items(), key=lambda item: in_order(item[0][1][0]))


def _speeds_of(record: Record) -> Iterator[tuple[Speed, Facts]]:
    for table, figures in record.figures.items():
        speeds = {name: facts for name, facts in figures.items() if _is_speed(facts)}
        for phase, reading in record.resources.get(table, {}).items():
            if phase not in HOUSEKEEPING:
                yield from (
                    ((table, (phase, name)), facts) for name, facts in speeds.items() if name in reading
                )


def _is_speed(facts: Facts) -> bool:
    return facts.unit == RATE and facts.better == "higher" and facts.headline > 0


def _ranked(rows: Sequence[Replicates], table: str, key: Key) -> list[Contender]:
    found = [contender for row in rows if (contender := _contender(row, table, key)) is not None]
    return sorted(found, key=lambda contender: -contender.mean)


def _contender(row: Replicates, table: str, key: Key) -> Contender | None:
    by_cell = [found for record in row.done if (found := rates(record, table, key))]
    if not by_cell:
        return None
    every = [rate for found in by_cell for rate in found]
    return Contender(row.title, mean(list(map(mean, by_cell))), deviation(every), len(every), row.busy)


def _encodes(row: Replicates) -> bool:
    return any(ENCODING in phases for record in row.done for phases in record.resources.values())


def _conditions(record: Record) -> dict[str, Value]:
    used = {name: record.effective.get(name) for name in ("device_name", *USED)}
    found = {"machine": machine_of(record), "device": device_kind(record), **used}
    return {name: plain(value) if isinstance(value, str) else value for name, value in found.items()}
