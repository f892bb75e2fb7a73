"""What is fastest for each data set. Only what was measured under the same conditions is compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean, stdev

from ..records.conditions import Condition, device_kind, machine_of, resource_condition
from ..records.record import Record
from .ranking import Contender, first
from .rows import Row, Standings
from .runs import busy_runs, rates
from .text import plain, with_spread

PHASES = {"train": "Training", "encode": "Encoding", "evaluate": "Evaluation"}


def fastest(standings: Standings) -> list[str]:
    """Return what trains, encodes and evaluates fastest for each data set and all conditions, as plain text.

    What trains and evaluates on features that were encoded beforehand is compared with its like only.
    Speeds found in the cache do not count. Ties are as in `verdicts`; the spread is over seeds and runs.
    """
    groups: dict[tuple[str, bool, Condition], list[Row]] = {}
    for row in standings.resources:
        if row.done:
            key = (row.dataset, _encodes(row), resource_condition(row.done[0]))
            groups.setdefault(key, []).append(row)
    answers = {key: list(_answers(rows)) for key, rows in groups.items()}
    return [
        f"{dataset}{', on features encoded beforehand' if encoded else ''}: "
        f"{_conditions(groups[dataset, encoded, condition][0].done[0])}. {'. '.join(told)}."
        for (dataset, encoded, condition), told in answers.items()
        if told
    ]


def _answers(rows: Sequence[Row]) -> Iterator[str]:
    for phase, title in PHASES.items():
        found = [contender for row in rows if (contender := _contender(row, phase)) is not None]
        if found:
            found.sort(key=lambda contender: -contender.mean)
            yield f"{title}: {first(found, 'is fastest', 'runs')}"


def _contender(row: Row, phase: str) -> Contender | None:
    by_cell = [found for record in row.done if (found := rates(record, phase))]
    if not by_cell:
        return None
    every = [rate for found in by_cell for rate in found]
    average = mean(map(mean, by_cell))
    spread = stdev(every) if len(every) > 1 else None
    runs = "1 run" if len(every) == 1 else f"{len(every)} runs"
    busy = sum(map(busy_runs, row.done))
    disturbed = f", the machine busy in {busy}" if busy else ""
    told = f"{row.title} ({with_spread(average, spread)} samples/s, {runs}{disturbed})"
    return Contender(told, average, spread)


def _encodes(row: Row) -> bool:
    return any(
        name.startswith("encode_") for record in row.done for name in record.resources.get("throughput", {})
    )


def _conditions(record: Record) -> str:
    used = record.effective
    told = [
        f"machine {machine_of(record)}",
        f"{device_kind(record)} ({used.get('device_name')})",
        str(used.get("precision")),
        f"batch size {used.get('batch_size')}, in evaluation {used.get('eval_batch_size')}",
        f"{used.get('threads')} threads",
    ]
    return plain(", ".join(told))
