"""A comparison as JSON data, for programs."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import Any

from .headline import headline
from .values import Change, Check, Compared, Pair, Versus


def to_data(compared: Compared) -> dict[str, Any]:
    """Return a comparison as JSON data."""
    return {
        "versus": [_versus(against, compared) for against in compared.versus],
        "checks": list(map(_check, compared.checks)),
        "faults": list(compared.faults),
        "margins": {
            "quality": compared.margins.quality.value,
            "resources": compared.margins.resources.value,
        },
        "axis": compared.axis or None,
        "confidence": compared.confidence,
    }


def _versus(against: Versus, compared: Compared) -> dict[str, Any]:
    return {
        "headline": headline(against, compared),
        "first": against.first,
        "second": against.second,
        "rows": [_pair(pair) for pair in against.pairs],
        "vanished": list(against.vanished),
        "new": list(against.new),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "labels": dict(pair.labels),
        "settings": pair.settings,
        "seeds": list(pair.seeds),
        "differences": list(pair.notes),
        "changes": list(map(_change, pair.changes)),
    }


def _change(change: Change) -> dict[str, Any]:
    column, comparison = change.column, change.comparison
    return {
        "title": column.title,
        "figure": column.figure.name,
        "unit": column.figure.unit,
        "better": column.figure.better,
        "phase": column.phase,
        "split": column.split,
        "over": change.over,
        "first": change.first and asdict(change.first),
        "second": change.second and asdict(change.second),
        "comparison": comparison and _finite(asdict(comparison)),
        "identical": change.identical,
        "note": change.note,
    }


def _check(check: Check) -> dict[str, Any]:
    return _finite(
        {
            "row": check.pair.title,
            "first": check.versus.first,
            "second": check.versus.second,
            "figure": check.change.column.title,
            "tolerance": check.tolerance.amount.spelled or None,
            "loss": check.loss,
            "share": check.share,
            "p": check.p,
            "outcome": check.outcome,
            "note": check.note,
        }
    )


def _finite(data: dict[str, Any]) -> dict[str, Any]:
    """Return data with null for numbers that are none: JSON has neither infinity nor NaN."""
    return {
        key: None if isinstance(value, float) and not isfinite(value) else value
        for key, value in data.items()
    }
