"""summary.md: the answer, what was run, quality beside resources, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from ..records.record import Record, Value
from .fastest import fastest
from .render import cells, to_markdown
from .rows import Standings
from .runs import busy_runs
from .text import markdown
from .verdict import verdicts


def summary_page(standings: Standings, table: pd.DataFrame) -> str:
    """Return the page in Markdown; `table` is what `bench.reporting.summary` makes of the standings."""
    records = standings.records
    missing, fast = list(_missing(standings)), fastest(standings)
    sections = [
        f"# {markdown(', '.join(_distinct(record.suite for record in records)))}",
        _bullets(verdicts(standings) or ["No cell has reported a quality yet."]),
        *(["## Fastest", _bullets(fast)] if fast else []),
        "## Side by side",
        "Means over seeds ± standard deviation; an empty cell was not measured. `results/README.md` in "
        "the source says how each column is measured.",
        to_markdown(cells(table.drop(columns="reason"))),
        *(["## Failed and skipped", _bullets(missing)] if missing else []),
        "## What was run",
        _bullets(_circumstances(records)),
    ]
    return "\n\n".join(section.rstrip("\n") for section in sections) + "\n"


def _missing(standings: Standings) -> Iterator[str]:
    for row in standings.quality:
        if row.rest:
            yield f"{row.status}: {' · '.join(row.labels.values())}: {row.reason}"


def _circumstances(records: Sequence[Record]) -> Iterator[str]:
    counts = {status: sum(record.status == status for record in records) for status in _STATES}
    yield "cells: " + ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    first, last = min(record.started for record in records), max(record.started for record in records)
    yield f"started: {first}" + (f" to {last}" if last != first else "")
    yield f"seconds in all cells: {sum(record.seconds for record in records):.0f}"
    for machine in _distinct(_told(record.machine) for record in records):
        yield f"machine: {machine}"
    devices = _distinct(str(record.effective.get("device_name") or "") for record in records)
    if devices:
        yield f"device: {', '.join(devices)}"
    yield from _disturbed(records)
    for software in _distinct(_told(record.software) for record in records):
        yield f"software: {software}"
    for commit in _distinct(_commit(record.git) for record in records):
        yield f"git: {commit}"


def _disturbed(records: Sequence[Record]) -> Iterator[str]:
    """Say so where speeds were measured on a machine that was busy with something else."""
    done = [record for record in records if record.status == "done"]
    busy = [record for record in done if busy_runs(record)]
    if busy:
        yield (
            f"busy machine: other programs kept more than a tenth of its cores busy (other_cores) while "
            f"{len(busy)} of {len(done)} cells were measured; their speeds may be too low"
        )


_STATES = ("done", "failed", "skipped")


def _told(facts: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _commit(git: Mapping[str, Value]) -> str:
    if not git.get("commit"):
        return ""
    return f"{git['commit']}{' with uncommitted changes' if git.get('dirty') else ''}"


def _distinct(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]


def _bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {markdown(line)}\n" for line in lines)
