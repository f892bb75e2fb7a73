"""JSON: all of a report as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any, ClassVar

from ...api import Across, Column, Comparison, Measurement, Report, RowBreakdown, Table, Verdict, Writer
from ...hookspecs import hookimpl
from ...toolkit.rendering import flat_columns
from ...toolkit.strict_json import to_json


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
            "across": list(map(_across, report.across)),
            "circumstances": asdict(report.circumstances),
            "cells": {id: asdict(trace) for id, trace in report.cells.items()},
        }
        if report.breakdowns:
            found["breakdowns"] = list(map(_breakdown, report.breakdowns))
        return {"report.json": to_json(found, indent=1) + "\n"}


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
    compared = zip(verdict.rivals, map(_comparison, verdict.comparisons), strict=True)
    return {
        **_column(verdict.column),
        **_data(verdict),
        "chosen": verdict.best.title,
        "comparisons": [{"with": rival.title, **found} for (rival, _), found in compared],
        "winner": verdict.winner and verdict.winner.title,
    }


def _across(across: Across) -> dict[str, Any]:
    compared = zip(across.titles[1:], map(_comparison, across.comparisons), strict=False)
    return {
        **_column(across.column),
        **_data(across),
        "comparisons": [{"with": title, **found} for title, found in compared],
    }


def _data(value: Verdict | Across) -> dict[str, Any]:
    return {name: item for name, item in asdict(value).items() if name != "column"}


def _breakdown(found: RowBreakdown) -> dict[str, Any]:
    def figures(measurements: Sequence[Measurement | None]) -> dict[str, Any]:
        pairs = zip(found.figures, measurements, strict=True)
        return {figure.name: item and {"mean": item.value, "spread": item.spread} for figure, item in pairs}

    parts = zip(found.parts, found.measurements, strict=True)
    return {
        **{name: getattr(found, name) for name in ("labels", "settings", "split", "axis", "cells")},
        "parts": [{"name": name, **figures(measurements)} for name, measurements in parts],
        "overall": figures(found.overall),
        "confusions": [
            {"truth": found.parts[item.truth], "taken_for": found.parts[item.taken_for], "count": item.count}
            for item in found.confusions
        ],
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison; an interval without an end has null for it, as JSON knows no infinity."""
    found = asdict(comparison)
    return found | {end: found[end] if isfinite(found[end]) else None for end in ("low", "high")}


@hookimpl
def bench_writers() -> list[type[Writer]]:
    """Return the writer."""
    return [Json]
