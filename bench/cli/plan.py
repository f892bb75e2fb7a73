"""`bench plan`: print the cells of a suite, what is known of its data, and how far its results are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..toolkit.strict_json import to_json
from . import options

if TYPE_CHECKING:
    from ..api import Dataset, DatasetInfo
    from ..planning import Cell, Plan
    from ..records.outcomes import Outcome

FEW = 6
"""So many classes are named."""


def plan(
    suite: options.SuiteFile,
    results: Annotated[Path, typer.Option(help="Folder that has a folder for the suite.")] = Path("results"),
    as_json: options.Json = False,
    only: options.Only = None,
    limit: options.Limit = None,
    device: options.Device = None,
    seed: options.Seed = None,
    batch_size: options.BatchSize = None,
    set: options.Set = None,
    plugin: options.PluginFiles = None,
) -> None:
    """Print the cells of a suite in the order they run, and those skipped, with reasons.

    Then what is known of the data sets, and which cells the results folder has.
    """
    from ..planning import load_suite, make_plan
    from ..records.outcomes import read_outcomes
    from ..registry import load

    registry = load(plugin or [])
    overrides = options.overrides(limit=limit, device=device, seed=seed, batch_size=batch_size, set=set)
    made = make_plan(load_suite(suite, registry, overrides), registry, only)
    folder = results / made.suite.name
    found = Findings(made, folder, read_outcomes(folder, {cell.id for cell in made.cells}))
    print(to_json(found.data(), indent=1, ascii=False) if as_json else "\n".join(found.lines()))


@dataclass(frozen=True)
class Findings:
    """A plan, and how those of its cells ended, by id, that the results folder has."""

    plan: Plan
    folder: Path
    outcomes: Mapping[str, Outcome]

    def data(self) -> dict[str, Any]:
        """Return everything for programs."""
        failures = {cell.id: reason for cell, reason in self._failures()}
        infos = {label: self._info(dataset) for label, dataset in self._datasets().items()}
        return {
            "suite": self.plan.suite.name,
            "cells": [{**_cell(cell), "status": self._status(cell)} for cell in self.plan.cells],
            "skipped": [{**_cell(item.cell), "reason": item.reason} for item in self.plan.skipped],
            "datasets": {label: _data(info) for label, info in infos.items()},
            "results": {"folder": str(self.folder), **self._counts(), "failures": failures},
            "notes": list(self._notes()),
        }

    def lines(self) -> Iterator[str]:
        """Give everything for people."""
        width = len(str(len(self.plan.cells)))
        for position, cell in enumerate(self.plan.cells, 1):
            parent = f"  (parent {cell.parent.id})" if cell.parent else ""
            status = f"{self._status(cell):6}  " if self.outcomes else ""
            yield f"{position:{width}}  {cell.id}  {status}{cell.title}{parent}"
        for item in self.plan.skipped:
            yield f"skipped  {item.cell.title}: {item.reason}"
        for label, dataset in self._datasets().items():
            yield f"data  {label}: {_described(self._info(dataset))}"
        yield from (f"note  {note}" for note in self._notes())
        yield from (f"failed  {cell.title}: {reason}" for cell, reason in self._failures())
        parents = len({cell.parent.id for cell in self.plan.cells if cell.parent})
        yield f"{len(self.plan.cells)} cells, {parents} of them parents; {len(self.plan.skipped)} skipped"
        counts = ", ".join(f"{count} {status}" for status, count in self._counts().items())
        yield f"{self.folder}: {counts}{self._expected()}"

    def _datasets(self) -> dict[str, Dataset]:
        return {cell.labels["dataset"]: cell.dataset for cell in self.plan.cells}

    def _info(self, dataset: Dataset) -> DatasetInfo | None:
        return self.plan.suite.infos.of(dataset)

    def _notes(self) -> Iterator[str]:
        """Give what is odd about the data, as far as it is known without much reading."""
        from ..feeding.overlap import planned_overlaps

        for label, dataset in self._datasets().items():
            info = self._info(dataset)
            notes = [*(info.notes if info else ()), *planned_overlaps(dataset)]
            yield from (f"{label}: {note}" for note in notes)

    def _status(self, cell: Cell) -> str:
        """Return `done`, `failed` or `to do`, which also is one that was skipped as its parent had failed."""
        outcome = self.outcomes.get(cell.id)
        return outcome.status if outcome and outcome.status != "skipped" else "to do"

    def _counts(self) -> dict[str, int]:
        statuses = [self._status(cell) for cell in self.plan.cells]
        return {status: statuses.count(status) for status in ("done", "failed", "to do")}

    def _failures(self) -> Iterator[tuple[Cell, str]]:
        from ..toolkit.rendering.text import plain

        for cell in self.plan.cells:
            if self._status(cell) == "failed":
                yield cell, plain(self.outcomes[cell.id].reason or "no reason given")

    def _expected(self) -> str:
        """Return a clause on how long the cells that are to do took with other seeds, if some are done."""
        took = {item.row: item.seconds for item in self.outcomes.values() if item.status == "done"}
        left = [cell for cell in self.plan.cells if took and self._status(cell) != "done"]
        known = [took[cell.row] for cell in left if cell.row in took]
        if not known:
            return ""
        which = "these" if len(known) == len(left) else f"{len(known)} of these"
        return f"; other seeds of {which} took {sum(known):,.0f} s"


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "id": cell.id,
        "title": cell.title,
        "labels": dict(cell.labels),
        "seed": cell.seed,
        "parent": cell.parent.id if cell.parent else None,
    }


def _data(info: DatasetInfo | None) -> dict[str, Any] | None:
    return None if info is None else {"sizes": dict(info.sizes), "classes": list(info.classes)}


def _described(info: DatasetInfo | None) -> str:
    """Return sizes and classes: `1,085 train, 357 val, 355 test; 10 classes: 0, 1, 2, 3, 4, 5, ...`."""
    from ..toolkit.rendering.text import plain

    if info is None:
        return "how large it is shows when it is read"
    sizes = ", ".join(f"{size:,} {split}" for split, size in info.sizes.items())
    if not info.classes:
        return sizes
    named = ", ".join(map(plain, info.classes[:FEW])) + (", ..." if len(info.classes) > FEW else "")
    return f"{sizes}; {len(info.classes):,} classes: {named}"
