"""`bench plan`: print the cells of a suite."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from . import options

if TYPE_CHECKING:
    from ..planning import Cell, Plan


def plan(
    suite: options.SuiteFile,
    as_json: options.Json = False,
    only: options.Only = None,
    limit: options.Limit = None,
    device: options.Device = None,
    seed: options.Seed = None,
    batch_size: options.BatchSize = None,
    set: options.Set = None,
    plugin: options.PluginFiles = None,
) -> None:
    """Print the cells of a suite in the order they run, and those skipped, with reasons."""
    from ..planning import load_suite, make_plan
    from ..registry import load

    registry = load(plugin or [])
    overrides = options.overrides(limit=limit, device=device, seed=seed, batch_size=batch_size, set=set)
    made = make_plan(load_suite(suite, registry, overrides), registry, only)
    notes = _notes(made)
    print(
        json.dumps(_data(made, notes), indent=1, ensure_ascii=False)
        if as_json
        else "\n".join(_lines(made, notes))
    )


def _notes(plan: Plan) -> list[str]:
    """Return what is odd about the data, as far as it is known without much reading."""
    from ..feeding.overlap import planned_overlaps

    datasets = {cell.labels["dataset"]: cell.dataset for cell in plan.cells}
    return [f"{label}: {note}" for label, dataset in datasets.items() for note in planned_overlaps(dataset)]


def _data(plan: Plan, notes: Sequence[str]) -> dict[str, Any]:
    return {
        "suite": plan.suite.name,
        "cells": [_cell(cell) for cell in plan.cells],
        "skipped": [{**_cell(item.cell), "reason": item.reason} for item in plan.skipped],
        "notes": list(notes),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "id": cell.id,
        "title": cell.title,
        "labels": dict(cell.labels),
        "seed": cell.seed,
        "parent": cell.parent.id if cell.parent else None,
    }


def _lines(plan: Plan, notes: Sequence[str]) -> Iterator[str]:
    width = len(str(len(plan.cells)))
    for position, cell in enumerate(plan.cells, 1):
        parent = f"  (parent {cell.parent.id})" if cell.parent else ""
        yield f"{position:{width}}  {cell.id}  {cell.title}{parent}"
    for item in plan.skipped:
        yield f"skipped  {item.cell.title}: {item.reason}"
    yield from (f"note  {note}" for note in notes)
    parents = len({cell.parent.id for cell in plan.cells if cell.parent})
    yield f"{len(plan.cells)} cells, {parents} of them parents; {len(plan.skipped)} skipped"
