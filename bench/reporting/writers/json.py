"""JSON: all of a report as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from ...api import Column, Report, Table, Verdict, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import flat_columns


class Json(Writer):
    """All of a report for programs, null where nothing was measured."""

    name: ClassVar[str] = "json"

    def write(self, report: Report) -> Mapping[str, str]:
        """Return one document."""
        found = {
            "tables": {table.name: _rows(table) for table in (*report.tables, report.summary)},
            "columns": {table.name: list(map(_column, table.columns)) for table in report.tables},
            "verdicts": list(map(_verdict, report.verdicts)),
            "fastest": list(map(_verdict, report.fastest)),
            "circumstances": asdict(report.circumstances),
        }
        return {"report.json": json.dumps(found, indent=1) + "\n"}


def _rows(table: Table) -> list[dict[str, Any]]:
    titles, columns = zip(*flat_columns(table), strict=True)
    return [dict(zip(titles, line, strict=True)) for line in zip(*columns, strict=True)]


def _column(column: Column) -> dict[str, Any]:
    figure = column.figure
    return {
        "title": column.title,
        "figure": figure.name,
        "unit": figure.unit,
        "better": figure.better,
        "phase": column.phase,
        "split": column.split,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "dataset": verdict.dataset,
        **_column(verdict.column),
        "conditions": dict(verdict.conditions),
        "encoded": verdict.encoded,
        "over": verdict.over,
        "contenders": [asdict(contender) for contender in verdict.contenders],
        "tied": [contender.title for contender in verdict.tied],
        "winner": verdict.winner and verdict.winner.title,
        "unsure": verdict.unsure,
    }


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Json]
