"""summary.md: what was compared, the answer, quality beside resources, what is missing, what was run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...api import Extent, Report, Value
from ...toolkit.rendering import (
    across,
    extent,
    markdown,
    notes,
    ranks,
    reason,
    speeds,
    status,
    text_columns,
    title,
    to_markdown,
    verdict,
)

NOTHING = "No cell has reported a quality yet."


def summary_page(report: Report) -> str:
    """Return the page in Markdown."""
    extents = report.circumstances.extents
    fast = list(speeds(report.fastest))
    missing = [f"{status(row)}: {title(row)}: {reason(row)}" for row in report.missing]
    columns = [column for column in text_columns(report.summary) if column.title != "reason"]
    sections = [
        f"# {markdown(', '.join(report.circumstances.suites))}",
        *(["## What was compared", _bullets([*map(extent, extents), *_notes(extents)])] if extents else []),
        "## What is best",
        _bullets(_answers(report) or [NOTHING]),
        *(["## Fastest", _bullets(fast)] if fast else []),
        "## Side by side",
        "Means over seeds ± standard deviation; an empty cell was not measured. `results/README.md` in "
        "the source says how each column is measured.",
        to_markdown(columns),
        *(["## Failed and skipped", _bullets(missing)] if missing else []),
        "## What was run",
        _bullets(_circumstances(report)),
    ]
    return "\n\n".join(section.rstrip("\n") for section in sections) + "\n"


def _answers(report: Report) -> list[str]:
    ranked = filter(None, map(ranks, report.across))
    return [*map(verdict, report.verdicts), *map(across, report.across), *ranked]


def _notes(extents: Iterable[Extent]) -> Iterator[str]:
    for found in extents:
        yield from (f"{found.dataset}: {note}" for note in notes(found))


def _circumstances(report: Report) -> Iterator[str]:
    found = report.circumstances
    yield "cells: " + ", ".join(f"{count} {status}" for status, count in found.cells.items())
    yield f"started: {found.first}" + (f" to {found.last}" if found.last != found.first else "")
    yield f"seconds in all cells: {found.seconds:.0f}"
    yield from (f"machine: {_told(machine)}" for machine in found.machines)
    if found.devices:
        yield f"device: {', '.join(found.devices)}"
    if found.busy:
        yield (
            f"busy machine: other programs kept more than a tenth of its cores busy ({_telling(report)}) "
            f"while {found.busy} of {found.cells['done']} cells were measured; their speeds may be too low"
        )
    yield from (f"software: {_told(software)}" for software in found.software)
    yield from (f"git: {_commit(commit)}" for commit in found.commits)


def _telling(report: Report) -> str:
    """Return the titles of the columns that show what other programs took."""
    columns = (column for table in report.tables for column in table.columns)
    return ", ".join(column.title for column in columns if column.figure.role == "disturbance")


def _told(facts: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def _commit(git: Mapping[str, Value]) -> str:
    return f"{git['commit']}{' with uncommitted changes' if git.get('dirty') else ''}"


def _bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {markdown(line)}\n" for line in lines)
