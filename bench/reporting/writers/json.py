"""JSON: all of a report as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

from ...api import Across, Column, Report, Table, Verdict, Writer
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
            "across": [{**_column(found.column), **_data(found, "column")} for found in report.across],
            "circumstances": asdict(report.circumstances),
            "cells": {id: asdict(trace) for id, trace in report.cells.items()},
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
        **_column(verdict.column),
        **_data(verdict, "column"),
        "chosen": verdict.best.title,
        "comparisons": [{"with": rival.title, **asdict(comparison)} for rival, comparison in verdict.rivals],
        "winner": verdict.winner and verdict.winner.title,
    }


def _data(value: Verdict | Across, *without: str) -> dict[str, Any]:
    return {name: item for name, item in asdict(value).items() if name not in without}


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Json]
